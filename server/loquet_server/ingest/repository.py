"""What ingest asks the database, and how it writes entries."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import func, select, update
from sqlalchemy.orm import Session

from loquet_server.ingest.bulk import Bulk, table_of
from loquet_server.ingest.reading import EntryRow
from loquet_server.ingest.world import DeskRow, DoorRow, Place, World
from loquet_server.models import (
    AccessPoint,
    DeadLetter,
    Desk,
    DeskState,
    Door,
    DoorState,
    Entry,
    Journal,
    Site,
    Unit,
    UnitState,
)

KEPT_DEAD_LETTERS = 1000
"""Strangers must not be able to fill the disk: older ones go."""

_ENTRIES = Bulk(table_of(Entry), EntryRow._fields)


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

    def units(self, ids: Iterable[str]) -> dict[str, KnownUnit]:
        """Return the enrolled, unrevoked units among ``ids``."""
        query = (
            select(Unit.id, Unit.site, Site.timezone, Unit.public_key)
            .join(Site, Site.id == Unit.site)
            .where(Unit.id.in_(list(ids)), Unit.public_key.is_not(None), Unit.revoked_at.is_(None))
        )
        rows = (self._session.execute(query)).all()
        return {
            row.id: KnownUnit(row.id, row.site, row.timezone, row.public_key or "") for row in rows
        }

    def journals(self, units: Iterable[str]) -> dict[str, Journal]:
        """Return all journals of these units; their rows are ours until the commit."""
        query = select(Journal).where(Journal.unit.in_(list(units))).with_for_update()
        return {row.id: row for row in (self._session.execute(query)).scalars()}

    def journal(self, journal: str) -> Journal | None:
        """Return one journal, whosever it is."""
        return self._session.get(Journal, journal)

    def chain_at(self, journal: str, sequence: int) -> str | None:
        """Return the chain after an entry that we hold, or None."""
        query = select(Entry.chain).where(Entry.journal == journal, Entry.sequence == sequence)
        return (self._session.execute(query)).scalar_one_or_none()

    def insert_entries(self, rows: Sequence[EntryRow]) -> set[tuple[str, int]]:
        """Insert what is new; return ``(journal, sequence)`` of exactly those that were not."""
        return _ENTRIES.insert(self._session.connection(), rows)

    def write_journals(self, journals: Iterable[Journal]) -> None:
        """Write how far these journals are here."""
        self._session.add_all(journals)

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
        query = select(UnitState).where(UnitState.unit.in_(ids))
        found = {row.unit: row for row in (self._session.execute(query)).scalars()}
        for unit in ids:
            if unit not in found:
                found[unit] = UnitState(unit=unit, online=False, revision=0)
                self._session.add(found[unit])
        return found

    def seen(self, units: Iterable[str], at: int) -> None:
        """Note that these units have spoken."""
        query = update(UnitState).where(UnitState.unit.in_(list(units))).values(seen_at=at)
        self._session.execute(query.execution_options(synchronize_session=False))

    # ---- the world -----------------------------------------------------------------------

    def world(self, units: Iterable[KnownUnit]) -> World:
        """Return the rows that facts of these units may change."""
        known = list(units)
        ids = [unit.id for unit in known]
        world = World(timezones={unit.site: unit.timezone for unit in known})
        self._doors(world, ids)
        self._desks(world, ids)
        return world

    def _doors(self, world: World, units: list[str]) -> None:
        query = (
            select(
                Door.id, Door.site, Door.unit,
                DoorState.leaf, DoorState.lock, DoorState.mode, DoorState.alarm,
                DoorState.lockdown, DoorState.changed_at, DoorState.revision,
            )
            .outerjoin(DoorState, DoorState.door == Door.id)
            .where(Door.unit.in_(units))
        )  # fmt: skip
        for door, site, unit, *state in (self._session.execute(query)).all():
            world.doors[door] = Place(site, unit)
            if state[-1] is not None:
                world.door_rows[door] = DoorRow(*state)
        points = (
            select(AccessPoint.id, AccessPoint.door, AccessPoint.area_from, AccessPoint.area_to)
            .join(Door, Door.id == AccessPoint.door)
            .where(Door.unit.in_(units))
            .order_by(AccessPoint.id)
        )
        for point, door, area_from, area_to in (self._session.execute(points)).all():
            world.access_points[point] = (area_from, area_to)
            if world.doors[door].inside is None:
                world.doors[door].inside = area_to

    def _desks(self, world: World, units: list[str]) -> None:
        query = (
            select(
                Desk.id, Desk.site, Desk.unit, Desk.area,
                DeskState.state, DeskState.evidence, DeskState.since, DeskState.revision,
            )
            .outerjoin(DeskState, DeskState.desk == Desk.id)
            .where(Desk.unit.in_(units))
        )  # fmt: skip
        for row in (self._session.execute(query)).all():
            world.desks[row.id] = (row.site, row.unit, row.area)
            if row.revision is not None:
                world.desk_rows[row.id] = DeskRow(row.state, row.evidence, row.since, row.revision)
        areas = {area for _, _, area in world.desks.values()}
        if areas:
            counts = (
                select(Desk.area, func.count())
                .join(DeskState, DeskState.desk == Desk.id)
                .where(Desk.area.in_(areas), DeskState.state == "occupied")
                .group_by(Desk.area)
            )
            found = self._session.execute(counts)
            world.occupied = {area: count for area, count in found}  # noqa: C416
