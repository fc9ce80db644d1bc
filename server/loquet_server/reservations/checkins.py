"""A badge at a desk's reader begins a booking at once; plain, for the transaction of ingest."""

from sqlalchemy import or_, select, update
from sqlalchemy.orm import Session

from loquet_server.models import Booking, BookingParticipant
from loquet_server.reservations.rules import MINUTE_MS, Kind


def checked_in(session: Session, desk: str, holder: str, at_ms: int) -> int:
    """Begin the booking of a desk by whoever badged there; return how many have begun."""
    along = select(BookingParticipant.booking).where(BookingParticipant.holder == holder)
    mine = or_(Booking.holder == holder, Booking.id.in_(along))
    query = select(Booking.id).where(
        Booking.kind == Kind.DESK.value,
        Booking.resource == desk,
        Booking.state == "booked",
        Booking.checked_in_at.is_(None),
        Booking.starts_at - Booking.lead * MINUTE_MS <= at_ms,
        Booking.free_at > at_ms,
        mine,
    )
    found = list(session.execute(query).scalars())
    if found:
        session.execute(
            update(Booking)
            .where(Booking.id.in_(found))
            .values(checked_in_at=at_ms, checked_in_by="badge")
        )
    return len(found)
