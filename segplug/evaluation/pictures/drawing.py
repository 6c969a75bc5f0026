"""Turn label maps into colours, and figures into files."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from matplotlib.figure import Figure

from segplug.fileio import PathLike, atomic_path

Colour = Sequence[int]

_WRONG = np.array((230, 25, 25), np.float32)
_VOID = (255, 255, 255)


def paint(
    labels: np.ndarray,
    palette: Sequence[Colour],
    void_colour: Colour = _VOID,
) -> np.ndarray:
    """Colour a label map.

    Args:
        labels: Class ids, shape (H, W), integer. Ids without a colour in the
            palette get ``void_colour``.
        palette: RGB colours of the classes, each in [0, 255].
        void_colour: RGB colour of everything else.

    Returns:
        Image, shape (H, W, 3), RGB, uint8.
    """
    colours = np.array([*palette, void_colour], np.uint8)
    known = (labels >= 0) & (labels < len(palette))
    return colours[np.where(known, labels, len(palette))]


def overlay(
    image: np.ndarray,
    labels: np.ndarray,
    palette: Sequence[Colour],
    opacity: float = 0.6,
) -> np.ndarray:
    """Lay the colours of a label map over an image.

    Args:
        image: Shape (H, W, 3), RGB, uint8.
        labels: Class ids, shape (H, W).
        palette: RGB colours of the classes.
        opacity: Weight of the colours in [0, 1].

    Returns:
        Image, shape (H, W, 3), RGB, uint8; unchanged where void.
    """
    void = ~((labels >= 0) & (labels < len(palette)))
    mixed = (1 - opacity) * image + opacity * paint(labels, palette)
    mixed[void] = image[void]
    return np.rint(mixed).astype(np.uint8)


def error_map(
    image: np.ndarray,
    label: np.ndarray,
    pred: np.ndarray,
    num_classes: int,
) -> np.ndarray:
    """Show wrong pixels in red over the greyed image, void ones in white.

    Args:
        image: Shape (H, W, 3), RGB, uint8.
        label: True ids, shape (H, W); void where not in [0, num_classes).
        pred: Class ids, shape (H, W).
        num_classes: Number of classes.

    Returns:
        Image, shape (H, W, 3), RGB, uint8.
    """
    grey = image.mean(-1, keepdims=True).repeat(3, -1)
    shown = 0.5 * grey + 0.25 * 255
    wrong = label != pred
    shown[wrong] = 0.25 * shown[wrong] + 0.75 * _WRONG
    shown[(label < 0) | (label >= num_classes)] = 255
    return np.rint(shown).astype(np.uint8)


def save(figure: Figure, path: PathLike, dpi: int = 120) -> None:
    """Write a figure; readers never see half of it.

    Args:
        figure: What to write.
        path: Where to; the suffix chooses PNG, PDF or SVG.
        dpi: Dots per inch of a PNG.
    """
    with atomic_path(path) as temporary:
        figure.savefig(temporary, dpi=dpi)
