"""Read checkpoints without executing what is inside them.

A PyTorch checkpoint is a pickle, and a pickle can run code. PyTorch's
restricted unpickler (``weights_only=True``) builds only what is on a list.
MMEngine's checkpoints also hold its log history and NumPy values, so these
are added here, and nothing else.
"""

from __future__ import annotations

import os
import pickle
from typing import IO, Any, Callable, Union

import numpy as np
import torch
from mmengine.logging import HistoryBuffer

from segplug.errors import SegplugError

TRUST_VARIABLE = 'SEGPLUG_TRUST_CHECKPOINTS'
_STATISTICS = ('min', 'max', 'current', 'mean')
_UNSAFE_SIGNS = ('unsupported global', 'unsupported class', 'blocklisted')


class UnsafeCheckpointError(SegplugError, pickle.UnpicklingError):
    """The checkpoint wants to build or call what is not on the list."""


class CorruptCheckpointError(SegplugError, RuntimeError):
    """The file is no checkpoint, or only a part of one."""


def safe_load(
    file: Union[str, IO[bytes]],
    map_location: Any = None,
    *,
    name: str | None = None,
) -> Any:
    """Load a checkpoint without running any code that it carries.

    Text of a config embedded in the checkpoint is moved out of the places
    where MMEngine would execute it (see :func:`_disarm_config`).

    Args:
        file: Path of, or binary stream with, a file written by
            ``torch.save``.
        map_location: As for :func:`torch.load`.
        name: What to call the file in errors. Defaults to the path.

    Returns:
        The object that was saved, usually a dict.

    Raises:
        UnsafeCheckpointError: If the file holds anything but tensors, plain
            Python values, NumPy arrays and MMEngine's log history.
        CorruptCheckpointError: If the file cannot be read at all.
    """
    name = name or str(file)
    if os.environ.get(TRUST_VARIABLE) == '1':
        return torch.load(file, map_location=map_location, weights_only=False)
    try:
        with torch.serialization.safe_globals(_allowed()):
            checkpoint = torch.load(
                file, map_location=map_location, weights_only=True
            )
    except pickle.UnpicklingError as error:
        raise _explain(error, name) from error
    except (EOFError, RuntimeError, ValueError, KeyError) as error:
        raise CorruptCheckpointError(_corrupt(name, error)) from error
    return _disarm_config(checkpoint)


def _explain(error: Exception, name: str) -> Exception:
    """Tell a refused checkpoint from a broken one."""
    reason = ' '.join(str(error).split())
    if not any(sign in reason.lower() for sign in _UNSAFE_SIGNS):
        return CorruptCheckpointError(_corrupt(name, error))
    at = min(
        reason.lower().find(sign)
        for sign in _UNSAFE_SIGNS
        if sign in reason.lower()
    )
    return UnsafeCheckpointError(
        f'The checkpoint {name} was refused, because loading it could '
        f'execute code: {reason[at : at + 160]} … If you made this file '
        'yourself or trust whoever did, set the environment variable '
        f'{TRUST_VARIABLE}=1 (or give tools/train.py and tools/test.py the '
        'flag --trust-checkpoint).'
    )


def _corrupt(name: str, error: Exception) -> str:
    reason = ' '.join(str(error).split())[:160]
    return (
        f'The checkpoint {name} cannot be read: {reason or "it is empty"}. '
        'It is not a PyTorch checkpoint or was cut short; fetch or write it '
        'again.'
    )


def _history_statistic(owner: Any, name: str) -> Callable[..., Any]:
    """Stand in for ``getattr``, which HistoryBuffer's pickles call."""
    if owner is HistoryBuffer and name in _STATISTICS:
        return getattr(HistoryBuffer, name)
    raise pickle.UnpicklingError(
        f'Unsupported global: getattr({owner!r}, {name!r})'
    )


def _allowed() -> list[Any]:
    """List what MMEngine's own checkpoints need beyond tensors."""
    array = np.zeros(1)
    reconstruct = array.__reduce__()[0]
    scalar = array[0].__reduce__()[0]
    dtypes = {type(np.dtype(code)) for code in np.typecodes['All']}
    return [
        HistoryBuffer,
        (_history_statistic, 'builtins.getattr'),
        np.ndarray,
        np.dtype,
        *dtypes,
        *(
            (function, f'numpy.{core}.multiarray.{function.__name__}')
            for function in (reconstruct, scalar)
            for core in ('core', '_core')
        ),
    ]


def _disarm_config(checkpoint: Any) -> Any:
    """Rename embedded config text, which MMEngine would execute.

    ``Runner.resume`` runs ``meta['config']``, and its inferencer runs
    ``message_hub['runtime_info']['cfg']`` or ``meta['cfg']``, as Python. The
    text stays readable as ``meta['config_text']``.
    """
    if not isinstance(checkpoint, dict):
        return checkpoint
    meta = checkpoint.get('meta')
    hub = checkpoint.get('message_hub')
    info = hub.get('runtime_info') if isinstance(hub, dict) else None
    texts = [
        owner.pop(key)
        for owner, key in ((info, 'cfg'), (meta, 'config'), (meta, 'cfg'))
        if isinstance(owner, dict) and key in owner
    ]
    if texts and isinstance(meta, dict):
        meta['config_text'] = texts[0]
    return checkpoint
