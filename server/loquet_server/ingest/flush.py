"""Write what the facts of one transaction have changed, in bulk."""

from dataclasses import asdict
from typing import Any

from sqlalchemy import bindparam, case, select, update
from sqlalchemy.orm import Session

from loquet_server.dialect import insert, upsert
from loquet_server.ingest.world import Outcome, Raised, World
from loquet_server.models import (
    AreaDay,
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
    upsert(session, DoorState, ["door"], doors)
    desks = [{"desk": desk, **asdict(world.desk_rows[desk])} for desk in world.changed_desks]
    upsert(session, DeskState, ["desk"], desks)
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
    _incidents(session, world)
    _lockdowns(session, world)


def _passages(session: Session, world: World) -> None:
    if world.passages:
        rows = [{_COLUMNS.get(k, k): v for k, v in row.items()} for row in world.passages]
        session.execute(Passage.__table__.insert(), rows)  # type: ignore[attr-defined]


_COLUMNS = {"when": "when_utc", "grant": "grant_id"}


def _late_outcomes(session: Session, world: World) -> tuple[set[Crossed], list[int]]:
    """Complete passages of earlier transactions; return who went where, and which those were."""
    if not world.outcomes:
        return set(), []
    query = select(
        Passage.id, Passage.grant, Passage.unit, Passage.site, Passage.area_from, Passage.area_to,
        Passage.day, Passage.holder,
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


def _newly_seen(
    session: Session, crossed: set[Crossed], late: list[int]
) -> dict[tuple[str, str], int]:
    """Return how many holders were seen for the first time, per area and day.

    Asked before the new passages are written; ``late`` ones, just completed, do not count.
    """
    if not crossed:
        return {}
    areas, days, holders = ({each[at] for each in crossed} for at in range(3))
    query = (
        select(Passage.area_to, Passage.day, Passage.holder)
        .where(
            Passage.area_to.in_(areas),
            Passage.day.in_(days),
            Passage.holder.in_(holders),
            Passage.outcome == "taken",
            Passage.id.not_in(late),
        )
        .distinct()
    )
    known = {(area, day, holder) for area, day, holder in (session.execute(query)).all()}
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
    if rows:
        statement = insert(session, AreaDay)
        new = statement.excluded
        added = {
            name: AreaDay.__table__.c[name] + new[name]
            for name in ("seen", "entries", "exits", "revision")
        }
        session.execute(
            statement.on_conflict_do_update(index_elements=["area", "day"], set_=added), rows
        )


def _hours(session: Session, world: World) -> None:
    rows = [
        {"area": area, "hour_utc": hour, "occupied_seconds": seconds, "peak": peak, "revision": 1}
        for (area, hour), (seconds, peak) in world.hours.items()
    ]
    if rows:
        statement = insert(session, DeskHour)
        old, new = DeskHour.__table__.c, statement.excluded
        changed = {
            "occupied_seconds": old.occupied_seconds + new.occupied_seconds,
            "peak": case((old.peak >= new.peak, old.peak), else_=new.peak),
            "revision": old.revision + 1,
        }
        session.execute(
            statement.on_conflict_do_update(index_elements=["area", "hour_utc"], set_=changed),
            rows,
        )


def _incidents(session: Session, world: World) -> None:
    """Close first what ended, then count or open what was raised."""
    for ended in world.ended:
        session.execute(
            update(Incident)
            .where(
                Incident.unit == ended.unit,
                Incident.kind.in_(ended.kinds),
                Incident.subject == ended.subject,
                Incident.ended_at.is_(None),
            )
            .values(ended_at=ended.at, revision=Incident.revision + 1)
            .execution_options(synchronize_session=False)
        )
    for raised in world.raised.values():
        _raise(session, raised)


def _raise(session: Session, raised: Raised) -> None:
    query = select(Incident).where(
        Incident.unit.is_(None) if raised.unit is None else Incident.unit == raised.unit,
        Incident.kind == raised.kind,
        Incident.subject == raised.subject,
        Incident.ended_at.is_(None),
    )
    known = (session.execute(query.limit(1))).scalar_one_or_none()
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
