"""Names of results: two metrics must not write under the same one."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable

from segplug.errors import SegplugError

from .accumulating_metric import AccumulatingMetric


class ResultNameError(SegplugError, ValueError):
    """Two results would have the same name."""


def result_name(kind: type[AccumulatingMetric], prefix: str | None) -> str:
    """Name a result in ``metrics.json``.

    Args:
        kind: Kind of the metric.
        prefix: Its prefix, which tells two of a kind apart.
    """
    given = _given(kind, prefix)
    return f'{given}/{kind.report_key}' if given else kind.report_key


def per_image_name(kind: type[AccumulatingMetric], prefix: str | None) -> str:
    """Name the file of per-image numbers of a metric."""
    given = _given(kind, prefix)
    name = f'{given}_{kind.per_image_name}' if given else kind.per_image_name
    return name.replace('/', '_')


def check_names(names: Iterable[str]) -> None:
    """Raise ``ResultNameError`` if a name occurs twice."""
    for name, number in Counter(names).items():
        if number > 1:
            raise ResultNameError(
                f'{number} metrics would write "{name}". Give one a prefix '
                "of its own, such as prefix='second'."
            )


def _given(kind: type[AccumulatingMetric], prefix: str | None) -> str | None:
    return None if prefix == kind.default_prefix else prefix
