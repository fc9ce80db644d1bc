"""Write what the facts of one transaction have changed, in bulk."""

from collections.abc import Callable
from dataclasses import asdict
from operator import itemgetter
from typing import Any

from sqlalchemy import bindparam, case, func, select, update
from sqlalchemy.orm import Session

from loquet_server.accounts.booking import consume
from loquet_server.dialect import Upsert, insert
from loquet_server.incidence import raising as incidence
from loquet_server.ingest import proofs, updates
from loquet_server.ingest.bulk import Bulk, table_of
from loquet_server.ingest.troubles import Trouble
from loquet_server.ingest.world import Outcome, Raised, Told, World
from loquet_server.models import (
    Action,
    AreaDay,
    Audit,
    BadgeEncoding,
    BadgeEnrolment,
    Base,
    Counter,
    Credential,
    Crossing,
    DeskDay,
    DeskHour,
    DeskState,
    DoorState,
    Incident,
    Lockdown,
    Passage,
)
from loquet_server.peppers.repository import badge_known_by
from loquet_server.reservations.checkins import checked_in

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
        if row["outcome"] == "taken" and row["area_to"] is not None and row["day"]
    }
    seen = _newly_seen(session, crossed, late)
    _passages(session, world)
    _days(session, world, seen)
    _people(session, world)
    _hours(session, world)
    _passes(session, world)
    proofs.write(session, world)  # may find something odd
    updates.write(session, world)
    _incidents(session, world)
    _lockdowns(session, world)
    _presented(session, world)
    _encoded(session, world)
    for desk, holder, at in world.badged:
        checked_in(session, desk, holder, at)


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
            if row.area_to is not None and row.day:
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
        Passage.outcome == "taken",
        Passage.id.not_in(bindparam("late", expanding=True)),
    )
    .distinct()
)
_OF_SOME = _SEEN.where(Passage.holder.in_(bindparam("holders", expanding=True)))
_SOME = 50
"""So many holders are asked for by name; to name more costs more than to hear of all."""


def _newly_seen(
    session: Session, crossed: set[Crossed], late: list[int]
) -> dict[tuple[str, str], int]:
    """Return how many holders were seen for the first time, per area and day.

    Asked before the new passages are written; ``late`` ones, just completed, do not count.
    """
    if not crossed:
        return {}
    areas, days, holders = map(set, zip(*crossed, strict=True))
    asked: dict[str, Any] = {"areas": list(areas), "days": list(days), "late": late}
    some = {"holders": list(holders)} if len(holders) <= _SOME else {}
    rows = session.execute(_OF_SOME if some else _SEEN, asked | some)
    known = set(map(tuple, rows.all()))
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
    for area, day in sorted(world.recount):
        session.execute(_RECOUNT, {"b_area": area, "b_day": day})


_RECOUNT = (
    update(table_of(AreaDay))
    .where(AreaDay.area == bindparam("b_area"), AreaDay.day == bindparam("b_day"))
    .values(
        seen=select(func.count(Passage.holder.distinct()))
        .where(
            Passage.area_to == bindparam("b_area"),
            Passage.day == bindparam("b_day"),
            Passage.outcome == "taken",
        )
        .scalar_subquery(),
        revision=AreaDay.revision + 1,
    )
)


def _people(session: Session, world: World) -> None:
    """Keep crossings that no badge tells, and since when a counter is known."""
    if world.people:
        _CROSSINGS.insert(session.connection(), list(map(_crossing, world.people)))
    known = [
        {"door": door, "counter": counter, "known_at": at}
        for (door, counter), at in world.counters.items()
    ]
    _write(session, Counter, known, _earliest)


_CROSSING_COLUMNS = tuple(column.name for column in table_of(Crossing).c)
_CROSSINGS = Bulk(table_of(Crossing), _CROSSING_COLUMNS)
_crossing = itemgetter(*_CROSSING_COLUMNS)


def _earliest(statement: Upsert) -> Upsert:
    new, old = statement.excluded.known_at, statement.table.c.known_at
    changed = {"known_at": case((old <= new, old), else_=new)}
    return statement.on_conflict_do_update(index_elements=["door", "counter"], set_=changed)


def _adding(statement: Upsert) -> Upsert:
    new, old = statement.excluded, statement.table.c
    names = ("seen", "entries", "exits", "revision")
    added = {name: old[name] + new[name] for name in names}
    return statement.on_conflict_do_update(index_elements=["area", "day"], set_=added)


def _hours(session: Session, world: World) -> None:
    rows = []
    for area, hour in world.hours.keys() | world.known.keys():
        seconds, peak = world.hours.get((area, hour), (0, 0))
        row = {"area": area, "hour_utc": hour, "occupied_seconds": seconds, "peak": peak}
        rows.append({**row, "known_seconds": world.known.get((area, hour), 0), "revision": 1})
    _write(session, DeskHour, rows, _growing)
    days = [
        {"desk": desk, "day": day, "occupied_seconds": seconds, "sessions": sessions}
        for (desk, day), (seconds, sessions) in world.desk_days.items()
    ]
    _write(session, DeskDay, days, _using)


def _growing(statement: Upsert) -> Upsert:
    new, old = statement.excluded, statement.table.c
    changed = {
        "occupied_seconds": old.occupied_seconds + new.occupied_seconds,
        "known_seconds": old.known_seconds + new.known_seconds,  # null stays: taken as all
        "peak": case((old.peak >= new.peak, old.peak), else_=new.peak),
        "revision": old.revision + 1,
    }
    return statement.on_conflict_do_update(index_elements=["area", "hour_utc"], set_=changed)


def _using(statement: Upsert) -> Upsert:
    new, old = statement.excluded, statement.table.c
    added = {name: old[name] + new[name] for name in ("occupied_seconds", "sessions")}
    return statement.on_conflict_do_update(index_elements=["desk", "day"], set_=added)


def _incidents(session: Session, world: World) -> None:
    """Close first what ended, then count or open what was raised."""
    for ended in world.ended:
        rows = incidence.end(session, ended.unit, ended.kinds, ended.subject, ended.at)
        world.over += map(_told, rows)
    for turn in incidence.count(session, world.raised.values(), world.now):
        told = _told(turn.row)
        world.opened += [told] * turn.began
        world.over += [told] * turn.is_over


def _told(row: Incident) -> Told:
    return Told(row.site, row.unit, row.kind, row.subject)


def _lockdowns(session: Session, world: World) -> None:
    for (lockdown, door), at in world.confirmed.items():
        row = session.get(Lockdown, lockdown)
        if row is not None and row.door == door and row.confirmed_at is None:
            row.confirmed_at = at
    for (lockdown, door), (at, by) in world.lifted.items():
        row = session.get(Lockdown, lockdown)
        if row is not None and row.door == door and row.lifted_at is None:
            row.lifted_at, row.lifted_by = at, by
            world.lifted_here.append((lockdown, door))
            world.relieved.add(world.doors[door].unit or "")
            session.add(_lift(row, world.doors[door].unit or "", at, by))


def _lift(row: Lockdown, unit: str, at: int, by: str | None) -> Audit:
    """Return the record of a lockdown that a badge lifted at the door."""
    actor = f"unit {unit}" if by is None else f"member {by}"
    return Audit(
        at=at, action=Action.DOOR_LOCKDOWN_LIFTED.value, site=row.site, subject=row.door,
        actor=actor, detail={"lockdown": row.id, "unit": unit},
    )  # fmt: skip


def _presented(session: Session, world: World) -> None:
    """Give a badge to the enrolment that waits for it: the first one counts."""
    for command, found in world.presented.items():
        row = session.get(BadgeEnrolment, command)
        if row is None or (row.site, row.access_point) != (found.site, found.access_point):
            continue
        if row.seen_at is None:
            row.seen_at, row.number_sealed, row.digest = found.utc, found.sealed, found.digest


def _encoded(session: Session, world: World) -> None:
    """Tell whoever asked what became of a card, and the badge which key it proves now."""
    for command, found in world.encoded.items():
        row = session.get(BadgeEncoding, command)
        where = (found.site, found.unit, found.reader)
        if row is None or (row.site, row.unit, row.reader) != where:
            continue
        row.outcome, row.said_at = found.outcome, found.utc
        badge = session.get(Credential, row.badge)
        if found.version is None or badge is None or not _is_of(session, badge, found.digest):
            continue
        badge.key_version, badge.encoded_at = found.version, found.utc
        session.add(
            Audit(
                at=found.utc, action=Action.BADGE_ENCODED.value, site=row.site, subject=badge.id,
                actor=row.actor, detail={"version": found.version, "reader": found.reader},
            )
        )  # fmt: skip


def _is_of(session: Session, badge: Credential, digest: str | None) -> bool:
    """True if a badge has this digest, or had it under the pepper that a unit may still use."""
    if badge.digest == digest or digest is None:
        return badge.digest == digest
    known = session.execute(badge_known_by(badge.site, digest)).scalar_one_or_none()
    return known == badge.id
