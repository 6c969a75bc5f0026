"""The states of all random generators, taken and put back."""

from __future__ import annotations

import random
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import numpy as np
import torch


def collect() -> dict[str, Any]:
    """Take the states of Python's, NumPy's and PyTorch's generators.

    Returns:
        Plain values and tensors: ``python``, ``numpy``, ``torch`` and, where
        CUDA is in use, ``cuda`` (the state of this process's device).
    """
    version, numbers, gauss = random.getstate()
    name, keys, *rest = np.random.get_state()
    state = {
        # As tensors: hundreds of single numbers pickle slowly.
        'python': [version, torch.tensor(numbers), gauss],
        'numpy': [name, torch.from_numpy(keys.astype(np.int64)), *rest],
        'torch': torch.get_rng_state(),
    }
    if torch.cuda.is_available():
        state['cuda'] = torch.cuda.get_rng_state()
    return state


def restore(state: dict[str, Any]) -> None:
    """Put back what :func:`collect` took.

    Args:
        state: Its result. A ``cuda`` state is skipped where there is no
            CUDA, and left as it is where it is missing.
    """
    version, numbers, gauss = state['python']
    random.setstate((version, tuple(numbers.tolist()), gauss))
    name, keys, *rest = state['numpy']
    np.random.set_state((name, keys.cpu().numpy().astype(np.uint32), *rest))
    torch.set_rng_state(state['torch'].cpu())
    if 'cuda' in state and torch.cuda.is_available():
        torch.cuda.set_rng_state(state['cuda'].cpu())


def seed_all(*key: int) -> None:
    """Seed all generators with numbers that name a place in a run.

    Args:
        key: Not negative, such as the seed, the rank and the iteration.
    """
    words = np.random.SeedSequence(key).generate_state(3)
    random.seed(int(words[0]))
    np.random.seed(words[1])
    torch.manual_seed(int(words[2]))


@contextmanager
def seeded(*key: int) -> Iterator[None]:
    """Seed the CPU's generators for a block, and put them back after it.

    Args:
        key: As for :func:`seed_all`.
    """
    before = random.getstate(), np.random.get_state(), torch.get_rng_state()
    words = np.random.SeedSequence(key).generate_state(3)
    random.seed(int(words[0]))
    np.random.seed(words[1])
    torch.default_generator.manual_seed(int(words[2]))  # spares CUDA's
    try:
        yield
    finally:
        random.setstate(before[0])
        np.random.set_state(before[1])
        torch.set_rng_state(before[2])
