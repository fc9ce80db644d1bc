"""Desks, rooms and equipment as one list of what can be booked."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from loquet_server.models import AccessPoint, Area, BookingResource, Desk, Door, Equipment
from loquet_server.reservations.rules import Kind

SLOT, LEAD, LAG = 30, 10, 10
"""Minutes, where nobody has chosen others."""


@dataclass(frozen=True, slots=True)
class Resource:
    """One thing that can be booked, or could be.

    ``place``: the area of a desk, where equipment is found. ``area``: whose hours count, and
    whose door it is. ``door_only``: the door of the room opens only for its bookings.
    ``units``: what would see somebody come; none where nothing watches.
    """

    kind: Kind
    id: str
    site: str
    name: str
    place: str = ""
    area: str | None = None
    count: int = 1
    bookable: bool = True
    door_only: bool = False
    slot: int = SLOT
    lead: int = LEAD
    lag: int = LAG
    free_after: int | None = None
    units: frozenset[str] = frozenset()
    note: str = ""

    @property
    def key(self) -> str:
        """``kind/id``, which is unique within a space."""
        return f"{self.kind}/{self.id}"

    @property
    def opens_door(self) -> bool:
        """True if a booking of it opens a door."""
        return self.kind is Kind.ROOM or self.door_only


class ResourceRepository:
    """Queries of one transaction."""

    def __init__(self, session: AsyncSession) -> None:
        self._session = session

    async def all(self, site: str, *, bookable: bool = True) -> list[Resource]:
        """Return a site's resources: rooms, desks, equipment, each in the order of its pages."""
        settings = await self._settings(site)
        areas = await self._areas(site)
        watched = await self._doors(site)
        found = [
            _room(area, settings.get((Kind.ROOM, area.id)), watched.get(area.id, set()))
            for area in areas
        ]
        known = {area.id: area for area in areas}
        for desk in await self._desks(site):
            found.append(_desk(desk, known[desk.area], settings.get((Kind.DESK, desk.id))))
        for row in await self._equipment(site):
            found.append(_equipment(row, settings.get((Kind.EQUIPMENT, row.id))))
        return [each for each in found if each.bookable or not bookable]

    async def one(self, site: str, kind: str, resource: str) -> Resource | None:
        """Return one resource of a site, bookable or not."""
        for each in await self.all(site, bookable=False):
            if (each.kind, each.id) == (kind, resource):
                return each
        return None

    async def equipment(self, equipment: str) -> Equipment | None:
        """Return one piece of equipment."""
        return await self._session.get(Equipment, equipment)

    async def settings(self, kind: str, resource: str) -> BookingResource | None:
        """Return how one resource is booked, where somebody has chosen it."""
        return await self._session.get(BookingResource, (kind, resource))

    def add(self, row: Equipment | BookingResource) -> None:
        """Store a new row."""
        self._session.add(row)

    async def _settings(self, site: str) -> dict[tuple[str, str], BookingResource]:
        query = select(BookingResource).where(BookingResource.site == site)
        rows = (await self._session.execute(query)).scalars()
        return {(row.kind, row.resource): row for row in rows}

    async def _areas(self, site: str) -> Sequence[Area]:
        query = select(Area).where(Area.site == site).order_by(Area.rank, Area.name, Area.id)
        return list((await self._session.execute(query)).scalars())

    async def _desks(self, site: str) -> Sequence[Desk]:
        query = (
            select(Desk)
            .join(Area, Area.id == Desk.area)
            .where(Desk.site == site)
            .order_by(Area.rank, Desk.rank, Desk.name, Desk.id)
        )
        return list((await self._session.execute(query)).scalars())

    async def _equipment(self, site: str) -> Sequence[Equipment]:
        query = (
            select(Equipment)
            .where(Equipment.site == site, Equipment.archived_at.is_(None))
            .order_by(Equipment.name, Equipment.id)
        )
        return list((await self._session.execute(query)).scalars())

    async def _doors(self, site: str) -> dict[str, set[str]]:
        """Return the units at the ways into each area."""
        query = (
            select(AccessPoint.area_to, Door.unit)
            .join(Door, Door.id == AccessPoint.door)
            .where(Door.site == site, AccessPoint.exit.is_(False), Door.unit.is_not(None))
        )
        found: dict[str, set[str]] = {}
        for area, unit in (await self._session.execute(query)).all():
            found.setdefault(area, set()).add(str(unit))
        return found


def _room(area: Area, chosen: BookingResource | None, units: Iterable[str]) -> Resource:
    return Resource(
        Kind.ROOM, area.id, area.site, area.name, "", area.id, 1,
        area.booking_only or (chosen is not None and chosen.bookable), area.booking_only,
        *_chosen(chosen), units=frozenset(units),
    )  # fmt: skip


def _desk(desk: Desk, area: Area, chosen: BookingResource | None) -> Resource:
    units = frozenset() if desk.unit is None else frozenset({desk.unit})
    return Resource(
        Kind.DESK, desk.id, desk.site, desk.name, area.name, area.id, 1,
        desk.bookable and desk.assigned_holder is None, area.booking_only,
        *_chosen(chosen), units=units,
    )  # fmt: skip


def _equipment(row: Equipment, chosen: BookingResource | None) -> Resource:
    slot, _, _, _ = _chosen(chosen)
    return Resource(
        Kind.EQUIPMENT, row.id, row.site, row.name, row.place, None, row.count, True, False,
        slot, 0, 0, None, note=row.note,
    )  # fmt: skip


def _chosen(row: BookingResource | None) -> tuple[int, int, int, int | None]:
    """Return slot, lead, lag and free_after."""
    return (SLOT, LEAD, LAG, None) if row is None else (row.slot, row.lead, row.lag, row.free_after)
