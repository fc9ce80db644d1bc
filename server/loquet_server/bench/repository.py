"""Names for what hangs on the boards."""

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from loquet_server.bench.schemas import Names
from loquet_server.models import Desk, Door, Site, Unit


async def read_names(session: AsyncSession) -> Names:
    """Return what units, doors and desks are called."""
    units = (await session.execute(select(Unit.id, Unit.name))).all()
    doors = (await session.execute(select(Door.id, Door.name))).all()
    desks = (await session.execute(select(Desk.id, Desk.name))).all()
    space = (await session.execute(select(Site.name).order_by(Site.id).limit(1))).scalar()
    return Names(
        space or "Loquet", *({row.id: row.name for row in rows} for rows in (units, doors, desks))
    )
