"""A booking's windows: for whom the door of its room opens, and when; told to the units at once.

Only what begins within the next days travels; the rest follows when its time comes.
"""

from collections.abc import Iterable

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from loquet_server.models import Booking, ExtraWindow
from loquet_server.office import Office, Transaction
from loquet_server.people.changes import new_id, tell_doors
from loquet_server.reservations.attendance import MINUTE_MS
from loquet_server.reservations.repository import ReservationRepository
from loquet_server.reservations.resources import Resource
from loquet_server.reservations.rules import DAY_MS

AHEAD_MS = 14 * DAY_MS
"""How far ahead doors know of bookings."""


class Windows:
    """The windows of bookings, within one transaction."""

    def __init__(self, session: AsyncSession, now_ms: int) -> None:
        self._session = session
        self._now = now_ms

    async def renew(self, resource: Resource | None, row: Booking) -> set[str]:
        """Make a booking's windows what they should be; return whose have changed."""
        wanted = await self._wanted(resource, row)
        changed: set[str] = set()
        for window in await self._standing(row):
            if window.holder not in wanted:
                window.cancelled_at = self._now
                changed.add(window.holder)
            elif _fit(window, row):
                changed.add(window.holder)
            wanted.discard(window.holder)
        for holder in sorted(wanted):
            assert resource is not None and resource.area is not None
            window = ExtraWindow(
                id=new_id("w"), site=row.site, holder=holder, area=resource.area,
                starts_at=row.starts_at, ends_at=row.free_at, lead_minutes=row.lead,
                lag_minutes=row.lag, source="booking", reserved=True, booking=row.id,
            )  # fmt: skip
            self._session.add(window)
            changed.add(holder)
        if changed or resource is None or not resource.opens_door:
            row.told_until = row.free_at
        return changed

    async def _wanted(self, resource: Resource | None, row: Booking) -> set[str]:
        """Return who may go in for a booking, as far as doors have to know by now."""
        if resource is None or resource.area is None or not resource.opens_door:
            return set()
        begins, ends = row.starts_at - row.lead * MINUTE_MS, row.free_at + row.lag * MINUTE_MS
        if row.state != "booked" or ends <= self._now or begins > self._now + AHEAD_MS:
            return set()
        along = await ReservationRepository(self._session).participants([row.id])
        return {row.holder, *along.get(row.id, [])}

    async def _standing(self, row: Booking) -> list[ExtraWindow]:
        query = select(ExtraWindow).where(
            ExtraWindow.site == row.site,
            ExtraWindow.booking == row.id,
            ExtraWindow.cancelled_at.is_(None),
        )
        return list((await self._session.execute(query)).scalars())


def _fit(window: ExtraWindow, row: Booking) -> bool:
    """Move a window to where its booking is; return True if it was elsewhere."""
    wanted = (row.starts_at, row.free_at, row.lead, row.lag)
    if (window.starts_at, window.ends_at, window.lead_minutes, window.lag_minutes) == wanted:
        return False
    window.starts_at, window.ends_at, window.lead_minutes, window.lag_minutes = wanted
    return True


async def tell(
    office: Office, transaction: Transaction, resource: Resource | None, rows: Iterable[Booking]
) -> None:
    """Tell doors and pages of bookings that have changed, once that is committed."""
    now = office.now_ms()
    changed: set[str] = set()
    site = ""
    await transaction.session.flush()
    windows = Windows(transaction.session, now)
    for row in rows:
        site = row.site
        changed |= await windows.renew(resource, row)
        transaction.after.tell(office, row.site, "booking", row.resource, now)
    if changed:
        await tell_doors(office, transaction, site, changed)
