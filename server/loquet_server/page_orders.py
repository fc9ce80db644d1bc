"""The orders of the live page, carried out by the doors' own room."""

from collections.abc import Awaitable, Callable

from pydantic import ValidationError

from loquet_contract.wire.commands import Outcome
from loquet_server.commands import Order
from loquet_server.doors.repository import DoorRepository
from loquet_server.doors.service import DoorService
from loquet_server.errors import Problem
from loquet_server.live.orders import OrderFailed
from loquet_server.models import Door
from loquet_server.office import After, Office, Transaction

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
        except Problem as problem:
            raise OrderFailed(problem.detail, problem.status) from problem
        if done.outcome != Outcome.PERFORMED:
            raise OrderFailed(done.detail)

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

    async def _wish(self, which: Which, reason: str, actor: str, *, locked: bool) -> None:
        after, order = After(), _order(reason, actor)
        change = self._doors.lock_down if locked else self._doors.lift
        try:
            async with self._office.database.with_transaction() as session:
                doors = await which(DoorRepository(session))
                await change(Transaction(session, after), doors, order)
            for step in after.steps:
                await step()
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
