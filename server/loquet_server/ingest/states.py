"""What a unit says of itself, put beside what its facts have told."""

from loquet_contract.wire.health import Health
from loquet_contract.wire.messages import DoorStatus
from loquet_contract.wire.messages import UnitState as Said
from loquet_server.ingest.projections.doors import fire_over
from loquet_server.ingest.world import DeskRow, DoorRow, Fact, World
from loquet_server.models import UnitState

_COPIED = (
    "boot", "clock_trusted", "challenge", "journal", "last_sequence", "backlog",
    "policy_version", "policy_digest", "desired_version", "moving_version",
)  # fmt: skip
_LENGTHS = {"software": 64, "model": 80, "address": 64, "clock_source": 16}
_TOLD = (Health.UNDER_VOLTAGE, Health.UNDER_VOLTAGE_NOW, Health.THROTTLED)
"""Health whose change pages hear of at once; figures move always, and pages look now and then."""
_LOCK = ("locked", "released", "fault")
_LEAF = ("open", "closed")
_DESK = ("free", "occupied", "away", "unknown")
_MODES = {
    "schedule": "unlocked", "unlocked": "unlocked", "fire": "fire", "locked_down": "locked_down",
}  # fmt: skip
"""A unit says what its door shows and why it is released; most of that passes in seconds."""


def apply(world: World, row: UnitState, said: Said, site: str, *, settled: bool) -> None:
    """Keep what the unit says.

    ``settled``: it was said after the last fact that we hold, and none waits in this
    transaction. Only such a word, of a unit without backlog, counts for doors and desks: else
    facts that are on their way would be told twice, and an old word would undo newer facts.
    """
    found = {name: getattr(said, name) for name in _COPIED}
    found |= {"readers": dict(said.readers), "health": dict(said.health)}
    found["desk_readers"] = dict(said.desk_readers or {}) or None
    found["peppers"] = None if said.peppers is None else list(said.peppers)
    found |= {name: (getattr(said, name) or "")[:most] or None for name, most in _LENGTHS.items()}
    shown = {name: value for name, value in found.items() if name not in ("challenge", "health")}
    changed = any(getattr(row, name) != value for name, value in shown.items())
    before = row.health or {}
    changed = changed or any(before.get(name) != said.health.get(name) for name in _TOLD)
    for name, value in found.items():
        setattr(row, name, value)
    if changed:
        row.revision += 1
        world.changes[site, "unit", said.unit] = row.revision
    if settled and said.backlog == 0 and said.utc <= world.latest:
        fact = Fact(said.journal, said.last_sequence, site, said.unit, said.utc, said.clock_trusted)
        _doors(world, fact, said)
        _desks(world, fact, said)


def _doors(world: World, fact: Fact, said: Said) -> None:
    for door, status in said.doors.items():
        place = world.doors.get(door)
        if place is None or place.unit != fact.unit:
            continue
        now = world.door_rows.get(door) or DoorRow()
        told = _told(status)
        if now.mode == "fire" and told[2] != "fire":  # re-armed while nobody could write it down
            fire_over(world, fact, [door])
        if told != (now.lock, now.leaf, now.mode, now.lockdown):
            row = world.door(fact, door)
            if row is not None:
                row.lock, row.leaf, row.mode, row.lockdown = told


def _told(status: DoorStatus) -> tuple[str, str, str, str | None]:
    """Return lock, leaf, mode and lockdown in the words that facts use."""
    lock = status.lock if status.lock in _LOCK else "unknown"
    leaf = status.leaf if status.leaf in _LEAF else "unknown"
    mode = _MODES.get(status.mode, "normal")
    if mode != "fire" and status.lockdown is not None:
        mode = "locked_down"
    return lock, leaf, mode, status.lockdown


def _desks(world: World, fact: Fact, said: Said) -> None:
    """A desk whose facts were missed, so nobody knows since when; it counts for no history."""
    for desk, state in said.desks.items():
        place = world.desks.get(desk)
        if place is None or place[1] != fact.unit or state not in _DESK:
            continue
        now = world.desk_rows.get(desk) or DeskRow()
        if now.state != state:
            row = world.desk(fact, desk)
            if row is not None:
                row.state, row.since, row.until = state, 0, None
                world.changes[fact.site, "area", place[2]] = fact.utc
