"""Change settings of a config from the command line, and only real ones.

MMEngine merges whatever it is given: a mistyped name adds a setting that
nobody reads, and a variable such as ``crop_size`` has been copied to its
places when the file was read.
"""

from __future__ import annotations

import difflib
import inspect
from collections.abc import Collection, Iterator, Mapping, Sequence
from fnmatch import fnmatch
from typing import Any

from mmengine.config import Config, ConfigDict
from mmengine.runner import Runner

from segplug.errors import SegplugError

from .runner import MMENGINE_HOOKS

#: Settings that MMEngine and the tools read beside the runner's arguments.
_ALSO_READ = (
    'activation_checkpointing',
    'compile',
    'efficient_conv_bn_eval',
    'find_unused_parameters',
    'model_wrapper_cfg',
    'sync_bn',
    'tta_model',
    'tta_pipeline',
)
#: Settings that have had their effect when options are merged.
_READ_EARLIER = ('custom_imports', 'runner_type')
#: What is read from sections that nothing is built from, by patterns of the
#: ends of their names. Names that a config has there beside these are taken
#: to be its own.
_SETTINGS = {
    'model.test_cfg': ('mode', 'crop_size', 'stride'),
    'data_preprocessor.test_cfg': ('size', 'size_divisor'),
    'dataset.data_prefix': ('img_path', 'seg_map_path'),
    'dataset.metainfo': ('classes', 'palette'),
    'optim_wrapper.paramwise_cfg': (
        'custom_keys',
        'bias_lr_mult',
        'bias_decay_mult',
        'norm_decay_mult',
        'dwconv_decay_mult',
        'flat_decay_mult',
        'dcn_offset_lr_mult',
        'bypass_duplicate',
        'num_layers',  # these of MMSegmentation's layer-wise decay
        'decay_rate',
        'decay_type',
    ),
    'custom_keys.*': ('lr_mult', 'decay_mult'),
    'auto_scale_lr': ('enable', 'base_batch_size'),
    'env_cfg': ('cudnn_benchmark', 'mp_cfg', 'dist_cfg', 'resource_limit'),
    'mp_cfg': ('mp_start_method', 'opencv_num_threads'),
    'randomness': ('seed', 'diff_rank_seed', 'deterministic'),
}
#: Settings that are no sections, and may be None.
_PLAIN = ('experiment_name', 'load_from', 'resume', 'work_dir')
_LENGTHS = ('max_iters', 'max_epochs')
_TIMES = ('begin', 'end', 'T_max', 'milestones')
_COUNTS = (*_LENGTHS, 'val_interval', 'batch_size')
_NUMBERS = ('lr', 'momentum', 'weight_decay', 'loss_weight')
_CODE = ('(', '[', '{', 'dict(')
_SHOWN = 4


class OptionError(SegplugError, ValueError):
    """An option does not change what it seems to change."""


def apply_options(cfg: Config, options: Mapping[str, Any]) -> list[str]:
    """Change settings of a config.

    If the length of the training is changed, the schedule of the learning
    rate is stretched with it, unless that is changed too.

    Args:
        cfg: Config, changed in place.
        options: New values by dotted names, as of ``--cfg-options``.

    Returns:
        Remarks on what else was changed.

    Raises:
        OptionError: If a name does not exist or has no effect, or a value
            cannot be meant.
    """
    for name, value in options.items():
        _check_name(cfg, name, options)
        _check_value(name, value)
    for name in options:
        _make_sections(cfg, name)
    before = _length(cfg)
    try:
        cfg.merge_from_dict(dict(options))
    except (KeyError, TypeError, AssertionError, AttributeError) as error:
        raise OptionError(
            f'--cfg-options do not fit the config: {error}. A list of numbers '
            'can be replaced only whole: key="[1,2]".'
        ) from error
    after = _length(cfg)
    chosen = any(name.startswith('param_scheduler') for name in options)
    if chosen or not (before and after) or before == after:
        return []
    if before[0] != after[0]:
        return [
            f'the training is now counted in {after[0]}, not {before[0]}; '
            'param_scheduler is as it was, see whether it suits.'
        ]
    return _stretch(cfg, before[1], after[1])


def settle_workers(cfg: Config) -> None:
    """Let loaders without worker processes not keep any.

    PyTorch refuses ``persistent_workers`` and ``prefetch_factor`` with
    ``num_workers=0``.
    """
    for split in ('train', 'val', 'test'):
        loader = cfg.get(f'{split}_dataloader')
        if isinstance(loader, Mapping) and not loader.get('num_workers'):
            loader['persistent_workers'] = False
            loader.pop('prefetch_factor', None)


def _check_name(cfg: Config, name: str, options: Collection[str]) -> None:
    first, *inner = name.split('.')
    if not all((first, *inner)):
        raise OptionError(f'--cfg-options: "{name}" is no name of a setting.')
    if first not in _read():
        raise OptionError(_without_effect(cfg, first, name))
    node, way = cfg.get(first), first
    for part in inner:
        below = _below(node, part)
        # A section that comes with its type, such as another hook.
        built = f'{way}.{part}.type' in options and not part.isdecimal()
        if below is None and not (built or _takes(node, part, way)):
            raise OptionError(_unknown(part, node, way))
        node, way = below, f'{way}.{part}'


def _make_sections(cfg: Config, name: str) -> None:
    """Put sections in the places of None, which MMEngine cannot merge into."""
    if '.' not in name:
        return
    first, *inner = name.split('.')[:-1]
    if cfg.get(first) is None:
        cfg[first] = ConfigDict()
    node = cfg.get(first)
    for part in inner:
        below = _below(node, part)
        if below is None:
            node[part] = below = ConfigDict()
        node = below


def _check_value(name: str, value: Any) -> None:
    last = name.rpartition('.')[2]
    if any(map(_is_code, value if isinstance(value, list) else [value])):
        wanted = (
            'cannot be read. Write lists as "[1,2]", tuples as "(1,2)", and '
            f'sections setting by setting: {name}.SETTING=VALUE'
        )
    elif last in _COUNTS and not (isinstance(value, int) and value > 0):
        wanted = 'has to be a whole number above 0'
    elif last in _NUMBERS and not isinstance(value, (int, float, type(None))):
        wanted = 'has to be a number'
    else:
        return
    raise OptionError(f'--cfg-options: {name}={value} {wanted}.')


def _is_code(value: Any) -> bool:
    """Tell whether a value was left as text that looks like Python."""
    return isinstance(value, str) and value.startswith(_CODE)


def _read() -> set[str]:
    """Return the top names that have an effect."""
    arguments = inspect.signature(Runner.__init__).parameters
    return {*arguments, *_ALSO_READ} - {'self', 'cfg'}


def _below(node: Any, part: str) -> Any:
    if isinstance(node, Mapping):
        return node.get(part)
    is_list = isinstance(node, Sequence) and not isinstance(node, str)
    if is_list and part.isdecimal() and int(part) < len(node):
        return node[int(part)]
    return None


def _takes(node: Any, part: str, way: str) -> bool:
    """Whether a name may be new there, or replace None.

    What is built from a section may take it as an argument, and refuses it
    then if not. Sections that only hold sections, such as the hooks, do not.
    """
    if isinstance(node, Mapping) and part in node:
        return True
    if part.isdecimal() or way in _PLAIN:  # no list, no section
        return False
    settings = _settings(way)
    if settings is not None:
        return part in settings
    if node is None:
        return True
    if not isinstance(node, Mapping):
        return False
    if way == 'default_hooks' and part in MMENGINE_HOOKS:
        return True
    sections = [isinstance(value, Mapping) for value in node.values()]
    return 'type' in node or not sections or not all(sections)


def _settings(way: str) -> Sequence[str] | None:
    """Return what is read from a section, or None if it is not known."""
    for end, settings in _SETTINGS.items():
        if fnmatch(f'.{way}', f'*.{end}'):
            return settings
    return None


def _unknown(part: str, node: Any, way: str) -> str:
    settings = _settings(way)
    if isinstance(node, Mapping) or settings is not None:
        return (
            f'--cfg-options: {way} has no setting "{part}".'
            f'{_near(part, {*(node or ()), *(settings or ())})}'
        )
    if isinstance(node, Sequence) and not isinstance(node, str):
        return (
            f'--cfg-options: {way} is a list of {len(node)}, "{part}" is no '
            'place in it (counted from 0).'
        )
    return f'--cfg-options: {way} is {node!r} and has no setting "{part}".'


def _without_effect(cfg: Config, first: str, name: str) -> str:
    if first not in cfg:
        near = _near(first, [key for key in cfg if key in _read()])
        return f'--cfg-options: the config has no setting "{first}".{near}'
    if first in _READ_EARLIER:
        return (
            f'--cfg-options: {name} has no effect: {first} is read before '
            'options are. Set it in a config of your own.'
        )
    inside = name[len(first) :]
    places = [
        place + inside
        for key in cfg
        if key in _read()
        for place in _find(cfg[first], cfg[key], key)
    ]
    shown = ', '.join(places[:_SHOWN])
    more = len(places) - _SHOWN
    where = f'; set {shown}' + (f' and {more} more' if more > 0 else '')
    return (
        f'--cfg-options: {name} has no effect: it is a variable of the '
        f'config file, whose value is in its places already'
        f'{where if places else ""}. In a config of your own, set it where '
        'the file defines it.'
    )


def _find(value: Any, node: Any, place: str) -> Iterator[str]:
    """Yield the places of a value in a section of a config."""
    if node == value and type(node) is type(value):
        yield place
    elif isinstance(node, Mapping):
        for key, item in node.items():
            yield from _find(value, item, f'{place}.{key}')
    elif isinstance(node, (list, tuple)):
        for index, item in enumerate(node):
            yield from _find(value, item, f'{place}.{index}')


def _near(name: str, names: Collection[str]) -> str:
    near = difflib.get_close_matches(name, names, n=3)
    listed = ', '.join(near or sorted(names)) or 'none'
    return f' Similar: {listed}.' if near else f' It has: {listed}.'


def _length(cfg: Config) -> tuple[str, int] | None:
    """Return the setting of the training's length, and its value."""
    loop = cfg.get('train_cfg') or {}
    found = [(name, loop[name]) for name in _LENGTHS if loop.get(name)]
    return found[0] if found else None


def _stretch(cfg: Config, before: int, after: int) -> list[str]:
    schedulers = cfg.get('param_scheduler') or []
    if isinstance(schedulers, Mapping):
        schedulers = [schedulers]
    changed = False
    for scheduler in schedulers:
        for name in _TIMES:
            if scheduler.get(name):
                scheduler[name] = _scaled(scheduler[name], before, after)
                changed = True
    if not changed:
        return []
    return [
        f'param_scheduler was stretched from {before} to {after} with the '
        'length of the training; set param_scheduler.0.end and so on to '
        'choose otherwise.'
    ]


def _scaled(value: Any, before: int, after: int) -> Any:
    if isinstance(value, (list, tuple)):
        return [_scaled(item, before, after) for item in value]
    return max(1, round(value * after / before))
