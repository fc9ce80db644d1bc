"""The form of a booking, of operators and of members: what is likely, what was typed."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Any

from sqlalchemy.ext.asyncio import AsyncSession

from loquet_server.bookings.board import day_board, resources_of
from loquet_server.bookings.grid import Row
from loquet_server.bookings.schemas import BookingForm
from loquet_server.models import Booking
from loquet_server.people.frame import Frame
from loquet_server.reservations import times
from loquet_server.reservations.refusals import sentence
from loquet_server.reservations.repository import ReservationRepository
from loquet_server.reservations.resources import Resource
from loquet_server.reservations.service import Conflict
from loquet_server.timetable.clock import clock
from loquet_server.web.forms import Typed

USUAL_MINUTES = 60


@dataclass(slots=True)
class Sheet:
    """A form being filled in; ``conflicts`` of a series."""

    given: Typed[BookingForm]
    booking: Booking | None = None
    conflicts: Sequence[Conflict] = ()
    back: str = "/bookings"
    action: str = "/bookings/new"
    more: dict[str, Any] = field(default_factory=dict)


def likely(
    frame: Frame, what: str = "", day: date | None = None, start: str = ""
) -> Typed[BookingForm]:
    """Return what somebody probably wants: the next hour of today."""
    now = times.local(frame.now_ms, frame.site.timezone)
    soon = now.replace(minute=0, second=0, microsecond=0) + timedelta(hours=1)
    if start and len(start) == 5:
        hour, minute = int(start[:2]), int(start[3:])
        soon = datetime(soon.year, soon.month, soon.day, min(hour, 23), minute % 60)
    chosen = day or (soon.date() if not start else now.date())
    ends = soon + timedelta(minutes=USUAL_MINUTES)
    return Typed(
        {
            "what": what,
            "day": chosen.isoformat(),
            "starts": clock(soon.hour * 60 + soon.minute),
            "ends": clock(ends.hour * 60 + ends.minute),
        }
    )


def typed_of(row: Booking, timezone: str, along: Sequence[str]) -> Typed[BookingForm]:
    """Return a booking as its form shows it."""
    starts, ends = times.local(row.starts_at, timezone), times.local(row.ends_at, timezone)
    values: dict[str, Any] = {
        "what": f"{row.kind}/{row.resource}", "day": starts.date().isoformat(),
        "starts": f"{starts:%H:%M}", "ends": f"{ends:%H:%M}", "holder": row.holder,
        "title": row.title, "participants": list(along), "paid": row.paid,
    }  # fmt: skip
    if ends.date() != starts.date():
        values["last_day"] = ends.date().isoformat()
    return Typed(values)


async def shown(
    session: AsyncSession, frame: Frame, sheet: Sheet, allowed: Sequence[Resource] | None = None
) -> dict[str, Any]:
    """Return what the form's template needs. ``allowed``: what a member may book."""
    listed = await resources_of(session, frame.site.id) if allowed is None else list(allowed)
    what = str(sheet.given.values.get("what", ""))
    resource = next((each for each in listed if each.key == what), None)
    return {
        "sheet": sheet,
        "form": sheet.given,
        "resources": listed,
        "resource": resource,
        "free": await free_row(session, frame, resource, sheet.given.values.get("day")),
        "members": await _people(session, frame) if allowed is None else [],
        "sentence_of": lambda no: sentence(no, frame.texts),
        **sheet.more,
    }


async def free_row(
    session: AsyncSession, frame: Frame, resource: Resource | None, day: Any
) -> Row | None:
    """Return the free times of a resource on a day; None where either is not known."""
    try:
        chosen = date.fromisoformat(str(day))
    except ValueError:
        return None
    if resource is None or not 1990 <= chosen.year <= 2200:
        return None
    board = await day_board(session, frame.site, chosen, frame.now_ms)
    return next((row for row in board.grid.rows if row.lane.resource.key == resource.key), None)


async def _people(session: AsyncSession, frame: Frame) -> Sequence[tuple[str, str]]:
    return await ReservationRepository(session).members(frame.site.id)
