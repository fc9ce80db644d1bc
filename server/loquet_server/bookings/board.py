"""What the pages of bookings read: lanes of a day or a week, with names where they may be."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from sqlalchemy.ext.asyncio import AsyncSession

from loquet_server.bookings.grid import Grid, Lane, NowNext, grid, now_and_next
from loquet_server.models import Booking, Site
from loquet_server.reservations import times
from loquet_server.reservations.openings import Openings
from loquet_server.reservations.repository import ReservationRepository
from loquet_server.reservations.resources import Resource, ResourceRepository
from loquet_server.reservations.rules import Kind, Span

WEEK = 7


@dataclass(frozen=True, slots=True)
class Board:
    """A table, what it is made of, and who has booked (empty for those who may not see)."""

    grid: Grid
    resources: tuple[Resource, ...]
    names: dict[str, str]
    rooms: tuple[NowNext, ...]


async def resources_of(session: AsyncSession, site: str) -> list[Resource]:
    """Return what can be booked."""
    return await ResourceRepository(session).all(site)


async def day_board(
    session: AsyncSession, site: Site, day: date, now_ms: int, kind: str = ""
) -> Board:
    """Return one day of every resource, or of those of one kind."""
    listed = await resources_of(session, site.id)
    shown = [each for each in listed if not kind or each.kind == kind]
    span = Span(*times.day_span(day, site.timezone))
    rows = await ReservationRepository(session).between(site.id, span.start, span.end)
    openings = await Openings.over(session, site, span)
    lanes = [_lane(each, day, rows, openings, span) for each in shown]
    return Board(
        grid(lanes, site.timezone, now_ms), tuple(listed), await _names(session, rows),
        await _rooms(session, site, listed, now_ms),
    )  # fmt: skip


async def week_board(
    session: AsyncSession, site: Site, resource: Resource, day: date, now_ms: int
) -> Board:
    """Return the week of one resource in which a day falls."""
    monday = day - timedelta(days=day.weekday())
    whole = Span(*times.day_span(monday, site.timezone, WEEK))
    rows = await ReservationRepository(session).of_resource(
        resource.kind, resource.id, whole.start, whole.end
    )
    openings = await Openings.over(session, site, whole)
    lanes = []
    for ahead in range(WEEK):
        one = monday + timedelta(days=ahead)
        span = Span(*times.day_span(one, site.timezone))
        lanes.append(_lane(resource, one, rows, openings, span))
    listed = await resources_of(session, site.id)
    return Board(grid(lanes, site.timezone, now_ms), tuple(listed), await _names(session, rows), ())


def _lane(
    resource: Resource, day: date, rows: Iterable[Booking], openings: Openings, span: Span
) -> Lane:
    mine = tuple(
        each
        for each in rows
        if (each.kind, each.resource) == (resource.kind.value, resource.id)
        and Span(each.starts_at, each.free_at).overlaps(span)
    )
    open_ = tuple(each for each in openings.of(resource) if each.overlaps(span))
    return Lane(resource, day, mine, open_)


async def _names(session: AsyncSession, rows: Sequence[Booking]) -> dict[str, str]:
    return await ReservationRepository(session).names({each.holder for each in rows})


async def _rooms(
    session: AsyncSession, site: Site, listed: Sequence[Resource], now_ms: int
) -> tuple[NowNext, ...]:
    today = Span(*times.day_span(times.local(now_ms, site.timezone).date(), site.timezone))
    rows = await ReservationRepository(session).between(site.id, now_ms, today.end)
    openings = await Openings.over(session, site, today)
    return tuple(
        now_and_next(each, rows, _within(openings.of(each), today), now_ms)
        for each in listed
        if each.kind is Kind.ROOM
    )


def _within(spans: Iterable[Span], day: Span) -> list[Span]:
    """Return the parts of spans that are on a day."""
    return [
        Span(max(each.start, day.start), min(each.end, day.end))
        for each in spans
        if each.overlaps(day)
    ]
