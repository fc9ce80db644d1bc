"""What a screen shows now: desks, hours, what comes, rooms; a name only where it was wished."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from sqlalchemy.ext.asyncio import AsyncSession

from loquet_server.days import DAY_MS, instant, zone
from loquet_server.headcount.reading import Headcount, headcounts
from loquet_server.kiosk.repository import KioskRepository
from loquet_server.models import CalendarEntry, Site
from loquet_server.presence_board.board import here_today
from loquet_server.reservations.reading import reserved
from loquet_server.reservations.repository import ReservationRepository
from loquet_server.reservations.resources import ResourceRepository
from loquet_server.usual.now import DesksNow, desks_now, whole
from loquet_server.usual.openings import Openings, openings
from loquet_server.usual.reading import Usual, usual

AHEAD_DAYS: Final = 14
MOST_EVENTS: Final = 3
MOST_ROOMS: Final = 4
MOST_AREAS: Final = 5
MOST_NAMES: Final = 8
FEW: Final = 5
"""People below which no number of them is shown."""
NIGHT: Final = (20, 7)
"""Local hours between which the screen is dark, so that it lights up no street."""


@dataclass(frozen=True, slots=True)
class Wanted:
    """What a screen may show; ``areas`` empty: all."""

    site: Site
    areas: tuple[str, ...]
    names: bool


@dataclass(frozen=True, slots=True)
class Room:
    """A room and its bookings of today: the one that holds, and the next. UTC milliseconds."""

    name: str
    until: int | None
    next: int | None
    by: str


@dataclass(frozen=True, slots=True)
class Board:
    """All that is on a screen."""

    site: Site
    now: int
    desks: DesksNow
    areas: tuple[DesksNow, ...]
    people: tuple[Headcount, ...]
    opened: Openings
    usual: Usual | None
    events: tuple[CalendarEntry, ...]
    rooms: tuple[Room, ...]
    here: tuple[tuple[str, str], ...]
    more: int

    @property
    def local(self) -> datetime:
        """The time on the wall."""
        return instant(self.now).astimezone(zone(self.site.timezone))

    @property
    def night(self) -> bool:
        """Whether the screen is to be dark."""
        return not NIGHT[1] <= self.local.hour < NIGHT[0]

    @property
    def is_open(self) -> bool:
        """Whether the space is open."""
        return self.opened.is_open(self.now // 1000)


async def board(session: AsyncSession, wanted: Wanted, now: int) -> Board:
    """Return what a screen shows at a moment, UTC milliseconds."""
    site = wanted.site
    held = await reserved(session, site.id, now)
    chosen = [area for area in await desks_now(session, site.id, held) if _in(wanted, area.area)]
    counts = await session.run_sync(lambda plain: headcounts(plain, site.id, now))
    start = int(_midnight(site, now).timestamp())
    all_areas = not wanted.areas
    names = await here_today(session, site.id, now) if wanted.names else []
    return Board(
        site, now, whole(chosen), tuple(chosen[:MOST_AREAS]),
        tuple(each for area, each in counts.items() if _in(wanted, area)),
        await openings(session, site, start, AHEAD_DAYS),
        await usual(session, site.id, now) if all_areas else None,
        tuple(await _events(session, wanted, now)), tuple(await _rooms(session, wanted, now)),
        tuple((each.name, each.doing) for each in names[:MOST_NAMES]),
        max(len(names) - MOST_NAMES, 0),
    )  # fmt: skip


def _in(wanted: Wanted, area: str | None) -> bool:
    return not wanted.areas or area in wanted.areas


def _midnight(site: Site, now: int) -> datetime:
    local = instant(now).astimezone(zone(site.timezone))
    return local.replace(hour=0, minute=0, second=0, microsecond=0)


async def _events(session: AsyncSession, wanted: Wanted, now: int) -> Sequence[CalendarEntry]:
    local = instant(now).astimezone(zone(wanted.site.timezone))
    since, until = (
        each.strftime("%Y-%m-%dT%H:%M") for each in (local, local + timedelta(days=AHEAD_DAYS))
    )
    rows = await KioskRepository(session).entries(wanted.site.id, since, until, 20)
    found = [row for row in rows if row.area is None or _in(wanted, row.area)]
    return found[:MOST_EVENTS]


async def _rooms(session: AsyncSession, wanted: Wanted, now: int) -> list[Room]:
    """Return the rooms that can be booked, with what is booked of the rest of the day."""
    site = wanted.site
    resources = [
        each
        for each in await ResourceRepository(session).all(site.id)
        if each.kind == "room" and _in(wanted, each.area)
    ][:MOST_ROOMS]
    if not resources:
        return []
    end = int(_midnight(site, now).timestamp() * 1000) + DAY_MS
    bookings = await ReservationRepository(session).between(site.id, now, end)
    found = []
    for room in resources:
        mine = [row for row in bookings if (row.kind, row.resource) == ("room", room.id)]
        held = next((row for row in mine if row.starts_at <= now), None)
        coming = next((row for row in mine if row.starts_at > now), None)
        shown, by = held or coming, ""
        if shown is not None and wanted.names:
            by = shown.title  # never whose booking it is: they were not asked
        found.append(
            Room(
                room.name, held.free_at if held else None, coming.starts_at if coming else None, by
            )
        )
    return found
