"""Run a generator over a folder: safe, resumable and in parallel."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from contextlib import closing, contextmanager
from dataclasses import asdict, dataclass
from functools import partial
from pathlib import Path
from typing import Any, Literal, Protocol

import cv2
import numpy as np

from segplug.errors import SegplugError
from segplug.fileio import PathLike, write_json
from segplug.parallel import parallel_map

Split = Literal['train', 'val', 'test']
SPLITS: tuple[Split, ...] = ('train', 'val', 'test')
"""All splits, in the order that fixes their streams of randomness."""
Difficulty = Literal['easy', 'hard']
RECORD = 'synthetic.json'
"""File that marks a folder as the result of a generator."""

_SIDES = (32, 8192)


class SyntheticError(SegplugError, ValueError):
    """A request that cannot be carried out, said in one sentence."""


@dataclass(frozen=True)
class Options:
    """What determines the generated files.

    Attributes:
        train: Number of training images.
        val: Number of validation images.
        height: Rows of an image.
        width: Columns of an image.
        seed: Seed of all randomness.
        difficulty: How much the scenes vary; ``'easy'`` is for trials with
            little training.
        test: Number of test images, for data sets with such a split.
    """

    train: int
    val: int
    height: int
    width: int
    seed: int = 0
    difficulty: Difficulty = 'hard'
    test: int = 0

    @property
    def shape(self) -> tuple[int, int]:
        """Height and width of an image."""
        return self.height, self.width

    def counts(self) -> dict[Split, int]:
        """Return the number of images of each split."""
        return {split: getattr(self, split) for split in SPLITS}

    def stream(self, split: Split, *key: int) -> np.random.Generator:
        """Return the randomness of a sample, apart from all others.

        Args:
            split: Its split.
            key: Numbers that tell it from the others of the split.
        """
        place = (SPLITS.index(split), *key)
        seeds = np.random.SeedSequence(self.seed, spawn_key=place)
        return np.random.default_rng(seeds)


class Generator(Protocol):
    """Writes the samples of one dataset in its official raw layout.

    Attributes:
        name: Name of the data set.
        version: Raised whenever equal options give other files.
        most: Largest number of images of a split.
        size: Usual height and width of an image.
        counts: Usual number of images of every split that there is.
    """

    name: str
    version: int
    most: int
    size: tuple[int, int]
    counts: Mapping[Split, int]

    def sample_id(self, split: Split, index: int) -> str:
        """Return the id of a sample."""

    def paths(self, folder: Path, name: str) -> Iterable[Path]:
        """Return the files of an id."""

    def owned(self, folder: Path) -> Iterable[Path]:
        """Return the existing files that an earlier run wrote."""

    def write_sample(
        self, folder: Path, options: Options, split: Split, index: int
    ) -> None:
        """Render and write one sample."""

    def write_lists(self, folder: Path, options: Options) -> None:
        """Write the lists of ids."""


def generate(
    generator: Generator,
    folder: PathLike,
    options: Options,
    workers: int = 1,
    force: bool = False,
) -> int:
    """Write a dataset; what an equal earlier run has written stays.

    Args:
        generator: What to write.
        folder: Where to; must be new, empty or an earlier result.
        options: How many images of which size from which seed.
        workers: Processes; the result does not depend on it.
        force: Replace an earlier result, whatever its options.

    Returns:
        The number of images written, without those found complete.

    Raises:
        SyntheticError: If the options are out of range or the folder
            belongs to something else.
        WorkerError: If a process dies.
    """
    folder = Path(folder)
    _check(generator, options, workers)
    _claim(generator, folder, options, force)
    jobs = [
        (split, index)
        for split, count in options.counts().items()
        for index in range(count)
        if not _complete(generator, folder, split, index)
    ]
    task = partial(_run, generator, folder, options)
    with _single_threaded():
        results = parallel_map(
            task, jobs, workers=workers, description='drawing'
        )
        with closing(results):
            for _ in results:
                pass
    generator.write_lists(folder, options)
    return len(jobs)


def _check(generator: Generator, options: Options, workers: int) -> None:
    for split, count in options.counts().items():
        if not 0 <= count <= generator.most:
            raise SyntheticError(
                f'--{split} must be from 0 to {generator.most}, got {count}.'
            )
        if count and split not in generator.counts:
            raise SyntheticError(
                f'--{split} is {count}, but {generator.name} has no {split} '
                'split; leave the option out.'
            )
    if not any(options.counts().values()):
        raise SyntheticError(
            'The numbers of images are all 0; ask for at least one image.'
        )
    low, high = _SIDES
    if not all(low <= s <= high for s in (options.height, options.width)):
        raise SyntheticError(
            f'--size must lie between {low}x{low} and {high}x{high}, got '
            f'{options.height}x{options.width}.'
        )
    if options.seed < 0:
        raise SyntheticError(f'--seed must not be negative: {options.seed}.')
    if workers < 1:
        raise SyntheticError(f'--workers must be at least 1, got {workers}.')


def _claim(
    generator: Generator, folder: Path, options: Options, force: bool
) -> None:
    """Make the folder ours, or say why it is not."""
    record = {
        'generator': generator.name,
        'version': generator.version,
        **asdict(options),
    }
    for split in set(SPLITS) - set(generator.counts):
        del record[split]
    if folder.exists() and not folder.is_dir():
        raise SyntheticError(f'{folder} is a file; name a folder.')
    if folder.is_dir() and any(folder.iterdir()):
        earlier = _earlier(folder)
        if earlier.get('generator') != generator.name:
            raise SyntheticError(
                f'{folder} holds data of {earlier.get("generator")!r}; name '
                'an empty folder.'
            )
        if earlier != record and not force:
            raise SyntheticError(
                f'{folder} holds an earlier result with other options '
                f'({_difference(earlier, record)}); name an empty folder or '
                'pass --force to replace it.'
            )
        if force:
            for path in list(generator.owned(folder)):
                path.unlink()
    write_json(folder / RECORD, record)


def _earlier(folder: Path) -> dict[str, Any]:
    try:
        record = json.loads((folder / RECORD).read_text(encoding='utf-8'))
    except FileNotFoundError:
        record = None
    except (ValueError, RecursionError):
        record = None
    if not isinstance(record, dict):
        raise SyntheticError(
            f'{folder} is not empty and not an earlier result (it has no '
            f'valid {RECORD}); name an empty folder.'
        )
    return record


def _difference(earlier: dict[str, Any], now: dict[str, Any]) -> str:
    keys = [k for k in now if earlier.get(k) != now[k]]
    return ', '.join(f'{k} {earlier.get(k)} instead of {now[k]}' for k in keys)


def _complete(
    generator: Generator, folder: Path, split: Split, index: int
) -> bool:
    name = generator.sample_id(split, index)
    return all(p.is_file() for p in generator.paths(folder, name))


def _run(
    generator: Generator,
    folder: Path,
    options: Options,
    job: tuple[Split, int],
) -> None:
    cv2.setNumThreads(0)  # a worker that was not forked has its own number
    generator.write_sample(folder, options, *job)


@contextmanager
def _single_threaded() -> Iterator[None]:
    """Keep OpenCV to one thread: the images are what runs in parallel."""
    threads = cv2.getNumThreads()
    cv2.setNumThreads(0)
    try:
        yield
    finally:
        cv2.setNumThreads(threads)
