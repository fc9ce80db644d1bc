"""Write what the facts of one transaction have changed, in bulk."""

from collections.abc import Callable
from dataclasses import asdict
from operator import itemgetter
from typing import Any

from sqlalchemy import bindparam, case, select, update
from sqlalchemy.orm import Session

from loquet_server.accounts.booking import consume
from loquet_server.dialect import Upsert, insert
from loquet_server.ingest.bulk import Bulk, table_of
from loquet_server.ingest.troubles import Trouble
from loquet_server.ingest.world import Outcome, Raised, World
from loquet_server.models import (
    AreaDay,
    BadgeEnrolment,
    Base,
    DeskHour,
    DeskState,
    DoorState,
    Incident,
    Lockdown,
    Passage,
)

Crossed = tuple[str, str, str]
"""``(area, day, holder)``."""


def flush(session: Session, world: World) -> None:
    """Write all that changed."""
    doors = [{"door": door, **asdict(world.door_rows[door])} for door in world.changed_doors]
    _write(session, DoorState, doors, _replacing)
    desks = [{"desk": desk, **asdict(world.desk_rows[desk])} for desk in world.changed_desks]
    _write(session, DeskState, desks, _replacing)
    crossed, late = _late_outcomes(session, world)
    crossed |= {
        (row["area_to"], row["day"], row["holder"])
        for row in world.passages
        if row["outcome"] == "taken" and row["area_to"] is not None
    }
    seen = _newly_seen(session, crossed, late)
    _passages(session, world)
    _days(session, world, seen)
    _hours(session, world)
    _passes(session, world)
    _incidents(session, world)
    _lockdowns(session, world)
    _presented(session, world)


def _write(
    session: Session,
    model: type[Base],
    rows: list[dict[str, Any]],
    conflict: Callable[[Upsert], Upsert],
) -> None:
    """Insert rows, or do as ``conflict`` says with one that is there.

    Each table has one such statement, built once: to build it costs more than what it does.
    """
    if not rows:
        return
    name = (session.get_bind().dialect.name, model.__tablename__)
    statement = _BUILT.get(name)
    if statement is None:
        statement = _BUILT[name] = conflict(insert(session, model))
    session.execute(statement, rows)


_BUILT: dict[tuple[str, str], Upsert] = {}


def _replacing(statement: Upsert) -> Upsert:
    """Write the whole row instead."""
    key = {column.name for column in statement.table.primary_key}
    names = (column.name for column in statement.table.c if column.name not in key)
    changed = {name: statement.excluded[name] for name in names}
    return statement.on_conflict_do_update(index_elements=sorted(key), set_=changed)


def _passages(session: Session, world: World) -> None:
    if world.passages:
        _PASSAGES.insert(session.connection(), list(map(_passage, world.passages)))


_COLUMNS = tuple(column.name for column in table_of(Passage).c if not column.primary_key)
_PASSAGES = Bulk(table_of(Passage), _COLUMNS)
_passage = itemgetter(*_COLUMNS)


def _passes(session: Session, world: World) -> None:
    """Book the passes that were taken; who is no member of the unit's site is a trouble."""
    booked = consume(session, world.takings, world.now)
    world.moved = booked.changes
    for each in booked.strangers:
        detail = f"a pass of account {each.account!r} taken by {each.holder!r}"
        trouble = Raised(each.site, each.unit, Trouble.FOREIGN_FACT, "", detail, each.at)
        world.raise_incident(trouble)


def _late_outcomes(session: Session, world: World) -> tuple[set[Crossed], list[int]]:
    """Complete passages of earlier transactions; return who went where, and which those were."""
    if not world.outcomes:
        return set(), []
    query = select(
        Passage.id, Passage.grant, Passage.unit, Passage.site, Passage.area_from, Passage.area_to,
        Passage.day, Passage.holder, Passage.account, Passage.period, Passage.billed, Passage.at,
    ).where(Passage.grant.in_(list(world.outcomes)), Passage.outcome == "granted")  # fmt: skip
    changes: list[dict[str, Any]] = []
    crossed: set[Crossed] = set()
    for row in (session.execute(query)).all():
        found: Outcome = world.outcomes[row.grant]
        if found.unit != row.unit:
            continue
        changes.append({"b_id": row.id, "b_outcome": found.outcome, "b_assumed": found.assumed})
        if found.outcome == "taken":
            world.cross(row.area_to, row.day, entries=1)
            world.cross(row.area_from, row.day, exits=1)
            world.take_pass(row._asdict())
            if row.area_to is not None:
                crossed.add((row.area_to, row.day, row.holder))
    if changes:
        table = Passage.__table__
        statement = (
            update(table)  # type: ignore[arg-type]
            .where(table.c.id == bindparam("b_id"))
            .values(outcome=bindparam("b_outcome"), assumed=bindparam("b_assumed"))
        )
        connection = session.connection()
        connection.execute(statement, changes)
    return crossed, [each["b_id"] for each in changes]


_SEEN = (
    select(Passage.area_to, Passage.day, Passage.holder)
    .where(
        Passage.area_to.in_(bindparam("areas", expanding=True)),
        Passage.day.in_(bindparam("days", expanding=True)),
        Passage.holder.in_(bindparam("holders", expanding=True)),
        Passage.outcome == "taken",
        Passage.id.not_in(bindparam("late", expanding=True)),
    )
    .distinct()
)


def _newly_seen(
    session: Session, crossed: set[Crossed], late: list[int]
) -> dict[tuple[str, str], int]:
    """Return how many holders were seen for the first time, per area and day.

    Asked before the new passages are written; ``late`` ones, just completed, do not count.
    """
    if not crossed:
        return {}
    areas, days, holders = ({each[at] for each in crossed} for at in range(3))
    asked = {"areas": list(areas), "days": list(days), "holders": list(holders), "late": late}
    known = set(map(tuple, session.execute(_SEEN, asked).all()))
    found: dict[tuple[str, str], int] = {}
    for area, day, _ in crossed - known:
        found[area, day] = found.get((area, day), 0) + 1
    return found


def _days(session: Session, world: World, seen: dict[tuple[str, str], int]) -> None:
    rows = [
        {
            "area": area,
            "day": day,
            "seen": seen.get((area, day), 0),
            "entries": entries,
            "exits": exits,
            "revision": 1,
        }
        for (area, day), (entries, exits) in world.crossings.items()
    ]
    _write(session, AreaDay, rows, _adding)


def _adding(statement: Upsert) -> Upsert:
    new, old = statement.excluded, statement.table.c
    names = ("seen", "entries", "exits", "revision")
    added = {name: old[name] + new[name] for name in names}
    return statement.on_conflict_do_update(index_elements=["area", "day"], set_=added)


def _hours(session: Session, world: World) -> None:
    rows = [
        {"area": area, "hour_utc": hour, "occupied_seconds": seconds, "peak": peak, "revision": 1}
        for (area, hour), (seconds, peak) in world.hours.items()
    ]
    _write(session, DeskHour, rows, _growing)


def _growing(statement: Upsert) -> Upsert:
    new, old = statement.excluded, statement.table.c
    changed = {
        "occupied_seconds": old.occupied_seconds + new.occupied_seconds,
        "peak": case((old.peak >= new.peak, old.peak), else_=new.peak),
        "revision": old.revision + 1,
    }
    return statement.on_conflict_do_update(index_elements=["area", "hour_utc"], set_=changed)


def _incidents(session: Session, world: World) -> None:
    """Close first what ended, then count or open what was raised."""
    for ended in world.ended:
        query = update(Incident).where(
            Incident.unit == ended.unit,
            Incident.kind.in_(ended.kinds),
            Incident.ended_at.is_(None),
        )
        if ended.subject is not None:
            query = query.where(Incident.subject == ended.subject)
        query = query.values(ended_at=ended.at, revision=Incident.revision + 1)
        session.execute(query.execution_options(synchronize_session=False))
    known = _open_incidents(session, world)
    for key, raised in world.raised.items():
        _raise(session, raised, known.get(key))


def _open_incidents(session: Session, world: World) -> dict[tuple[str | None, str, str], Incident]:
    """Return those that may be among what was raised: one question for all."""
    if not world.raised:
        return {}
    units, kinds = ({key[at] for key in world.raised} for at in (0, 1))
    query = select(Incident).where(
        Incident.unit.in_(units - {None}) | Incident.unit.is_(None),
        Incident.kind.in_(kinds),
        Incident.ended_at.is_(None),
    )
    found = session.execute(query).scalars()
    return {(row.unit, row.kind, row.subject): row for row in found}


def _raise(session: Session, raised: Raised, known: Incident | None) -> None:
    if known is None:
        known = Incident(
            site=raised.site,
            unit=raised.unit,
            kind=raised.kind,
            subject=raised.subject,
            count=0,
            first_at=raised.at,
            revision=0,
        )
        session.add(known)
    known.count += raised.count
    known.last_at, known.detail, known.ended_at = raised.at, raised.detail, raised.ended_at
    known.revision += 1


def _lockdowns(session: Session, world: World) -> None:
    for (lockdown, door), at in world.confirmed.items():
        row = session.get(Lockdown, lockdown)
        if row is not None and row.door == door and row.confirmed_at is None:
            row.confirmed_at = at
    for (lockdown, door), (at, by) in world.lifted.items():
        row = session.get(Lockdown, lockdown)
        if row is not None and row.door == door and row.lifted_at is None:
            row.lifted_at, row.lifted_by = at, by
            world.relieved.add(world.doors[door].unit or "")


def _presented(session: Session, world: World) -> None:
    """Give a badge to the enrolment that waits for it: the first one counts."""
    for command, found in world.presented.items():
        row = session.get(BadgeEnrolment, command)
        if row is None or (row.site, row.access_point) != (found.site, found.access_point):
            continue
        if row.seen_at is None:
            row.seen_at, row.number_sealed, row.digest = found.utc, found.sealed, found.digest
