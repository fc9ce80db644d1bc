"""The desk's stories, its reachable states, and what it must never say."""

import math
from collections import deque
from collections.abc import Iterator
from dataclasses import replace
from itertools import product

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from loquet_edge.desk import Desk, DeskState, InvalidDeskConfig, SensorKind, deadline, step
from loquet_edge.desk.state import (
    DeskEvent,
    Phase,
    Sensor,
    SensorConfig,
    SensorLost,
    Start,
    TimePassed,
    pir,
    seat_switch,
)
from tests.edge.desk.stories import PIR, SEAT, WORDS, desk_with, tell

STORIES = {
    "a seat switch knows at once": (
        (seat_switch(),),
        """
        0    | start seat empty | freed seat
        100  | sits             | occupied seat
        200  | rises            |
        205  | sits             |
        300  | rises            |
        310  | -                | freed hold_ended
        """,
    ),
    "a seat taken at the start": (
        (seat_switch(),),
        """
        0    | start seat taken | occupied seat
        """,
    ),
    "a motion detector needs its hold time": (
        (pir(),),
        """
        0    | start still      | unknown started
        300  | -                | freed hold_ended
        400  | moves            | occupied pir
        410  | still            |
        600  | moves            |
        605  | still            |
        905  | -                | freed hold_ended
        """,
    ),
    "motion cuts the wait short": (
        (pir(),),
        """
        0    | start still      | unknown started
        10   | moves            | occupied pir
        """,
    ),
    "a line that was not read says nothing": (
        (seat_switch(),),
        """
        0    | start            | unknown started
        50   | rises            | freed seat
        """,
    ),
    "no frame is unknown, never free": (
        (seat_switch(silent_after=60),),
        """
        0    | start            | unknown started
        10   | rises            | freed seat
        70   | -                | unknown silent
        90   | sits             | occupied seat
        140  | sits             |
        200  | -                | unknown silent
        """,
    ),
    "stuck is unknown until it lets go": (
        (seat_switch(stuck_after=1000),),
        """
        0    | start seat empty | freed seat
        10   | sits             | occupied seat
        1010 | -                | unknown stuck
        1100 | sits             |
        1200 | rises            | freed seat
        """,
    ),
    "a lost sensor leaves the other its word for somebody only": (
        (seat_switch(), pir()),
        """
        0    | start both idle  | unknown started
        300  | -                | freed hold_ended
        310  | moves            | occupied pir
        320  | sits             |
        330  | still            |
        340  | seat lost        |
        630  | -                | unknown silent
        640  | rises            | freed seat
        650  | pir lost         | unknown silent
        660  | sits             | occupied seat
        """,
    ),
}


@pytest.mark.parametrize(("sensors", "story"), list(STORIES.values()), ids=list(STORIES))
def test_story(sensors: tuple[SensorConfig, ...], story: str) -> None:
    tell(desk_with(*sensors), story)


# ---- every reachable state ----------------------------------------------------------------

SMALL = (
    (seat_switch(1, 2),),
    (pir(2, 3),),
    (seat_switch(1, 2, silent_after=3),),
    (pir(2, 3, silent_after=2),),
    (seat_switch(1, 3, silent_after=2), pir(2, 3, silent_after=4)),
)
LIVE = tuple(WORDS[word] for word in ("sits", "rises", "moves", "still", "seat lost", "pir lost"))
LEVELS = [frozenset[str](), frozenset({SEAT}), frozenset({PIR}), frozenset({SEAT, PIR})]
STARTS = tuple(Start(on, off) for on, off in product(LEVELS, LEVELS) if not on & off)
SIGNS = (Phase.ACTIVE, Phase.HOLDING)


def less(at: float | None, now: float) -> float | None:
    return None if at is None else at - now


def at_zero(desk: Desk, now: float) -> Desk:
    sensors = tuple(
        replace(each, until=less(each.until, now), silent_at=less(each.silent_at, now))
        for each in desk.sensors
    )
    # How long ago a desk was taken or freed matters to patient detectors and to who is away only.
    return replace(desk, sensors=sensors, time=0.0, since=0.0, freed_at=0.0)


def check_word(sensor: Sensor) -> None:
    """A sensor that says nobody was heard to be idle, and lately if it sends frames."""
    if sensor.phase is Phase.QUIET:
        assert sensor.until is None
        assert sensor.config.silent_after is None or sensor.silent_at is not None
    if sensor.phase in (Phase.ACTIVE, Phase.HOLDING, Phase.WAITING):
        assert sensor.until is not None


def judge(before: Desk, event: DeskEvent, now: float) -> Desk:
    """The desk after a step; an assertion fails when it says what it cannot know."""
    desk, effects = step(before, event, now)
    assert (desk, effects) == step(before, event, now)
    due = deadline(desk)
    assert due is None or due > now
    phases = {sensor.phase for sensor in desk.sensors}
    if desk.state is DeskState.FREE:
        assert phases == {Phase.QUIET}
    assert (desk.state is DeskState.OCCUPIED) == bool(phases & set(SIGNS))
    if effects:
        words = {"occupied": "occupied", "freed": "free", "unknown": "unknown"}
        assert words[effects[-1].event.kind.removeprefix("desk_")] == desk.state
    else:
        assert desk.state is before.state
    if isinstance(event, SensorLost) and event.sensor in [s.config.id for s in desk.sensors]:
        assert desk.state is not DeskState.FREE
    for sensor in desk.sensors:
        check_word(sensor)
    return desk


def walk(sensors: tuple[SensorConfig, ...]) -> Iterator[Desk]:
    fresh = desk_with(*sensors)
    known = {at_zero(judge(fresh, start, 0), 0) for start in STARTS}
    todo = deque(known)
    while todo:
        desk = todo.popleft()
        yield desk
        for event, now in [*((event, 0) for event in (*LIVE, *STARTS)), (TimePassed(), 1)]:
            found = at_zero(judge(desk, event, now), now)
            if found not in known:
                known.add(found)
                todo.append(found)


@pytest.mark.parametrize("sensors", SMALL, ids=lambda sensors: "+".join(s.kind for s in sensors))
def test_every_reachable_state_says_only_what_it_knows(sensors: tuple[SensorConfig, ...]) -> None:
    states = 0
    for desk in walk(sensors):
        states += 1
        assert states <= 5_000, "the states do not end"
        due = deadline(desk)
        if due is None:
            continue
        for event, late in product((*LIVE, TimePassed()), (0.0, 0.5, 20.0)):
            check_late(desk, event, due + late)
    print(f"{[str(s.kind) for s in sensors]}: {states} states")
    assert states > 5


def check_late(desk: Desk, event: DeskEvent, now: float) -> None:
    """An event after missed deadlines tells what waking at each of them would have told."""
    late, told = step(desk, event, now)
    prompt, story = desk, ()
    while (due := deadline(prompt)) is not None and due <= now:
        prompt, news = step(prompt, TimePassed(), due)
        story += news
    prompt, news = step(prompt, event, now)
    assert (late, told) == (prompt, story + news)


# ---- long runs ----------------------------------------------------------------------------

LIVES = st.lists(st.tuples(st.floats(-10, 4000), st.sampled_from((*LIVE, *STARTS))), max_size=80)
SENSORS = st.sampled_from(
    [
        (seat_switch(),),
        (pir(),),
        (seat_switch(), pir()),
        (seat_switch(silent_after=60), pir(silent_after=120)),
    ]
)


@given(sensors=SENSORS, life=LIVES)
@settings(max_examples=100, deadline=None)
def test_no_life_says_what_it_cannot_know(
    sensors: tuple[SensorConfig, ...], life: list[tuple[float, DeskEvent]]
) -> None:
    desk, now = desk_with(*sensors), 0.0
    for after, event in life:
        now += max(after, 0.0)
        desk = judge(desk, event, now)
        assert step(desk, event, now + min(after, 0.0)) == step(desk, event, now)
    frames = all(sensor.silent_after is not None for sensor in sensors)
    desk = judge(desk, TimePassed(), now + 1e6)
    assert not (frames and desk.started and desk.state is not DeskState.UNKNOWN)


# ---- configuration ------------------------------------------------------------------------


@pytest.mark.parametrize("key", ["hold", "stuck_after", "silent_after"])
@pytest.mark.parametrize("value", [0, -1, math.nan, math.inf, True, "5"])
def test_a_time_must_be_a_positive_number(key: str, value: object) -> None:
    with pytest.raises(InvalidDeskConfig, match=rf"desk 'd': pir {key} = .*greater than 0"):
        desk_with(pir(**{key: value}))


@pytest.mark.parametrize("sensors", [(), (pir(), pir())])
def test_sensors_must_be_there_and_differ(sensors: tuple[SensorConfig, ...]) -> None:
    with pytest.raises(InvalidDeskConfig, match="one or more, each with a name of its own"):
        desk_with(*sensors)


def test_every_sensor_kind_is_an_evidence() -> None:
    assert [kind.evidence for kind in SensorKind] == [kind.value for kind in SensorKind]
