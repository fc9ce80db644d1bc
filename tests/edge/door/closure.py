"""Every state that a door can reach, up to a shift in time and the names of grants.

All times of the doors here are small whole numbers, so that whole numbers are all the times
there are; a state is written with its own moment as zero. The machine knows time only by
differences, so two states that are written alike behave alike, and there are finitely many.
"""

import math
from collections import deque
from collections.abc import Iterator
from dataclasses import fields, replace
from itertools import product
from operator import attrgetter
from typing import Any, NamedTuple

from loquet_contract.ids import DoorId, GrantId, LockdownId
from loquet_contract.wire.events import ReleaseCause
from loquet_edge.door import Door, DoorConfig, ExitStyle, LockKind, deadline, events, step
from loquet_edge.door.events import DoorEvent
from loquet_edge.door.state import Timed
from tests.edge.door.watch import Watch, judge

MOST_WAITING = 2
"""Grants given in one release; more of them add only more of the same."""

KNOWN_NAMES = ((), ("0",), ("0", "1"))

STARTS = tuple(events.Start(*levels) for levels in product((False, True), repeat=4))
LIVE: tuple[DoorEvent, ...] = (
    events.CommandRelease(),
    events.ExitPressed(),
    events.ExitReleased(),
    events.ExitAsked(),
    events.LeafOpened(),
    events.LeafClosed(),
    events.UnlockScheduleBegan(),
    events.UnlockScheduleEnded(),
    events.LockdownApplied(LockdownId("l")),
    events.LockdownLifted(LockdownId("l")),
    events.FireStarted(),
    events.FireLoopClosed(),
    events.FireRearmed(),
    events.TimePassed(),
)
LOCK_CONTACT: tuple[DoorEvent, ...] = (
    events.LockFeedback(locked=True),
    events.LockFeedback(locked=False),
    events.LockFaultSeen("no guard"),
    events.LockFaultEnded(),
)


def small(lock: LockKind, exit: ExitStyle, has_contact: bool) -> DoorConfig:
    """A door whose times are as small as they can be while all of them differ in order."""
    return DoorConfig(
        DoorId("d"), lock, exit, has_contact, release=1, extended_release=2, maximum=2,
        pre_alarm=1, alarm=2, exit_stuck=1, settle=1, lock_follow=1,
    )  # fmt: skip


CONFIGS = tuple(
    small(lock, exit, contact)
    for lock, exit, contact in product(LockKind, ExitStyle, (True, False))
)


BEHAVIOURS: dict[tuple[bool, ...], DoorConfig] = {}
"""One door for each way to behave; doors that share a key differ in nothing but their names."""
for each in CONFIGS:
    key = (each.has_contact, each.relocks_on_opening, each.exit_releases, each.exits_unseen)
    BEHAVIOURS.setdefault(key, each)


class Node(NamedTuple):
    """A door and the world beside it, at the moment zero."""

    door: Door
    watch: Watch


_says = attrgetter(*(each.name for each in fields(Door) if each.name not in ("config", "time")))


def apart(node: Node) -> Any:
    """All that tells two nodes of one walk apart: their doors share configuration and moment."""
    return _says(node.door), node.watch


def walk(config: DoorConfig, alphabet: tuple[DoorEvent, ...]) -> Iterator[Node]:
    """All nodes that can be reached; ``judge`` has passed every step that leads to one."""
    fresh = Node(Door(config), Watch())
    starts = (
        press(fresh, start, 0) for start in STARTS if config.has_contact or not start.leaf_open
    )
    todo = deque({apart(node): node for node in starts}.values())
    known = {apart(node) for node in todo}
    while todo:
        node = todo.popleft()
        yield node
        for event in possible(node, alphabet):
            for after in (0, 1) if isinstance(event, events.TimePassed) else (0,):
                found = press(node, event, after)
                if (told := apart(found)) not in known:
                    known.add(told)
                    todo.append(found)


def possible(node: Node, alphabet: tuple[DoorEvent, ...]) -> Iterator[DoorEvent]:
    """The alphabet, and new grants while not too many wait."""
    yield from alphabet
    if len(node.watch.waiting) < MOST_WAITING:
        yield events.GrantGiven(GrantId("new"))
        yield events.GrantGiven(GrantId("new"), extended=True)
        if node.door.released_by is ReleaseCause.EXIT:
            yield events.LeaverNamed(GrantId("new"))


def press(node: Node, event: DoorEvent, after: float) -> Node:
    """The node that follows when ``event`` happens ``after`` seconds."""
    door, effects = step(node.door, event, after)
    watch = judge(node.door.config, node.watch, event, effects, after)
    due = deadline(door)
    assert due is None or due > after, "a deadline that is due was left"
    assert due is not None or not watch.waiting, "a grant waits for nothing"
    return at_zero(door, watch, after)


def at_zero(door: Door, watch: Watch, now: float) -> Node:
    """Written with ``now`` as zero, and grants by their order.

    A right to a release that the door no longer keeps is forgotten: were it used again, the
    watch would say that nobody asked.
    """
    if door.leaving is None:
        watch = watch._replace(left_at=-math.inf)
        if door.granted is None:
            watch = watch._replace(asked_at=-math.inf)
    if now == door.time == 0 and watch.waiting in KNOWN_NAMES:
        return Node(door, watch)
    names = {grant: GrantId(str(place)) for place, grant in enumerate(watch.waiting)}
    door = replace(
        door,
        time=0.0,
        grants=tuple(names[grant] for grant in door.grants),
        leavers=tuple(names[grant] for grant in door.leavers),
        granted=timed(door.granted, now),
        leaving=timed(door.leaving, now),
        exit=door.exit and replace(door.exit, stuck_at=less(door.exit.stuck_at, now)),
        leaf=door.leaf and replace(door.leaf, alarm_at=less(door.leaf.alarm_at, now)),
        settling=door.settling and replace(door.settling, until=door.settling.until - now),
        disagrees_at=less(door.disagrees_at, now),
    )
    lock = watch.lock
    watch = watch._replace(
        waiting=tuple(names.values()),
        lock=replace(lock, until=less(lock.until, now)) if hasattr(lock, "until") else lock,
        timed_since=watch.timed_since - now,
        asked_at=watch.asked_at - now,
        left_at=watch.left_at - now,
    )
    return Node(door, watch)


def timed(release: Timed | None, now: float) -> Timed | None:
    """A timed release, seen from ``now``."""
    return release and replace(release, began=release.began - now, until=release.until - now)


def less(at: float | None, now: float) -> float | None:
    """A moment, seen from ``now``."""
    return None if at is None else at - now
