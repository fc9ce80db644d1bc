"""What may stand on a plan."""

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from loquet_server.floorplan.plan import MarkKind
from loquet_server.models import AccessPoint, Area, Desk, Door, Sensor, Unit


@dataclass(frozen=True, slots=True)
class Thing:
    """Something of a space that may stand on a plan. ``near``: what it belongs to."""

    kind: MarkKind
    id: str
    name: str
    near: str = ""

    @property
    def key(self) -> str:
        """Return its name in a form."""
        return f"{self.kind.value}:{self.id}"


class ThingRepository:
    """Queries of one transaction."""

    def __init__(self, session: AsyncSession) -> None:
        self._session = session

    async def of_site(self, site: str) -> Sequence[Thing]:
        """Return all that may stand on the plans of a site, by kind and rank."""
        return [
            *await self._areas(site), *await self._doors(site), *await self._desks(site),
            *await self._readers(site), *await self._units(site), *await self._sensors(site),
        ]  # fmt: skip

    async def _areas(self, site: str) -> list[Thing]:
        query = select(Area).where(Area.site == site).order_by(Area.rank, Area.name, Area.id)
        rows = (await self._session.execute(query)).scalars()
        return [Thing(MarkKind.AREA, row.id, row.name) for row in rows]

    async def _doors(self, site: str) -> list[Thing]:
        query = select(Door).where(Door.site == site).order_by(Door.rank, Door.name, Door.id)
        rows = (await self._session.execute(query)).scalars()
        return [Thing(MarkKind.DOOR, row.id, row.name) for row in rows]

    async def _desks(self, site: str) -> list[Thing]:
        query = (
            select(Desk, Area.name)
            .join(Area, Area.id == Desk.area)
            .where(Desk.site == site)
            .order_by(Area.rank, Desk.rank, Desk.name, Desk.id)
        )
        rows = (await self._session.execute(query)).all()
        return [Thing(MarkKind.DESK, row.Desk.id, row.Desk.name, row.name) for row in rows]

    async def _readers(self, site: str) -> list[Thing]:
        query = (
            select(AccessPoint, Door.name)
            .join(Door, Door.id == AccessPoint.door)
            .where(Door.site == site)
            .order_by(Door.rank, AccessPoint.exit, AccessPoint.id)
        )
        rows = (await self._session.execute(query)).all()
        return [
            Thing(MarkKind.READER, row.AccessPoint.id, row.AccessPoint.reader, row.name)
            for row in rows
        ]

    async def _units(self, site: str) -> list[Thing]:
        query = select(Unit).where(Unit.site == site, Unit.revoked_at.is_(None))
        rows = (await self._session.execute(query.order_by(Unit.name, Unit.id))).scalars()
        return [Thing(MarkKind.UNIT, row.id, row.name) for row in rows]

    async def _sensors(self, site: str) -> list[Thing]:
        query = (
            select(Sensor, Desk.name)
            .join(Desk, Desk.id == Sensor.desk)
            .where(Sensor.site == site)
            .order_by(Desk.rank, Desk.name, Sensor.name, Sensor.id)
        )
        rows = (await self._session.execute(query)).all()
        return [Thing(MarkKind.SENSOR, row.Sensor.id, row.Sensor.name, row.name) for row in rows]
