"""What ingest asks the database, and how it writes entries."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import BindParameter, bindparam, func, select, update
from sqlalchemy.orm import Session

from loquet_contract.wire.sensors import SensorsSeen
from loquet_server.ingest.bulk import Bulk, table_of
from loquet_server.ingest.reading import EntryRow
from loquet_server.ingest.world import AHEAD_MS, DeskRow, DoorRow, Place, World
from loquet_server.models import (
    AccessPoint,
    Area,
    DeadLetter,
    DesiredState,
    Desk,
    DeskState,
    Door,
    DoorState,
    Entry,
    Incident,
    Journal,
    JournalGap,
    Lockdown,
    Policy,
    Site,
    Unit,
    UnitState,
)
from loquet_server.peppers.repository import names_of
from loquet_server.policy.card_keys import card_keys_of
from loquet_server.publication import Publication
from loquet_server.sensing.plans import take_word

KEPT_DEAD_LETTERS = 1000
"""Strangers must not be able to fill the disk: older ones go."""

_ENTRIES = Bulk(table_of(Entry), EntryRow._fields)

_IDS: BindParameter[Sequence[str]] = bindparam("ids", expanding=True)
# Built once: to build them anew costs more than what they ask.
_UNITS = (
    select(Unit.id, Unit.site, Site.timezone, Unit.public_key)
    .join(Site, Site.id == Unit.site)
    .where(Unit.id.in_(_IDS), Unit.public_key.is_not(None), Unit.revoked_at.is_(None))
)
_JOURNALS = select(Journal).where(Journal.unit.in_(_IDS)).with_for_update()
_UNIT_STATES = select(UnitState).where(UnitState.unit.in_(_IDS))
_SEEN = (
    update(UnitState)
    .where(UnitState.unit.in_(_IDS))
    .values(seen_at=bindparam("at"))
    .execution_options(synchronize_session=False)
)
_DOORS = (
    select(
        Door.id, Door.site, Door.unit, Door.has_contact,
        DoorState.leaf, DoorState.lock, DoorState.mode, DoorState.alarm,
        DoorState.lockdown, DoorState.changed_at, DoorState.revision,
    )
    .outerjoin(DoorState, DoorState.door == Door.id)
    .where(Door.unit.in_(_IDS))
)  # fmt: skip
_ALARMS = select(Incident.subject, Incident.kind).where(
    Incident.unit.in_(bindparam("units", expanding=True)),
    Incident.subject.in_(_IDS),
    Incident.ended_at.is_(None),
)
_ACCESS_POINTS = (
    select(AccessPoint.id, AccessPoint.door, AccessPoint.area_from, AccessPoint.area_to)
    .join(Door, Door.id == AccessPoint.door)
    .where(Door.unit.in_(_IDS))
    .order_by(AccessPoint.exit, AccessPoint.id)
)
_DESKS = (
    select(
        Desk.id, Desk.site, Desk.unit, Desk.area, Desk.assigned_holder,
        DeskState.state, DeskState.evidence, DeskState.since, DeskState.until,
        DeskState.revision,
    )
    .outerjoin(DeskState, DeskState.desk == Desk.id)
    .where(Desk.unit.in_(_IDS))
)  # fmt: skip
_SENSED = select(Area.id).where(Area.site.in_(_IDS), Area.exit_sensing.is_(True))
_OCCUPIED = (
    select(Desk.area, func.count())
    .join(DeskState, DeskState.desk == Desk.id)
    .where(Desk.area.in_(_IDS), DeskState.state.in_(("occupied", "away")))
    .group_by(Desk.area)
)


@dataclass(frozen=True, slots=True)
class KnownUnit:
    """A unit that may speak."""

    id: str
    site: str
    timezone: str
    public_key: str


class IngestRepository:
    """Queries of one transaction."""

    def __init__(self, session: Session) -> None:
        self._session = session

    def take_word(self, unit: KnownUnit, said: SensorsSeen, now_ms: int) -> list[Publication]:
        """Keep what a unit says of its sensors; return its plan again if it has an older one."""
        return take_word(self._session, unit.site, unit.id, said, now_ms)

    def units(self, ids: Iterable[str]) -> dict[str, KnownUnit]:
        """Return the enrolled, unrevoked units among ``ids``."""
        rows = self._session.execute(_UNITS, {"ids": list(ids)}).all()
        return {
            row.id: KnownUnit(row.id, row.site, row.timezone, row.public_key or "") for row in rows
        }

    def journals(self, units: Iterable[str]) -> dict[str, Journal]:
        """Return all journals of these units; their rows are ours until the commit."""
        found = self._session.execute(_JOURNALS, {"ids": list(units)})
        return {row.id: row for row in found.scalars()}

    def journal(self, journal: str) -> Journal | None:
        """Return one journal, whosever it is."""
        return self._session.get(Journal, journal)

    def chain_at(self, journal: str, sequence: int) -> str | None:
        """Return the chain after an entry that we hold, or None."""
        query = select(Entry.chain).where(Entry.journal == journal, Entry.sequence == sequence)
        return (self._session.execute(query)).scalar_one_or_none()

    def insert_entries(self, rows: Sequence[EntryRow]) -> set[tuple[str, int]]:
        """Insert what is new; return ``(journal, sequence)`` of exactly those that were not."""
        return _ENTRIES.insert_new(self._session.connection(), rows)

    def write_journals(self, journals: Iterable[Journal]) -> None:
        """Write how far these journals are here."""
        self._session.add_all(journals)

    def lost(self, journal: str, first: int, last: int, at: int) -> None:
        """Note that these entries will never come."""
        self._session.add(JournalGap(journal=journal, first=first, last=last, known_at=at))

    def bury(self, letters: Sequence[dict[str, Any]]) -> None:
        """Keep messages that do not count, and let the oldest beyond the limit go."""
        if not letters:
            return
        self._session.execute(DeadLetter.__table__.insert(), list(letters))  # type: ignore[attr-defined]
        newest = (self._session.execute(select(func.max(DeadLetter.id)))).scalar_one()
        old = DeadLetter.__table__.delete().where(DeadLetter.id <= newest - KEPT_DEAD_LETTERS)  # type: ignore[attr-defined]
        self._session.execute(old)

    def unit_states(self, units: Iterable[str]) -> dict[str, UnitState]:
        """Return how these units stood; a unit without a word gets an empty row."""
        ids = list(units)
        rows = self._session.execute(_UNIT_STATES, {"ids": ids}).scalars()
        found = {row.unit: row for row in rows}
        for unit in ids:
            if unit not in found:
                found[unit] = UnitState(unit=unit, online=False, revision=0)
                self._session.add(found[unit])
        return found

    def seen(self, units: Iterable[str], at: int) -> None:
        """Note that these units have spoken."""
        self._session.execute(_SEEN, {"ids": list(units), "at": at})

    def enforced(self, unit: str, held: int, version: int, digest: str | None, at: int) -> None:
        """Note that a unit has come from version ``held`` to ``version``, if it is the one we made.

        ``at`` (UTC milliseconds) stands for all versions between, too: they are in this one.
        """
        made = select(Policy.digest).where(Policy.unit == unit, Policy.version == version)
        if self._session.execute(made).scalar_one_or_none() != digest:
            return
        passed = (Policy.unit == unit) & (Policy.version > held) & (Policy.version <= version)
        statement = update(Policy).where(passed, Policy.enforced_at.is_(None))
        options = {"synchronize_session": False}
        self._session.execute(statement.values(enforced_at=at), execution_options=options)

    # ---- desired states ------------------------------------------------------------------

    def desired_version(self, unit: str) -> int:
        """Return the version of a unit's desired state; nobody else makes one meanwhile."""
        self._session.execute(
            select(Unit.id).where(Unit.id == unit).with_for_update(key_share=True)
        )
        known = self._session.get(DesiredState, unit, with_for_update=True)
        return 0 if known is None else known.version

    def lockdowns(self, unit: str) -> Sequence[Lockdown]:
        """Return the lockdowns in force at a unit's doors."""
        query = (
            select(Lockdown)
            .join(Door, Door.id == Lockdown.door)
            .where(Door.unit == unit, Lockdown.lifted_at.is_(None))
            .order_by(Lockdown.since, Lockdown.id)
        )
        return self._session.execute(query).scalars().all()

    def card_keys(self, site: str) -> Sequence[str]:
        """Return the names of a site's card masters in force, the newest first."""
        return self._session.execute(card_keys_of(site)).scalars().all()

    def is_shut_out(self, unit: str) -> bool:
        """Return True if there is such a unit, and it was revoked."""
        query = select(Unit.revoked_at).where(Unit.id == unit)
        return self._session.execute(query).scalar_one_or_none() is not None

    def peppers(self, site: str) -> Sequence[str]:
        """Return the names of a site's peppers in force, the newest first."""
        return self._session.execute(names_of(site)).scalars().all()

    def write_desired(self, unit: str, version: int, document: str, now_ms: int) -> None:
        """Store a unit's desired state in place of the one before."""
        row = DesiredState(unit=unit, version=version, document=document, created_at=now_ms)
        self._session.merge(row)

    # ---- the world -----------------------------------------------------------------------

    def world(self, units: Iterable[KnownUnit], now_ms: int) -> World:
        """Return the rows that facts of these units may change."""
        known = list(units)
        ids = [unit.id for unit in known]
        timezones = {unit.site: unit.timezone for unit in known}
        world = World(timezones, now_ms, now_ms + AHEAD_MS)
        self._doors(world, ids)
        self._desks(world, ids)
        world.sensed.update(self._session.execute(_SENSED, {"ids": list(timezones)}).scalars())
        return world

    def _doors(self, world: World, units: list[str]) -> None:
        found = self._session.execute(_DOORS, {"ids": units}).all()
        for door, site, unit, has_contact, *state in found:
            world.doors[door] = Place(site, unit, has_contact=has_contact)
            if state[-1] is not None:
                row = world.door_rows[door] = DoorRow(*state)
                if row.alarm is not None:
                    world.alarms[door] = {row.alarm}
        self._alarms(world, units)
        points = self._session.execute(_ACCESS_POINTS, {"ids": units}).all()
        for point, door, area_from, area_to in points:
            world.access_points[point] = (area_from, area_to)
            if world.doors[door].inside is None:
                world.doors[door].inside, world.doors[door].beyond = area_to, area_from

    def _alarms(self, world: World, units: list[str]) -> None:
        """Add the alarms that others hide: a door that shows none has none."""
        if world.alarms:
            asked = {"units": units, "ids": list(world.alarms)}
            for door, kind in self._session.execute(_ALARMS, asked).all():
                world.alarms[door].add(kind)

    def _desks(self, world: World, units: list[str]) -> None:
        for row in self._session.execute(_DESKS, {"ids": units}).all():
            world.desks[row.id] = (row.site, row.unit, row.area)
            if row.assigned_holder is not None:
                world.personal.add(row.id)
            if row.revision is not None:
                world.desk_rows[row.id] = DeskRow(
                    row.state, row.evidence, row.since, row.until, row.revision
                )
        areas = {area for _, _, area in world.desks.values()}
        if areas:
            found = self._session.execute(_OCCUPIED, {"ids": list(areas)})
            world.occupied = {area: count for area, count in found}  # noqa: C416
