"""Package metadata of segplug."""

import re
from pathlib import Path

from setuptools import find_packages, setup

ROOT = Path(__file__).parent
INIT = (ROOT / 'segplug' / '__init__.py').read_text(encoding='utf-8')
VERSION = re.search(r"__version__ = '(.+)'", INIT).group(1)

REQUIRES = [
    'torch>=2.6',  # earlier restricted unpicklers can be circumvented
    'mmengine>=0.10.7,<1',
    'mmsegmentation>=1.2.2,<1.3',
    'ftfy',  # imported by mmsegmentation, which does not declare it
    'regex',  # the same
    'setuptools>=65,<81',  # mmengine 0.10.7 imports pkg_resources
    'numpy>=1.23',
    'pyyaml>=6',
    'matplotlib>=3.7',  # pictures of results
    'opencv-python',
    'pillow>=9.4',
    'scipy>=1.9',  # reads and writes PASCAL-Part's .mat files
    'tqdm',  # progress bars
]

EXTRAS = {
    # For those who have no MMCV. Not a plain requirement: it would overwrite
    # the files of a full mmcv, which has the same import name.
    'lite': ['mmcv-lite>=2.0.0rc4,<2.2'],
    # mmpretrain imports torchvision, which it does not declare.
    'mmpretrain': ['mmpretrain>=1.2.0,<2', 'torchvision'],
    # Finds images that look alike in different splits (BSD licence).
    'check': ['imagehash>=4.3'],
    # Weights in a format that cannot hold code (Apache-2.0).
    'safetensors': ['safetensors>=0.4'],
    # Confusion matrices, and the Lovász loss on a CPU, in half the time (BSD
    # licence).
    'fast': ['numba>=0.57'],
    # Draws snow and rain for the augmentation.
    'weather': ['kornia>=0.7.2,<1'],
    # What the scores are compared with in the tests, which skip without;
    # `make test` installs them.
    'referees': ['cityscapesscripts', 'torchmetrics'],
    'dev': [
        'imagehash>=4.3',
        'hypothesis',
        'kornia>=0.7.2,<1',
        'numba>=0.57',
        'pytest>=7.4',
        'pytest-xdist',
        'ruff>=0.9',
        'pre-commit',
        'safetensors>=0.4',
    ],
}

setup(
    name='segplug',
    version=VERSION,
    description='Semantic-segmentation ablations as MMSegmentation plugins',
    long_description=(ROOT / 'README.md').read_text(encoding='utf-8'),
    long_description_content_type='text/markdown',
    license='Apache-2.0',
    packages=find_packages(include=['segplug', 'segplug.*']),
    python_requires='>=3.9,<3.14',
    install_requires=REQUIRES,
    extras_require=EXTRAS,
    classifiers=[
        'License :: OSI Approved :: Apache Software License',
        'Programming Language :: Python :: 3',
        'Topic :: Scientific/Engineering :: Image Recognition',
    ],
)
