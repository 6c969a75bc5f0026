"""Read checkpoints without executing what is inside them.

A PyTorch checkpoint is a pickle, and a pickle can run code. PyTorch's
restricted unpickler (``weights_only=True``) builds only what is on a list.
MMEngine's checkpoints also hold its log history and NumPy values, so these
are added here, and nothing else.
"""

from __future__ import annotations

import os
import pickle
import re
from typing import IO, Any, Callable, Union

import numpy as np
import torch
from mmengine.logging import HistoryBuffer

from segplug.errors import SegplugError

TRUST_VARIABLE = 'SEGPLUG_TRUST_CHECKPOINTS'
_NUMBER = re.compile(r'[biufc]\d{1,2}|\?')
_STATISTICS = ('min', 'max', 'current', 'mean')
_PATHS = ('best_ckpt', 'last_ckpt', 'keep_ckpt_ids')
_PREAMBLE = 'WeightsUnpickler error: '
_ADVICE = re.compile(r'\. |\s(?:Check the|Please|whose module)\b')
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
    mmap: bool = False,
) -> Any:
    """Load a checkpoint without running any code that it carries.

    Text of a config embedded in the checkpoint is moved out of the places
    where MMEngine would execute it (see :func:`_disarm_config`).

    Args:
        file: Path of, or binary stream with, a file written by
            ``torch.save``.
        map_location: As for :func:`torch.load`.
        name: What to call the file in errors. Defaults to the path.
        mmap: Leave tensors in the file until they are used, which makes
            reading the rest of a large checkpoint fast. Only for a path.

    Returns:
        The object that was saved, usually a dict.

    Raises:
        UnsafeCheckpointError: If the file holds anything but tensors, plain
            Python values, NumPy arrays and MMEngine's log history.
        CorruptCheckpointError: If the file cannot be read at all.
    """
    name = name or str(file)
    if os.environ.get(TRUST_VARIABLE) == '1':
        return torch.load(
            file, map_location=map_location, weights_only=False, mmap=mmap
        )
    try:
        with torch.serialization.safe_globals(_allowed()):
            checkpoint = torch.load(
                file, map_location=map_location, weights_only=True, mmap=mmap
            )
    except pickle.UnpicklingError as error:
        raise _explain(error, name) from error
    except Exception as error:  # a damaged file can break it anywhere
        raise CorruptCheckpointError(_corrupt(name, error)) from error
    return _disarm_config(_arrays(checkpoint))


def _explain(error: Exception, name: str) -> Exception:
    """Tell a refused checkpoint from a broken one."""
    reason = ' '.join(str(error).split())
    signs = [reason.lower().find(sign) for sign in _UNSAFE_SIGNS]
    found = [at for at in signs if at >= 0]
    if not found:
        return CorruptCheckpointError(_corrupt(name, error))
    return UnsafeCheckpointError(
        f'The checkpoint {name} was refused, because loading it could '
        f'execute code: {_sentence(reason[min(found) :])}. If you made this '
        'file yourself or trust whoever did, set the environment variable '
        f'{TRUST_VARIABLE}=1 (or give tools/train.py and tools/test.py the '
        'flag --trust-checkpoint).'
    )


def _corrupt(name: str, error: Exception) -> str:
    reason = _sentence(' '.join(str(error).split()).split(_PREAMBLE)[-1])
    if isinstance(error, LookupError) or not reason:
        reason = 'its bytes make no sense' if str(error) else 'it is empty'
    return (
        f'The checkpoint {name} cannot be read: {reason}. '
        'It is not a PyTorch checkpoint, was cut short, or was written in a '
        'way that cannot be read safely (if you trust it: '
        f'--trust-checkpoint, or {TRUST_VARIABLE}=1). Fetch or write it '
        'again.'
    )


def _sentence(text: str) -> str:
    """Cut off PyTorch's advice, which does not apply here."""
    return _ADVICE.split(text)[0].rstrip('. ')


def _history_statistic(owner: Any, name: str) -> Callable[..., Any]:
    """Stand in for ``getattr``, which HistoryBuffer's pickles call."""
    if owner is HistoryBuffer and name in _STATISTICS:
        return getattr(HistoryBuffer, name)
    raise pickle.UnpicklingError(
        f'Unsupported global: getattr({owner!r}, {name!r})'
    )


class _Dtype:
    """Stand in for ``np.dtype`` while unpickling: plain numbers only.

    The state of a real one holds offsets and flags that NumPy trusts; a
    hostile one makes it read and write anywhere in memory.
    """

    def __init__(self, code: str, *_: Any) -> None:
        if not isinstance(code, str) or not _NUMBER.fullmatch(code):
            raise pickle.UnpicklingError(f'Unsupported class: dtype {code!r}')
        self.dtype = np.dtype(code)

    def __setstate__(self, state: tuple[Any, ...]) -> None:
        order, subtype, names, fields = state[1:5]
        if order not in ('<', '>', '|', '=') or (subtype, names, fields) != (
            None,
            None,
            None,
        ):
            raise pickle.UnpicklingError(f'Unsupported class: dtype {state!r}')
        self.dtype = self.dtype.newbyteorder(order)


class _Array:
    """Stand in for ``np.ndarray`` while unpickling."""

    value: np.ndarray

    def __setstate__(self, state: tuple[Any, ...]) -> None:
        _, shape, dtype, fortran, content = state
        if not isinstance(dtype, _Dtype) or not isinstance(content, bytes):
            raise pickle.UnpicklingError('Unsupported class: array of objects')
        flat = np.frombuffer(content, dtype.dtype)
        order = 'F' if fortran else 'C'
        self.value = flat.reshape(shape, order=order).copy(order)


def _array(*_: Any) -> _Array:
    return _Array()


def _scalar(dtype: _Dtype, content: bytes) -> Any:
    return np.frombuffer(content, dtype.dtype)[0]


def _allowed() -> list[Any]:
    """List what MMEngine's own checkpoints need beyond tensors."""
    return [
        HistoryBuffer,
        (_history_statistic, 'builtins.getattr'),
        (_Array, 'numpy.ndarray'),
        (_Dtype, 'numpy.dtype'),
        *(
            (function, f'numpy.{core}.multiarray.{name}')
            for function, name in (
                (_array, '_reconstruct'),
                (_scalar, 'scalar'),
            )
            for core in ('core', '_core')
        ),
    ]


def _arrays(value: Any) -> Any:
    """Put arrays in the place of their stand-ins, at any depth."""
    if isinstance(value, _Array):
        return value.value
    if isinstance(value, HistoryBuffer):
        value.__dict__.update(_arrays(dict(value.__dict__)))
    elif isinstance(value, dict):
        for key, item in value.items():
            value[key] = _arrays(item)
    elif isinstance(value, list):
        value[:] = map(_arrays, value)
    elif type(value) is tuple:
        return tuple(map(_arrays, value))
    return value


def _disarm_config(checkpoint: Any) -> Any:
    """Rename embedded config text, which MMEngine would execute.

    ``Runner.resume`` runs ``meta['config']``, and its inferencer runs
    ``message_hub['runtime_info']['cfg']`` or ``meta['cfg']``, as Python. The
    text stays readable as ``meta['config_text']``. Paths of checkpoints that
    MMEngine would delete after a resume are dropped.
    """
    if not isinstance(checkpoint, dict):
        return checkpoint
    meta = checkpoint.get('meta')
    hub = checkpoint.get('message_hub')
    info = hub.get('runtime_info') if isinstance(hub, dict) else None
    noted = hub.get('resumed_keys') if isinstance(hub, dict) else None
    for key in [k for k in info or () if k.startswith(_PATHS)]:
        del info[key]  # MMEngine would delete the files they name
        if isinstance(noted, dict):
            noted.pop(key, None)  # it would warn of each
    texts = [
        owner.pop(key)
        for owner, key in ((info, 'cfg'), (meta, 'config'), (meta, 'cfg'))
        if isinstance(owner, dict) and key in owner
    ]
    if texts and isinstance(meta, dict):
        meta['config_text'] = texts[0]
    return checkpoint
