"""Desks occupied by the hour, as bars in whole units of an SVG; pure."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

HOUR = 3_600_000
"""Milliseconds."""
STEP = 30
"""Width that an hour takes in the drawing."""
HEIGHT = 100
WORTH_SAYING = 0.05
"""A mean below this is written as zero desks."""


@dataclass(frozen=True, slots=True)
class Bar:
    """One hour: the mean number of desks occupied, and where its bar stands.

    ``peak`` is never below the mean, whose desks must have been there.
    """

    hour_utc: int
    mean: float
    peak: int
    x: int
    y: float
    height: float


@dataclass(frozen=True, slots=True)
class Chart:
    """One area's day."""

    id: str
    name: str
    desks: int
    bars: tuple[Bar, ...]

    @property
    def width(self) -> int:
        return STEP * len(self.bars)

    @property
    def busiest(self) -> Bar | None:
        """The hour with the highest mean, None on a day without anybody."""
        best = max(self.bars, key=lambda bar: bar.mean, default=None)
        return best if best is not None and best.mean >= WORTH_SAYING else None


def seconds_in(hour: int, since: Sequence[int], now: int) -> float:
    """Return the seconds, within the hour, of what has been occupied since then and still is."""
    overlaps = (min(hour + HOUR, now) - max(hour, begun) for begun in since)
    return sum(max(overlap, 0) for overlap in overlaps) / 1000


def draw(
    area: str, name: str, desks: int, ended: Mapping[int, tuple[int, int]], since: Sequence[int],
    hours: Sequence[int], now: int,
) -> Chart:  # fmt: skip
    """Return an area's chart of ``hours``; ``ended``: (occupied seconds, peak) by hour."""
    bars = []
    for at, hour in enumerate(hours):
        seconds, peak = ended.get(hour, (0, 0))
        running = seconds_in(hour, since, now)
        mean = min((seconds + running) / 3600, float(desks))
        height = round(HEIGHT * mean / desks, 1) if desks else 0.0
        peak = max(peak, math.ceil(round(mean, 2)))
        bars.append(Bar(hour, mean, peak, at * STEP, HEIGHT - height, height))
    return Chart(area, name, desks, tuple(bars))
