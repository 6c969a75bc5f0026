"""Pictures of a finished test, from its files, without inference."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch

from segplug.errors import SegplugError
from segplug.fileio import PathLike

from . import pictures
from .counts import count_pairs
from .label_files import read_image, read_labels
from .per_image import PerImageTable, confusion_result
from .predictions import output_name
from .report import Report
from .schemes import FileScheme, UnknownDatasetError, scheme

_CHIEF = 'segmentation'


class AnalysisError(SegplugError, ValueError):
    """The files of a test do not allow a picture that was asked for."""


@dataclass(frozen=True)
class Example:
    """One image with its truth, prediction and score.

    Attributes:
        name: Stem of the image's name, after its subfolders.
        score: Mean IoU of the image in percent, over the classes that occur
            in its truth or prediction.
        image: Shape (H, W, 3), RGB, uint8.
        label: True ids, shape (H, W), uint8.
        pred: Class ids, shape (H, W), uint8.
    """

    name: str
    score: float
    image: np.ndarray
    label: np.ndarray
    pred: np.ndarray


def analyse(
    folder: PathLike,
    out: PathLike,
    *,
    masks: PathLike | None = None,
    examples: int = 4,
) -> list[Path]:
    """Draw all that the files of a result folder allow.

    Args:
        folder: Result folder with ``metrics.json``.
        out: Where to write the pictures.
        masks: Folder of predictions as PNG, if they were moved since.
        examples: Number of worst and of best images to show.

    Returns:
        Paths of the pictures.
    """
    report, out = Report.load(folder), Path(out)
    made = draw_scores(report, out)
    table = per_image(report)
    if table is None or not len(table) or not report.palette:
        return made
    order, files = ranking(table), file_scheme(report)
    chosen = {'worst': order[:examples], 'best': order[::-1][:examples]}
    for name, indices in chosen.items():
        shown = [
            example
            for i in indices.tolist()
            if (example := load_example(table, i, masks, files)) is not None
        ]
        if shown:
            made.append(draw_examples(report, shown, out / f'{name}.png'))
    return made


def draw_scores(report: Report, out: Path) -> list[Path]:
    """Draw confusion matrix, bars, and precision and recall."""
    made = []
    for name, result in report.results.items():
        stem = name.replace('/', '_')
        figures = {
            'confusion': pictures.confusion(result),
            'iou': pictures.bars({'IoU': result}),
            'precision_recall': pictures.precision_recall(result),
        }
        for kind, figure in figures.items():
            ending = '' if name == _CHIEF else f'_{stem}'
            made.append(out / f'{kind}{ending}.png')
            pictures.save(figure, made[-1])
    return made


def per_image(report: Report) -> PerImageTable | None:
    """Load the confusion counts per image, if they were kept."""
    name = report.content.get('per_image', {}).get(_CHIEF)
    path = report.folder / name if name else None
    return PerImageTable.load(path) if path and path.is_file() else None


def file_scheme(report: Report) -> FileScheme | None:
    """Return how label files are coded; ``None`` for class ids."""
    try:
        return scheme(str(report.content['dataset'].get('type')))
    except UnknownDatasetError:
        return None


def image_scores(table: PerImageTable) -> np.ndarray:
    """Return the mean IoU of each image in percent, shape (images,).

    The mean is over the classes in the image's truth or prediction; NaN
    where all is void.
    """
    return (
        np.array(
            [
                confusion_result(table.image(i), table.classes).means()['mIoU']
                for i in range(len(table))
            ]
        )
        * 100
    )


def ranking(table: PerImageTable) -> np.ndarray:
    """Order the images from worst to best, those all void left out."""
    scores = image_scores(table)
    order = np.argsort(scores, kind='stable')
    return order[~np.isnan(scores[order])]


def load_example(
    table: PerImageTable,
    index: int,
    masks: PathLike | None = None,
    files: FileScheme | None = None,
) -> Example | None:
    """Read the files of one image.

    Args:
        table: Counts per image, with the paths of the files.
        index: Which image.
        masks: Folder of predictions, if not where the table says.
        files: How label and prediction files are coded.

    Returns:
        The example, or ``None`` if its prediction or label was not kept.

    Raises:
        AnalysisError: If the files do not give the counts that were scored.
    """
    label_path = Path(table.labels[index])
    name = output_name(table.names[index], str(label_path))
    pred_path = Path(table.predictions[index])
    if masks is not None:
        pred_path = _moved(Path(masks), table.predictions[index] or name)
    if not (pred_path.is_file() and label_path.is_file()):
        return None
    label, pred = read_labels(label_path), read_labels(pred_path)
    if files is not None:
        label, pred = files.label_table[label], files.pred_table[pred]
    _check(table, index, label, pred)
    result = confusion_result(table.image(index), table.classes)
    image = _image(Path(table.names[index]), label)
    score = result.means()['mIoU'] * 100
    return Example(name[: -len('.png')], score, image, label, pred)


def draw_examples(
    report: Report, examples: Sequence[Example], path: Path
) -> Path:
    """Draw image, truth, prediction and errors, one image a row."""
    classes = report.content['dataset']['classes']
    columns: Mapping[str, list[np.ndarray]] = {
        'prediction': [e.pred for e in examples],
        'errors': [
            pictures.error_map(e.image, e.label, e.pred, len(classes))
            for e in examples
        ],
    }
    figure = pictures.panel(
        [e.image for e in examples],
        [e.label for e in examples],
        columns,
        classes=classes,
        palette=report.palette,
        row_names=[f'{e.name}\nmIoU {e.score:.1f}' for e in examples],
    )
    pictures.save(figure, path)
    return path


def _moved(masks: Path, path: str) -> Path:
    """Find a file moved below a folder, with its subfolders if any."""
    parts = Path(path).parts
    parts = parts[1:] if Path(path).is_absolute() else parts
    tails = [masks.joinpath(*parts[i:]) for i in range(len(parts))]
    return next((p for p in tails if p.is_file()), masks / parts[-1])


def _image(path: Path, label: np.ndarray) -> np.ndarray:
    """Read an image, or return grey where there is none of this size."""
    if path.is_file():
        image = read_image(path)
        if image.shape[:2] == label.shape:
            return image
    return np.full((*label.shape, 3), 160, np.uint8)


def _check(
    table: PerImageTable, index: int, label: np.ndarray, pred: np.ndarray
) -> None:
    number = len(table.classes)
    same = label.shape == pred.shape
    if same:
        ids = torch.from_numpy(pred), torch.from_numpy(label)
        counts = count_pairs(*ids, number).numpy()
        same = np.array_equal(counts[:number], table.image(index))
    if not same:
        raise AnalysisError(
            f'{table.predictions[index] or table.names[index]} and '
            f'{table.labels[index]} do not give the counts that were scored: '
            'one of them has changed since.'
        )
