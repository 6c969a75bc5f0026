"""The confusion matrix as a picture that can be read."""

from __future__ import annotations

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from segplug.evaluation.averaging import ratio
from segplug.evaluation.result import SegmentationResult

_FEW = 21


def confusion(
    result: SegmentationResult, title: str = 'Confusion matrix'
) -> Figure:
    """Draw where the pixels of each true class went, in percent.

    Rows are truth and sum to 100 %; when some pixels were predicted as none
    of the classes, a last column shows them. Classes without a true pixel
    have a grey row. Shares below 1 % are not written.

    Args:
        result: What to draw.
        title: Written above.
    """
    counts, columns = result.matrix, list(result.classes)
    if result.unassigned.any():
        counts = np.column_stack([counts, result.unassigned])
        columns.append('(none)')
    shares = ratio(counts, result.truth[:, None]) * 100
    number = len(result.classes)
    side = 2.5 + (0.42 if number <= _FEW else 0.30) * number
    figure = Figure(figsize=(side + 1, side), layout='constrained')
    axis = figure.subplots()
    axis.set_facecolor('0.85')
    image = axis.imshow(shares, cmap='Blues', vmin=0, vmax=100)
    figure.colorbar(image, ax=axis, shrink=0.6, label='% of the true class')
    _label(axis, list(result.classes), columns)
    if not result.truth.all():
        axis.set_xlabel('prediction (grey: classes without a true pixel)')
    _write(axis, shares, 7 if number <= _FEW else 6.5)
    axis.set_title(title)
    return figure


def _label(axis: Axes, rows: list[str], columns: list[str]) -> None:
    size = 8 if len(rows) <= _FEW else 7
    axis.set_xticks(range(len(columns)), columns, rotation=90, fontsize=size)
    axis.set_yticks(range(len(rows)), rows, fontsize=size)
    axis.set_xlabel('prediction')
    axis.set_ylabel('truth')
    axis.tick_params(length=0)
    axis.set_xticks(np.arange(len(columns) - 1) + 0.5, minor=True)
    axis.set_yticks(np.arange(len(rows) - 1) + 0.5, minor=True)
    axis.grid(which='minor', color='white', linewidth=0.5)
    axis.tick_params(which='minor', length=0)


def _write(axis: Axes, shares: np.ndarray, size: float) -> None:
    for row, column in zip(*np.nonzero(np.nan_to_num(shares) >= 1)):
        share = shares[row, column]
        axis.text(
            column,
            row,
            f'{share:.0f}',
            ha='center',
            va='center',
            fontsize=size,
            color='white' if share > 55 else 'black',
        )
