"""Units over the API."""

from typing import Annotated

from fastapi import APIRouter, Path, Query, Request
from sqlalchemy.ext.asyncio import AsyncSession

from loquet_contract.wire.commands import What
from loquet_contract.wire.signing import Purpose
from loquet_contract.wire.unit_log import UnitLog
from loquet_server.commands import Done, Order
from loquet_server.models import Unit
from loquet_server.office import Office, OfficeDep, ReadingDep, TransactionDep
from loquet_server.paging import PageDep
from loquet_server.unit_requests import asked
from loquet_server.units import logs, service
from loquet_server.units.schemas import LogAsked, LogOut, UnitChange, UnitOut
from loquet_server.who import Actor, Permission, needs, own

MAX_LOG_REQUEST = 192 * 1024
router = APIRouter(prefix="/api/v1", tags=["units"])
Reads = Annotated[Actor, needs(Permission.UNITS_READ)]
Finds = Annotated[Actor, needs(Permission.DOORS_RELEASE)]
"""Whoever may open a door may look for its unit."""
Writes = Annotated[Actor, needs(Permission.UNITS_WRITE)]
Id = Annotated[str | None, Query(max_length=64)]
Name = Annotated[str, Path(max_length=64)]


@router.get("/units")
async def list_units(
    session: ReadingDep, office: OfficeDep, actor: Reads, page: PageDep, site: Id = None,
    archived: Annotated[bool, Query(description="Also those that are gone for good.")] = False,
) -> list[UnitOut]:  # fmt: skip
    """Return all units: how each fares, what it enforces, what waits, what to look after."""
    found = await service.units(session, actor.site or site, office.now_ms(), archived=archived)
    return page.part(found, lambda unit: unit.id)


@router.get("/units/{unit}")
async def show_unit(unit: Name, session: ReadingDep, office: OfficeDep, actor: Reads) -> UnitOut:
    """Return one unit."""
    return await _own(session, office, unit, actor)


@router.patch("/units/{unit}")
async def change_unit(
    unit: Name, change: UnitChange, office: OfficeDep, transaction: TransactionDep, actor: Writes
) -> UnitOut:
    """Give a unit another name, or other notes."""
    session = transaction.session
    await _own(session, office, unit, actor)
    await service.change(office, transaction, unit, change, actor.name)
    await session.flush()
    return await _own(session, office, unit, actor)


@router.post("/units/{unit}/remove")
async def remove_unit(
    unit: Name, order: Order, office: OfficeDep, transaction: TransactionDep, actor: Writes
) -> UnitOut:
    """Put a unit that is gone aside: shut out, without doors; what it told stays."""
    session = transaction.session
    await _own(session, office, unit, actor)
    await service.remove(office, transaction, unit, actor.name, order.reason)
    await session.flush()
    return await _own(session, office, unit, actor)


@router.post("/units/{unit}/identify")
async def identify(
    unit: Name, order: Order, office: OfficeDep, session: ReadingDep, actor: Finds
) -> Done:
    """Have a unit show itself, so that a person finds it; answers when it has."""
    await _own(session, office, unit, actor)
    return await service.tell(office, unit, What.IDENTIFY, _by(order, actor))


@router.post("/units/{unit}/restart")
async def restart(
    unit: Name, order: Order, office: OfficeDep, session: ReadingDep, actor: Writes
) -> Done:
    """Have a unit start its programs anew; refused while somebody passes, in fire or lockdown."""
    await _own(session, office, unit, actor)
    return await service.tell(office, unit, What.RESTART, _by(order, actor))


@router.post("/units/{unit}/fetch-policy")
async def fetch_policy(
    unit: Name, order: Order, office: OfficeDep, session: ReadingDep, actor: Writes
) -> Done:
    """Have a unit fetch its whole policy anew, whatever it holds."""
    await _own(session, office, unit, actor)
    return await service.tell(office, unit, What.FETCH, _by(order, actor))


@router.post("/units/{unit}/logs", status_code=202)
async def ask_log(
    unit: Name, order: Order, office: OfficeDep, session: ReadingDep, actor: Writes
) -> LogAsked:
    """Ask a unit for the newest of its log, 64 KiB at most; it comes within seconds."""
    await _own(session, office, unit, actor)
    return await service.ask_log(office, unit, _by(order, actor), logs.asker(actor))


@router.post("/units/{unit}/logs/{command}")
async def show_log(
    unit: Name, command: Name, office: OfficeDep, transaction: TransactionDep, actor: Writes
) -> LogOut:
    """Return a log to whoever asked for it, once; 409 until it has come."""
    row = await _row(transaction.session, unit, actor)
    return await logs.show(office, transaction, row, command, actor)


@router.post("/units/{unit}/log", status_code=204)
async def take_log(unit: str, request: Request, office: OfficeDep) -> None:
    """Take in a log that was asked for; the unit's signature counts."""
    row, said = await asked(UnitLog, Purpose.UNIT_LOG, unit, request, office, MAX_LOG_REQUEST)
    await logs.take(office, row, said)


def _by(order: Order, actor: Actor) -> Order:
    return order.model_copy(update={"actor": actor.name})


async def _own(session: AsyncSession, office: Office, unit: str, actor: Actor) -> UnitOut:
    found = await service.one(session, unit, office.now_ms())
    own(actor, found.site, f"unit {unit!r}")
    return found


async def _row(session: AsyncSession, unit: str, actor: Actor) -> Unit:
    found = await service.present(session, unit)
    own(actor, found.site, f"unit {unit!r}")
    return found
