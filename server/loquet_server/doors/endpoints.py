"""Doors over the API: how they stand, how they are set, and orders to them."""

from typing import Annotated

from fastapi import APIRouter

from loquet_server.commands import Done, Order
from loquet_server.doors.repository import DoorRepository
from loquet_server.doors.schemas import (
    AccessPointIn,
    AccessPointOut,
    DoorIn,
    DoorOut,
    LockdownOut,
)
from loquet_server.doors.service import DoorService, area_of, door_of, way_of
from loquet_server.doors.settings import DoorSettings
from loquet_server.errors import NotFound
from loquet_server.models import Door, DoorState
from loquet_server.office import OfficeDep, ReadingDep, TransactionDep
from loquet_server.paging import PageDep
from loquet_server.timetable.names import Key, KeyQuery
from loquet_server.web.rooms import within
from loquet_server.who import Actor, Permission, needs, own

router = APIRouter(prefix="/api/v1", tags=["doors"])
Reads = Annotated[Actor, needs(Permission.LIVE_READ)]
Writes = Annotated[Actor, needs(Permission.DOORS_WRITE)]
Releases = Annotated[Actor, needs(Permission.DOORS_RELEASE)]
LocksDown = Annotated[Actor, needs(Permission.DOORS_LOCKDOWN)]


@router.get("/doors")
async def list_doors(
    actor: Reads, session: ReadingDep, page: PageDep, site: KeyQuery = None
) -> list[DoorOut]:
    """Return doors and how they stand, by id."""
    rows = await DoorRepository(session).by_id(within(actor, site), page.after or "", page.rows)
    return [_shown(*row) for row in page.of(rows, lambda row: row[0].id)]


@router.get("/doors/{door}")
async def show_door(door: Key, actor: Reads, session: ReadingDep) -> DoorOut:
    """Return one door and how it stands."""
    row = await door_of(session, door, actor)
    return await _stands(session, row)


@router.put("/doors/{door}")
async def change_door(
    door: Key, given: DoorIn, actor: Writes, office: OfficeDep, transaction: TransactionDep
) -> DoorOut:
    """Change what the server decides about a door."""
    row = await door_of(transaction.session, door, actor)
    await DoorSettings(office, transaction, actor).change(row, given)
    return await _stands(transaction.session, row)


@router.get("/doors/{door}/access-points")
async def list_access_points(door: Key, actor: Reads, session: ReadingDep) -> list[AccessPointOut]:
    """Return the ways through a door."""
    row = await door_of(session, door, actor)
    ways = await DoorRepository(session).ways(row.id)
    return [AccessPointOut.model_validate(way) for way in ways]


@router.put("/access-points/{access_point}")
async def change_access_point(
    access_point: Key,
    given: AccessPointIn,
    actor: Writes,
    office: OfficeDep,
    transaction: TransactionDep,
) -> AccessPointOut:
    """Change what is asked on a way through a door."""
    way, door = await way_of(transaction.session, access_point, actor)
    changed = await DoorSettings(office, transaction, actor).change_way(door, way, given)
    return AccessPointOut.model_validate(changed)


@router.post("/doors/{door}/release")
async def release(
    door: Key, order: Order, actor: Releases, office: OfficeDep, session: ReadingDep
) -> Done:
    """Release a door once; answers when its unit has."""
    await door_of(session, door, actor)
    return await DoorService(office).release(door, _by(actor, order))


@router.post("/doors/{door}/lock-down")
async def lock_down_door(
    door: Key, order: Order, actor: LocksDown, office: OfficeDep, transaction: TransactionDep
) -> list[LockdownOut]:
    """Lock a door down until it is lifted; reaches an offline unit later."""
    doors = [await door_of(transaction.session, door, actor)]
    return await _lock_down(office, transaction, doors, _by(actor, order))


@router.post("/doors/{door}/lift")
async def lift_door(
    door: Key, order: Order, actor: LocksDown, office: OfficeDep, transaction: TransactionDep
) -> list[LockdownOut]:
    """Lift a door's lockdown."""
    doors = [await door_of(transaction.session, door, actor)]
    return await _lift(office, transaction, doors, _by(actor, order))


@router.post("/doors/{door}/block")
async def block(
    door: Key, order: Order, actor: Writes, office: OfficeDep, transaction: TransactionDep
) -> DoorOut:
    """Refuse all badges at a door until it is unblocked."""
    row = await door_of(transaction.session, door, actor)
    await DoorService(office).block(transaction, row, _by(actor, order), True)
    return await _stands(transaction.session, row)


@router.post("/doors/{door}/unblock")
async def unblock(
    door: Key, order: Order, actor: Writes, office: OfficeDep, transaction: TransactionDep
) -> DoorOut:
    """Let badges count at a door again."""
    row = await door_of(transaction.session, door, actor)
    await DoorService(office).block(transaction, row, _by(actor, order), False)
    return await _stands(transaction.session, row)


@router.post("/areas/{area}/lock-down")
async def lock_down_area(
    area: Key, order: Order, actor: LocksDown, office: OfficeDep, transaction: TransactionDep
) -> list[LockdownOut]:
    """Lock down all doors that lead into an area."""
    _, doors = await area_of(transaction.session, area, actor)
    return await _lock_down(office, transaction, doors, _by(actor, order))


@router.post("/areas/{area}/lift")
async def lift_area(
    area: Key, order: Order, actor: LocksDown, office: OfficeDep, transaction: TransactionDep
) -> list[LockdownOut]:
    """Lift the lockdowns of all doors that lead into an area."""
    _, doors = await area_of(transaction.session, area, actor)
    return await _lift(office, transaction, doors, _by(actor, order))


@router.post("/sites/{site}/lock-down")
async def lock_down_site(
    site: Key, order: Order, actor: LocksDown, office: OfficeDep, transaction: TransactionDep
) -> list[LockdownOut]:
    """Lock all doors of a site down."""
    doors = await _doors(transaction.session, site, actor)
    return await _lock_down(office, transaction, doors, _by(actor, order))


@router.post("/sites/{site}/lift")
async def lift_site(
    site: Key, order: Order, actor: LocksDown, office: OfficeDep, transaction: TransactionDep
) -> list[LockdownOut]:
    """Lift all lockdowns of a site."""
    doors = await _doors(transaction.session, site, actor)
    return await _lift(office, transaction, doors, _by(actor, order))


@router.get("/lockdowns")
async def lockdowns(actor: Reads, session: ReadingDep, site: KeyQuery = None) -> list[LockdownOut]:
    """Return the lockdowns in force, and which of them their units have confirmed."""
    rows = await DoorRepository(session).lockdowns(within(actor, site))
    return [LockdownOut.model_validate(row) for row in rows]


async def _lock_down(
    office: OfficeDep, transaction: TransactionDep, doors: list[Door], order: Order
) -> list[LockdownOut]:
    rows = await DoorService(office).lock_down(transaction, doors, order)
    return [LockdownOut.model_validate(row) for row in rows]


async def _lift(
    office: OfficeDep, transaction: TransactionDep, doors: list[Door], order: Order
) -> list[LockdownOut]:
    rows = await DoorService(office).lift(transaction, doors, order)
    return [LockdownOut.model_validate(row) for row in rows]


def _by(actor: Actor, order: Order) -> Order:
    """Return an order in the name of whoever signed in; at the machine itself, as it is signed."""
    return order if actor.operator is None else order.model_copy(update={"actor": actor.name})


async def _doors(session: ReadingDep, site: str, actor: Actor) -> list[Door]:
    own(actor, site, f"site {site!r} with doors")
    found = [door for door, _ in await DoorRepository(session).all(site)]
    if not found:
        raise NotFound(f"there is no site {site!r} with doors")
    return found


async def _stands(session: ReadingDep, door: Door) -> DoorOut:
    """Return a door with how it stands."""
    found = await DoorRepository(session).one(door.id)
    return _shown(door, None if found is None else found[1])


def _shown(door: Door, state: DoorState | None) -> DoorOut:
    shown = DoorOut.model_validate(door)
    if state is None:
        return shown
    names = ("leaf", "lock", "mode", "alarm", "lockdown", "changed_at", "revision")
    return shown.model_copy(update={name: getattr(state, name) for name in names})
