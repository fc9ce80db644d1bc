"""Units as they are shown, what they are told, and what people say of them."""

from typing import Final

from sqlalchemy.ext.asyncio import AsyncSession

from loquet_contract.wire.commands import What
from loquet_server.certificates.revoking import revoke, taken_off, told
from loquet_server.commands import Done, Order, address, ask
from loquet_server.errors import Conflict, NotFound
from loquet_server.ledger import record
from loquet_server.models import Action, Unit, UnitLogOrder, UnitState
from loquet_server.office import Office, Transaction
from loquet_server.units.repository import UnitRepository
from loquet_server.units.schemas import LogAsked, SignOut, UnitChange, UnitOut
from loquet_server.units.signs import Standing, signs

_STATE = (
    "online", "seen_at", "clock_trusted", "clock_source", "journal", "last_sequence", "backlog",
    "model", "address", "policy_version", "desired_version", "readers", "desk_readers", "health",
    "revision",
)  # fmt: skip
ACTIONS: Final = {
    What.IDENTIFY: Action.UNIT_IDENTIFIED,
    What.RESTART: Action.UNIT_RESTARTED,
    What.FETCH: Action.UNIT_POLICY_FETCHED,
    What.LOGS: Action.UNIT_LOG_ASKED,
}


async def units(
    session: AsyncSession, site: str | None, now_ms: int, unit: str | None = None,
    *, archived: bool = True,
) -> list[UnitOut]:  # fmt: skip
    """Return units as they are shown; ``archived``: also those that are gone for good."""
    found = []
    for each in await UnitRepository(session).all(site, unit, archived=archived):
        row, state = each.Unit, each.UnitState
        shown = UnitOut(
            id=row.id,
            site=row.site,
            name=row.name,
            software=row.software,
            notes=row.notes,
            enrolled_at=row.enrolled_at,
            revoked_at=row.revoked_at,
            archived_at=row.archived_at,
            policy_current=each.current,
            policy_enforced_at=each.enforced,
            acknowledged=each.acked or 0,
            signs=[
                SignOut.model_validate(sign) for sign in signs(standing(state, each.late), now_ms)
            ],
        )
        if state is not None:
            shown = shown.model_copy(
                update={name: getattr(state, name) for name in _STATE}
                | {"software": state.software or row.software}
            )
        found.append(shown)
    return found


def standing(state: UnitState | None, late_since: int | None = None) -> Standing:
    """Return a unit as the rules for signs need it."""
    if state is None or state.seen_at is None:
        return Standing(known=False)
    return Standing(
        online=state.online,
        seen_at=state.seen_at,
        clock_trusted=state.clock_trusted is not False,
        backlog=state.backlog,
        readers=state.readers or {},
        health=state.health or {},
        late_since=late_since,
    )


async def one(session: AsyncSession, unit: str, now_ms: int) -> UnitOut:
    """Return one unit; raise NotFound."""
    found = await units(session, None, now_ms, unit)
    if not found:
        raise NotFound(f"there is no unit {unit!r}")
    return found[0]


async def tell(office: Office, unit: str, what: What, order: Order) -> Done:
    """Have a unit do something; raise NotFound, Conflict or UnitSilent."""
    return (await _told(office, unit, what, order))[1]


async def ask_log(office: Office, unit: str, order: Order, asker: str) -> LogAsked:
    """Ask a unit for its log; raise NotFound, Conflict or UnitSilent."""
    command, done = await _told(office, unit, What.LOGS, order, asker)
    return LogAsked(command=command, outcome=done.outcome, detail=done.detail)


async def _told(
    office: Office, unit: str, what: What, order: Order, asker: str = ""
) -> tuple[str, Done]:
    async with office.database.with_transaction() as session:
        repository = UnitRepository(session)
        found = await repository.with_state(unit)
        if found is None:
            raise NotFound(f"there is no enrolled unit {unit!r}")
        row, state = found
        now, command = office.now_ms(), address(row, state, what, order)
        if what is What.LOGS:
            session.add(UnitLogOrder(command=command.command, unit=unit, actor=asker, asked_at=now))
        record(
            session, ACTIONS[what], unit, now, actor=order.actor, reason=order.reason,
            site=row.site, detail={"command": command.command},
        )  # fmt: skip
    reply = await ask(office, row, command)
    return command.command, Done(outcome=reply.outcome.value, detail=reply.detail)


async def change(
    office: Office, transaction: Transaction, unit: str, given: UnitChange, actor: str
) -> None:
    """Give a unit another name, or other notes; raise NotFound."""
    row = await present(transaction.session, unit)
    before = {"name": row.name, "notes": row.notes}
    after = {"name": given.name, "notes": given.notes.strip()}
    changed = [name for name in after if after[name] != before[name]]
    if not changed:
        return
    row.name, row.notes = after["name"], after["notes"]
    # Notes may say who has the key to the cupboard: the record keeps that they changed, not what.
    detail = {"name": [before["name"], row.name]} if "name" in changed else {}
    now = office.now_ms()
    record(
        transaction.session, Action.UNIT_DESCRIBED, unit, now, actor=actor, site=row.site,
        detail={**detail, "changed": changed},
    )  # fmt: skip
    transaction.after.tell(office, row.site, "unit", unit, now)


async def remove(
    office: Office, transaction: Transaction, unit: str, actor: str, reason: str
) -> None:
    """Put a unit that is gone aside: shut out, without doors; its history stays.

    Raises NotFound, or Conflict for one that is connected.
    """
    session, now = transaction.session, office.now_ms()
    row = await present(session, unit)
    state = await session.get(UnitState, unit)
    if state is not None and state.online:
        raise Conflict(
            f"unit {unit!r} is connected, so it is not gone: switch it off first, or report it"
            " stolen"
        )
    await revoke(session, unit, actor, reason, now)
    doors = await UnitRepository(session).doors([unit])
    for door in doors:
        door.unit = None
    row.archived_at = now
    record(
        session, Action.UNIT_REMOVED, unit, now, actor=actor, reason=reason, site=row.site,
        detail={"doors": [door.id for door in doors]},
    )  # fmt: skip
    await session.flush()
    told(transaction, office, row, now)
    transaction.after.publish(office, taken_off(row, gone=True))


async def present(session: AsyncSession, unit: str, *, gone: bool = False) -> Unit:
    """Return a unit; ``gone``: also one that was put aside. Raises NotFound."""
    row = await UnitRepository(session).one(unit)
    if row is None or (row.archived_at is not None and not gone):
        raise NotFound(f"there is no unit {unit!r}")
    return row
