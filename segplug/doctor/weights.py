"""The files of weights that a config starts from."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from segplug.compat.checkpoint import cached_path, local_path, zoo_address
from segplug.errors import SegplugError

from .finding import Finding, note, ok, problem

_TOPIC = 'weights'
_WEB = ('http', 'https')
_ZOOS = ('open-mmlab', 'openmmlab', 'torchvision', 'modelzoo', 'mmcls')


def sources(cfg: Mapping[str, Any]) -> dict[str, str]:
    """Return what is loaded, by the setting that names it."""
    found = dict(_inside(cfg.get('model') or {}, 'model'))
    if cfg.get('load_from'):
        found['load_from'] = str(cfg['load_from'])
    return found


def _inside(node: Any, place: str) -> Iterator[tuple[str, str]]:
    if isinstance(node, Mapping):
        if node.get('type') in ('Pretrained', 'mmengine.Pretrained'):
            yield f'{place}.checkpoint', str(node.get('checkpoint'))
        for name, item in node.items():
            if name == 'pretrained' and isinstance(item, str):
                yield f'{place}.{name}', item
            else:
                yield from _inside(item, f'{place}.{name}')
    elif isinstance(node, (list, tuple)):
        for index, item in enumerate(node):
            yield from _inside(item, f'{place}.{index}')


def examine(cfg: Mapping[str, Any]) -> Iterator[Finding]:
    """Look for the files, without reading or downloading them.

    Args:
        cfg: The config.
    """
    found = sources(cfg)
    if not found:
        yield ok(_TOPIC, 'None are loaded: training from scratch.')
    for setting, source in found.items():
        yield _of_source(setting, source)


def is_at_hand(source: str) -> bool:
    """Tell whether weights can be loaded without a download."""
    return _of_source('', source).level == 'ok'


def _of_source(setting: str, source: str) -> Finding:
    scheme, mark, _ = source.partition('://')
    try:
        if not mark or scheme == 'file':
            return ok(_TOPIC, f'{setting}: {local_path(source)}')
        if scheme in _WEB:
            return _cached(setting, source, source)
        if scheme in _ZOOS:
            return _cached(setting, source, zoo_address(source))
    except SegplugError as error:
        return problem(
            _TOPIC,
            f'{setting}: {error}',
            'Or train from scratch: --pretrained none.',
        )
    return note(_TOPIC, f'{setting}: {source} was not looked at.')


def _cached(setting: str, source: str, address: str) -> Finding:
    path = cached_path(address)
    if path.is_file():
        return ok(_TOPIC, f'{setting}: {source}, downloaded to {path}')
    return note(
        _TOPIC,
        f'{setting}: {source} will be downloaded when training starts.',
        f'Without internet, get {address} elsewhere and put it to {path}, or '
        'train from scratch: --pretrained none.',
    )
