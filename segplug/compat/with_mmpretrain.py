"""Register MMPretrain's models, or say what is missing.

Named in ``custom_imports`` of the configs that need the extra
``segplug[mmpretrain]``.
"""

from __future__ import annotations

from segplug.errors import SegplugError


class MissingExtraError(SegplugError):
    """A config needs a package that is not installed or does not work."""


try:
    import mmpretrain.datasets  # noqa: F401
    import mmpretrain.evaluation  # noqa: F401
    import mmpretrain.models  # noqa: F401
except (ImportError, RuntimeError, AssertionError) as error:
    # A torchvision that was built for another PyTorch is a RuntimeError.
    raise MissingExtraError(
        f'This config needs mmpretrain, which cannot be imported ({error}). '
        "Install it with `pip install 'segplug[mmpretrain]'`; it needs a "
        'torchvision built for the installed PyTorch.'
    ) from error
