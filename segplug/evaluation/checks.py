"""Refuse, before inference, what cannot give meaningful scores."""

from __future__ import annotations

import logging
from collections.abc import Mapping, Sequence
from typing import Any

from mmengine.logging import print_log

from segplug.errors import SegplugError

_CLASSIFIERS = ('decode_head.conv_seg.weight', 'conv_seg.weight')
_SHOWN = 5


class ClassMismatchError(SegplugError, ValueError):
    """A checkpoint was trained for other classes than the data set's."""


def check_classes(
    checkpoint: Mapping[str, Any],
    classes: Sequence[str],
    *,
    source: str = 'the checkpoint',
    dataset: str = 'the data set',
) -> None:
    """Compare the classes of a checkpoint with those of a data set.

    The number is that of the classifier's outputs, ``conv_seg`` of the
    decode head; the names are those which MMEngine stores beside the
    weights. What the checkpoint does not tell is not checked. The same names
    in another order are an error, other names only a warning, for they may
    be synonyms.

    Args:
        checkpoint: What was loaded: weights, or a dict with ``state_dict``
            and ``meta``.
        classes: Names of the classes of the data set.
        source: What to call the checkpoint in the error.
        dataset: What to call the data set in the error.

    Raises:
        ClassMismatchError: If the numbers differ, or the order of the names.
    """
    outputs = classifier_outputs(checkpoint)
    if outputs is not None and outputs not in _valid(len(classes)):
        raise ClassMismatchError(
            f'{source} predicts {outputs} classes, but {dataset} has '
            f'{len(classes)}. Use the config that the checkpoint was trained '
            'with, or a checkpoint trained on this data set.'
        )
    names = _stored_names(checkpoint)
    if names is None or _plain(names) == _plain(classes):
        return
    message = (
        f'{source} was trained for {_differences(names, classes)} in '
        f'{dataset}.'
    )
    if sorted(_plain(names)) == sorted(_plain(classes)):
        raise ClassMismatchError(
            f'{message} The order differs, so scores would mix classes up; '
            'use the config that the checkpoint was trained with.'
        )
    print_log(message, 'current', logging.WARNING)


def classifier_outputs(checkpoint: Mapping[str, Any]) -> int | None:
    """Return the number of outputs of the classifier, if it can be found."""
    weights = checkpoint.get('state_dict', checkpoint)
    for ending in _CLASSIFIERS:
        found = [
            value
            for name, value in weights.items()
            if name.endswith(ending) and 'auxiliary' not in name
        ]
        if found:
            return int(found[-1].shape[0])
    return None


def _valid(classes: int) -> set[int]:
    """Two classes may be told apart by one output with a threshold."""
    return {classes, 1} if classes == 2 else {classes}


def _stored_names(checkpoint: Mapping[str, Any]) -> Sequence[str] | None:
    meta = checkpoint.get('meta')
    stored = meta.get('dataset_meta') if isinstance(meta, Mapping) else None
    return stored.get('classes') if isinstance(stored, Mapping) else None


def _plain(names: Sequence[str]) -> list[str]:
    """Strip names of case and punctuation, which differ between authors."""
    return [''.join(filter(str.isalnum, name.lower())) for name in names]


def _differences(names: Sequence[str], classes: Sequence[str]) -> str:
    if len(names) != len(classes):
        return f'{len(names)} classes, but there are {len(classes)}'
    pairs = [
        f'class {i} "{ours}", which is "{theirs}"'
        for i, (ours, theirs) in enumerate(zip(names, classes))
        if ours != theirs
    ]
    more = len(pairs) - _SHOWN
    shown = ', '.join(pairs[:_SHOWN])
    return shown + (f' and {more} more' if more > 0 else '')
