"""What other programs hear of bookings: what and when, never by whom."""

from collections.abc import Sequence

from sqlalchemy.ext.asyncio import AsyncSession

from loquet_server.hooks.outbox import Notice, iso, notices
from loquet_server.models import Booking


async def told(session: AsyncSession, kind: str, rows: Sequence[Booking], now_ms: int) -> None:
    """Tell of bookings; ``kind``: booking.made, booking.cancelled or booking.no_show."""
    found = [
        Notice(
            row.site, kind,
            {
                "site": row.site, "booking": row.id, "resource": row.resource, "kind": row.kind,
                "starts": iso(row.starts_at), "ends": iso(row.ends_at),
            },
        )
        for row in rows
    ]  # fmt: skip
    await session.run_sync(notices, found, now_ms)
