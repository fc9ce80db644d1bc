"""Desk hours: what was counted, and what still runs, as one. Pure.

An hour has so many desk seconds: its desks times 3,600. Of some it is known whether somebody sat
there, of the others nobody knows; unknown is never free. What was counted before known seconds
were is taken as wholly known.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Final

from loquet_server.days import DAY_MS, HOUR_MS

Key = tuple[str, int]
"""``(area, hour)``: UTC milliseconds of the hour's start."""
MOSTLY: Final = 0.5
"""An hour of which less is known says nothing."""


@dataclass(frozen=True, slots=True)
class Counted:
    """What is stored of an area's hour; ``known`` None: nobody counted that."""

    occupied: int
    known: int | None
    peak: int


@dataclass(frozen=True, slots=True)
class Running:
    """A desk whose state still lasts; ``until``: up to when its unit was heard (UTC ms)."""

    area: str
    occupied: bool
    since: int
    until: int


@dataclass(frozen=True, slots=True)
class Filled:
    """How some desks stood in an hour, in seconds; ``lasted``: so much of it is over."""

    desks: int
    occupied: float = 0.0
    known: float = 0.0
    peak: int = 0
    lasted: float = HOUR_MS / 1000

    @property
    def whole(self) -> float:
        """The desk seconds that were to be known."""
        return self.desks * self.lasted

    @property
    def coverage(self) -> float:
        """The part of it that is known, 0 to 1."""
        return min(self.known / self.whole, 1.0) if self.whole else 0.0

    @property
    def tells(self) -> bool:
        """Whether enough is known to say anything."""
        return self.desks > 0 and self.coverage >= MOSTLY

    @property
    def part(self) -> float:
        """The part of the desks that was occupied, of what is known, 0 to 1."""
        return min(self.occupied / self.known, 1.0) if self.known else 0.0

    @property
    def mean(self) -> float:
        """Desks occupied on average."""
        return self.part * self.desks

    def __add__(self, other: "Filled") -> "Filled":
        """Return both areas as one; they need not have peaked at once, so its peak is at most."""
        return Filled(
            self.desks + other.desks,
            self.occupied + other.occupied,
            self.known + other.known,
            self.peak + other.peak,
            min(self.lasted, other.lasted),
        )


def fill(
    counted: Mapping[Key, Counted],
    running: Iterable[Running],
    sizes: Mapping[str, int],
    start: int,
    end: int,
    now: int,
) -> dict[Key, Filled]:
    """Return the hours from ``start`` to ``end`` (UTC ms) that anything is known of.

    ``sizes``: desks of each area. Known is at least what was occupied.
    """
    found: dict[Key, Filled] = {}
    for (area, hour), row in counted.items():
        desks = sizes.get(area, 0)
        told = float(desks * HOUR_MS // 1000 if row.known is None else row.known)
        found[area, hour] = Filled(desks, row.occupied, max(told, row.occupied), row.peak)
    for each in running:
        if each.occupied and each.until - each.since > DAY_MS:
            continue  # nobody sits so long: a sensor says nothing true
        for hour, seconds in _overlaps(each, start, min(end, now)):
            before = found.get((each.area, hour)) or Filled(sizes.get(each.area, 0))
            found[each.area, hour] = replace(
                before,
                occupied=before.occupied + (seconds if each.occupied else 0.0),
                known=before.known + seconds,
            )
    hour = now - now % HOUR_MS
    for key in [key for key in found if key[1] == hour]:
        found[key] = replace(found[key], lasted=max((now - hour) / 1000, 1.0))
    return found


def _overlaps(each: Running, start: int, end: int) -> Iterable[tuple[int, float]]:
    """Yield the hours within, and the seconds of each, in which a state has lasted so far."""
    at, last = max(each.since, start), min(each.until, end)
    while at < last:
        hour = at - at % HOUR_MS
        until = min(last, hour + HOUR_MS)
        yield hour, (until - at) / 1000
        at = until


def together(found: Mapping[Key, Filled], areas: Iterable[str]) -> dict[int, Filled]:
    """Return some areas as one, by hour; an area of which an hour says nothing is unknown then."""
    chosen = list(areas)
    sizes = {area: filled.desks for (area, _), filled in found.items()}
    made: dict[int, Filled] = {}
    for hour in {hour for area, hour in found if area in sizes}:
        parts = [found.get((area, hour), Filled(sizes[area])) for area in chosen if area in sizes]
        if any(part.known for part in parts):
            made[hour] = sum(parts, Filled(0))
    return made
