"""Desk hours: what was counted, and what still runs, as one. Pure.

An hour has so many desk seconds: its desks times 3,600. Of some it is known whether somebody sat
there, of the others nobody knows; unknown is never free. What was counted before known seconds
were is taken as wholly known.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Final, NamedTuple

from loquet_server.days import DAY_MS, HOUR_MS

Key = tuple[str, int]
"""``(area, hour)``: UTC milliseconds of the hour's start."""
MOSTLY: Final = 0.5
"""An hour of which less is known says nothing."""


class Counted(NamedTuple):
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
    for key, (occupied, known) in _lasting(running, start, min(end, now)).items():
        before = found.get(key) or Filled(sizes.get(key[0], 0))
        found[key] = replace(
            before, occupied=before.occupied + occupied, known=before.known + known
        )
    hour = now - now % HOUR_MS
    for key in [key for key in found if key[1] == hour]:
        found[key] = replace(found[key], lasted=max((now - hour) / 1000, 1.0))
    return found


def _lasting(running: Iterable[Running], start: int, end: int) -> dict[Key, tuple[float, float]]:
    """Return the seconds of each hour that states have lasted: occupied ones, and all."""
    found: dict[Key, tuple[float, float]] = {}
    for each in running:
        if each.occupied and each.until - each.since > DAY_MS:
            continue  # nobody sits so long: a sensor says nothing true
        for hour, seconds in _overlaps(each, start, end):
            occupied, known = found.get((each.area, hour), (0.0, 0.0))
            taken = seconds if each.occupied else 0.0
            found[each.area, hour] = (occupied + taken, known + seconds)
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
    """Return some areas as one, by hour; an area of which an hour says nothing is unknown then.

    They need not have peaked at once, so the peak of the whole is what it was at most.
    """
    by_area: dict[str, dict[int, Filled]] = {area: {} for area in areas}
    for (area, hour), filled in found.items():
        if area in by_area:
            by_area[area][hour] = filled
    told = [hours for hours in by_area.values() if hours]
    if len(told) == 1:
        return {hour: filled for hour, filled in told[0].items() if filled.known}
    desks = sum(next(iter(hours.values())).desks for hours in told)
    made: dict[int, Filled] = {}
    for hour in {hour for hours in told for hour in hours}:
        occupied, known, peak, lasted = 0.0, 0.0, 0, HOUR_MS / 1000
        for hours in told:
            part = hours.get(hour)
            if part is not None:
                occupied += part.occupied
                known += part.known
                peak += part.peak
                lasted = min(lasted, part.lasted)
        if known:
            made[hour] = Filled(desks, occupied, known, peak, lasted)
    return made
