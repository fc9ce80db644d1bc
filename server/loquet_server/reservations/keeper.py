"""Keeps bookings true: who came, who did not, what is free again, which doors are to be told.

Runs every now and then, and soon after a fact that may matter. What it does follows from the
facts alone, so that it may run late, twice, or in another process.
"""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Iterable, Mapping, Sequence
from contextlib import asynccontextmanager

from sqlalchemy.ext.asyncio import AsyncSession

from loquet_contract.wire.messages import Change
from loquet_server.chores import tried
from loquet_server.hooks.bookings import told
from loquet_server.ledger import record
from loquet_server.models import Action, Booking, DeskState
from loquet_server.office import After, Office, Transaction
from loquet_server.reservations import attendance
from loquet_server.reservations.announcing import NO_SHOW, announce
from loquet_server.reservations.attendance import MINUTE_MS, SETTLED_MS, Facts, Phase, stand
from loquet_server.reservations.keeping_repository import KeepingRepository
from loquet_server.reservations.repository import ReservationRepository
from loquet_server.reservations.resources import Resource, ResourceRepository
from loquet_server.reservations.rules import Kind
from loquet_server.reservations.sightings import (
    Seen,
    SightingRepository,
    first_seen,
    left_at,
    watched,
)
from loquet_server.reservations.windows import AHEAD_MS, tell

SECONDS = 30.0
"""How often it looks without being told to."""
SOON = 1.0
"""After a fact, so many seconds are waited for more of them."""
NOBODY = "rule of no-shows"
_HEARD = frozenset({"passage", "desk"})


async def keep(office: Office) -> None:
    """Look at every space once."""
    async with office.database.reading() as session:
        repository = KeepingRepository(session)
        sites = await repository.sites_with_work(office.now_ms(), AHEAD_MS)
    for site in sites:
        after = After()
        async with office.database.with_transaction() as session:
            await Keeping(office, Transaction(session, after), site).all()
        for step in after.steps:
            await step()


@asynccontextmanager
async def keeping(office: Office) -> AsyncIterator[None]:
    """Keep bookings while inside."""
    wake = asyncio.Event()

    def heard(_site: str, change: Change) -> None:
        if change.noun in _HEARD:
            wake.set()

    task = asyncio.create_task(_forever(office, wake), name="keep-bookings")
    with office.exchange.listening(heard):
        try:
            yield
        finally:
            task.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await task


async def _forever(office: Office, wake: asyncio.Event) -> None:
    while True:
        await tried("keep-bookings", lambda: keep(office))
        wake.clear()
        await asyncio.sleep(SOON)
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(wake.wait(), SECONDS)


class Keeping:
    """One look at one space's bookings, within one transaction."""

    def __init__(self, office: Office, transaction: Transaction, site: str) -> None:
        self._office = office
        self._transaction = transaction
        self._site = site
        self._now = office.now_ms()
        self._session: AsyncSession = transaction.session
        self._repository = KeepingRepository(transaction.session)

    async def all(self) -> None:
        """Bring every booking that is not settled up to date."""
        settings = await ReservationRepository(self._session).locked(self._site)
        rows = await self._repository.unsettled(self._site, self._now, AHEAD_MS)
        listed = await ResourceRepository(self._session).all(self._site, bookable=False)
        resources = {each.key: each for each in listed}
        sight = await self._look(rows, resources)
        for row in rows:
            resource = resources.get(f"{row.kind}/{row.resource}")
            changed = await self._one(row, resource, settings.release_after, sight)
            untold = row.state == "booked" and row.told_until is None
            if changed or (untold and resource is not None and resource.opens_door):
                await tell(self._office, self._transaction, resource, [row])
        await self._settle(rows)

    async def _look(self, rows: Sequence[Booking], resources: Mapping[str, Resource]) -> "_Sight":
        """Read what has been seen around all bookings that wait for somebody, at once."""
        looking = SightingRepository(self._session)
        open_rows = [row for row in rows if _may_change(row, self._now)]
        desks = {row.resource for row in open_rows if row.kind == Kind.DESK}
        rooms = {row.resource for row in open_rows if row.kind == Kind.ROOM}
        units = {
            unit
            for row in open_rows
            for unit in getattr(resources.get(f"{row.kind}/{row.resource}"), "units", ())
        }
        states = await looking.desks(desks) if desks else {}
        seen: list[Seen] = []
        waiting = [row for row in open_rows if row.checked_in_at is None]
        first = min((row.starts_at - row.lead * MINUTE_MS for row in waiting), default=self._now)
        if waiting and rooms:
            seen += await looking.passages(rooms, first, self._now + 1)
        if waiting and desks:
            seen += await looking.at_desks(desks, first, self._now + 1)
        people = await ReservationRepository(self._session).participants(
            [row.id for row in waiting]
        )
        return _Sight(states, seen, people, await looking.online(units) if units else set())

    async def _one(
        self, row: Booking, resource: Resource | None, release_after: int, sight: "_Sight"
    ) -> bool:
        """Bring one booking up to date; return True if anything changed."""
        if not _may_change(row, self._now):
            return False
        desk = sight.desks.get(row.resource) if row.kind == Kind.DESK else None
        came = None
        if row.checked_in_at is None:
            came = first_seen(row, {row.holder, *sight.along.get(row.id, ())}, sight.seen, desk)
        facts = self._facts(row, resource, release_after, sight, came, desk)
        found = stand(facts, self._now)
        changed = False
        if came is not None and attendance.arrived(facts):
            row.checked_in_at, row.checked_in_by, changed = came.at, came.by, True
        if found.phase is Phase.RELEASED and row.state == "booked":
            self._become(row, "released", found.free_at, Action.BOOKING_RELEASED)
            row.released_at, changed = self._now, True
            await announce(self._session, NO_SHOW, row, self._now)
            await told(self._session, "booking.no_show", [row], self._now)
        elif found.phase is Phase.ENDED and row.state == "booked":
            self._become(row, "ended", found.free_at, Action.BOOKING_ENDED)
            row.left_at, changed = found.free_at, True
        elif found.phase is Phase.IN_USE and row.state == "released":
            changed |= await self._give_back(row, resource)
        return changed

    def _facts(
        self, row: Booking, resource: Resource | None, release_after: int, sight: "_Sight",
        came: Seen | None, desk: DeskState | None,
    ) -> Facts:  # fmt: skip
        units = frozenset() if resource is None else resource.units
        exempt = row.paid or not units
        seen_at = row.checked_in_at if came is None else came.at
        free_after = None if resource is None else resource.free_after
        return Facts(
            row.starts_at,
            row.ends_at,
            row.changed_at,
            row.lead,
            None if exempt else release_after,
            watched(row, units, sight.online, sight.desks),
            seen_at,
            row.left_at or left_at(seen_at, free_after, desk, self._now),
            row.released_at,
        )

    async def _give_back(self, row: Booking, resource: Resource | None) -> bool:
        """Let a released booking run again: a late fact says that somebody had come in time."""
        repository = ReservationRepository(self._session)
        others = await repository.of_resource(
            row.kind, row.resource, row.free_at, row.ends_at, row.id
        )
        if others and (resource is None or len(others) >= resource.count):
            return False
        row.state, row.released_at, row.free_at = "booked", None, row.ends_at
        row.told_until = None
        return True

    def _become(self, row: Booking, state: str, free_at: int, action: Action) -> None:
        row.state, row.free_at, row.sequence = state, free_at, row.sequence + 1
        detail = {"kind": row.kind, "resource": row.resource, "starts_at": row.starts_at}
        record(self._session, action, row.id, self._now, actor=NOBODY, site=row.site, detail=detail)

    async def _settle(self, rows: Iterable[Booking]) -> None:
        """Count, without a name, what no late fact can change any more."""
        timezone = await self._repository.timezone(self._site)
        for row in rows:
            if row.ends_at + SETTLED_MS <= self._now:
                row.settled_at = self._now
                await self._repository.count(row, timezone)


class _Sight:
    """What was seen around the bookings of one look."""

    def __init__(
        self, desks: dict[str, DeskState], seen: list[Seen], along: dict[str, list[str]],
        online: set[str],
    ) -> None:  # fmt: skip
        self.desks, self.seen, self.along, self.online = desks, seen, along, online


def _may_change(row: Booking, now: int) -> bool:
    """True while facts can change what becomes of a booking."""
    begun = row.starts_at - row.lead * MINUTE_MS <= now
    return begun and row.state in ("booked", "released") and now < row.ends_at + SETTLED_MS
