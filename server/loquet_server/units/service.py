"""Units as they are shown."""

from sqlalchemy.ext.asyncio import AsyncSession

from loquet_contract.wire.commands import What
from loquet_server.commands import Done, Order, address, ask
from loquet_server.errors import NotFound
from loquet_server.ledger import record
from loquet_server.models import Action
from loquet_server.office import Office
from loquet_server.units.repository import UnitRepository
from loquet_server.units.schemas import UnitOut

_STATE = (
    "online", "seen_at", "clock_trusted", "journal", "last_sequence", "backlog",
    "policy_version", "desired_version", "readers", "health", "revision",
)  # fmt: skip


async def units(session: AsyncSession, site: str | None, unit: str | None = None) -> list[UnitOut]:
    """Return units as they are shown."""
    found = []
    for row, state, current, acked in await UnitRepository(session).all(site, unit):
        shown = UnitOut(
            id=row.id,
            site=row.site,
            name=row.name,
            software=row.software,
            enrolled_at=row.enrolled_at,
            revoked_at=row.revoked_at,
            policy_current=current,
            acknowledged=acked or 0,
        )
        if state is not None:
            shown = shown.model_copy(update={name: getattr(state, name) for name in _STATE})
        found.append(shown)
    return found


async def one(session: AsyncSession, unit: str) -> UnitOut:
    """Return one unit; raise NotFound."""
    found = await units(session, None, unit)
    if not found:
        raise NotFound(f"there is no unit {unit!r}")
    return found[0]


async def identify(office: Office, unit: str, order: Order) -> Done:
    """Have a unit show itself by its lights; raise NotFound, Conflict or UnitSilent."""
    async with office.database.with_transaction() as session:
        found = await UnitRepository(session).with_state(unit)
        if found is None:
            raise NotFound(f"there is no enrolled unit {unit!r}")
        row, state = found
        command = address(row, state, What.IDENTIFY, order)
        record(
            session, Action.UNIT_IDENTIFIED, unit, office.now_ms(), actor=order.actor,
            reason=order.reason, site=row.site, detail={"command": command.command},
        )  # fmt: skip
    reply = await ask(office, row, command)
    return Done(outcome=reply.outcome.value, detail=reply.detail)
