"""Every reachable state of every door, with every event before, at and after its deadlines."""

from dataclasses import replace
from functools import lru_cache

import pytest

from loquet_contract.ids import GrantId
from loquet_edge.door import Door, DoorConfig, deadline, events, step
from loquet_edge.door.effects import Effect, Release, Relock, Report
from loquet_edge.door.events import DoorEvent
from tests.edge.door.closure import BEHAVIOURS, LIVE, LOCK_CONTACT, Node, possible, walk

MOST_STATES = 30_000
"""Far above what is found; a state that grows without bound passes it at once."""

LATE = (0.0, 0.5, 20.0)
"""At the deadline, between it and the next, beyond all; taken in turn."""

BESIDE_A_LOCK_CONTACT: tuple[DoorEvent, ...] = (
    events.LeafOpened(),
    events.LeafClosed(),
    events.ExitPressed(),
    events.FireRearmed(),
    events.TimePassed(),
)
"""Enough to release and relock for every reason that a lock's contact could doubt."""


def name(config: DoorConfig) -> str:
    contact = "contact" if config.has_contact else "no_contact"
    return f"{config.lock}-{config.exit}-{contact}"


def reports(effects: tuple[Effect, ...]) -> list[Report]:
    return [effect for effect in effects if isinstance(effect, Report)]


def check_invariants(node: Node) -> None:
    """What the state itself must never be."""
    door = node.door
    assert door.settling is None or (door.granted is None and door.leaf is None)
    assert not door.grants or door.granted is not None or door.settling is not None
    assert not door.grants or door.leaf is None
    assert not door.leavers or door.leaf is None
    assert not door.leavers or not door.stands_released
    assert not door.leavers or door.released_by is not None or door.settling is not None
    assert door.lockdown is None or (door.granted is None and not door.grants)
    assert door.config.has_contact or (door.leaf is None and not door.grants)


@lru_cache(maxsize=len(LATE))
def woken(door: Door, now: float) -> tuple[Door, tuple[Report, ...]]:
    """The door after waking at each of its deadlines until ``now``, and what it told."""
    told = list[Report]()
    while (due := deadline(door)) is not None and due <= now:
        door, news = step(door, events.TimePassed(), due)
        told += reports(news)
    return door, tuple(told)


def check_late(node: Node, event: DoorEvent, now: float) -> None:
    """An event after missed deadlines tells what waking at each of them would have told."""
    late, effects = step(node.door, event, now)
    prompt, told = woken(node.door, now)
    prompt, news = step(prompt, event, now)
    assert late == prompt
    assert reports(effects) == [*told, *reports(news)]
    locks = [effect for effect in effects if isinstance(effect, Release | Relock)]
    assert locks in ([], [late.lock_effect])
    assert locks or late.lock_effect == node.door.lock_effect


@pytest.mark.timeout(600)
@pytest.mark.parametrize("config", BEHAVIOURS.values(), ids=name)
def test_no_reachable_state_breaks_a_promise(config: DoorConfig) -> None:
    """Each state with each event in time, which ``walk`` judges; with each eighth one too late."""
    explore(config, every=8)


@pytest.mark.soak
@pytest.mark.parametrize("config", BEHAVIOURS.values(), ids=name)
def test_no_event_that_comes_late_breaks_a_promise(config: DoorConfig) -> None:
    """Each state with each event in time, and with each one too late."""
    explore(config, every=1)


def explore(config: DoorConfig, every: int) -> None:
    states, doors = 0, set[Door]()
    for node in walk(config, LIVE):
        states += 1
        assert states <= MOST_STATES, "the states do not end"
        check_invariants(node)
        due = deadline(node.door)
        if due is None or node.door in doors:
            continue
        doors.add(node.door)
        late = due + LATE[states // every % len(LATE)]
        for number, event in enumerate(possible(node, LIVE), states):
            if number % every == 0:
                check_late(node, event, late)
    print(f"{name(config)}: {states} states, {len(doors)} with a deadline")
    assert len(doors) > 10


@pytest.mark.parametrize("config", BEHAVIOURS.values(), ids=name)
def test_a_lock_that_disobeys_changes_nothing_but_its_alarm(config: DoorConfig) -> None:
    states = 0
    for node in walk(config, BESIDE_A_LOCK_CONTACT + LOCK_CONTACT):
        states += 1
        assert states <= MOST_STATES
        plain = replace(node.door, lock_seen=None, disagrees=False, disagrees_at=None, fault=None)
        assert plain.lock_effect == node.door.lock_effect
        assert plain.opening_cause == node.door.opening_cause
    print(f"{name(config)}: {states} states with lock contact")
    assert states > 10


def test_a_grant_is_the_only_thing_known_of_a_person() -> None:
    config = next(iter(BEHAVIOURS.values()))
    for node in walk(config, (events.TimePassed(), events.LeafOpened(), events.LeafClosed())):
        first = step(node.door, events.GrantGiven(GrantId("a")), 0)[0]
        second = step(node.door, events.GrantGiven(GrantId("b")), 0)[0]
        assert replace(first, grants=()) == replace(second, grants=())
