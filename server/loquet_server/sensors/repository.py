"""What the sensors' pages ask the database."""

from collections.abc import Sequence

from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession

from loquet_server.models import Area, Desk, Sensor, SensorPlan, SensorWord, Unit, UnitState


class SensorRepository:
    """Queries of one transaction."""

    def __init__(self, session: AsyncSession) -> None:
        self._session = session

    async def all(self, site: str | None, after: str = "", rows: int = 1000) -> Sequence[Sensor]:
        """Return sensors by id."""
        query = select(Sensor).where(Sensor.id > after).order_by(Sensor.id).limit(rows)
        if site is not None:
            query = query.where(Sensor.site == site)
        return (await self._session.execute(query)).scalars().all()

    async def named(self, site: str) -> Sequence[tuple[Sensor, Desk, Area, Unit]]:
        """Return a site's sensors with where they are, by place and name."""
        query = (
            select(Sensor, Desk, Area, Unit)
            .join(Desk, Desk.id == Sensor.desk)
            .join(Area, Area.id == Desk.area)
            .join(Unit, Unit.id == Sensor.unit)
            .where(Sensor.site == site)
            .order_by(Area.rank, Area.id, Desk.rank, Desk.name, Sensor.name, Sensor.id)
        )
        rows = (await self._session.execute(query)).all()
        return [(row.Sensor, row.Desk, row.Area, row.Unit) for row in rows]

    async def one(self, sensor: str) -> Sensor | None:
        """Return a sensor."""
        return await self._session.get(Sensor, sensor)

    async def count(self, unit: str) -> int:
        """Return how many sensors a unit listens to."""
        query = select(func.count()).select_from(Sensor).where(Sensor.unit == unit)
        return (await self._session.execute(query)).scalar_one()

    async def units(self, site: str) -> Sequence[tuple[Unit, UnitState | None]]:
        """Return a site's units that are in use."""
        query = (
            select(Unit, UnitState)
            .outerjoin(UnitState, UnitState.unit == Unit.id)
            .where(Unit.site == site, Unit.revoked_at.is_(None))
            .order_by(Unit.name, Unit.id)
        )
        return [(row.Unit, row.UnitState) for row in (await self._session.execute(query)).all()]

    async def unit(self, unit: str) -> Unit | None:
        """Return a unit."""
        return await self._session.get(Unit, unit)

    async def desks(self, site: str) -> Sequence[tuple[Desk, Area]]:
        """Return a site's desks by place."""
        query = (
            select(Desk, Area)
            .join(Area, Area.id == Desk.area)
            .where(Desk.site == site)
            .order_by(Area.rank, Area.id, Desk.rank, Desk.name, Desk.id)
        )
        return [(row.Desk, row.Area) for row in (await self._session.execute(query)).all()]

    async def areas(self, site: str) -> list[tuple[str, str]]:
        """Return a site's areas, id and name."""
        query = select(Area.id, Area.name).where(Area.site == site).order_by(Area.rank, Area.id)
        return [(row.id, row.name) for row in (await self._session.execute(query)).all()]

    async def area(self, area: str) -> Area | None:
        """Return an area."""
        return await self._session.get(Area, area)

    async def state(self, unit: str) -> UnitState | None:
        """Return how a unit stands."""
        return await self._session.get(UnitState, unit)

    async def desk(self, desk: str) -> Desk | None:
        """Return a desk."""
        return await self._session.get(Desk, desk)

    async def plan(self, unit: str) -> SensorPlan | None:
        """Return what a unit was told last."""
        return await self._session.get(SensorPlan, unit)

    async def words(self, units: Sequence[str]) -> dict[str, SensorWord]:
        """Return what units said last."""
        query = select(SensorWord).where(SensorWord.unit.in_(units))
        return {row.unit: row for row in (await self._session.execute(query)).scalars()}

    def add(self, row: Sensor | Desk) -> None:
        """Store a new sensor or desk."""
        self._session.add(row)

    async def delete(self, row: Sensor) -> None:
        """Delete a sensor."""
        await self._session.delete(row)
