"""Versions of the software stack and their known conflicts."""

from __future__ import annotations

import importlib
import platform
import re
import sys
import warnings
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from importlib.metadata import PackageNotFoundError, version

from .finding import Finding, note, ok, problem

_TOPIC = 'stack'
_OPENCV = (
    'opencv-python',
    'opencv-python-headless',
    'opencv-contrib-python',
    'opencv-contrib-python-headless',
)
#: Distributions that have the import names of others.
_FORKS = {
    'onedl-mmengine': ('mmengine',),
    'onedl-mmcv': ('mmcv', 'mmcv-lite'),
    'onedl-mmsegmentation': ('mmsegmentation',),
    'onedl-mmpretrain': ('mmpretrain',),
}
#: Least and first unfit version of what segplug needs.
_RANGES = {
    'torch': ('2.6', None),
    'mmengine': ('0.10.7', '1'),
    'mmsegmentation': ('1.2.2', '1.3'),
    'mmcv': ('2.0.0', '2.2'),
    'mmcv-lite': ('2.0.0', '2.2'),
    'numpy': ('1.23', None),
}
_WHY = {
    'torch': 'Earlier ones cannot load checkpoints safely.',
    'mmcv': 'MMSegmentation refuses others.',
    'mmcv-lite': 'MMSegmentation refuses others.',
}
_ALSO = ('ftfy', 'regex', 'scipy', 'matplotlib', 'pillow', 'tqdm')
_OPTIONAL = ('torchvision', 'mmpretrain', 'setuptools', *_OPENCV, *_FORKS)
_PROBED = {'cv2': 'opencv-python', 'torchvision': 'torchvision'}
_PYTHON = ('3.9', '3.14')


@dataclass(frozen=True)
class Stack:
    """What is installed.

    Attributes:
        python: Version of Python.
        versions: Of the installed distributions among those of interest.
        broken: Error of importing each module that cannot be imported.
    """

    python: str
    versions: Mapping[str, str]
    broken: Mapping[str, str] = field(default_factory=dict)


def gather() -> Stack:
    """Ask the running Python what it has."""
    versions = {}
    for name in (*_RANGES, *_ALSO, *_OPTIONAL):
        try:
            versions[name] = version(name)
        except PackageNotFoundError:
            continue
    broken = {}
    for module, distribution in _PROBED.items():
        if module == 'cv2' or distribution in versions:
            error = _import_error(module)
            if error:
                broken[module] = error
    return Stack(platform.python_version(), versions, broken)


def _import_error(module: str) -> str | None:
    try:
        with warnings.catch_warnings():
            warnings.simplefilter('ignore')
            importlib.import_module(module)
    except Exception as error:  # whatever a broken module may raise
        sys.modules.pop(module, None)
        return ' '.join(str(error).split()) or type(error).__name__
    return None


def examine(stack: Stack) -> Iterator[Finding]:
    """Judge an installation.

    Args:
        stack: What is installed.

    Yields:
        A finding for each conflict, and one for the rest.
    """
    found = [
        *_python(stack),
        *_ranges(stack),
        *_mmcv(stack),
        *_forks(stack),
        *_setuptools(stack),
        *_torchvision(stack),
        *_opencv(stack),
        *_missing(stack),
    ]
    yield from found
    shown = ('torch', 'mmengine', 'mmcv', 'mmcv-lite', 'mmsegmentation')
    listed = ', '.join(
        f'{name} {stack.versions[name]}'
        for name in (*shown, 'mmpretrain', 'numpy')
        if name in stack.versions
    )
    yield ok(_TOPIC, f'Python {stack.python}, {listed}.')


def _python(stack: Stack) -> Iterator[Finding]:
    if not _within(stack.python, *_PYTHON):
        yield problem(
            _TOPIC,
            f'Python {stack.python} does not suit: MMEngine and MMCV need '
            'modules that 3.14 no longer has, and segplug needs 3.9.',
            'Make an environment with Python 3.9 to 3.13.',
        )


def _ranges(stack: Stack) -> Iterator[Finding]:
    for name, (least, unfit) in _RANGES.items():
        have = stack.versions.get(name)
        wanted = f'{name}>={least}' + (f',<{unfit}' if unfit else '')
        if have is None and not name.startswith('mmcv'):
            if f'onedl-{name}' not in stack.versions:
                yield problem(
                    _TOPIC,
                    f'{name} is not installed.',
                    f"pip install '{wanted}'",
                )
        elif have is not None and not _within(have, least, unfit):
            yield problem(
                _TOPIC,
                f'{name} {have} does not suit. {_WHY.get(name, "")}'.rstrip(),
                f"pip install '{wanted}'",
            )


def _mmcv(stack: Stack) -> Iterator[Finding]:
    have = [n for n in ('mmcv', 'mmcv-lite') if n in stack.versions]
    if len(have) == 2:
        yield problem(
            _TOPIC,
            'mmcv and mmcv-lite are both installed: each has overwritten '
            'files of the other.',
            'pip uninstall -y mmcv mmcv-lite, then install one of them.',
        )
    elif not have and 'onedl-mmcv' not in stack.versions:
        yield problem(
            _TOPIC,
            'Neither mmcv nor mmcv-lite is installed.',
            "pip install 'mmcv-lite>=2.0.0rc4,<2.2' (no compiled operators, "
            'segplug needs none)',
        )


def _forks(stack: Stack) -> Iterator[Finding]:
    for fork, originals in _FORKS.items():
        if fork not in stack.versions:
            continue
        beside = [name for name in originals if name in stack.versions]
        if beside:
            yield problem(
                _TOPIC,
                f'{fork} and {beside[0]} are both installed under the same '
                'import name: each has overwritten files of the other.',
                f'pip uninstall -y {fork} {beside[0]}, then pip install '
                f'{beside[0]}.',
            )
        else:
            yield note(
                _TOPIC,
                f'{fork} stands in for {originals[0]}; segplug is not tested '
                'with it.',
            )


def _setuptools(stack: Stack) -> Iterator[Finding]:
    have = stack.versions.get('setuptools')
    engine = stack.versions.get('mmengine', '0')
    if _within(engine, '0.11', None):  # no longer imports pkg_resources
        return
    if have is None or not _within(have, '0', '81'):
        seen = 'is not installed' if have is None else f'is {have}'
        yield problem(
            _TOPIC,
            f'setuptools {seen}, but mmengine {engine} imports its '
            'pkg_resources, which new versions lack: configs with mmseg:: '
            'cannot be read.',
            "pip install 'setuptools>=65,<81'",
        )


def _torchvision(stack: Stack) -> Iterator[Finding]:
    torch, vision = (stack.versions.get(n) for n in ('torch', 'torchvision'))
    if vision is None:
        return
    error = stack.broken.get('torchvision')
    major, minor, *_ = (*_numbers(torch or '0'), 0, 0)
    fits = major != 2 or _numbers(vision)[:2] == (0, minor + 15)
    if error is None and fits:
        return
    seen = f': {error}' if error else ''
    make = problem if error else note
    yield make(
        _TOPIC,
        f'torchvision {vision} was not built for torch {torch}{seen}. It '
        'breaks every run merely by being installed.'
        if error
        else f'torchvision {vision} is not the one for torch {torch}.',
        f'Install torchvision 0.{minor + 15} from where torch came from (CPU '
        'or the same CUDA), or pip uninstall torchvision.',
    )


def _opencv(stack: Stack) -> Iterator[Finding]:
    have = [name for name in _OPENCV if name in stack.versions]
    error = stack.broken.get('cv2')
    if error and 'libGL' in error:
        yield problem(
            _TOPIC,
            f'OpenCV lacks a library of the system: {error}.',
            'apt-get install libgl1, or pip uninstall -y opencv-python and '
            'pip install opencv-python-headless.',
        )
    elif error:
        yield problem(
            _TOPIC,
            f'OpenCV cannot be imported: {error}.',
            'pip install --force-reinstall opencv-python',
        )
    if len(have) > 1:
        differ = len({stack.versions[name] for name in have}) > 1
        listed = ' and '.join(f'{n} {stack.versions[n]}' for n in have)
        yield (problem if differ else note)(
            _TOPIC,
            f'{listed} are installed: each has overwritten files of the '
            'others.',
            f'pip uninstall -y {" ".join(have)}, then install one of them.',
        )


def _missing(stack: Stack) -> Iterator[Finding]:
    absent = [name for name in _ALSO if name not in stack.versions]
    if absent:
        listed = ' '.join(absent)
        yield problem(
            _TOPIC,
            f'Not installed, but needed: {listed}.',
            f'pip install {listed}',
        )


def _within(have: str, least: str, unfit: str | None) -> bool:
    """Tell whether a version is in a range, pre-releases like releases."""
    number = _numbers(have)
    return _numbers(least) <= number and (
        unfit is None or number < _numbers(unfit)
    )


def _numbers(text: str) -> tuple[int, ...]:
    """Return the numbers of a version, without what follows them."""
    found = re.match(r'\d+(?:\.\d+)*', text)
    return tuple(map(int, found.group().split('.'))) if found else (0,)
