"""Logs of units: asked for, sealed on their way and at rest, shown once to whoever asked."""

from typing import Final

from sqlalchemy.ext.asyncio import AsyncSession

from loquet_contract.wire.messages import Change
from loquet_contract.wire.sealing import CannotOpen, open_sealed
from loquet_contract.wire.unit_log import MAX_LOG, SEAL_CONTEXT, UnitLog
from loquet_server.days import DAY_MS
from loquet_server.errors import Conflict, NotFound
from loquet_server.ledger import record
from loquet_server.models import Action, Unit, UnitLogOrder
from loquet_server.office import Office, Transaction
from loquet_server.units.repository import UnitRepository
from loquet_server.units.schemas import LogOut
from loquet_server.who import Actor

MAX_SEALED: Final = 2 * MAX_LOG
"""Characters; base64 makes four of three bytes, and a seal adds 48."""
WAIT_MS: Final = 60_000
"""What has not come by then will not come: the unit tries once."""
KEPT_MS: Final = DAY_MS


def asker(actor: Actor) -> str:
    """Return how it is kept who asked: two operators may have one name."""
    return actor.operator or actor.name


async def take(office: Office, unit: Unit, said: UnitLog) -> None:
    """Keep a log that came; raise NotFound for one that nobody has asked for or that came twice."""
    async with office.database.with_transaction() as session:
        row = await UnitRepository(session).log_order(said.command)
        now = office.now_ms()
        late = row is None or now - row.asked_at > KEPT_MS
        if row is None or late or row.unit != unit.id or row.came_at is not None:
            raise NotFound("nobody waits for this log")
        if len(said.sealed) > MAX_SEALED:
            raise Conflict("this log is too long")
        row.came_at, row.sealed = now, said.sealed
    office.exchange.tell(unit.site, Change("unit", unit.id, now))


async def waiting(
    session: AsyncSession, unit: str, actor: Actor, now_ms: int
) -> UnitLogOrder | None:
    """Return the log that somebody waits for or may read, if there is one."""
    found = await UnitRepository(session).newest_log(unit, asker(actor))
    if found is None or now_ms - found.asked_at > KEPT_MS:
        return None
    if found.came_at is None and now_ms - found.asked_at > WAIT_MS:
        return None
    return found


async def show(
    office: Office, transaction: Transaction, unit: Unit, command: str, actor: Actor
) -> LogOut:
    """Return a log to whoever asked for it, once; raise NotFound or Conflict."""
    session, now = transaction.session, office.now_ms()
    row = await UnitRepository(session).log_order(command)
    if (
        row is None
        or (row.unit, row.actor) != (unit.id, asker(actor))
        or now - row.asked_at > KEPT_MS
    ):
        raise NotFound("there is no such log: it was asked for by somebody else, or is too old")
    if row.shown_at is not None:
        raise NotFound("this log was shown already: ask for it again")
    if row.sealed is None or row.came_at is None:
        raise Conflict("this log has not come yet: try again in a few seconds")
    try:
        raw = open_sealed(office.keys.sealing, row.sealed, SEAL_CONTEXT)
    except CannotOpen as error:
        raise Conflict("this log does not open with the key of this server") from error
    found = LogOut(command=command, unit=unit.id, came_at=row.came_at, text=_readable(raw))
    row.sealed, row.shown_at = None, now
    record(
        session, Action.UNIT_LOG_SHOWN, unit.id, now, actor=actor.name, site=unit.site,
        detail={"command": command},
    )  # fmt: skip
    return found


def _readable(raw: bytes) -> str:
    """Return text of a unit, which might be anybody's, without what moves a terminal's cursor."""
    text = raw[:MAX_LOG].decode("utf-8", "replace")
    return "".join(each for each in text if each in "\n\t" or each.isprintable())
