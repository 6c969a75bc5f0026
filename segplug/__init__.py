"""segplug: plugins for MMSegmentation 1.x.

Importing the package repairs the stack (:mod:`segplug.compat`) and registers
every model, loss, dataset, transform, hook and metric in ``mmseg.registry``.
"""

from . import compat

compat.install()

from . import datasets, engine, evaluation, models  # noqa: E402

__all__ = ['compat', 'datasets', 'engine', 'evaluation', 'models']

__version__ = '0.1.0'
