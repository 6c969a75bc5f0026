"""Scores per class as charts."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from segplug.evaluation.result import SegmentationResult

_COLOURS = ('#3b6ea5', '#d98c21', '#5a9e6f', '#b3506b', '#7d6bb0', '#6f7a83')


def bars(
    results: Mapping[str, SegmentationResult], score: str = 'IoU'
) -> Figure:
    """Draw a score of every class, one bar for each system.

    Args:
        results: By the name of the system; all with the same classes.
        score: A key of :meth:`SegmentationResult.per_class`.

    Raises:
        ValueError: If the systems differ in classes.
    """
    classes = _common_classes(results)
    figure, axis = _class_rows(classes, 0.14 * len(results))
    height = 0.8 / len(results)
    for i, (name, result) in enumerate(results.items()):
        values = result.per_class()[score] * 100
        mean = result.mean(values)
        place = np.arange(len(classes)) + (i + 0.5) * height - 0.4
        label = f'{name} (mean {mean:.1f})'
        colour = _COLOURS[i % len(_COLOURS)]
        shown = np.nan_to_num(values)
        axis.barh(place, shown, height, label=label, color=colour)
        for at, value in zip(place, values):
            text = 'absent' if np.isnan(value) else f'{value:.1f}'
            axis.text(
                np.nan_to_num(value) + 0.8, at, text, va='center', fontsize=6.5
            )
    axis.set_xlim(0, 108)
    axis.set_xlabel(f'{score} in %')
    figure.legend(loc='outside upper center', fontsize=8, frameon=False)
    return figure


def precision_recall(result: SegmentationResult) -> Figure:
    """Draw precision and recall of every class, joined by a line.

    A class whose precision lies right of its recall is predicted too
    rarely; the other way round, too often.

    Args:
        result: What to draw.
    """
    precision, recall = result.precision() * 100, result.recall() * 100
    figure, axis = _class_rows(list(result.classes), 0.1)
    rows = np.arange(len(precision))
    axis.hlines(rows, precision, recall, color='0.7', linewidth=2, zorder=1)
    for values, marker, size, name, colour in (
        (precision, 'o', 60, 'precision', _COLOURS[0]),
        (recall, 'D', 16, 'recall', _COLOURS[1]),  # on the other where equal
    ):
        style = {'s': size, 'color': colour, 'marker': marker}
        axis.scatter(values, rows, label=name, zorder=2, **style)
    for row, text in _undefined(precision, recall):
        axis.text(2, row, text, va='center', fontsize=6.5)
    axis.set_xlim(-2, 102)
    axis.set_xlabel('%')
    axis.grid(axis='y', color='0.93', zorder=0)
    figure.legend(loc='outside upper center', ncols=2, frameon=False)
    return figure


def _undefined(
    precision: np.ndarray, recall: np.ndarray
) -> Iterator[tuple[int, str]]:
    """Say of which classes one or both scores are missing, and why."""
    for row, missing in enumerate(np.isnan([precision, recall]).T.tolist()):
        if all(missing):
            yield row, 'absent'
        elif any(missing):
            yield row, 'never predicted' if missing[0] else 'not in the truth'


def _class_rows(classes: list[str], extra: float) -> tuple[Figure, Axes]:
    height = 1.3 + (0.16 + extra) * len(classes)
    figure = Figure(figsize=(7.5, height), layout='constrained')
    axis = figure.subplots()
    axis.set_yticks(range(len(classes)), classes, fontsize=8)
    axis.set_ylim(len(classes) - 0.4, -0.6)
    axis.grid(axis='x', color='0.9')
    axis.set_axisbelow(True)
    axis.spines[['top', 'right']].set_visible(False)
    return figure, axis


def _common_classes(results: Mapping[str, SegmentationResult]) -> list[str]:
    classes = {result.classes for result in results.values()}
    if len(classes) != 1:
        raise ValueError(
            'The systems must have the same classes, but '
            + '; '.join(f'{n} has {r.classes}' for n, r in results.items())
        )
    return list(classes.pop())
