"""Tables of scores that a person can read."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np

from .border_result import BorderResult
from .result import SegmentationResult


def format_table(head: Sequence[str], rows: Sequence[Sequence[object]]) -> str:
    """Align rows under a head: words to the left, numbers to the right.

    Floats get two decimals and NaN is shown as a dash.
    """
    cells = [list(head)] + [[_cell(value) for value in row] for row in rows]
    widths = [max(map(len, column)) for column in zip(*cells)]
    lines = [
        '  '.join(
            cell.rjust(width) if number else cell.ljust(width)
            for cell, width, number in zip(row, widths, _numeric(rows))
        ).rstrip()
        for row in cells
    ]
    return '\n'.join([lines[0], '-' * max(map(len, lines)), *lines[1:]])


def result_table(result: SegmentationResult) -> str:
    """Return the per-class scores and the means of a result, in percent."""
    scores = result.per_class()
    share = result.truth / max(result.pixels, 1) * 100
    rows = [
        (name, *(float(v[i]) * 100 for v in scores.values()), float(share[i]))
        for i, name in enumerate(result.classes)
    ]
    table = format_table(('class', *scores, '% of pixels'), rows)
    return '\n'.join([table, *_summary(result)])


def category_table(
    result: SegmentationResult, groups: Mapping[str, Sequence[str]]
) -> str:
    """Return the IoU of groups of classes, in percent."""
    merged = result.merged(groups)
    scores = merged.iou()
    rows = [(n, float(v) * 100) for n, v in zip(merged.classes, scores)]
    rows.append(('mean', merged.mean(scores) * 100))
    return format_table(('category', 'IoU'), rows)


def border_table(result: BorderResult) -> str:
    """Return the border scores per class and their means, shares in %."""
    shares, measures = result.shares(), result.measures()
    scores = [v * 100 for v in shares.values()] + list(measures.values())
    head = [k.replace('TrimapIoU_', '≤ ') for k in (*shares, *measures)]
    rows = [
        (name, *(float(v[i]) for v in scores))
        for i, name in enumerate(result.classes)
    ]
    rows.append(('mean', *(result.mean(v) for v in scores)))
    numbers = result.classes_averaged().values()
    rows.append(('classes averaged', *numbers))
    options = result.options
    note = (
        f'≤ n px: IoU near true borders; band {options.band:g}, tolerance '
        f'{options.tolerance:g} (below 1: of the diagonal), contours smoothed '
        f'over ±{options.smoothing} px, absent={result.absent!r}.'
    )
    return format_table(('class', *head), rows) + '\n' + note


def _summary(result: SegmentationResult) -> list[str]:
    means = [f'{k} {_cell(v * 100)}' for k, v in result.means().items()]
    numbers = result.classes_averaged()
    averaged = numbers['mIoU']
    others = [f', {k} over {n}' for k, n in numbers.items() if n != averaged]
    lines = [
        '  '.join(means[:7]),
        '  '.join(means[7:]),
        f'mIoU over {averaged} of {len(result.classes)} classes'
        f'{"".join(others)} (absent={result.absent!r}); '
        f'{result.pixels} labelled pixels, {result.void} void'
        + (f', {result.images} images.' if result.images else '.'),
    ]
    if result.unassigned.any():
        lines.append(
            f'{int(result.unassigned.sum())} pixels were predicted as none '
            'of the classes and count as missed.'
        )
    if result.out_of_range:
        lines.append(out_of_range_message(result))
    return lines


def out_of_range_message(result: SegmentationResult) -> str:
    """Describe labels that are neither a class nor void."""
    values = ', '.join(
        f'{"other" if value < 0 else value} ({count})'
        for value, count in sorted(result.out_of_range.items())
    )
    return (
        f'{sum(result.out_of_range.values())} pixels have labels that are '
        f'neither one of the {len(result.classes)} classes nor the ignore '
        f'index: {values}. They were left out of every score; correct the '
        'labels or the number of classes.'
    )


def _numeric(rows: Sequence[Sequence[object]]) -> list[bool]:
    return [
        all(isinstance(value, (int, float)) for value in column)
        for column in zip(*rows)
    ]


def _cell(value: object) -> str:
    if isinstance(value, float):
        return '-' if np.isnan(value) else f'{value:.2f}'
    return str(value)
