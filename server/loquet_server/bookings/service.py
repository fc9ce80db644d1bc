"""Bookings by operators: of their own space, for any member."""

from sqlalchemy.ext.asyncio import AsyncSession

from loquet_server.errors import NotFound
from loquet_server.models import Booking
from loquet_server.office import Office, Transaction
from loquet_server.people.repository import PeopleRepository
from loquet_server.reservations.repository import ReservationRepository
from loquet_server.reservations.service import Asked, By, Made, Reservations
from loquet_server.who import Actor, own


class Desk:
    """What an operator does with bookings, within one transaction.

    ``beyond``: set aside what the member's plan allows.
    """

    def __init__(
        self, office: Office, transaction: Transaction, actor: Actor, *, beyond: bool = False
    ) -> None:
        self._session = transaction.session
        self._actor = actor
        self._reservations = Reservations(
            office, transaction, By(actor.name, limited=not beyond)
        )  # fmt: skip

    @staticmethod
    async def seen(session: AsyncSession, actor: Actor, booking: str) -> Booking:
        """Return a booking of the actor's space; raise NotFound."""
        row = await ReservationRepository(session).one(booking)
        if row is None:
            raise NotFound(f"there is no booking {booking!r}")
        own(actor, row.site, f"booking {booking!r}")
        return row

    async def book(self, site: str | None, asked: Asked) -> Made:
        """Book for a member; raise as ``Reservations.book``."""
        place = await PeopleRepository(self._session, self._actor).site(site)
        return await self._reservations.book(place.id, asked)

    async def change(self, booking: str, asked: Asked) -> Booking:
        """Move a booking."""
        await self.seen(self._session, self._actor, booking)
        return await self._reservations.change(booking, asked)

    async def cancel(self, booking: str, reason: str = "", rest: bool = False) -> list[Booking]:
        """Cancel a booking."""
        await self.seen(self._session, self._actor, booking)
        return await self._reservations.cancel(booking, reason, rest=rest)

    async def check_in(self, booking: str) -> Booking:
        """Say that somebody came."""
        await self.seen(self._session, self._actor, booking)
        return await self._reservations.check_in(booking)

    async def leave(self, booking: str) -> Booking:
        """End a booking that runs."""
        await self.seen(self._session, self._actor, booking)
        return await self._reservations.leave(booking)
