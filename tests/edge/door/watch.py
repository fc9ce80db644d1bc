"""What must hold at every step of every door, judged from events and effects alone.

``Watch`` books what the world did to the door and what the door asked for; it never looks
into the machine. ``judge`` compares the two and is the definition of *safe* for these tests.
"""

import math
from typing import NamedTuple

from loquet_contract.wire import events as facts
from loquet_edge.door import DoorConfig, ExitStyle, LockKind, events
from loquet_edge.door.effects import Effect, Release, Relock, Report, Signal
from loquet_edge.door.events import DoorEvent

LOCKED = Relock()


class Watch(NamedTuple):
    """The world beside one door, and the lock as its effects left it."""

    loop_open: bool = False
    latched: bool = False
    exit: bool = False
    scheduled: bool = False
    lockdown: str | None = None
    leaf_open: bool = False
    waiting: tuple[str, ...] = ()
    lock: Release | Relock = LOCKED
    told_released: bool = False
    timed_since: float = -math.inf
    """Since when the lock has been released by timed causes alone, without a break."""
    asked_at: float = -math.inf
    """When somebody last had a right to a timed release."""
    left_at: float = -math.inf
    """When the exit input was last let go."""

    def stands(self, config: DoorConfig) -> bool:
        """Whether the lock must be released, whatever the time."""
        exits = config.exit is not ExitStyle.SENSOR or config.lock is LockKind.MAGLOCK
        scheduled = self.scheduled and self.lockdown is None
        return self.loop_open or self.latched or (self.exit and exits) or scheduled


def world(watch: Watch, event: DoorEvent, now: float) -> Watch:
    """What the world itself is after ``event``, by plain bookkeeping."""
    match event:
        case events.Start():
            watch = watch._replace(
                loop_open=event.fire_loop_open, exit=event.exit_active,
                latched=event.fire_latched or event.fire_loop_open, leaf_open=event.leaf_open,
            )  # fmt: skip
        case events.FireStarted():
            watch = watch._replace(loop_open=True, latched=True)
        case events.FireLoopClosed():
            watch = watch._replace(loop_open=False)
        case events.FireRearmed():
            watch = watch._replace(latched=watch.loop_open)
        case events.ExitPressed():
            watch = watch._replace(exit=True)
        case events.ExitReleased() if watch.exit:
            watch = watch._replace(exit=False, asked_at=now, left_at=now, timed_since=now)
        case events.ExitAsked():
            watch = watch._replace(asked_at=now, left_at=now, timed_since=now)
        case events.UnlockScheduleBegan() | events.UnlockScheduleEnded():
            watch = watch._replace(scheduled=isinstance(event, events.UnlockScheduleBegan))
        case events.LockdownApplied():
            watch = watch._replace(lockdown=event.lockdown)
        case events.LockdownLifted() if event.lockdown == watch.lockdown:
            watch = watch._replace(lockdown=None)
        case events.LeafOpened() | events.LeafClosed():
            watch = watch._replace(leaf_open=isinstance(event, events.LeafOpened))
        case events.GrantGiven() | events.CommandRelease() if watch.lockdown is None:
            watch = watch._replace(asked_at=now)
    return watch


def judge(
    config: DoorConfig, before: Watch, event: DoorEvent, effects: tuple[Effect, ...], now: float
) -> Watch:
    """The watch after a step; an assertion fails when the door did what it must never do."""
    after = world(before, event, now)
    check_order(effects)
    ended = before.lock.until if isinstance(before.lock, Release) else None
    if ended is not None and ended <= now:
        after = after._replace(timed_since=-math.inf)  # it ended by itself, as it was told to
    for effect in effects:
        if isinstance(effect, Release | Relock):
            after = after._replace(lock=effect)
    after = judge_reports(after, event, effects)
    return judge_lock(config, after, event, now)


def check_order(effects: tuple[Effect, ...]) -> None:
    """At most one lock effect, then at most one signal, then the reports."""
    order = [0 if isinstance(e, Release | Relock) else 1 if isinstance(e, Signal) else 2
             for e in effects]  # fmt: skip
    assert order == sorted(order), effects
    assert order.count(0) <= 1, effects
    assert order.count(1) <= 1, effects


def judge_lock(config: DoorConfig, after: Watch, event: DoorEvent, now: float) -> Watch:
    """No release without a cause, none beyond its maximum, fire and exit always obeyed."""
    lock = after.lock
    if after.stands(config):
        assert lock == Release(None), "fire, exit or schedule was not obeyed"
        return after._replace(timed_since=-math.inf)
    assert lock != Release(None), "released without end and without a cause"
    if isinstance(event, events.GrantGiven | events.CommandRelease) and after.lockdown is None:
        assert isinstance(lock, Release), "a grant or a command was not obeyed"
    if isinstance(event, events.ExitAsked):
        assert isinstance(lock, Release), "somebody who asked to leave was not let out"
    if isinstance(lock, Relock):
        assert not after.told_released
        return after._replace(timed_since=-math.inf, asked_at=-math.inf, left_at=-math.inf)
    assert lock.until is not None
    assert after.told_released
    assert lock.until > now, "a release outlived its time"
    assert lock.until <= after.asked_at + config.maximum, "nobody asked for this release"
    since = now if after.timed_since == -math.inf else after.timed_since
    assert lock.until <= since + config.maximum, "a timed release outlives its maximum"
    if after.lockdown is not None:
        assert lock.until <= after.left_at + config.maximum, "released in lockdown, not by an exit"
    return after._replace(timed_since=since)


def judge_reports(after: Watch, event: DoorEvent, effects: tuple[Effect, ...]) -> Watch:
    """Every grant ends once; the journal's last word on the lock is what the lock does."""
    waiting = list(after.waiting)
    named = isinstance(event, events.GrantGiven | events.LeaverNamed)
    if named and event.grant not in waiting:
        waiting.append(event.grant)
    released = after.told_released
    for effect in effects:
        if not isinstance(effect, Report):
            continue
        fact = effect.event
        if isinstance(fact, facts.AccessTaken | facts.AccessNotTaken):
            assert fact.grant in waiting, f"{fact} ends a grant that does not wait"
            waiting.remove(fact.grant)
        elif isinstance(fact, facts.DoorReleased | facts.DoorRelocked):
            released = isinstance(fact, facts.DoorReleased)
        elif isinstance(fact, facts.DoorForcedOpen):
            assert not after.exit, "an opening during an exit is no alarm"
    assert released == isinstance(after.lock, Release), "the journal disagrees with the lock"
    return after._replace(waiting=tuple(waiting), told_released=released)
