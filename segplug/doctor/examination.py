"""All that is examined of a config, in the order of the report."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from mmengine.registry import init_default_scope

from . import data, machine, network, storage, weights
from .finding import Finding


def examine(cfg: Any | None) -> Iterator[Finding]:
    """Examine the machine and, where one is given, a config.

    Args:
        cfg: Config as :func:`segplug.engine.launch.load_config` returns it.

    Yields:
        What is found, as soon as it is.
    """
    yield from machine.examine(machine.gather(), cfg)
    if cfg is None:
        return
    init_default_scope(cfg.get('default_scope', 'mmseg'))
    model, finding = network.build(cfg)
    yield finding
    if model is not None:
        known = data.classes_of(cfg)
        if known is not None:
            name, classes = known
            yield from network.examine_classes(model, classes, name)
        yield from network.examine_batch_norm(model, cfg)
    yield from data.examine(cfg)
    yield from weights.examine(cfg)
    yield from storage.examine(cfg, model)
