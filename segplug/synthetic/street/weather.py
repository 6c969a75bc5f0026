"""What weather and the camera's car leave on the finished picture."""

from __future__ import annotations

import cv2
import numpy as np

from ..canvas import Canvas
from ..models.painter import Painter
from .conditions import Conditions
from .kinds import KIND_ID


def add_glows(painter: Painter) -> None:
    """Spread the light of lamps over what is around them."""
    canvas = painter.canvas
    height, width = canvas.shape
    for glow in painter.glows:
        if not glow.shows(canvas):
            continue
        x, y, size, rgb = glow.x, glow.y, glow.size, glow.rgb
        reach = float(np.clip(3.2 * size, 2, 0.25 * height))
        left, top = int(max(x - reach, 0)), int(max(y - reach, 0))
        right, low = int(min(x + reach, width)), int(min(y + reach, height))
        if right <= left or low <= top:
            continue
        px = np.arange(left, right, dtype=np.float32)[None] - np.float32(x)
        py = np.arange(top, low, dtype=np.float32)[:, None] - np.float32(y)
        far = (px * px + py * py) / np.float32(reach / 2.2) ** 2
        fall = np.exp(-2 * far) * 0.5 + np.exp(-25 * far)
        canvas.rgb[top:low, left:right] += fall[..., None] * rgb


def add_fall(
    rng: np.random.Generator, canvas: Canvas, conditions: Conditions
) -> None:
    """Draw streaks of rain or flakes of snow.

    Args:
        rng: Source of randomness.
        canvas: The picture.
        conditions: Time of day and weather.
    """
    height, width = canvas.shape
    if conditions.weather not in ('rain', 'snow'):
        return
    snow = conditions.weather == 'snow'
    unit = height / 720
    count = int(rng.uniform(150, 700))
    veil = np.zeros((height, width), np.uint8)
    slant = rng.normal(0, 0.15)
    places = rng.uniform(0, 1, (count, 2)) * [width, height]
    sizes = rng.gamma(2.0, 0.5, count)
    for (x, y), size in zip(places, sizes):
        if snow:
            radius = max(int(8 * size * 2.2 * unit), 5)
            point = (int(8 * x), int(8 * y))
            cv2.circle(veil, point, radius, 200, -1, cv2.LINE_AA, 3)
        else:
            long = 14 * size * unit
            end = (int(x + slant * long), int(y + long))
            cv2.line(veil, (int(x), int(y)), end, 120, 1, cv2.LINE_AA)
    share = veil.astype(np.float32)[..., None] * np.float32(
        (0.8 if snow else 0.35) / 255
    )
    tone = np.clip(1.2 * conditions.low + 0.1, 0, 1)
    canvas.rgb += share * (tone - canvas.rgb)


def add_bonnet(rng: np.random.Generator, canvas: Canvas) -> None:
    """Paint the bonnet of the camera's own car along the lower edge."""
    height, width = canvas.shape
    top = height * (1 - rng.uniform(0.05, 0.13))
    x = np.linspace(-1, 1, width, dtype=np.float32)
    rise = (0.05 + 0.06 * rng.random()) * height
    edge = top + rise * np.abs(x - np.float32(rng.normal(0, 0.03))) ** 2.5
    start = int(top) - 1
    rows = np.arange(start, height, dtype=np.float32)[:, None]
    cover = np.clip(rows - edge + 0.5, 0, 1)
    paint = np.float32(rng.uniform(0.04, 0.3)) * np.ones(3, np.float32)
    fall = np.clip((rows - edge) / (0.1 * height), 0, 1)[..., None]
    sky = canvas.rgb[0].mean(axis=0)
    rgb = paint + (0.45 - 0.4 * fall) * sky * np.float32(0.6)
    target = canvas.rgb[start:]
    target += cover[..., None] * (rgb - target)
    canvas.part[start:][cover >= 0.5] = KIND_ID['ego vehicle']
    canvas.owner[start:][cover >= 0.5] = 0


def add_border(canvas: Canvas) -> None:
    """Mark the edge that rectification leaves without a picture."""
    height, width = canvas.shape
    edge = max(round(0.004 * height), 1)
    for window in (
        np.s_[:edge], np.s_[height - edge :], np.s_[:, :edge],
        np.s_[:, width - edge :],
    ):  # fmt: skip
        canvas.part[window] = KIND_ID['rectification border']
        canvas.owner[window] = 0
