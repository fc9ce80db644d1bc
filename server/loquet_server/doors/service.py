"""Orders to doors: release now, lock down until lifted.

A release is a command: signed, bound to the unit's boot and challenge, worth nothing later,
and answered or not. A lockdown is a wish that stands: it reaches a unit that is offline now.
"""

import secrets
from collections.abc import Sequence

from sqlalchemy.ext.asyncio import AsyncSession

from loquet_contract.wire.commands import What
from loquet_server.commands import Done, Order, address, ask
from loquet_server.doors.repository import DoorRepository
from loquet_server.errors import NotFound
from loquet_server.hooks.outbox import Notice, notices
from loquet_server.ledger import record
from loquet_server.models import AccessPoint, Action, Area, Door, Lockdown
from loquet_server.office import Office, Transaction
from loquet_server.who import Actor, own


async def door_of(session: AsyncSession, door: str, actor: Actor) -> Door:
    """Return a door that is the actor's to see; raise NotFound."""
    found = await DoorRepository(session).one(door)
    if found is None:
        raise NotFound(f"there is no door {door!r}")
    own(actor, found[0].site, f"door {door!r}")
    return found[0]


async def way_of(session: AsyncSession, way: str, actor: Actor) -> tuple[AccessPoint, Door]:
    """Return a way through a door that is the actor's to see, and the door; raise NotFound."""
    found = await DoorRepository(session).way(way)
    if found is None:
        raise NotFound(f"there is no access point {way!r}")
    own(actor, found[1].site, f"access point {way!r}")
    return found


async def area_of(session: AsyncSession, area: str, actor: Actor) -> tuple[Area, list[Door]]:
    """Return an area and the doors that lead into it; raise NotFound where there are none."""
    repository = DoorRepository(session)
    row, doors = await repository.area(area), list(await repository.into(area))
    if row is None or not doors:
        raise NotFound(f"there is no area {area!r} that a door leads into")
    own(actor, row.site, f"area {area!r} that a door leads into")
    return row, doors


def _told(kind: str, rows: Sequence[Lockdown]) -> list[Notice]:
    """Return what other programs are to hear of these lockdowns."""
    return [
        Notice(row.site, kind, {"site": row.site, "door": row.door, "lockdown": row.id})
        for row in rows
    ]


class DoorService:
    """Orders to doors of one office."""

    def __init__(self, office: Office) -> None:
        self._office = office

    async def release(self, door: str, order: Order) -> Done:
        """Release a door once; raise NotFound, Conflict or UnitSilent.

        The record says who asked before the unit is asked: an order that nobody can find
        afterwards must not open a door.
        """
        office, now = self._office, self._office.now_ms()
        async with office.database.with_transaction() as session:
            found = await DoorRepository(session).unit_of(door)
            if found is None:
                raise NotFound(f"there is no door {door!r} with a unit")
            unit, state = found
            command = address(unit, state, What.RELEASE, order, door)
            record(
                session, Action.DOOR_RELEASED, door, now, actor=order.actor, reason=order.reason,
                site=unit.site, detail={"command": command.command},
            )  # fmt: skip
        reply = await ask(office, unit, command)
        return Done(outcome=reply.outcome.value, detail=reply.detail)

    async def lock_down(
        self, transaction: Transaction, doors: Sequence[Door], order: Order
    ) -> list[Lockdown]:
        """Lock these doors down until lifted; doors that already are stay as they are."""
        session, now = transaction.session, self._office.now_ms()
        repository = DoorRepository(session)
        held = await repository.in_force([door.id for door in doors])
        known = {each.door for each in held}
        made = []
        for door in doors:
            if door.id in known:
                continue
            row = Lockdown(
                id=secrets.token_hex(8),
                site=door.site,
                door=door.id,
                actor=order.actor,
                reason=order.reason,
                since=now,
            )
            repository.add(row)
            made.append(row)
            record(
                session, Action.DOOR_LOCKED_DOWN, door.id, now, actor=order.actor,
                reason=order.reason, site=door.site, detail={"lockdown": row.id},
            )  # fmt: skip
        await session.run_sync(notices, _told("lockdown.begun", made), now)
        await self._wish(transaction, doors, now)
        return [*held, *made]

    async def lift(
        self, transaction: Transaction, doors: Sequence[Door], order: Order
    ) -> list[Lockdown]:
        """Lift the lockdowns in force at these doors."""
        session, now = transaction.session, self._office.now_ms()
        held = list(await DoorRepository(session).in_force([door.id for door in doors]))
        for row in held:
            row.lifted_at, row.lifted_by = now, order.actor
            record(
                session, Action.DOOR_LOCKDOWN_LIFTED, row.door, now, actor=order.actor,
                reason=order.reason, site=row.site, detail={"lockdown": row.id},
            )  # fmt: skip
        await session.run_sync(notices, _told("lockdown.lifted", held), now)
        await self._wish(transaction, doors, now)
        return held

    async def block(self, transaction: Transaction, door: Door, order: Order, to: bool) -> None:
        """Block a door for badges, or unblock it; travels with the policy."""
        session, now = transaction.session, self._office.now_ms()
        door.blocked = to
        action = Action.DOOR_BLOCKED if to else Action.DOOR_UNBLOCKED
        record(
            session, action, door.id, now, actor=order.actor, reason=order.reason, site=door.site
        )
        await session.flush()
        if door.unit is not None:
            found = await self._office.policies.advance(session, door.unit, now)
            transaction.after.publish(self._office, found)
        transaction.after.tell(self._office, door.site, "door", door.id, now)

    async def _wish(self, transaction: Transaction, doors: Sequence[Door], now: int) -> None:
        office, session = self._office, transaction.session
        await session.flush()
        for unit in sorted({door.unit for door in doors if door.unit is not None}):
            found = await office.policies.advance_desired(session, unit, now)
            transaction.after.publish(office, found)
        for door in doors:
            transaction.after.tell(office, door.site, "lockdown", door.id, now)
