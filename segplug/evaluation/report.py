"""What a test leaves behind: a table for people, files for programs.

A result folder holds ``metrics.json`` (described in ``docs/evaluation.md``),
``per_image.npz`` and, if there are border scores, ``per_image_borders.npz``.
"""

from __future__ import annotations

import inspect
import json
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from mmengine.dist import is_main_process
from mmengine.evaluator import BaseMetric
from mmseg.registry import METRICS

from segplug.errors import SegplugError
from segplug.fileio import PathLike, write_json

from .accumulating_metric import AccumulatingMetric
from .border_result import BorderResult
from .result import SegmentationResult
from .result_names import check_names, per_image_name, result_name
from .run_facts import RunFacts
from .tables import border_table, result_table

FORMAT = 'segplug metrics 1'
METRICS_FILE = 'metrics.json'


class ResultFolderError(SegplugError, ValueError):
    """A folder does not hold the results of a test."""


def keep_per_image(evaluator: Any, folder: PathLike) -> None:
    """Make the metrics of a config write their per-image files.

    Args:
        evaluator: ``test_evaluator`` of a config, one dict or a list;
            changed in place. Metrics of other packages are left alone.
        folder: Result folder.

    Raises:
        ResultNameError: If two would write results of the same name.
    """
    metrics = evaluator if isinstance(evaluator, Sequence) else [evaluator]
    own = [metric for metric in metrics if _is_own(_kind(metric))]
    kinds = [(_kind(metric), metric.get('prefix')) for metric in own]
    check_names(result_name(*kind) for kind in kinds)
    for metric, kind in zip(own, kinds):
        if not metric.get('per_image_file'):
            path = Path(folder) / per_image_name(*kind)
            metric['per_image_file'] = str(path)


def keep_predictions(evaluator: Any, folder: PathLike) -> None:
    """Make one metric of a config write the predictions.

    Args:
        evaluator: ``test_evaluator`` of a config, one dict or a list;
            changed in place. In a list the first metric writes that can and
            works at the size of the predictions.
        folder: Folder for the PNGs.

    Raises:
        ResultFolderError: If none can.
    """
    metrics = evaluator if isinstance(evaluator, Sequence) else [evaluator]
    for metric in metrics:
        if 'output_dir' in inspect.signature(_kind(metric)).parameters:
            metric.update(output_dir=str(folder), keep_results=True)
            return
    names = ', '.join(_kind(metric).__name__ for metric in metrics)
    raise ResultFolderError(
        f'None of the metrics ({names}) can write predictions; add '
        "dict(type='ConfusionMatrixMetric') to test_evaluator."
    )


def save_report(
    folder: PathLike,
    metrics: Sequence[BaseMetric],
    facts: RunFacts | None = None,
    *,
    values: Mapping[str, float] | None = None,
    show: bool = True,
) -> Path:
    """Write ``metrics.json`` and print the tables of scores.

    Call it after the test, on every process; only the main one writes.

    Args:
        folder: Result folder; made when needed.
        metrics: The evaluator's metrics; those of other packages are left
            out.
        facts: Where the scores come from.
        values: What the evaluator returned; holds the values of metrics of
            other packages too.
        show: Whether to print.

    Returns:
        Path of ``metrics.json``.
    """
    path = Path(folder) / METRICS_FILE
    content = report(metrics, facts or RunFacts())
    content['values'] = {
        name: _plain_value(value) for name, value in (values or {}).items()
    }
    if not is_main_process():
        return path
    write_json(path, content)
    if show:
        print('\n\n'.join([*tables(metrics), f'Written to {path}']))
    return path


def report(metrics: Sequence[BaseMetric], facts: RunFacts) -> dict[str, Any]:
    """Return the content of ``metrics.json``."""
    done = _finished(metrics)
    check_names(map(_key, done))
    meta = next((m.dataset_meta or {} for m in done), {})
    run = facts.to_dict()
    run['dataset']['classes'] = list(meta.get('classes', ()))
    run['dataset']['palette'] = [list(c) for c in meta.get('palette') or ()]
    return {
        'format': FORMAT,
        **run,
        'conventions': {_key(m): _conventions(m) for m in done},
        'scores': {_key(m): m.result.to_dict() for m in done},
        'per_image': {
            _key(m): Path(m.per_image_file).name
            for m in done
            if m.per_image_file is not None
        },
    }


def tables(metrics: Sequence[BaseMetric]) -> list[str]:
    """Return the table of each metric that has a result, with its name."""
    return [
        f'{_key(metric)}, {metric.protocol}:\n'
        + (
            border_table(metric.result)
            if isinstance(metric.result, BorderResult)
            else result_table(metric.result)
        )
        for metric in _finished(metrics)
    ]


@dataclass(frozen=True)
class Report:
    """A ``metrics.json`` that has been read.

    Attributes:
        folder: Result folder.
        content: All of the file.
        results: Confusion results by name; ``'segmentation'`` is the chief.
        borders: Border results by name, if there are any.
    """

    folder: Path
    content: Mapping[str, Any]
    results: dict[str, SegmentationResult] = field(default_factory=dict)
    borders: dict[str, BorderResult] = field(default_factory=dict)

    @property
    def palette(self) -> list[list[int]]:
        """RGB colours of the classes; empty if unknown."""
        return self.content['dataset'].get('palette') or []

    @classmethod
    def load(cls, folder: PathLike) -> Report:
        """Read a result folder.

        Raises:
            ResultFolderError: If there is no ``metrics.json``, or another
                program or version wrote it.
        """
        path = Path(folder) / METRICS_FILE
        try:
            content = json.loads(path.read_text(encoding='utf-8'))
        except FileNotFoundError as error:
            raise ResultFolderError(
                f'{folder} holds no {METRICS_FILE}. Give the folder that '
                'tools/test.py or tools/evaluate.py wrote.'
            ) from error
        except (ValueError, OSError, RecursionError) as error:
            raise ResultFolderError(f'{path} is not JSON: {error}') from error
        if not isinstance(content, dict) or content.get('format') != FORMAT:
            raise ResultFolderError(f'{path} is not of format "{FORMAT}".')
        try:
            return cls._of(Path(folder), content)
        except (LookupError, TypeError, AttributeError, ValueError) as error:
            raise _damaged(path, error) from error
        except OverflowError as error:
            raise _damaged(path, error) from error

    @classmethod
    def _of(cls, folder: Path, content: Mapping[str, Any]) -> Report:
        scores = dict(content['scores'])
        borders = {
            k: scores.pop(k) for k in [*scores] if 'counts' in scores[k]
        }
        content['dataset'].get('palette')
        return cls(
            folder=folder,
            content=content,
            results={
                name: SegmentationResult.from_dict(score)
                for name, score in scores.items()
            },
            borders={
                name: BorderResult.from_dict(score)
                for name, score in borders.items()
            },
        )


def _damaged(path: Path, error: Exception) -> ResultFolderError:
    return ResultFolderError(
        f'{path} is damaged ({type(error).__name__}: {error}). Test again.'
    )


def _kind(metric: Mapping[str, Any]) -> type[BaseMetric]:
    kind = metric['type']
    return METRICS.get(kind) if isinstance(kind, str) else kind


def _is_own(kind: Any) -> bool:
    return inspect.isclass(kind) and issubclass(kind, AccumulatingMetric)


def _finished(metrics: Sequence[BaseMetric]) -> list[AccumulatingMetric]:
    own = [m for m in metrics if isinstance(m, AccumulatingMetric)]
    return [m for m in own if m.result is not None]


def _key(metric: AccumulatingMetric) -> str:
    return result_name(type(metric), metric.prefix)


def _plain_value(value: Any) -> float | str | None:
    """Return what JSON can hold of a value that any metric may return."""
    try:
        number = float(value)
    except (TypeError, ValueError):
        return str(value)
    return number if math.isfinite(number) else None


def _conventions(metric: AccumulatingMetric) -> dict[str, Any]:
    return {
        'absent': metric.absent,
        'ignore_index': metric.ignore_index,
        'size': metric.protocol,
    }
