"""Long lives of doors with their real times: random events at random, even crooked, moments."""

import math
from itertools import groupby

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from loquet_contract.ids import DoorId, GrantId, LockdownId
from loquet_edge.door import Door, DoorConfig, ExitStyle, LockKind, deadline, events, step
from loquet_edge.door.effects import Effect, Release, Relock
from loquet_edge.door.events import DoorEvent
from tests.edge.door.closure import BEHAVIOURS, CONFIGS, LIVE, LOCK_CONTACT, STARTS
from tests.edge.door.watch import Watch, judge

DOORS = st.builds(
    DoorConfig,
    st.just(DoorId("d")),
    st.sampled_from(LockKind),
    st.sampled_from(ExitStyle),
    st.booleans(),
)
LOCKDOWNS = st.sampled_from([LockdownId("l"), LockdownId("m")])
HAPPENINGS = st.one_of(
    st.sampled_from(LIVE + LOCK_CONTACT),
    st.builds(events.GrantGiven, st.just(GrantId("?")), st.booleans()),
    st.builds(events.LockdownApplied, LOCKDOWNS),
    st.builds(events.LockdownLifted, LOCKDOWNS),
)
MOMENTS = st.one_of(
    st.floats(0, 2),
    st.floats(0, 100),
    st.just(math.inf),
    st.sampled_from([-1e-6, 0.0, 1e-6]),
)
"""Seconds until something happens; infinity: at the next deadline, the tiny ones: around it."""
LIVES = st.lists(st.tuples(MOMENTS, HAPPENINGS), min_size=20, max_size=120)

Step = tuple[float, DoorEvent]
long_run = settings(max_examples=100, deadline=None, suppress_health_check=[HealthCheck.too_slow])


def live(config: DoorConfig, start: DoorEvent, life: list[Step]) -> list[tuple[Effect, ...]]:
    """All effects of a life, each step of it judged."""
    now, door, watch, done = 0.0, Door(config), Watch(), list[tuple[Effect, ...]]()
    story = [(0.0, start), *life, (1e6, events.TimePassed())]
    for number, (after, event) in enumerate(story):
        due = deadline(door)
        near = after == math.inf or abs(after) == 1e-6
        if near:
            edge = 0.0 if after == math.inf else after
            now = max(now, due + edge) if due is not None else now
        else:
            now += after
        if isinstance(event, events.GrantGiven):
            event = events.GrantGiven(GrantId(f"g{number}"), event.extended)
        door, effects = step(door, event, now)
        watch = judge(config, watch, event, effects, now)
        due = deadline(door)
        assert due is None or due > now
        done.append(effects)
    assert watch.waiting == (), "a grant neither taken nor not taken"
    return done


@given(config=DOORS, start=st.sampled_from(STARTS), life=LIVES)
@long_run
def test_no_life_breaks_a_promise(config: DoorConfig, start: DoorEvent, life: list[Step]) -> None:
    assert live(config, start, life) == live(config, start, life), "not deterministic"


@pytest.mark.parametrize("config", CONFIGS, ids=lambda c: f"{c.lock}-{c.exit}-{c.has_contact}")
@given(start=st.sampled_from(STARTS), life=LIVES)
@settings(long_run, max_examples=6)
def test_doors_that_share_a_behaviour_behave_alike(
    config: DoorConfig, start: DoorEvent, life: list[Step]
) -> None:
    key = (
        config.has_contact,
        config.relocks_on_opening,
        config.exit_releases,
        config.exits_unseen,
    )
    assert live(config, start, life) == live(BEHAVIOURS[key], start, life)


@given(config=DOORS, life=LIVES, back=st.floats(0, 1e6))
@long_run
def test_an_older_now_counts_as_the_latest_seen(
    config: DoorConfig, life: list[Step], back: float
) -> None:
    door, now = Door(config), 0.0
    for after, event in life:
        now += min(after, 40.0) if after > 0 else 0.0
        door = step(door, events.TimePassed(), now)[0]
        assert step(door, event, now - back) == step(door, event, now)
        door = step(door, event, now)[0]


@given(start=st.sampled_from(STARTS), life=LIVES)
@long_run
def test_fire_never_relocks_before_a_person_rearms(start: DoorEvent, life: list[Step]) -> None:
    door, now = step(Door(DoorConfig(DoorId("d"))), start, 0.0)[0], 0.0
    door, _ = step(door, events.FireStarted(), now)
    for after, event in life:
        if isinstance(event, events.FireRearmed):
            continue
        now += min(after, 1e3) if after > 0 else 0.0
        door, effects = step(door, event, now)
        assert not [effect for effect in effects if isinstance(effect, Relock)]
        assert door.lock_effect == Release(None)


@given(config=DOORS, start=st.sampled_from(STARTS), life=LIVES)
@long_run
def test_exit_is_obeyed_at_once_whatever_came_before(
    config: DoorConfig, start: DoorEvent, life: list[Step]
) -> None:
    door, now = Door(config), 0.0
    for after, event in [(0.0, start), *life]:
        now += min(after, 1e3) if after > 0 else 0.0
        pressed, effects = step(door, events.ExitPressed(), now)
        if config.exit_releases:
            assert pressed.lock_effect == Release(None)
            assert not [effect for effect in effects if isinstance(effect, Relock)]
        door, _ = step(door, event, now)


@given(config=DOORS, life=LIVES)
@long_run
def test_release_and_relock_alternate_in_the_journal(config: DoorConfig, life: list[Step]) -> None:
    told = [
        fact.kind == "door_released"
        for effects in live(config, events.Start(), life)
        for effect in effects
        if (fact := getattr(effect, "event", None)) is not None
        and fact.kind in ("door_released", "door_relocked")
    ]
    relocks = [len(list(run)) for released, run in groupby(told) if not released]
    assert all(length == 1 for length in relocks)
    assert not told or told[0]
