"""A small space in a database, for pages to show: Le Moulin on a quiet Monday."""

from collections.abc import Awaitable, Callable
from datetime import UTC, datetime
from pathlib import Path

from loquet_server.database import Database
from loquet_server.models import (
    Area,
    AreaDay,
    Base,
    Counter,
    Crossing,
    Desk,
    DeskHour,
    DeskState,
    Door,
    DoorState,
    Entry,
    Holder,
    Incident,
    Journal,
    Lockdown,
    Passage,
    Site,
    Unit,
    UnitState,
)
from tests.server import lasting

NOW = int(datetime(2026, 11, 16, 13, 32, 5, tzinfo=UTC).timestamp() * 1000)
MINUTE = 60_000
DAY = "2026-11-16"


_files: dict[str, bytes] = {}
"""Databases as they were made first: making one takes longer than most tests with it."""


async def database(folder: Path) -> Database:
    """Return an empty database with every table."""
    return await _copy("empty", folder, _create)


async def furnished(folder: Path) -> Database:
    """Return a database with the space on a quiet Monday."""
    return await _copy("furnished", folder, _create, furnish)


async def _copy(kind: str, folder: Path, *steps: Callable[[Database], Awaitable[None]]) -> Database:
    path = folder / "pages.db"
    if kind not in _files:
        found = Database(f"sqlite+aiosqlite:///{path}")
        for step in steps:
            await step(found)
        await found.close()
        _files[kind] = path.read_bytes()
    path.write_bytes(_files[kind])
    return lasting.lend(f"sqlite+aiosqlite:///{path}")


async def _create(found: Database) -> None:
    async with found.engine.begin() as connection:
        await connection.run_sync(Base.metadata.create_all)


async def furnish(found: Database, now: int = NOW) -> None:
    """Fill the space: four doors, three areas, twenty desks, two units, a morning's passages."""
    for layer in (
        [Site(id="moulin", name="Le Moulin", contact="Camille, 02 00 00 00 00")],
        [*_areas(), *_units(), *_holders()],
        [*_unit_states(now), *_doors(), *_desks(), Journal(
            id="j1", unit="entree", acked=9, chain="0" * 64, started_at=now)],
        [*_door_states(now), *_desk_states(now), *_days(), *_passages(now), *_hours(now)],
        [*_crossings(now), Counter(door="calme", counter="beams", known_at=0)],
        [*_entries(now)],
    ):  # fmt: skip
        async with found.with_transaction() as session:
            session.add_all(layer)


async def trouble(found: Database, now: int = NOW) -> None:
    """A bad afternoon on top: a door forced, one locked down, a unit offline, a reader gone."""
    async with found.with_transaction() as session:
        await session.merge(
            DoorState(
                door="jardin",
                leaf="open",
                lock="locked",
                mode="alarm",
                alarm="door_forced_open",
                changed_at=now,
                revision=9,
            )
        )
        session.add(
            Lockdown(
                id="l1",
                site="moulin",
                door="atelier",
                actor="Camille",
                reason="Dégât des eaux",
                since=now - 9 * MINUTE,
            )
        )
        await session.merge(
            UnitState(
                unit="atelier",
                online=False,
                seen_at=now - 200 * MINUTE,
                clock_trusted=False,
                backlog=42,
                policy_version=11,
                readers={"atelier-in": "lost"},
                revision=5,
            )
        )
        session.add_all([
            Incident(site="moulin", unit="atelier", kind="door_forced_open", subject="jardin",
                     first_at=now - MINUTE, last_at=now - MINUTE),
            Incident(site="moulin", unit="atelier", kind="reader_lost", subject="atelier-in",
                     detail="VersionReg reads 0x00", first_at=now, last_at=now - 5 * MINUTE),
        ])  # fmt: skip


def _areas() -> list[Area]:
    return [
        Area(id="openspace", site="moulin", name="Grande salle", rank=0),
        Area(id="calme", site="moulin", name="Salle calme", exit_sensing=True, rank=1),
        Area(id="atelier", site="moulin", name="Atelier", rank=2),
    ]


def _units() -> list[Unit]:
    return [
        Unit(id="entree", site="moulin", name="Boîtier de l'entrée", software="0.1.0"),
        Unit(id="atelier", site="moulin", name="Boîtier de l'atelier", software="0.1.0"),
    ]


def _unit_states(now: int) -> list[UnitState]:
    return [
        UnitState(unit="entree", online=True, seen_at=now, clock_trusted=True, policy_version=12,
                  readers={"entree-in": "ok", "calme-in": "ok", "calme-out": "ok"}, revision=1),
        UnitState(unit="atelier", online=True, seen_at=now, clock_trusted=True, policy_version=12,
                  readers={"atelier-in": "ok", "jardin-in": "ok"}, revision=1),
    ]  # fmt: skip


def _holders() -> list[Holder]:
    names = ("Camille Morvan", "Yanis Benali", "Louise Garnier", "Malo Le Gall", "Inès Haddad")
    return [Holder(id=f"h{at}", site="moulin", name=name) for at, name in enumerate(names)]


def _doors() -> list[Door]:
    return [
        Door(id="entree", site="moulin", unit="entree", name="Porte d'entrée", rank=0),
        Door(id="calme", site="moulin", unit="entree", name="Porte de la salle calme", rank=1),
        Door(id="atelier", site="moulin", unit="atelier", name="Porte de l'atelier", rank=2),
        Door(id="jardin", site="moulin", unit="atelier", name="Porte du jardin", rank=3),
    ]


def _door_states(now: int) -> list[DoorState]:
    closed = {"leaf": "closed", "lock": "locked", "mode": "normal", "changed_at": now}
    return [
        DoorState(door="entree", leaf="open", lock="released", mode="normal", changed_at=now),
        DoorState(door="calme", **closed),
        DoorState(door="atelier", **closed),
        DoorState(door="jardin", **closed),
    ]


def _desks() -> list[Desk]:
    rows = [("g", "openspace", 12, "entree"), ("c", "calme", 6, "entree")]
    rows.append(("a", "atelier", 2, "atelier"))
    return [
        Desk(id=f"{letter}{at:02d}", site="moulin", area=area, unit=unit, rank=at,
             name=f"{letter.upper()}{at}")
        for letter, area, count, unit in rows
        for at in range(1, count + 1)
    ]  # fmt: skip


def _desk_states(now: int) -> list[DeskState]:
    found = []
    for at, desk in enumerate(_desks()):
        state, evidence = ("occupied", "seat") if at % 3 == 0 else ("free", "hold_ended")
        if desk.id in ("g05", "a02"):
            state, evidence = "unknown", "silent"
        since = now - (at * 7 + 3) * MINUTE
        found.append(DeskState(desk=desk.id, state=state, evidence=evidence, since=since))
    return found


def _days() -> list[AreaDay]:
    return [
        AreaDay(area="openspace", day=DAY, seen=14, entries=19),
        AreaDay(area="calme", day=DAY, seen=7, entries=11, exits=7),
    ]


def _crossings(now: int) -> list[Crossing]:
    """Four people whom the beams of the quiet room saw go in this morning."""
    return [
        Crossing(journal="j2", sequence=at, site="moulin", area="calme", beyond="openspace",
                 door="calme", source="beam", direction=1, at=now - (60 + at) * MINUTE)
        for at in range(4)
    ]  # fmt: skip


def _passages(now: int) -> list[Passage]:
    rows = [
        ("entree", "h0", "taken", None),
        ("entree", None, "denied", "credential_unknown"),
        ("calme", "h2", "taken", None),
        ("atelier", "h3", "denied", "unauthorized"),
        ("entree", "h1", "not_taken", None),
        ("calme", "h4", "denied", "not_permitted_now"),
        ("entree", "h2", "taken", None),
        ("entree", "h3", "taken", None),
    ]
    return [
        Passage(id=len(rows) - at, journal="j1", sequence=at, site="moulin", unit="entree",
                door=door, holder=who, access_point=f"{door}-in",
                at=now - at * 11 * MINUTE - 20_000, day=DAY, outcome=outcome, reason=reason)
        for at, (door, who, outcome, reason) in enumerate(rows)
    ]  # fmt: skip


def _hours(now: int) -> list[DeskHour]:
    hour = 3_600_000
    start = now - now % hour
    shape = {
        "openspace": (1, 4, 6, 7, 3, 5),
        "calme": (0, 2, 4, 4, 1, 2),
        "atelier": (0, 0, 1, 1, 0, 1),
    }
    return [
        DeskHour(area=area, hour_utc=start - (len(peaks) - at) * hour, peak=peak,
                 occupied_seconds=peak * 2400)
        for area, peaks in shape.items()
        for at, peak in enumerate(peaks)
    ]  # fmt: skip


def _entries(now: int) -> list[Entry]:
    bodies = [
        ("unit_started", '{"boot":"b","config_digest":"d","software":"0.1.0"}'),
        ("access_granted", '{"access_point":"entree-in","credential":"x","door":"entree",'
                           '"grant":"g1","holder":"h0","policy_version":12,"rule":"r"}'),
        ("door_released", '{"cause":"grant","door":"entree"}'),
        ("door_opened", '{"cause":"grant","door":"entree"}'),
        ("access_taken", '{"door":"entree","grant":"g1"}'),
        ("access_denied", '{"access_point":"atelier-in","door":"atelier","holder":"h3",'
                          '"reason":"unauthorized"}'),
        ("desk_occupied", '{"area":"openspace","desk":"g01","evidence":"seat"}'),
        ("from_the_future", '{"colour":"<b>green</b>"}'),
    ]  # fmt: skip
    return [
        Entry(journal="j1", sequence=at + 1, unit="entree", utc=now - (20 - at) * MINUTE,
              monotonic=at, boot="b", trusted=True, kind=kind, salt="s", body=body, chain="c",
              received_at=now)
        for at, (kind, body) in enumerate(bodies)
    ]  # fmt: skip
