"""Hour by weekday: how many desks were occupied on average. Pure."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import tzinfo
from typing import Final

from loquet_server.days import HOUR_MS, instant
from loquet_server.usual.hours import Filled
from loquet_server.usual.openings import Openings

LEVELS: Final = 5
"""Shades, the empty one among them; each cell has its number in it as well."""
EMPTY: Final = 0.02
"""A part of the desks below this is nobody."""
FIRST, LAST = 8, 19
"""Local hours that are always drawn; others only where it is open, or somebody was there."""


@dataclass(frozen=True, slots=True)
class Cell:
    """One hour of the week. ``mean`` None: too little is known. ``samples``: hours that tell."""

    weekday: int
    hour: int
    mean: float | None
    part: float
    samples: int
    open: bool

    @property
    def level(self) -> int:
        """The shade, 0 to 4."""
        if self.mean is None or self.part < EMPTY:
            return 0
        return min(1 + int(self.part * (LEVELS - 1)), LEVELS - 1)


@dataclass(frozen=True, slots=True)
class Heat:
    """A week's shape: rows of seven cells, an hour each."""

    desks: int
    rows: tuple[tuple[Cell, ...], ...]

    @property
    def empty(self) -> bool:
        """Whether nothing is known of any hour."""
        return all(cell.mean is None for row in self.rows for cell in row)

    @property
    def hours(self) -> tuple[int, ...]:
        """The local hours that are drawn."""
        return tuple(row[0].hour for row in self.rows)


@dataclass(slots=True)
class _Slot:
    """Hours of the same hour and weekday, open ones and closed ones apart."""

    told: dict[bool, list[Filled]] = field(default_factory=lambda: {True: [], False: []})
    open_seconds: int = 0
    seconds: int = 0


def heat(
    hours: Mapping[int, Filled], opened: Openings, span: tuple[int, int], zone: tzinfo, desks: int
) -> Heat:
    """Return the shape of a week within a span (UTC ms).

    An hour of the week that is mostly open counts the hours that were: a holiday does not make
    Mondays look empty.
    """
    slots = {(day, hour): _Slot() for day in range(7) for hour in range(24)}
    by_hour = opened.by_hour(span[0] // 1000, -(-span[1] // 1000))
    for at in range(span[0], span[1], HOUR_MS):
        local = instant(at).astimezone(zone)
        slot = slots[local.weekday(), local.hour]
        open_for = by_hour.get(at // 1000, 0)
        slot.open_seconds += open_for
        slot.seconds += HOUR_MS // 1000
        filled = hours.get(at - at % HOUR_MS)
        if filled is not None and filled.tells:
            slot.told[open_for > 0].append(filled)
    cells = {key: _cell(key, slot, opened.written) for key, slot in slots.items()}
    drawn = _drawn(cells.values())
    return Heat(desks, tuple(tuple(cells[day, hour] for day in range(7)) for hour in drawn))


def _cell(key: tuple[int, int], slot: _Slot, written: bool) -> Cell:
    is_open = slot.open_seconds * 4 > slot.seconds if written else True
    told = slot.told[True] or slot.told[False] if is_open else slot.told[False]
    if not told:
        return Cell(*key, None, 0.0, 0, is_open)
    mean = sum(each.mean for each in told) / len(told)
    part = sum(each.part for each in told) / len(told)
    return Cell(*key, mean, part, len(told), is_open)


def _drawn(cells: Iterable[Cell]) -> range:
    used = [FIRST, LAST]
    for cell in cells:
        if cell.part >= EMPTY or (cell.open and cell.mean is not None and 6 <= cell.hour < 22):
            used.append(cell.hour)
    return range(min(used), max(used) + 1)
