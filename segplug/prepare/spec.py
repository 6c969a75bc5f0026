"""What a data set's module says about the data set.

A data set is prepared by shared machinery. Its own module says where the
items are found (:attr:`DatasetSpec.plan`), how one item becomes a label
(:attr:`Plan.convert`), its classes and its command-line options.
"""

from __future__ import annotations

import argparse
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, Callable, Optional

import numpy as np

from .pictures import IGNORE, Colour
from .sources import Workspace
from .transfer import Transfer

__all__ = ['IGNORE', 'Colour', 'Convert', 'DatasetSpec', 'Item', 'Plan']


@dataclass(frozen=True)
class Item:
    """One image and what its label is made from.

    Args:
        id: Name of the outputs, ``images/<id>.jpg`` and ``labels/<id>.png``.
        split: The list that its source has it in, such as ``'train'``.
        image: The image file.
        annotation: The file that the label is made from.
    """

    id: str
    split: str
    image: Path
    annotation: Path


#: Makes an item's label, uint8 of shape (H, W) with class numbers and
#: :data:`IGNORE`; None when the item is no part of the data set. It raises
#: :class:`~segplug.prepare.errors.BadItemError` and has to be picklable.
Convert = Callable[[Item], Optional[np.ndarray]]


@dataclass
class Plan:
    """What is to be prepared.

    Args:
        items: In the order of their lists.
        convert: Makes one label.
        options: All that the labels depend on beside the annotation and
            ``transfer``.
        sources: Facts about the sources, for the manifest.
        problems: One sentence for each thing that had to be dropped.
        notes: Remarks for the summary.
        transfer: How images and labels get into the output folder.
        lists: Ids of each list, where an image may be in several; by default
            each is in that of its split.
        selection: How the lists were made, for the manifest.
        classes: Those of the labels, if not the data set's usual ones.
        palette: A colour for each of these.
        image_suffix: Of the image files, where the data set's may be either
            ``'.jpg'`` or ``'.png'``.
    """

    items: list[Item]
    convert: Convert
    options: dict[str, Any]
    sources: dict[str, Any]
    problems: list[str] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    transfer: Transfer = Transfer()
    lists: dict[str, list[str]] = field(default_factory=dict)
    selection: dict[str, Any] = field(default_factory=dict)
    classes: Optional[Sequence[str]] = None
    palette: Optional[Sequence[Colour]] = None
    image_suffix: Optional[str] = None


@dataclass(frozen=True)
class DatasetSpec:
    """A data set that can be prepared.

    Args:
        name: Subcommand, and the name in the manifest.
        summary: One line for ``--help``.
        classes: Names in the order of the label values. A plan may have
            others, and so with the next two.
        palette: An RGB colour for each class.
        image_suffix: Of the image files, in lower case, unless the plan has
            another.
        revision: Raised when the labels made from the same input change, so
            that those made earlier are made again.
        splits: Names of all lists that there may be.
        usual_counts: Number of images in lists in the literature.
        add_arguments: Adds the options; those that are paths name sources.
        plan: Finds the items, given these options and what opens sources,
            which exist. Raises
            :class:`~segplug.prepare.errors.SourceError` if something is not
            found or not what it should be.
    """

    name: str
    summary: str
    classes: Sequence[str]
    palette: Sequence[Colour]
    image_suffix: str
    revision: int
    splits: Sequence[str]
    usual_counts: Mapping[str, int]
    add_arguments: Callable[[argparse.ArgumentParser], None]
    plan: Callable[[argparse.Namespace, Workspace], Plan]

    def specialised(self, plan: Plan) -> DatasetSpec:
        """Return the data set with what a plan has of its own."""
        return replace(
            self,
            classes=plan.classes or self.classes,
            palette=plan.palette or self.palette,
            image_suffix=plan.image_suffix or self.image_suffix,
        )
