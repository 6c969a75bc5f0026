"""Read PASCAL-Part annotations and paint the parts of people.

The 24 parts are merged into six. The order in which the official labels of
Pascal-Person-Part were painted is not known; here objects are painted in the
order of the file, in each object its parts in their order, and the later
covers the earlier, as in the published converters. The annotations list arms
and legs after the torso, so these cover it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

import numpy as np

from segplug.labels.pascal_person_part import CLASSES

from .errors import BadItemError, OtherDatasetError
from .matfile import read_mat, variable_names

Neck = Literal['head', 'torso']

_RAW_PARTS = {
    'head': 'head leye reye lear rear lebrow rebrow nose mouth hair',
    'torso': 'torso',
    'upper-arms': 'luarm ruarm',
    'lower-arms': 'llarm rlarm lhand rhand',
    'upper-legs': 'luleg ruleg',
    'lower-legs': 'llleg rlleg lfoot rfoot',
}


@dataclass(frozen=True)
class Part:
    """One part of an object.

    Args:
        name: As in the annotation, such as ``'luarm'``.
        mask: (H, W), not 0 where the part is.
    """

    name: str
    mask: np.ndarray


@dataclass(frozen=True)
class PartObject:
    """One annotated object.

    Args:
        number: Position in the file, from 1.
        name: Class, such as ``'person'``.
        mask: (H, W), not 0 where the object is.
        parts: In the order of the file.
    """

    number: int
    name: str
    mask: np.ndarray
    parts: tuple[Part, ...]


def part_values(neck: Neck = 'head') -> dict[str, int]:
    """Return the label value of each of the 24 parts of a person.

    Args:
        neck: The class that the neck belongs to: ``'head'`` as in the
            official labels, ``'torso'`` as in multi-task work after ASTMT.
    """
    values = {
        part: CLASSES.index(name)
        for name, parts in _RAW_PARTS.items()
        for part in parts.split()
    }
    return {**values, 'neck': CLASSES.index(neck)}


def read_objects(path: Path) -> list[PartObject]:
    """Read the objects of a PASCAL-Part annotation.

    Args:
        path: The ``.mat`` file.

    Returns:
        The objects in the order of the file.

    Raises:
        BadItemError: If the file cannot be read, is of another data set, or
            its masks do not all have one size.
    """
    content = read_mat(path)
    if 'anno' not in content:
        raise OtherDatasetError(_not_part(path, content))
    try:
        records = content['anno'][0, 0]['objects'].ravel()
        objects = [_object(i, rec) for i, rec in enumerate(records, 1)]
    except (LookupError, ValueError, TypeError, AttributeError) as error:
        raise BadItemError(
            f"{path}: its variable 'anno' is not built as in PASCAL-Part "
            f'({error}).'
        ) from error
    _check_masks(path, objects)
    return objects


def paint_people(
    objects: Sequence[PartObject],
    shape: tuple[int, int],
    *,
    neck: Neck,
    path: Path,
) -> np.ndarray:
    """Paint the parts of all people, the later over the earlier.

    Args:
        objects: All objects of a picture; those that are not people do not
            count.
        shape: Height and width of the picture in px.
        neck: The class that the neck belongs to.
        path: Of the annotation, for errors.

    Returns:
        uint8 array of ``shape`` with values 0 to 6.

    Raises:
        BadItemError: If a part has an unknown name.
    """
    values = part_values(neck)
    label = np.zeros(shape, np.uint8)
    for person in objects:
        if person.name != 'person':
            continue
        for number, part in enumerate(person.parts, 1):
            if part.name not in values:
                raise BadItemError(
                    f'{path}: object {person.number} (person), part '
                    f'{number}: unknown part {part.name!r}; known are '
                    f'{", ".join(values)}.'
                )
            label[part.mask != 0] = values[part.name]
    return label


def _object(number: int, record: Any) -> PartObject:
    # The parts are a 0 × 0 array where there are none.
    parts = record['parts'].ravel()
    return PartObject(
        number,
        str(record['class'].item()),
        np.asarray(record['mask']),
        tuple(
            Part(str(part['part_name'].item()), np.asarray(part['mask']))
            for part in parts
        ),
    )


def _check_masks(path: Path, objects: Sequence[PartObject]) -> None:
    for item in objects:
        masks = {'': item.mask}
        masks.update({f', part {p.name!r}': p.mask for p in item.parts})
        for where, mask in masks.items():
            if mask.ndim != 2 or mask.shape != objects[0].mask.shape:
                raise BadItemError(
                    f'{path}: object {item.number} ({item.name}){where}: '
                    f'the mask has the shape {mask.shape}, that of object 1 '
                    f'{objects[0].mask.shape} (height, width).'
                )


def _not_part(path: Path, content: dict[str, Any]) -> str:
    if 'LabelMap' in content:
        return (
            f"{path}: is of PASCAL-Context (it holds 'LabelMap'), not of "
            "PASCAL-Part ('anno'). The archives of both are named "
            'trainval.tar.gz.'
        )
    return (
        f'{path}: is no PASCAL-Part annotation: it holds '
        f"{variable_names(content)}, wanted is 'anno'."
    )
