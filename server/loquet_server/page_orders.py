"""The orders of the live page, carried out by the doors' own room."""

from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager

from pydantic import ValidationError

from loquet_contract.wire.commands import Outcome
from loquet_server.commands import Order
from loquet_server.doors.repository import DoorRepository
from loquet_server.doors.service import DoorService
from loquet_server.errors import Conflict, Problem, UnitSilent
from loquet_server.incidents.service import IncidentService, close, incident_of
from loquet_server.ledger import record
from loquet_server.live.orders import OrderFailed
from loquet_server.live.repository import LiveRepository
from loquet_server.models import Action, Door
from loquet_server.office import After, Office, Transaction
from loquet_server.privacy.looks import looked
from loquet_server.who import Actor

Which = Callable[[DoorRepository], Awaitable[list[Door]]]
"""Finds the doors that an order is for; raises OrderFailed."""


class DoorOrders:
    """Orders from the live page."""

    def __init__(self, office: Office) -> None:
        self._office = office
        self._doors = DoorService(office)

    async def release(self, door: str, reason: str, actor: str) -> None:
        """Release a door once; raise OrderFailed."""
        try:
            done = await self._doors.release(door, _order(reason, actor))
        except UnitSilent as problem:
            raise OrderFailed(problem.detail, problem.status, "silent") from problem
        except Conflict as problem:
            raise OrderFailed(problem.detail, problem.status, "offline") from problem
        except Problem as problem:
            raise OrderFailed(problem.detail, problem.status) from problem
        if done.outcome != Outcome.PERFORMED:
            raise OrderFailed(done.detail, kind="refused")

    async def lock_down(self, door: str, reason: str, actor: str) -> None:
        """Lock a door down; raise OrderFailed."""
        await self._wish(_one(door), reason, actor, locked=True)

    async def lift(self, door: str, reason: str, actor: str) -> None:
        """Lift a door's lockdown; raise OrderFailed."""
        await self._wish(_one(door), reason, actor, locked=False)

    async def lock_down_site(self, site: str, reason: str, actor: str) -> None:
        """Lock all doors of a site down; raise OrderFailed."""
        await self._wish(_all(site), reason, actor, locked=True)

    async def lift_site(self, site: str, reason: str, actor: str) -> None:
        """Lift all lockdowns of a site; raise OrderFailed."""
        await self._wish(_all(site), reason, actor, locked=False)

    async def follow_up(self, site: str, passages: Sequence[int], note: str, actor: str) -> None:
        """Note that somebody has looked after these refusals, in the record too."""
        async with self._transaction() as transaction:
            session, now = transaction.session, self._office.now_ms()
            await LiveRepository(session).follow_up(passages, note, actor, now)
            record(
                session, Action.PASSAGE_FOLLOWED_UP, str(passages[0]), now, actor=actor, site=site,
                reason=note, detail={"passages": len(passages)},
            )  # fmt: skip
            transaction.after.tell(self._office, site, "refusal", str(passages[0]), now)

    async def close_incident(self, incident: int, actor: Actor) -> None:
        """Close an incident."""
        async with self._transaction() as transaction:
            await close(self._office, transaction, incident, actor)

    async def take_on_incident(self, incident: int, actor: Actor) -> None:
        """Take an incident on; raise Conflict."""
        async with self._transaction() as transaction:
            row = await incident_of(transaction.session, incident, actor)
            await IncidentService(self._office, transaction, actor).acknowledge(row)

    async def looked(self, holder: str, actor: Actor) -> None:
        """Tell the member, who may ask, that somebody was shown the refusals."""
        async with self._transaction() as transaction:
            await looked(transaction.session, actor, "refusals", [holder], self._office.now_ms())

    @asynccontextmanager
    async def _transaction(self) -> AsyncIterator[Transaction]:
        """Yield a transaction; what is to follow its commit follows."""
        after = After()
        async with self._office.database.with_transaction() as session:
            yield Transaction(session, after)
        for step in after.steps:
            await step()

    async def _wish(self, which: Which, reason: str, actor: str, *, locked: bool) -> None:
        order = _order(reason, actor)
        change = self._doors.lock_down if locked else self._doors.lift
        try:
            async with self._transaction() as transaction:
                doors = await which(DoorRepository(transaction.session))
                await change(transaction, doors, order)
        except Problem as problem:
            raise OrderFailed(problem.detail, problem.status) from problem


def _order(reason: str, actor: str) -> Order:
    try:
        return Order(actor=actor, reason=reason)
    except ValidationError as error:
        raise OrderFailed("the reason is empty or longer than 200 characters", 422) from error


def _one(door: str) -> Which:
    async def find(repository: DoorRepository) -> list[Door]:
        found = await repository.one(door)
        if found is None:
            raise OrderFailed(f"there is no door {door!r}", 404)
        return [found[0]]

    return find


def _all(site: str) -> Which:
    async def find(repository: DoorRepository) -> list[Door]:
        found = [door for door, _ in await repository.all(site)]
        if not found:
            raise OrderFailed(f"there is no site {site!r} with doors", 404)
        return found

    return find
