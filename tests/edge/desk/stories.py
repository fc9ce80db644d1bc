"""Stories of a desk as tables: seconds, what happens, what is reported."""

from dataclasses import replace

from loquet_contract.ids import AreaId, DeskId
from loquet_edge.desk import Desk, DeskConfig, SensorKind, deadline, step
from loquet_edge.desk.state import (
    Badged,
    DeskEffect,
    DeskEvent,
    DoorMoved,
    SensorActive,
    SensorConfig,
    SensorIdle,
    SensorLost,
    Start,
    TimePassed,
)

BADGE, SEAT, PRESENCE, PIR = SensorKind

WORDS: dict[str, DeskEvent] = {
    "start": Start(),
    "start seat empty": Start(idle=frozenset({SEAT})),
    "start seat taken": Start(active=frozenset({SEAT})),
    "start still": Start(idle=frozenset({PIR})),
    "start both idle": Start(idle=frozenset({SEAT, PIR})),
    "start all idle": Start(idle=frozenset(SensorKind)),
    "start checked in": Start(idle=frozenset({BADGE}), badge=("ada", 100.0)),
    "sits": SensorActive(SEAT),
    "rises": SensorIdle(SEAT),
    "moves": SensorActive(PIR),
    "still": SensorIdle(PIR),
    "moves there": SensorActive("other"),
    "still there": SensorIdle("other"),
    "seen": SensorActive(PRESENCE),
    "unseen": SensorIdle(PRESENCE),
    "seat lost": SensorLost(SEAT),
    "pir lost": SensorLost(PIR),
    "reader lost": SensorLost(BADGE),
    "reader back": SensorIdle(BADGE),
    "ada badges": Badged("ada"),
    "bob badges": Badged("bob"),
    "door opens": DoorMoved(True),
    "door closes": DoorMoved(False),
    "-": TimePassed(),
}


def desk_with(*sensors: SensorConfig, away: float = 0.0, door: bool = False) -> Desk:
    """A new desk."""
    return Desk.new(DeskConfig(DeskId("d"), AreaId("a"), sensors, away, door))


def named(sensor: SensorConfig, name: str) -> SensorConfig:
    """The same sensor under a name of its own."""
    return replace(sensor, name=name)


def say(effects: tuple[DeskEffect, ...]) -> str:
    """What was reported; for who is away, until when too."""
    return ", ".join(
        f"{e.event.kind.removeprefix('desk_')} {e.event.evidence}"
        + ("" if e.ends is None else f" until {e.ends:g}")
        for e in effects
        if hasattr(e.event, "evidence")
    )


def tell(desk: Desk, story: str) -> Desk:
    """Let a story happen; every line must report exactly what is written, no deadline is left."""
    for line in story.strip().splitlines():
        at, event, expected = (part.strip() for part in line.split("|"))
        due = deadline(desk)
        assert due is None or due >= float(at), f"nothing written for {due} s, before: {line}"
        assert event != "-" or due == float(at), line
        desk, effects = step(desk, WORDS[event], float(at))
        assert say(effects) == expected, line
    return desk
