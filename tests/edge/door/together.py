"""Every state that a door's machine, the guard and the fire latch can reach together, as processes.

Both machines are the real ones, and so is what translates the guard's words (``GuardEar``). Around
them the world presses, burns and re-arms; either process may die and come back, and the door's may
hang, with what the guard tells it kept in the socket, and go on. All times are small whole numbers
and a state is written with its own moment as zero (see ``closure``), so that there are finitely
many. Orders reach the guard at once, as through a socket; what is *not* here is a slow socket.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from enum import StrEnum

from loquet_contract.ids import DoorId, LockdownId
from loquet_contract.wire.events import Event
from loquet_edge.door import Door, DoorConfig, ExitStyle, LockKind, deadline, events, step
from loquet_edge.door.effects import Release, Relock, Report
from loquet_edge.door.events import DoorEvent
from loquet_edge.guard_ear import GuardEar
from loquet_edge.lockguard import leases
from loquet_edge.lockguard.leases import Drive, Guard, GuardedDoor, GuardEvent, KeepLatch, Tell
from tests.edge.door.closure import less, timed

DOOR = DoorId("d")
MOST_WAITING = 2
"""Notices in the socket of a door that hangs; then the guard lets it go, as if it had died."""


LONG_AGO = 3.0
"""Seconds, beyond which all that anybody asked for has ended."""
GIVES_UP = 2.0
"""Seconds that a guard waits for its first client here; more of them add more of the same."""


class Life(StrEnum):
    """What the door's process does."""

    UP = "up"
    HUNG = "hung"
    DOWN = "down"


@dataclass(frozen=True, slots=True)
class Ear:
    """What ``GuardEar`` knows, so that it can be made anew in each state."""

    exit: bool | None = None
    loop_open: bool = False
    latched: bool = False
    started: bool = False
    exit_words: int = 0


@dataclass(frozen=True, slots=True)
class Whole:
    """One door with both of its processes and its world, at the moment zero."""

    kind: Kind
    door: Door
    ear: Ear = Ear()
    guard: Guard | None = None
    level: bool = False
    """Whether the line holds the lock released, whoever drives it or does not."""
    life: Life = Life.DOWN
    exit: bool = False
    loop_open: bool = False
    burning: bool = False
    """Since the loop was open, until a person re-armed at a guard that listened. A loop that opens
    and closes while there is no guard is seen by nobody."""
    latch: bool = False
    """What stands on the disk."""
    told: tuple[Tell | None, ...] = ()
    asked: float = LONG_AGO
    """Seconds since anybody last had a right to a release."""


@dataclass(frozen=True, slots=True)
class Kind:
    """One way to build a door, and one way of the kernel with lines that nobody holds."""

    fails_safe: bool
    strict: bool
    exit: ExitStyle = ExitStyle.BUTTON

    @property
    def config(self) -> DoorConfig:
        return DoorConfig(
            DOOR, LockKind.MAGLOCK if self.fails_safe else LockKind.STRIKE, self.exit, False,
            release=1, extended_release=2, maximum=2, pre_alarm=1, alarm=2, exit_stuck=1,
            settle=1, lock_follow=1,
        )  # fmt: skip

    @property
    def guarded(self) -> tuple[GuardedDoor, ...]:
        return (GuardedDoor(maximum=2.0, exit_release=1.0, fails_safe=self.fails_safe),)


@dataclass(slots=True)
class Hand:
    """A ``Doorway`` without lights: its machine, and the orders that it gives."""

    door: Door
    exit_words: int = 0
    orders: list[GuardEvent] = field(default_factory=list)

    def feed(self, event: DoorEvent, now: float) -> tuple[Event, ...]:
        self.door, effects = step(self.door, event, now)
        for effect in effects:
            if isinstance(effect, Release | Relock):
                self.move(effect, now)
        return tuple(each.event for each in effects if isinstance(each, Report))

    def move(self, effect: Release | Relock, now: float) -> None:
        if isinstance(effect, Relock):
            self.orders.append(leases.LeaseEnded(0, self.exit_words))
        else:
            seconds = None if effect.until is None else effect.until - now
            self.orders.append(leases.LeaseTaken(0, seconds))

    def renew(self, now: float) -> None:
        effect = self.door.lock_effect
        if isinstance(effect, Release) and effect.until is None and self.door.fault is None:
            self.move(effect, now)

    def guard_lost(self, now: float) -> tuple[Event, ...]:
        return self.feed(events.LockFaultSeen("gone"), now)

    def guard_returned(self, now: float) -> tuple[Event, ...]:
        return self.feed(events.LockFaultEnded(), now)


# ---- what can happen ----------------------------------------------------------------------


def happenings(whole: Whole) -> Iterator[tuple[str, Whole]]:
    """Everything that can happen now, by name, and what comes of it."""
    yield from _people(whole)
    yield from _processes(whole)
    yield "a second passes", _pass(whole)


def _people(whole: Whole) -> Iterator[tuple[str, Whole]]:
    pressed = not whole.exit
    moved = replace(whole, exit=pressed, asked=0.0)
    yield "exit", _guard(moved, leases.ExitChanged(0, pressed))
    cut = not whole.loop_open
    seen = whole.latch if whole.guard is None else whole.burning
    burnt = replace(whole, loop_open=cut, burning=seen or cut)
    yield "loop", _guard(burnt, leases.FireLoopChanged(cut))
    if whole.guard is not None:
        calm = replace(whole, burning=whole.loop_open)
        yield "rearm", _guard(calm, leases.RearmPressed())
    if whole.life is Life.UP and whole.ear.started:
        locked = whole.door.lockdown is not None
        asked = whole if locked else replace(whole, asked=0.0)
        yield "command", _door(asked, events.CommandRelease())
        name = LockdownId("l")
        yield (
            "lockdown",
            _door(whole, events.LockdownLifted(name) if locked else events.LockdownApplied(name)),
        )


def _processes(whole: Whole) -> Iterator[tuple[str, Whole]]:
    if whole.life is Life.DOWN:
        fresh = replace(whole, life=Life.UP, door=Door(whole.kind.config), ear=Ear(), told=())
        yield "the door starts", _guard(fresh, leases.ClientCame())
    else:
        yield "the door dies", _killed(whole)
    if whole.life is Life.UP:
        yield "the door hangs", replace(whole, life=Life.HUNG)
    if whole.life is Life.HUNG:
        yield "the door goes on", _wake(whole)
    if whole.guard is None:
        yield "the guard starts", _start_guard(whole)
    else:
        level = whole.level and not whole.kind.strict
        yield "the guard dies", _tell(replace(whole, guard=None, level=level), (None,))
        end = whole.guard.released_at_end(0)
        yield "the guard is told to end", _tell(replace(whole, guard=None, level=end), (None,))


def _killed(whole: Whole) -> Whole:
    return _guard(replace(whole, life=Life.DOWN, told=()), leases.ClientGone())


def _start_guard(whole: Whole) -> Whole:
    """As ``Lockguard`` does: inputs and latch first, then the lock, then a client."""
    guard = leases.begin(
        whole.kind.guarded, fire=whole.loop_open, latched=whole.latch, exits=(whole.exit,), now=0.0
    )
    guard = replace(guard, abandoned_at=GIVES_UP)
    latch = whole.latch or guard.latched
    begun = replace(whole, guard=guard, level=guard.released(0), latch=latch)
    return begun if whole.life is Life.DOWN else _guard(begun, leases.ClientCame())


def _wake(whole: Whole) -> Whole:
    woken = replace(whole, life=Life.UP, told=())
    for tell in whole.told:
        woken = _hear(woken, tell)
    return woken


def _pass(whole: Whole) -> Whole:
    """One second for everybody: the guard, the door with its chores, and the written times."""
    whole = _shifted(whole)
    whole = _guard(whole, leases.TimePassed())
    if whole.life is not Life.UP:
        return whole
    hand = Hand(whole.door, whole.ear.exit_words)
    due = deadline(hand.door)
    if due is not None and due <= 0:
        hand.feed(events.TimePassed(), 0.0)
    hand.renew(0.0)
    return _ordered(replace(whole, door=hand.door), hand.orders)


# ---- who hears what -----------------------------------------------------------------------


def _guard(whole: Whole, event: GuardEvent) -> Whole:
    """The guard sees an event, if there is one; then its line, its latch and its client."""
    if whole.guard is None:
        return whole
    guard, effects = leases.step(whole.guard, event, 0.0)
    whole = replace(whole, guard=guard)
    tells: list[Tell | None] = []
    for effect in effects:
        match effect:
            case Drive(_, released):
                whole = replace(whole, level=released)
            case KeepLatch(latched):
                whole = replace(whole, latch=latched)
            case Tell():
                tells.append(effect)
    return _tell(whole, tuple(tells)) if guard.client else whole


def _tell(whole: Whole, tells: tuple[Tell | None, ...]) -> Whole:
    if whole.life is Life.HUNG:
        told = whole.told + tells
        if len(told) <= MOST_WAITING or None in told:
            return replace(whole, told=told)
        return _killed(whole)
    for tell in tells if whole.life is Life.UP else ():
        whole = _hear(whole, tell)
    return whole


def _hear(whole: Whole, tell: Tell | None) -> Whole:
    hand, ear = Hand(whole.door, whole.ear.exit_words), whole.ear
    real = GuardEar({DOOR: hand}, (DOOR,), (DOOR,), lambda door: False, 0.0)  # type: ignore[dict-item]
    real._exits = {} if ear.exit is None else {DOOR: ear.exit}
    real._loop_open, real._latched, real.started = ear.loop_open, ear.latched, ear.started
    real.hear(tell, 0.0)
    heard = Ear(
        real._exits.get(DOOR), real._loop_open, real._latched, real.started, hand.exit_words
    )
    return _counted_anew(_ordered(replace(whole, door=hand.door, ear=heard), hand.orders))


def _counted_anew(whole: Whole) -> Whole:
    """Words of the exit beyond the second differ in nothing but how many are still to be heard."""
    if whole.guard is None:
        return whole
    (door,), ear = whole.guard.doors, whole.ear
    more = max(0, min(door.exit_words, ear.exit_words) - 2)
    guard = replace(whole.guard, doors=(replace(door, exit_words=door.exit_words - more),))
    return replace(whole, guard=guard, ear=replace(ear, exit_words=ear.exit_words - more))


def _door(whole: Whole, event: DoorEvent) -> Whole:
    hand = Hand(whole.door, whole.ear.exit_words)
    hand.feed(event, 0.0)
    return _ordered(replace(whole, door=hand.door), hand.orders)


def _ordered(whole: Whole, orders: list[GuardEvent]) -> Whole:
    for order in orders:
        whole = _guard(whole, order)
    return whole


def _shifted(whole: Whole) -> Whole:
    """A second later, which becomes the moment zero."""
    guard, door = whole.guard, whole.door
    if guard is not None:
        doors = tuple(
            replace(
                each, exit_until=less(each.exit_until, 1), lease_until=less(each.lease_until, 1)
            )
            for each in guard.doors
        )
        guard = replace(guard, doors=doors, abandoned_at=less(guard.abandoned_at, 1))
    door = replace(
        door, time=0.0, granted=timed(door.granted, 1), leaving=timed(door.leaving, 1),
        exit=door.exit and replace(door.exit, stuck_at=less(door.exit.stuck_at, 1)),
        settling=door.settling and replace(door.settling, until=door.settling.until - 1),
    )  # fmt: skip
    return replace(whole, guard=guard, door=door, asked=min(whole.asked + 1, LONG_AGO))


def walk(kind: Kind) -> Iterator[tuple[Whole, str, Whole]]:
    """Every step between two states that can be reached from a unit that is switched on."""
    first = [
        Whole(kind, Door(kind.config), exit=exit_, loop_open=loop, burning=loop or latch,
              latch=latch)
        for exit_ in (False, True) for loop in (False, True) for latch in (False, True)
    ]  # fmt: skip
    known, todo = set(first), deque(first)
    while todo:
        whole = todo.popleft()
        for name, found in happenings(whole):
            yield whole, name, found
            if found not in known:
                known.add(found)
                todo.append(found)
