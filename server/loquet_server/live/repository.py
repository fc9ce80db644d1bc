"""Queries of the live page; each is small, whatever the size of the journal."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import CompoundSelect, case, func, select, union_all
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
from loquet_contract.wire.events_wires import (
    DoorbellRung,
    MainsLost,
    TamperOpened,
)
from loquet_server.dialect import insert
from loquet_server.models import (
    AccessPoint,
    Area,
    Desk,
    DeskState,
    Door,
    DoorState,
    FollowUp,
    HelpRequest,
    Holder,
    Incident,
    Lockdown,
    Passage,
    Policy,
    Sensor,
    SensorWord,
    Site,
    Unit,
    UnitState,
)

SHOWN_PASSAGES = 12
SHOWN_INCIDENTS = 20
SHOWN_REFUSALS = 60
"""Passages; the same person at the same door for the same reason is shown once."""
REFUSALS_BACK = 200
"""Passages of each door that are looked through for refusals."""
REFUSALS_MS = 3 * 24 * 3_600_000
"""Older refusals are not worth a call any more."""
RING_MS = 15 * 60_000
"""Who rang longer ago was let in, or has gone."""
_GRAVEST = (
    FireAlarm.kind, DoorbellRung.kind, DoorForcedOpen.kind, LockFault.kind, StorageFailed.kind,
    DoorHeldOpen.kind, ExitStuck.kind, TamperOpened.kind, MainsLost.kind, ReaderLost.kind,
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
    desks: Rows
    doors: Rows
    lockdowns: dict[str, Lockdown]
    units: Rows
    """Also those that were shut out: incidents name them."""
    incidents: list[Incident]
    passages: Rows
    refusals: Rows
    helped: dict[str, str]
    """Doors at which members ask to be let in, by the id of their wish."""
    readers: dict[str, tuple[str, str]]
    """Unit and reader of each way through a door that has one."""
    sensors: dict[str, tuple[str, str, str]]
    """Name, unit, and what it says, of each of the space's own sensors."""

    @property
    def units_here(self) -> Rows:
        """Those that were not shut out."""
        return [row for row in self.units if row.Unit.revoked_at is None]


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

    async def sites(self, only: str | None = None) -> list[Site]:
        """Return all sites by name, or the only one that somebody sees."""
        query = select(Site).order_by(Site.name, Site.id)
        if only is not None:
            query = query.where(Site.id == only)
        return list((await self._session.execute(query)).scalars())

    async def site_of_door(self, door: str) -> str | None:
        """Return where a door is."""
        query = select(Door.site).where(Door.id == door)
        return (await self._session.execute(query)).scalar_one_or_none()

    async def follow_up(self, passages: Iterable[int], note: str, actor: str, at: int) -> None:
        """Note that these passages were looked after; those that were before stay as they are."""
        rows = [
            {"passage": each, "at": at, "actor": actor[:200], "note": note} for each in passages
        ]
        query = insert(self._session.sync_session, FollowUp).on_conflict_do_nothing()
        await self._session.execute(query, rows)

    async def phone(self, holder: str) -> str:
        """Return a member's telephone number, empty where none is known."""
        query = select(Holder.phone).where(Holder.id == holder)
        return (await self._session.execute(query)).scalar_one_or_none() or ""

    async def gather(self, site: str, now_ms: int) -> Gathered:
        """Return all that the page shows."""
        doors = await self._doors(site)
        ids = [door.Door.id for door in doors]
        incidents = await self._incidents(site, now_ms - RING_MS)
        return Gathered(
            areas=await self._areas(site),
            desks=await self._desks(site),
            doors=doors,
            lockdowns=await self._lockdowns(site),
            units=await self._units(site),
            incidents=incidents,
            passages=await self._passages(ids),
            refusals=await self._refusals(ids, now_ms - REFUSALS_MS),
            helped=await self._helped([each.subject for each in incidents]),
            readers=await self._readers(site),
            sensors=await self._sensors(site),
        )

    async def _areas(self, site: str) -> list[Area]:
        query = select(Area).where(Area.site == site).order_by(Area.rank, Area.name)
        return list((await self._session.execute(query)).scalars())

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
            select(Door, DoorState, Unit.revoked_at)
            .outerjoin(DoorState, DoorState.door == Door.id)
            .outerjoin(Unit, Unit.id == Door.unit)
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
            .where(Unit.site == site)
            .order_by(Unit.name)
        )
        return (await self._session.execute(query)).all()

    async def _incidents(self, site: str, rung_since: int) -> list[Incident]:
        query = (
            select(Incident)
            .where((Incident.site == site) | Incident.site.is_(None), Incident.ended_at.is_(None))
            .where((Incident.kind != DoorbellRung.kind) | (Incident.last_at >= rung_since))
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
        query = (
            select(Passage, Holder.name)
            .outerjoin(Holder, Holder.id == Passage.holder)
            .where(Passage.id.in_(_newest(doors, SHOWN_PASSAGES)))
            .order_by(Passage.id.desc())
        )
        return (await self._session.execute(query)).all()

    async def _refusals(self, doors: list[str], since: int) -> Rows:
        """Refused passages that nobody has looked after yet, newest first, with ``name``."""
        if not doors:
            return []
        query = (
            select(Passage, Holder.name)
            .outerjoin(Holder, Holder.id == Passage.holder)
            .outerjoin(FollowUp, FollowUp.passage == Passage.id)
            .where(
                Passage.id.in_(_newest(doors, REFUSALS_BACK)),
                Passage.outcome == "denied",
                Passage.at >= since,
                FollowUp.passage.is_(None),
            )
            .order_by(Passage.id.desc())
            .limit(SHOWN_REFUSALS)
        )
        return (await self._session.execute(query)).all()

    async def _readers(self, site: str) -> dict[str, tuple[str, str]]:
        query = (
            select(AccessPoint.id, AccessPoint.reader, Door.unit)
            .join(Door, Door.id == AccessPoint.door)
            .where(Door.site == site, Door.unit.is_not(None))
        )
        rows = (await self._session.execute(query)).all()
        return {row.id: (row.unit, row.reader) for row in rows}

    async def _sensors(self, site: str) -> dict[str, tuple[str, str, str]]:
        query = (
            select(Sensor.id, Sensor.name, Sensor.unit, SensorWord.sensors)
            .outerjoin(SensorWord, SensorWord.unit == Sensor.unit)
            .where(Sensor.site == site)
        )
        return {
            row.id: (row.name, row.unit, _hearing(row.sensors, row.id))
            for row in (await self._session.execute(query)).all()
        }

    async def _helped(self, wishes: list[str]) -> dict[str, str]:
        query = select(HelpRequest.id, HelpRequest.door).where(HelpRequest.id.in_(wishes))
        return {row.id: row.door for row in (await self._session.execute(query)).all()}


def _hearing(words: dict[str, Any] | None, sensor: str) -> str:
    """Return what a unit said last of a sensor."""
    said: dict[str, Any] = (words or {}).get(sensor, {})
    return str(said.get("hearing", "unheard"))


def _newest(doors: list[str], many: int) -> CompoundSelect[Any]:
    """Return the ids of the newest passages of each door: a few steps in an index for each."""
    each = [
        select(Passage.id).where(Passage.door == door).order_by(Passage.id.desc()).limit(many)
        for door in doors
    ]
    return union_all(*(select(found.subquery().c.id) for found in each))
