"""One day's bars: desks occupied by the hour, in whole units of an SVG. Pure."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from loquet_server.usual.hours import Filled

STEP = 30
"""Width that an hour takes in the drawing."""
HEIGHT = 100
WORTH_SAYING = 0.05
"""A mean below this is written as zero desks."""


@dataclass(frozen=True, slots=True)
class Bar:
    """One hour: the mean number of desks occupied, and where its bar stands.

    ``mean`` None: too little is known; or, where it is ``ahead``, the hour has not come. ``peak``
    is never below the mean, whose desks must have been there.
    """

    hour_utc: int
    mean: float | None
    peak: int
    open: bool
    ahead: bool
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
        """How wide the drawing is."""
        return STEP * len(self.bars)

    @property
    def known(self) -> bool:
        """Whether anything is known of the day."""
        return any(bar.mean is not None for bar in self.bars)

    @property
    def busiest(self) -> Bar | None:
        """The hour with the highest mean, None on a day without anybody."""
        best = max(self.bars, key=lambda bar: bar.mean or 0.0, default=None)
        return best if best is not None and (best.mean or 0.0) >= WORTH_SAYING else None


def draw(
    area: str, name: str, desks: int, filled: Mapping[int, Filled], hours: Sequence[int],
    opened: Mapping[int, bool], now: int,
) -> Chart:  # fmt: skip
    """Return an area's chart of ``hours``; ``opened``: whether it was open then."""
    bars = []
    for at, hour in enumerate(hours):
        found = filled.get(hour)
        mean = found.mean if found is not None and found.tells else None
        height = round(HEIGHT * (mean or 0.0) / desks, 1) if desks else 0.0
        peak = max(found.peak if found else 0, math.ceil(round(mean or 0.0, 2)))
        bars.append(
            Bar(
                hour, mean, min(peak, desks), opened.get(hour, True), hour >= now, at * STEP,
                HEIGHT - height, height,
            )
        )  # fmt: skip
    return Chart(area, name, desks, tuple(bars))
