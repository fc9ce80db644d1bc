"""Units as they are shown."""

from sqlalchemy.ext.asyncio import AsyncSession

from loquet_server.errors import NotFound
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
