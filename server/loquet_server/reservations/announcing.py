"""Tells programs of bookings: what, when; never who."""

from sqlalchemy.ext.asyncio import AsyncSession

from loquet_server.hooks.outbox import iso, notice
from loquet_server.models import Booking

MADE, CANCELLED, NO_SHOW = "booking.made", "booking.cancelled", "booking.no_show"


async def announce(session: AsyncSession, kind: str, row: Booking, now_ms: int) -> None:
    """Write what whoever subscribed is to be told of a booking."""
    data = {
        "site": row.site, "booking": row.id, "resource": row.resource, "kind": row.kind,
        "starts": iso(row.starts_at), "ends": iso(row.ends_at),
    }  # fmt: skip
    await session.run_sync(lambda plain: notice(plain, row.site, kind, data, now_ms))
