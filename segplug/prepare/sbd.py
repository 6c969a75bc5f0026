"""Read labels of the Semantic Boundaries Dataset."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np

from .errors import BadItemError, OtherDatasetError
from .matfile import read_mat, variable_names


def read_classes(path: Path) -> np.ndarray:
    """Read the class numbers from a file of SBD's folder ``cls``.

    Args:
        path: The ``.mat`` file.

    Returns:
        uint8 array of shape (H, W).

    Raises:
        OtherDatasetError: If it is no such file.
        BadItemError: If it cannot be read or is not built as in SBD.
    """
    content = read_mat(path)
    if 'GTcls' not in content:
        raise OtherDatasetError(_not_classes(path, content))
    try:
        label = np.asarray(content['GTcls'][0, 0]['Segmentation'])
    except (LookupError, ValueError, TypeError) as error:
        raise BadItemError(
            f"{path}: its variable 'GTcls' is not built as in SBD ({error})."
        ) from error
    if label.ndim != 2 or label.dtype != np.uint8:
        raise BadItemError(
            f'{path}: its segmentation has the shape {label.shape} and the '
            f'type {label.dtype}; wanted are height and width in uint8.'
        )
    return np.ascontiguousarray(label)  # MATLAB stores columns


def _not_classes(path: Path, content: dict[str, Any]) -> str:
    if 'GTinst' in content:
        return (
            f"{path}: numbers objects, not classes (it holds 'GTinst', wanted "
            "is 'GTcls'); the labels of classes are in SBD's folder cls."
        )
    return (
        f'{path}: is no label of SBD: it holds {variable_names(content)}, '
        "wanted is 'GTcls'."
    )
