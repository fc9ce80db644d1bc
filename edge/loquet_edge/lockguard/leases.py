"""Which locks are released: a pure machine, small enough to be read in one go.

The guard believes nobody. Whoever wants a door released takes a *lease* on it, for a time that
the guard itself measures and caps; when the lease ends, or whoever took it goes away, the lock
goes back. There are two kinds: a *timed* lease for somebody who passes, capped at the door's
hard maximum, and a *hold* for what time does not end (a schedule, an exit held), which must be
renewed and lives ``HOLD_SECONDS``, so that a client that hangs holds nothing.

Safety needs no client. A door is released while

* the fire latch is set and the door is one of those that fire releases, or
* its exit input is active, and for its release time after, or
* a lease on it runs, or
* it fails safe and its client is gone, or did not come in time (declared fail mode).

Fire sets the latch; only a re-arm while the loop is closed clears it. Nothing that a client says
reaches the latch. A client's *end* ends leases and what an exit left behind, never an exit that
is being pressed, never fire. An *end* and a word of the exit may cross on the socket, so an *end*
says how many such words its client had heard: only who has heard the last one means that exit.
A client that has just come has heard of none, whatever the one before it had.

Times are monotonic seconds, given by the caller. ``step`` returns the new state and effects in
the order in which to perform them: locks, then words to the client, then the latch's file.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from enum import IntEnum

HOLD_SECONDS = 3.0
"""How long a hold lives without renewal; a client renews each second."""
FIRST_CLIENT_SECONDS = 10.0
"""How long a guard that has just begun waits for a client before it counts as abandoned."""


@dataclass(frozen=True, slots=True)
class GuardedDoor:
    """One door as the guard knows it; seconds."""

    maximum: float
    exit_release: float
    exit_releases: bool = True
    """Whether its exit input releases; a sensor beside a free handle only tells."""
    in_fire: bool = True
    fails_safe: bool = False


class Told(IntEnum):
    """What the guard tells its client; ``active`` goes with each."""

    EXIT = 1
    FIRE_LOOP = 2
    FIRE_LATCH = 3
    RELEASED = 4
    STARTED = 5
    """The end of the snapshot that a new client hears first."""
    REARM = 6
    """Somebody turned the re-arm key, whether or not there was anything to re-arm."""


@dataclass(frozen=True, slots=True)
class LeaseTaken:
    """The client wants a door released for ``seconds``; None: hold until renewed or ended."""

    door: int
    seconds: float | None


@dataclass(frozen=True, slots=True)
class LeaseEnded:
    """The client wants a door locked. ``exit_words``: of its exit, those heard until then."""

    door: int
    exit_words: int = 0


@dataclass(frozen=True, slots=True)
class ClientCame:
    """A client connected; it is told the whole state first."""


@dataclass(frozen=True, slots=True)
class ClientGone:
    """The client is gone, however it went."""


@dataclass(frozen=True, slots=True)
class ExitChanged:
    """A door's exit input changed."""

    door: int
    active: bool


@dataclass(frozen=True, slots=True)
class FireLoopChanged:
    """The fire loop opened (fire) or closed."""

    fire: bool


@dataclass(frozen=True, slots=True)
class RearmPressed:
    """A person re-arms on the spot."""


@dataclass(frozen=True, slots=True)
class TimePassed:
    """Nothing but time; due at ``deadline``."""


GuardEvent = (
    LeaseTaken | LeaseEnded | ClientCame | ClientGone | ExitChanged | FireLoopChanged
    | RearmPressed | TimePassed
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Drive:
    """Drive one lock."""

    door: int
    released: bool


@dataclass(frozen=True, slots=True)
class Tell:
    """Say one thing to the client, if there is one."""

    told: Told
    door: int
    active: bool


@dataclass(frozen=True, slots=True)
class KeepLatch:
    """Write the fire latch where it survives power."""

    latched: bool


Effect = Drive | Tell | KeepLatch


@dataclass(frozen=True, slots=True)
class DoorLeases:
    """One door now; the two times are ends in monotonic seconds, None when nothing runs."""

    exit_active: bool = False
    exit_until: float | None = None
    exit_words: int = 0
    """How often the client was told of the exit, its snapshot first; 0 while there is none."""
    lease_until: float | None = None


@dataclass(frozen=True, slots=True)
class Guard:
    """All doors now."""

    config: tuple[GuardedDoor, ...]
    doors: tuple[DoorLeases, ...]
    fire: bool
    latched: bool
    client: bool = False
    abandoned: bool = False
    """No client is there: doors that fail safe are released."""
    abandoned_at: float | None = None
    """When it counts as abandoned unless a first client has come."""

    def released(self, door: int) -> bool:
        """Whether this lock is to be released."""
        config, now = self.config[door], self.doors[door]
        return (
            self._must_release(door)
            or (self.abandoned and config.fails_safe)
            or now.exit_until is not None
            or now.lease_until is not None
        )

    def released_at_end(self, door: int) -> bool:
        """Whether this lock is left released when the guard itself ends."""
        return self._must_release(door) or self.config[door].fails_safe

    def _must_release(self, door: int) -> bool:
        config = self.config[door]
        return (self.latched and config.in_fire) or (
            self.doors[door].exit_active and config.exit_releases
        )

    @property
    def snapshot(self) -> tuple[Tell, ...]:
        """Everything that a new client must hear, ended by STARTED."""
        found = [Tell(Told.FIRE_LOOP, 0, self.fire), Tell(Told.FIRE_LATCH, 0, self.latched)]
        for at, door in enumerate(self.doors):
            found.append(Tell(Told.EXIT, at, door.exit_active))
            found.append(Tell(Told.RELEASED, at, self.released(at)))
        return (*found, Tell(Told.STARTED, 0, True))


def begin(
    config: tuple[GuardedDoor, ...],
    *,
    fire: bool,
    latched: bool,
    exits: tuple[bool, ...],
    now: float,
) -> Guard:
    """Return the state at start, from inputs that were read before any output was driven."""
    doors = tuple(DoorLeases(exit_active=active) for active in exits)
    give_up = now + FIRST_CLIENT_SECONDS
    return Guard(config, doors, fire=fire, latched=latched or fire, abandoned_at=give_up)


def deadline(guard: Guard) -> float | None:
    """Return when TimePassed is due, in monotonic seconds; None if nothing runs."""
    ends = [
        end
        for door in guard.doors
        for end in (door.exit_until, door.lease_until)
        if end is not None
    ]
    if guard.abandoned_at is not None:
        ends.append(guard.abandoned_at)
    return min(ends, default=None)


def step(guard: Guard, event: GuardEvent, now: float) -> tuple[Guard, list[Effect]]:
    """Return the state after ``event`` at ``now``, and what to do, in order.

    Before a timed lease, what has ended by then ends at the line too: one that comes late does
    not prolong the one before it, however late both are seen. A hold and an exit, which have no
    maximum, go on without a gap.
    """
    ended = _expire(guard, now)
    after = _apply(ended, event, now)
    if isinstance(event, LeaseTaken) and event.seconds is not None:
        effects = _effects(guard, ended) + _effects(ended, after)
    else:
        effects = _effects(guard, after)
    if isinstance(event, RearmPressed):
        effects.append(Tell(Told.REARM, 0, True))
    if isinstance(event, ClientCame):
        kept = [each for each in effects if not isinstance(each, Tell)]
        effects = [*kept, *after.snapshot]
    return after, effects


def _effects(before: Guard, after: Guard) -> list[Effect]:
    drives: list[Effect] = []
    tells: list[Effect] = []
    for at in range(len(after.doors)):
        if after.released(at) != before.released(at):
            drives.append(Drive(at, after.released(at)))
            tells.append(Tell(Told.RELEASED, at, after.released(at)))
        if after.doors[at].exit_active != before.doors[at].exit_active:
            tells.append(Tell(Told.EXIT, at, after.doors[at].exit_active))
    if after.fire != before.fire:
        tells.append(Tell(Told.FIRE_LOOP, 0, after.fire))
    if after.latched != before.latched:
        tells.append(Tell(Told.FIRE_LATCH, 0, after.latched))
        tells.append(KeepLatch(after.latched))
    return drives + tells


def _apply(guard: Guard, event: GuardEvent, now: float) -> Guard:
    match event:
        case LeaseTaken(door, seconds):
            return _lease(guard, door, seconds, now)
        case LeaseEnded(door, exit_words):
            return _end(guard, door, exit_words)
        case ClientCame():
            doors = tuple(replace(door, exit_words=1) for door in guard.doors)
            return replace(guard, doors=doors, client=True, abandoned=False, abandoned_at=None)
        case ClientGone():
            doors = tuple(replace(door, lease_until=None, exit_words=0) for door in guard.doors)
            return replace(guard, doors=doors, client=False, abandoned=True)
        case ExitChanged(door, active):
            return _exit(guard, door, active, now)
        case FireLoopChanged(fire):
            return replace(guard, fire=fire, latched=guard.latched or fire)
        case RearmPressed():
            return guard if guard.fire else replace(guard, latched=False)
        case TimePassed():
            return guard


def _lease(guard: Guard, door: int, seconds: float | None, now: float) -> Guard:
    if not guard.client:
        return guard
    timed = None if seconds is None else min(seconds, guard.config[door].maximum)
    length = HOLD_SECONDS if timed is None else timed
    until = now + length if length > 0 else None
    return _with(guard, door, replace(guard.doors[door], lease_until=until))


def _end(guard: Guard, door: int, exit_words: int) -> Guard:
    before = guard.doors[door]
    heard = 1 < before.exit_words == exit_words
    exit_until = None if heard else before.exit_until
    return _with(guard, door, replace(before, exit_until=exit_until, lease_until=None))


def _exit(guard: Guard, door: int, active: bool, now: float) -> Guard:
    before, config = guard.doors[door], guard.config[door]
    if before.exit_active == active:
        return guard
    until = now + config.exit_release if config.exit_releases else None
    words = before.exit_words + 1 if guard.client else 0
    after = replace(before, exit_active=active, exit_until=until, exit_words=words)
    return _with(guard, door, after)


def _with(guard: Guard, door: int, leases: DoorLeases) -> Guard:
    doors = (*guard.doors[:door], leases, *guard.doors[door + 1 :])
    return replace(guard, doors=doors)


def _expire(guard: Guard, now: float) -> Guard:
    if guard.abandoned_at is not None and guard.abandoned_at <= now:
        guard = replace(guard, abandoned=True, abandoned_at=None)
    doors = tuple(_expired(door, now) for door in guard.doors)
    return guard if doors == guard.doors else replace(guard, doors=doors)


def _expired(door: DoorLeases, now: float) -> DoorLeases:
    exit_ended = door.exit_until is not None and door.exit_until <= now
    lease_ended = door.lease_until is not None and door.lease_until <= now
    if not exit_ended and not lease_ended:
        return door
    return replace(
        door,
        exit_until=None if exit_ended else door.exit_until,
        lease_until=None if lease_ended else door.lease_until,
    )
