"""Put the errors of a wrong config into one sentence."""

from __future__ import annotations

import difflib
import inspect
import re
import traceback
from types import FrameType
from typing import Any

_ARGUMENT = re.compile(
    r"^(?:(\w+)\.)?\w+\(\) got an unexpected keyword argument '(\w+)'"
)
_MISSING = re.compile(
    r'^(?:(\w+)\.)?\w+\(\) missing \d+ required (?:positional|keyword-only) '
    r'arguments?: (.+)$'
)
_REGISTRY = re.compile(r'(\S+) is not in the (\S+)::(.+?) registry')
_WORKER = re.compile(r'^Caught \w+ in DataLoader worker process')
_BUILDERS = ('build_from_cfg', 'build_dataloader', 'build_optim_wrapper')


def explain(error: BaseException) -> str | None:
    """Return what is wrong with the config, if that caused an error.

    Args:
        error: What was raised while a run was built.

    Returns:
        One sentence that names the component and the setting, or None if
        the error has another cause.
    """
    text = str(error.args[0]) if error.args else ''
    if isinstance(error, KeyError):
        found = _REGISTRY.search(text)
        return found and _unregistered(*found.groups())
    lost = _lost_optimizer(error)
    if lost is not None:
        return _unregistered(lost, 'mmengine', 'optimizer')
    frame = _builder(error)
    if frame is None or not isinstance(error, TypeError):
        return None
    for pattern, describe in ((_ARGUMENT, _unknown), (_MISSING, _absent)):
        found = pattern.match(text)
        if found:
            return describe(found.group(1), found.group(2), frame)
    return None


def plain_message(error: BaseException) -> str:
    """Return an error's message without a worker process's traceback."""
    text = str(error)
    if not _WORKER.match(text):
        return text
    return text.rpartition(f'{type(error).__name__}: ')[2].strip()


def _builder(error: BaseException) -> FrameType | None:
    """Return the innermost frame that built something from the config."""
    frames = [frame for frame, _ in traceback.walk_tb(error.__traceback__)]
    found = [f for f in frames if f.f_code.co_name in _BUILDERS]
    return found[-1] if found else None


def _lost_optimizer(error: BaseException) -> str | None:
    """Return the type of an optimizer that MMEngine looked up in vain.

    It goes on with None and fails at its signature.
    """
    for frame, _ in traceback.walk_tb(error.__traceback__):
        known = frame.f_locals
        if 'optimizer_cfg' in known and known.get('optimizer_cls', '') is None:
            return str(known['optimizer_cfg']['type'])
    return None


def _built(frame: FrameType) -> Any:
    return frame.f_locals.get('obj_cls')


def _unknown(owner: str | None, name: str, frame: FrameType) -> str:
    built = _built(frame)
    label = getattr(built, '__name__', None) or owner or 'the loader'
    names = sorted(_arguments(built))
    near = difflib.get_close_matches(name, names, n=3)
    hint = f' Similar: {", ".join(near)}.' if near else ''
    if names and not near:
        hint = f' It has: {", ".join(names)}.'
    return f'The config is wrong: {label} has no setting "{name}".{hint}'


def _absent(owner: str | None, names: str, frame: FrameType) -> str:
    label = getattr(_built(frame), '__name__', None) or owner
    return f'The config is wrong: {label} needs the setting {names}.'


def _unregistered(name: str, scope: str, registry: str) -> str:
    from mmengine.registry import root
    from mmseg import registry as registries

    known = {
        key
        for table in vars(registries).values()
        if getattr(table, 'name', None) == registry
        for key in (*table.module_dict, *(table.parent or root).module_dict)
    }
    near = difflib.get_close_matches(name, sorted(known), n=3)
    hint = f' Similar: {", ".join(near)}.' if near else ''
    return (
        f'The config is wrong: there is no {registry} of the type "{name}" '
        f'in {scope} or segplug.{hint} If it is your own, name its module in '
        'custom_imports.'
    )


def _arguments(built: Any) -> set[str]:
    """Return the names of the arguments of a class and its parents."""
    owners = built.__mro__ if inspect.isclass(built) else ()
    return {
        name
        for owner in owners
        if '__init__' in vars(owner)
        for name, item in inspect.signature(owner.__init__).parameters.items()
        if item.kind in (item.POSITIONAL_OR_KEYWORD, item.KEYWORD_ONLY)
    } - {'self'}
