"""Doors over the API."""

from fastapi import APIRouter

from loquet_server.commands import Done, Order
from loquet_server.doors.repository import DoorRepository
from loquet_server.doors.schemas import DoorOut, LockdownOut
from loquet_server.doors.service import DoorService
from loquet_server.errors import NotFound
from loquet_server.models import Door, DoorState
from loquet_server.office import OfficeDep, ReadingDep, TransactionDep

router = APIRouter(prefix="/api/v1", tags=["doors"])


@router.get("/doors")
async def list_doors(session: ReadingDep, site: str | None = None) -> list[DoorOut]:
    """Return all doors and how they stand."""
    return [_shown(*row) for row in await DoorRepository(session).all(site)]


@router.get("/doors/{door}")
async def show_door(door: str, session: ReadingDep) -> DoorOut:
    """Return one door and how it stands."""
    found = await DoorRepository(session).one(door)
    if found is None:
        raise NotFound(f"there is no door {door!r}")
    return _shown(*found)


@router.post("/doors/{door}/release")
async def release(door: str, order: Order, office: OfficeDep) -> Done:
    """Release a door once; answers when its unit has."""
    return await DoorService(office).release(door, order)


@router.post("/doors/{door}/lock-down")
async def lock_down_door(
    door: str, order: Order, office: OfficeDep, transaction: TransactionDep
) -> list[LockdownOut]:
    """Lock a door down until it is lifted; reaches an offline unit later."""
    doors = [await _door(transaction.session, door)]
    rows = await DoorService(office).lock_down(transaction, doors, order)
    return [LockdownOut.model_validate(row) for row in rows]


@router.post("/doors/{door}/lift")
async def lift_door(
    door: str, order: Order, office: OfficeDep, transaction: TransactionDep
) -> list[LockdownOut]:
    """Lift a door's lockdown."""
    doors = [await _door(transaction.session, door)]
    rows = await DoorService(office).lift(transaction, doors, order)
    return [LockdownOut.model_validate(row) for row in rows]


@router.post("/doors/{door}/block")
async def block(door: str, order: Order, office: OfficeDep, transaction: TransactionDep) -> DoorOut:
    """Refuse all badges at a door until it is unblocked."""
    return await _block(door, order, office, transaction, True)


@router.post("/doors/{door}/unblock")
async def unblock(
    door: str, order: Order, office: OfficeDep, transaction: TransactionDep
) -> DoorOut:
    """Let badges count at a door again."""
    return await _block(door, order, office, transaction, False)


@router.post("/sites/{site}/lock-down")
async def lock_down_site(
    site: str, order: Order, office: OfficeDep, transaction: TransactionDep
) -> list[LockdownOut]:
    """Lock all doors of a site down."""
    doors = await _doors(transaction.session, site)
    rows = await DoorService(office).lock_down(transaction, doors, order)
    return [LockdownOut.model_validate(row) for row in rows]


@router.post("/sites/{site}/lift")
async def lift_site(
    site: str, order: Order, office: OfficeDep, transaction: TransactionDep
) -> list[LockdownOut]:
    """Lift all lockdowns of a site."""
    doors = await _doors(transaction.session, site)
    rows = await DoorService(office).lift(transaction, doors, order)
    return [LockdownOut.model_validate(row) for row in rows]


@router.get("/lockdowns")
async def lockdowns(session: ReadingDep, site: str | None = None) -> list[LockdownOut]:
    """Return the lockdowns in force, and which of them their units have confirmed."""
    rows = await DoorRepository(session).lockdowns(site)
    return [LockdownOut.model_validate(row) for row in rows]


async def _block(
    door: str, order: Order, office: OfficeDep, transaction: TransactionDep, to: bool
) -> DoorOut:
    row = await _door(transaction.session, door)
    await DoorService(office).block(transaction, row, order, to)
    return _shown(row, None)


async def _door(session: ReadingDep, door: str) -> Door:
    found = await DoorRepository(session).one(door)
    if found is None:
        raise NotFound(f"there is no door {door!r}")
    return found[0]


async def _doors(session: ReadingDep, site: str) -> list[Door]:
    found = [door for door, _ in await DoorRepository(session).all(site)]
    if not found:
        raise NotFound(f"there is no site {site!r} with doors")
    return found


def _shown(door: Door, state: DoorState | None) -> DoorOut:
    shown = DoorOut.model_validate(door)
    if state is None:
        return shown
    names = ("leaf", "lock", "mode", "alarm", "lockdown", "changed_at", "revision")
    return shown.model_copy(update={name: getattr(state, name) for name in names})
