"""Time of day and weather."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np

from ..lighting import Light
from ..models.air import Air

Hour = Literal['day', 'dusk', 'night']
Weather = Literal['clear', 'overcast', 'rain', 'snow', 'fog']


@dataclass(frozen=True)
class Conditions:
    """How a street is lit and what falls from the sky.

    Attributes:
        hour: Time of day.
        weather: What the sky does.
        light: Light in the axes of the camera.
        air: Haze.
        zenith: RGB of the sky at the top.
        low: RGB of the sky at the horizon.
        clouds: Share of the clouds, 0 to 1.
    """

    hour: Hour
    weather: Weather
    light: Light
    air: Air
    zenith: np.ndarray
    low: np.ndarray
    clouds: float

    @property
    def dark(self) -> bool:
        """Whether lamps shine."""
        return self.hour != 'day'

    @property
    def wet(self) -> bool:
        """Whether the road mirrors."""
        return self.weather == 'rain'


@dataclass(frozen=True)
class Climate:
    """Probabilities of hours and weathers.

    Attributes:
        hours: Of day, dusk and night.
        weathers: Of clear, overcast, rain, snow and fog.
    """

    hours: tuple[float, float, float]
    weathers: tuple[float, float, float, float, float]


_HOURS: tuple[Hour, ...] = ('day', 'dusk', 'night')
_WEATHERS: tuple[Weather, ...] = ('clear', 'overcast', 'rain', 'snow', 'fog')
_ZENITH = {
    'day': (0.33, 0.52, 0.82), 'dusk': (0.25, 0.28, 0.42),
    'night': (0.02, 0.025, 0.05),
}  # fmt: skip
_LOW = {
    'day': (0.80, 0.87, 0.93), 'dusk': (0.85, 0.58, 0.42),
    'night': (0.09, 0.08, 0.09),
}  # fmt: skip
_GREY = {'day': 0.78, 'dusk': 0.42, 'night': 0.07}
_AMBIENT = {'day': (0.45, 0.62), 'dusk': (0.3, 0.42), 'night': (0.2, 0.36)}
_DIFFUSE = {'day': (0.35, 0.7), 'dusk': (0.1, 0.3), 'night': (0.04, 0.12)}
_DENSITY = {
    'clear': (0.0008, 0.003), 'overcast': (0.001, 0.004),
    'rain': (0.004, 0.012), 'snow': (0.006, 0.018), 'fog': (0.015, 0.045),
}  # fmt: skip


def sample_conditions(
    rng: np.random.Generator, climate: Climate
) -> Conditions:
    """Draw the time of day and the weather.

    Args:
        rng: Source of randomness.
        climate: Their probabilities.
    """
    hour = _HOURS[int(rng.choice(3, p=climate.hours))]
    weather = _WEATHERS[int(rng.choice(5, p=climate.weathers))]
    clear = weather == 'clear'
    ambient = float(rng.uniform(*_AMBIENT[hour]))
    diffuse = float(rng.uniform(*_DIFFUSE[hour]) * (1.0 if clear else 0.45))
    if not clear and hour == 'day':
        ambient += 0.15
    warmth = {'day': 0.03, 'dusk': 0.12, 'night': 0.02}[hour]
    warmth = rng.normal(warmth if clear else -0.02, 0.03)
    tint = np.array([1 + warmth, 1, 1 - warmth], np.float32)
    zenith, low = (np.array(t[hour], np.float32) for t in (_ZENITH, _LOW))
    if not clear:
        grey = np.float32(_GREY[hour]) * np.array([0.97, 1.0, 1.02])
        zenith, low = 0.9 * grey, grey
    gain = np.float32(np.exp(rng.normal(0, 0.1)))
    zenith, low = (np.float32(gain) * c.astype(np.float32)
                   for c in (zenith, low))  # fmt: skip
    density = float(rng.uniform(*_DENSITY[weather]))
    return Conditions(
        hour,
        weather,
        Light(_sun(rng, hour), ambient, diffuse, tint),
        Air(low, density),
        zenith,
        low,
        float(rng.uniform(0, 0.9) if clear else rng.uniform(0.1, 0.4)),
    )


def _sun(rng: np.random.Generator, hour: Hour) -> np.ndarray:
    """Draw a unit vector toward the light (right, up, to the camera)."""
    azimuth = rng.uniform(-np.pi, np.pi)
    top = rng.uniform(0.35, 1.1) if hour != 'dusk' else rng.uniform(0.1, 0.3)
    flat = np.cos(top)
    return np.array(
        [np.sin(azimuth) * flat, np.sin(top), np.cos(azimuth) * flat]
    )
