"""Queries of the live page; each is small, whatever the size of the journal."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import case, func, select, union_all
from sqlalchemy.ext.asyncio import AsyncSession

from loquet_contract.wire.events import (
    DoorForcedOpen,
    DoorHeldOpen,
    ExitStuck,
    FireAlarm,
    LockFault,
    ReaderLost,
    StorageFailed,
)
from loquet_server.models import (
    Area,
    AreaDay,
    Desk,
    DeskState,
    Door,
    DoorState,
    Holder,
    Incident,
    Lockdown,
    Passage,
    Policy,
    Site,
    Unit,
    UnitState,
)

SHOWN_PASSAGES = 12
SHOWN_INCIDENTS = 20
_GRAVEST = (
    FireAlarm.kind, DoorForcedOpen.kind, LockFault.kind, StorageFailed.kind, DoorHeldOpen.kind,
    ExitStuck.kind, ReaderLost.kind,
)  # fmt: skip
_GRAVITY = case(
    {kind: at for at, kind in enumerate(_GRAVEST)}, value=Incident.kind, else_=len(_GRAVEST)
)
"""What is wrong in the house comes before what is wrong with messages, however many these are."""
Rows = Sequence[Any]
"""Rows of several tables, each under its class's name."""


@dataclass(frozen=True, slots=True)
class Gathered:
    """What the tables say of one site, before it is put in words."""

    areas: list[Area]
    days: dict[str, AreaDay]
    desks: Rows
    doors: Rows
    lockdowns: dict[str, Lockdown]
    units: Rows
    incidents: list[Incident]
    passages: Rows


class LiveRepository:
    """Reads one site through one session."""

    def __init__(self, session: AsyncSession) -> None:
        self._session = session

    async def site(self, wanted: str | None = None) -> Site | None:
        """Return the site of that id, else the first; None when there is none yet."""
        query = select(Site).order_by(Site.id).limit(1)
        if wanted is not None:
            query = query.where(Site.id == wanted)
        return (await self._session.execute(query)).scalar_one_or_none()

    async def gather(self, site: str, day: str) -> Gathered:
        """Return all that the page shows; ``day`` is the site's day as an ISO date."""
        doors = await self._doors(site)
        return Gathered(
            areas=await self._areas(site),
            days=await self._days(site, day),
            desks=await self._desks(site),
            doors=doors,
            lockdowns=await self._lockdowns(site),
            units=await self._units(site),
            incidents=await self._incidents(site),
            passages=await self._passages([door.Door.id for door in doors]),
        )

    async def _areas(self, site: str) -> list[Area]:
        query = select(Area).where(Area.site == site).order_by(Area.rank, Area.name)
        return list((await self._session.execute(query)).scalars())

    async def _days(self, site: str, day: str) -> dict[str, AreaDay]:
        query = select(AreaDay).join(Area, Area.id == AreaDay.area)
        query = query.where(Area.site == site, AreaDay.day == day)
        return {row.area: row for row in (await self._session.execute(query)).scalars()}

    async def _desks(self, site: str) -> Rows:
        query = (
            select(Desk, DeskState)
            .outerjoin(DeskState, DeskState.desk == Desk.id)
            .where(Desk.site == site)
            .order_by(Desk.rank, Desk.name)
        )
        return (await self._session.execute(query)).all()

    async def _doors(self, site: str) -> Rows:
        query = (
            select(Door, DoorState)
            .outerjoin(DoorState, DoorState.door == Door.id)
            .where(Door.site == site)
            .order_by(Door.rank, Door.name)
        )
        return (await self._session.execute(query)).all()

    async def _lockdowns(self, site: str) -> dict[str, Lockdown]:
        query = select(Lockdown).where(Lockdown.site == site, Lockdown.lifted_at.is_(None))
        found = (await self._session.execute(query.order_by(Lockdown.since))).scalars()
        return {lockdown.door: lockdown for lockdown in found}

    async def _units(self, site: str) -> Rows:
        newest = (
            select(func.max(Policy.version)).where(Policy.unit == Unit.id).scalar_subquery()
        ).label("newest")
        query = (
            select(Unit, UnitState, newest)
            .outerjoin(UnitState, UnitState.unit == Unit.id)
            .where(Unit.site == site, Unit.revoked_at.is_(None))
            .order_by(Unit.name)
        )
        return (await self._session.execute(query)).all()

    async def _incidents(self, site: str) -> list[Incident]:
        query = (
            select(Incident)
            .where((Incident.site == site) | Incident.site.is_(None), Incident.ended_at.is_(None))
            .order_by(_GRAVITY, Incident.last_at.desc())
            .limit(SHOWN_INCIDENTS)
        )
        return list((await self._session.execute(query)).scalars())

    async def _passages(self, doors: list[str]) -> Rows:
        """The last passages of each door: newest first, ``Passage`` and the holder's ``name``.

        In the order in which they came: a unit's clock may have been set back since.
        """
        if not doors:
            return []
        newest = [
            select(
                select(Passage.id)
                .where(Passage.door == door)
                .order_by(Passage.id.desc())
                .limit(SHOWN_PASSAGES)
                .subquery()
                .c.id
            )
            for door in doors
        ]
        query = (
            select(Passage, Holder.name)
            .outerjoin(Holder, Holder.id == Passage.holder)
            .where(Passage.id.in_(union_all(*newest)))
            .order_by(Passage.id.desc())
        )
        return (await self._session.execute(query)).all()
