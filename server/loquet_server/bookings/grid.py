"""A day of all resources, or days of one, as rows of a table: pure.

Columns are times on the wall, so that a night when the clock jumps keeps its place: a slot that
does not exist is empty, and one that comes twice is one.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from itertools import groupby

from loquet_server.hours.clock import at, end_of, start_of
from loquet_server.models import Booking
from loquet_server.reservations.resources import Resource
from loquet_server.reservations.rules import Span, covered, peak
from loquet_server.reservations.times import local

DAY = 24 * 60
USUAL = (8 * 60, 19 * 60)
"""Minutes after midnight that are shown where nothing says otherwise."""


@dataclass(frozen=True, slots=True)
class Lane:
    """One resource on one day. ``open``: when its area is open."""

    resource: Resource
    day: date
    bookings: tuple[Booking, ...]
    open: tuple[Span, ...]


@dataclass(frozen=True, slots=True)
class Cell:
    """Some slots that are alike. ``kind``: free, booked, closed, past or gone."""

    kind: str
    minute: int
    span: int
    start: int
    end: int
    bookings: tuple[Booking, ...] = ()
    left: int = 1
    """How many of it are free, where there are several."""


@dataclass(frozen=True, slots=True)
class Row:
    """One lane as cells; ``free``: its free times, for those who read no table."""

    lane: Lane
    cells: tuple[Cell, ...]
    free: tuple[Span, ...]


@dataclass(frozen=True, slots=True)
class Grid:
    """A table. ``slot``: minutes of a column; ``heads``: minutes after midnight, each hour."""

    first: int
    last: int
    slot: int
    rows: tuple[Row, ...]

    @property
    def closed(self) -> bool:
        """Whether all of it is closed, and nothing is booked."""
        return bool(self.rows) and not any(row.lane.open or row.lane.bookings for row in self.rows)

    @property
    def heads(self) -> list[int]:
        """Whole hours, each over so many columns."""
        return list(range(self.first, self.last, 60))

    @property
    def wide(self) -> int:
        """Columns of one hour."""
        return 60 // self.slot


def grid(lanes: Sequence[Lane], timezone: str, now_ms: int) -> Grid:
    """Return the table of these lanes, from the first hour that matters to the last."""
    slot = min((each.resource.slot for each in lanes), default=30)
    first, last = bounds(lanes, timezone)
    return Grid(
        first, last, slot, tuple(_row(each, timezone, now_ms, first, last, slot) for each in lanes)
    )


def bounds(lanes: Iterable[Lane], timezone: str) -> tuple[int, int]:
    """Return the whole hours (minutes after midnight) within which there is anything to see."""
    found: list[tuple[int, int]] = []
    for lane in lanes:
        held = [Span(each.starts_at, each.free_at) for each in lane.bookings]
        for each in (*lane.open, *held):
            found.append(_on(each, lane.day, timezone))
    found = [each for each in found if each[0] < each[1]]
    if not found or all(each == (0, DAY) for each in found):
        found = [USUAL]
    first, last = min(each[0] for each in found), max(each[1] for each in found)
    return first - first % 60, min(DAY, -(-last // 60) * 60)


def _on(span: Span, day: date, timezone: str) -> tuple[int, int]:
    """Return a span as minutes of one local day."""
    first, last = local(span.start, timezone), local(span.end, timezone)
    begin = 0 if first.date() < day else DAY if first.date() > day else _minute(first)
    end = DAY if last.date() > day else 0 if last.date() < day else _minute(last)
    return begin, end


def _minute(moment: object) -> int:
    hour, minute = getattr(moment, "hour", 0), getattr(moment, "minute", 0)
    return int(hour) * 60 + int(minute)


def _row(lane: Lane, timezone: str, now_ms: int, first: int, last: int, slot: int) -> Row:
    singles = [_cell(lane, timezone, now_ms, minute, slot) for minute in range(first, last, slot)]
    cells = []
    for key, group in groupby(singles, key=lambda each: (each.kind, each.bookings)):
        some = list(group)
        if key[0] == "free":
            cells += some
        else:
            cells.append(_joined(some, slot))
    free = [Span(each.start, each.end) for each in singles if each.kind == "free"]
    return Row(lane, tuple(cells), tuple(_together(free)))


def _joined(some: Sequence[Cell], slot: int) -> Cell:
    head = some[0]
    return Cell(head.kind, head.minute, len(some), head.start, some[-1].end, head.bookings)


def _cell(lane: Lane, timezone: str, now_ms: int, minute: int, slot: int) -> Cell:
    start = start_of(at(lane.day, minute), timezone) * 1000
    end = end_of(at(lane.day, minute + slot), timezone) * 1000
    span = Span(start, end)
    held = tuple(
        each for each in lane.bookings if Span(each.starts_at, each.free_at).overlaps(span)
    )
    taken = peak([Span(each.starts_at, each.free_at) for each in held], span)
    if span.length <= 0:
        kind = "gone"
    elif held and (taken >= lane.resource.count or lane.resource.count == 1):
        kind = "booked"
    elif end <= now_ms:
        kind = "past"
    elif not covered(span, lane.open):
        kind = "closed"
    else:
        kind = "free"
    shown = held if kind == "booked" else ()
    return Cell(kind, minute, 1, start, end, shown, lane.resource.count - taken)


def _together(spans: Iterable[Span]) -> list[Span]:
    """Return spans with those that touch made one."""
    found: list[Span] = []
    for each in spans:
        if found and found[-1].end >= each.start:
            found[-1] = Span(found[-1].start, max(found[-1].end, each.end))
        else:
            found.append(each)
    return found


@dataclass(frozen=True, slots=True)
class NowNext:
    """What a room is doing. ``free_until``: None if it is closed now; ``opens``: when it opens."""

    resource: Resource
    now: Booking | None
    next: Booking | None
    free_until: int | None = None
    opens: int | None = None


def now_and_next(
    resource: Resource, bookings: Iterable[Booking], open_: Iterable[Span], now_ms: int
) -> NowNext:
    """Return which booking holds a resource now, and which comes next; ``open_``: when it may."""
    mine = [
        each
        for each in bookings
        if (each.kind, each.resource) == (resource.kind.value, resource.id)
        and each.free_at > now_ms
    ]
    mine.sort(key=lambda each: each.starts_at)
    running = next((each for each in mine if each.starts_at <= now_ms), None)
    coming = next((each for each in mine if each.starts_at > now_ms), None)
    ahead = sorted((each for each in open_ if each.end > now_ms), key=lambda each: each.start)
    first = ahead[0] if ahead else None
    if first is None or first.start > now_ms:
        return NowNext(resource, running, coming, None, None if first is None else first.start)
    until = first.end if coming is None else min(first.end, coming.starts_at)
    return NowNext(resource, running, coming, until)
