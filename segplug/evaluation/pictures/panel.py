"""Image, truth and the predictions of several systems, side by side."""

from __future__ import annotations

import math
import textwrap
from collections.abc import Mapping, Sequence

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.patches import Patch

from .drawing import Colour, paint

_WIDTH = 2.6  # inches of one picture
_LETTER = 0.075  # inches of a letter of a row's name
_ALL_IN_LEGEND = 21


def panel(
    images: Sequence[np.ndarray],
    truths: Sequence[np.ndarray] | None,
    predictions: Mapping[str, Sequence[np.ndarray]],
    *,
    classes: Sequence[str],
    palette: Sequence[Colour],
    row_names: Sequence[str] | None = None,
    title: str | None = None,
) -> Figure:
    """Draw a grid: one row per image; image, truth, then each system.

    Args:
        images: RGB images, each of shape (H, W, 3), uint8.
        truths: True ids, each of shape (H, W), or ``None`` to leave the
            column out.
        predictions: By the name of the system, class ids of each image, each
            of shape (H, W); or ready pictures of shape (H, W, 3), uint8.
        classes: Names of the classes.
        palette: RGB colours of the classes, each in [0, 255].
        row_names: Written to the left of each row.
        title: Written above the grid.

    Returns:
        The figure. The legend names the classes; those that no picture
        shows are left out when there are more than 21.

    Raises:
        ValueError: If the columns differ in length.
    """
    columns = {'image': images}
    if truths is not None:
        columns['truth'] = truths
    columns.update(predictions)
    lengths = {name: len(column) for name, column in columns.items()}
    if len(set(lengths.values())) != 1 or not images:
        raise ValueError(
            f'Each column must have one picture per image, but the numbers '
            f'are {lengths}.'
        )
    figure = _figure(columns, len(classes))
    ratios = [image.shape[0] / image.shape[1] for image in images]
    axes = figure.subplots(
        len(images), len(columns), squeeze=False, height_ratios=ratios
    )
    for column, (name, pictures) in zip(axes.T, columns.items()):
        column[0].set_title(name, fontsize=10)
        for axis, picture in zip(column, pictures):
            _show(axis, picture, palette)
    for axis, name, ratio in zip(axes[:, 0], row_names or (), ratios):
        axis.set_ylabel(_wrapped(name, ratio * _WIDTH), fontsize=8)
    if title:
        figure.suptitle(title, fontsize=12)
    _legend(figure, columns, classes, palette)
    return figure


def _figure(columns: Mapping[str, Sequence[np.ndarray]], names: int) -> Figure:
    width = _WIDTH - 0.08 - 0.45 / len(columns)  # less gaps and row names
    heights = sum(i.shape[0] / i.shape[1] * width for i in columns['image'])
    rows = len(columns['image'])
    legend = 0.25 * (1 + min(names, _ALL_IN_LEGEND) // (2 * len(columns)))
    size = (_WIDTH * len(columns), heights + 0.1 * rows + 0.8 + legend)
    return Figure(figsize=size, layout='constrained')


def _wrapped(name: str, height: float) -> str:
    """Break the name of a row into lines that are not longer than it."""
    width = max(6, int(height / _LETTER))
    lines = [textwrap.wrap(line, width) for line in name.splitlines()]
    return '\n'.join(piece for line in lines for piece in line)


def _show(axis: Axes, picture: np.ndarray, palette: Sequence[Colour]) -> None:
    # Ids have no colours between them; thin errors must survive shrinking.
    interpolation = 'nearest' if picture.ndim == 2 else 'antialiased'
    if picture.ndim == 2:
        picture = paint(picture, palette)
    axis.imshow(picture, interpolation=interpolation)
    axis.set_xticks([])
    axis.set_yticks([])


def _legend(
    figure: Figure,
    columns: Mapping[str, Sequence[np.ndarray]],
    classes: Sequence[str],
    palette: Sequence[Colour],
) -> None:
    maps = [p for column in columns.values() for p in column if p.ndim == 2]
    seen = {int(i) for labels in maps for i in np.unique(labels)}
    void = seen - set(range(len(palette)))
    patches = [
        Patch(facecolor=np.divide(colour, 255), edgecolor='grey', label=name)
        for i, (name, colour) in enumerate(zip(classes, palette))
        if len(classes) <= _ALL_IN_LEGEND or i in seen
    ]
    if void:
        patches.append(Patch(facecolor='w', edgecolor='grey', label='void'))
    if maps:
        rows = math.ceil(len(patches) / (2 * len(columns)))
        figure.legend(
            handles=patches,
            loc='outside lower center',
            ncols=math.ceil(len(patches) / rows),  # rows of one length
            fontsize=8,
            frameon=False,
        )
