"""Units that are let in, and the places that they are given."""

from collections.abc import Collection, Sequence
from typing import TypeVar

from sqlalchemy import func, or_, select
from sqlalchemy.ext.asyncio import AsyncSession

from loquet_server.admission.suggestion import PlacedDesk, Way, WiredDoor
from loquet_server.models import (
    AccessPoint,
    Area,
    Counter,
    Desk,
    DeskState,
    Door,
    Sensor,
    Site,
    Unit,
)

Hung = TypeVar("Hung", Door, Desk)
"""What hangs on a unit."""


class AdmissionRepository:
    """Queries of one transaction."""

    def __init__(self, session: AsyncSession) -> None:
        self._session = session

    async def unit(self, unit: str) -> Unit | None:
        """Return a unit."""
        return await self._session.get(Unit, unit)

    async def locked_unit(self, unit: str) -> Unit | None:
        """Return a unit, whose row is ours until the commit."""
        return await self._session.get(Unit, unit, with_for_update=True)

    async def doors(self, unit: str) -> list[WiredDoor]:
        """Return the doors of a unit, as far as the server knows how they are wired."""
        query = select(Door).where(Door.unit == unit).order_by(Door.rank, Door.id)
        doors = list((await self._session.execute(query)).scalars())
        query_ways = (
            select(AccessPoint)
            .where(AccessPoint.door.in_([door.id for door in doors]))
            .order_by(AccessPoint.exit, AccessPoint.id)
        )
        ways: dict[str, list[Way]] = {}
        for each in (await self._session.execute(query_ways)).scalars():
            ways.setdefault(each.door, []).append(Way(each.id, each.reader, each.exit))
        beams = await self._beams([door.id for door in doors])
        return [
            WiredDoor(
                each.id, each.lock_kind, each.exit_style, each.has_contact,
                tuple(ways.get(each.id, ())), tuple(beams.get(each.id, ())),
            )
            for each in doors
        ]  # fmt: skip

    async def _beams(self, doors: Collection[str]) -> dict[str, list[str]]:
        """Return the beam counters that were heard of at these doors."""
        query = select(Counter).where(Counter.door.in_(doors)).order_by(Counter.counter)
        found: dict[str, list[str]] = {}
        for each in (await self._session.execute(query)).scalars():
            found.setdefault(each.door, []).append(each.counter)
        return found

    async def desks(self, unit: str) -> list[PlacedDesk]:
        """Return the desks of a unit, each with its area."""
        query = select(Desk.id, Desk.area).where(Desk.unit == unit).order_by(Desk.rank, Desk.id)
        rows = (await self._session.execute(query)).all()
        heard = {each.desk for each in await self.sensors([row.id for row in rows])}
        return [PlacedDesk(row.id, row.area, heard=row.id in heard) for row in rows]

    # ---- what has lost its unit -------------------------------------------------------------

    async def lost(
        self, kind: type[Hung], site: str, among: Collection[str] | None = None
    ) -> Sequence[tuple[Hung, Unit | None]]:
        """Return the doors or desks of a site that have lost their unit, each with that one.

        ``among``: only of these, whose rows are ours until the commit. A door is let go of when
        its unit is put aside; a desk that has no unit never had one.
        """
        gone = or_(Unit.revoked_at.is_not(None), Unit.archived_at.is_not(None))
        query = (
            select(kind, Unit)
            .outerjoin(Unit, Unit.id == kind.unit)
            .where(kind.site == site, or_(gone, Unit.id.is_(None)) if kind is Door else gone)
            .order_by(kind.rank, kind.name, kind.id)
        )
        if among is not None:
            query = query.where(kind.id.in_(among)).with_for_update(of=kind)
        return [(row[0], row[1]) for row in (await self._session.execute(query)).all()]

    async def hanging(self, kind: type[Hung], unit: str) -> int:
        """Return how many doors or desks hang on a unit."""
        query = select(func.count()).select_from(kind).where(kind.unit == unit)
        return (await self._session.execute(query)).scalar_one()

    async def sensors(self, desks: Collection[str]) -> Sequence[Sensor]:
        """Return the sensors on the space's own broker that tell of these desks."""
        query = select(Sensor).where(Sensor.desk.in_(desks)).order_by(Sensor.id)
        return list((await self._session.execute(query)).scalars())

    async def heard_by(self, unit: str) -> int:
        """Return how many such sensors a unit listens to."""
        query = select(func.count()).select_from(Sensor).where(Sensor.unit == unit)
        return (await self._session.execute(query)).scalar_one()

    async def desk_states(self, desks: Collection[str]) -> Sequence[DeskState]:
        """Return how these desks stand, as their unit said last."""
        query = select(DeskState).where(DeskState.desk.in_(desks)).with_for_update()
        return list((await self._session.execute(query)).scalars())

    # ---- places -----------------------------------------------------------------------------

    async def first_area(self, site: str) -> str:
        """Return the first area of a site; one that is made, if there is none."""
        query = select(Area.id).where(Area.site == site).order_by(Area.rank, Area.id)
        area = (await self._session.execute(query.limit(1))).scalar_one_or_none()
        if area is None:
            area = f"{site}-inside"[:64]
            self._session.add(Area(id=area, site=site, name=area))
            await self._session.flush()
        return area

    async def add_door(
        self, unit: Unit, door: str, name: str | None = None, area: str | None = None
    ) -> None:
        """Give a unit a door from outside into an area, by default the first; a known one stays."""
        if await self._session.get(Door, door) is not None:
            return
        within = area or await self.first_area(unit.site)
        self._session.add(
            Door(id=door, site=unit.site, unit=unit.id, name=name or door, exit_style="button")
        )
        await self._session.flush()
        point = AccessPoint(
            id=f"{door}-in"[:64],
            door=door,
            reader=f"{door}-reader"[:64],
            area_from="outside",
            area_to=within,
        )
        self._session.add(point)
        await self._session.flush()

    def add(self, row: Site | Unit | Desk) -> None:
        """Store a new row."""
        self._session.add(row)
