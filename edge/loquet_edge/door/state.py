"""What a door is configured to be, and what it is now."""

import math
from dataclasses import dataclass
from enum import StrEnum

from loquet_contract.ids import DoorId, GrantId, LockdownId
from loquet_contract.wire.events import OpeningCause, ReleaseCause
from loquet_edge.door.effects import Feedback, Release, Relock
from loquet_edge.door_rules import TIME_LIMITS, exit_releases


class LockKind(StrEnum):
    """How the lock lets go. Its fail mode is a matter of wiring, unknown here."""

    STRIKE = "strike"
    MOTOR_BOLT = "motor_bolt"
    MAGLOCK = "maglock"


class ExitStyle(StrEnum):
    """How people leave."""

    UNSEEN = "unseen"
    """A free inside handle: an opening without release is recorded, not alarmed."""
    SENSOR = "sensor"
    BUTTON = "button"
    READER = "reader"


class InvalidDoorConfig(ValueError):
    """A door cannot work like this; the message names door and key and says what to write."""


@dataclass(frozen=True, slots=True)
class DoorConfig:
    """One door; all times in seconds."""

    id: DoorId
    lock: LockKind = LockKind.STRIKE
    exit: ExitStyle = ExitStyle.UNSEEN
    has_contact: bool = True
    release: float = 5.0
    extended_release: float = 15.0
    maximum: float = 30.0
    """No timed release is longer, whatever prolongs it."""
    pre_alarm: float = 20.0
    alarm: float = 30.0
    """Both after the opening."""
    exit_stuck: float = 60.0
    settle: float = 1.0
    """An opening this soon after a relock or a closing still belongs to it."""
    lock_follow: float = 3.0
    """How long the lock's own contact may disagree before it is a fault."""

    def __post_init__(self) -> None:
        """Raise InvalidDoorConfig when a time is not a positive number, or two do not fit."""
        for key in _TIMES:
            value = getattr(self, key)
            if isinstance(value, bool) or not isinstance(value, int | float):
                self._refuse(key, "write a number of seconds")
            if not (math.isfinite(value) and value > 0):
                self._refuse(key, "write a number of seconds greater than 0")
        for key, limit in TIME_LIMITS:
            if getattr(self, key) > getattr(self, limit):
                self._refuse(key, f"it must not be longer than {limit} = {getattr(self, limit)}")

    def _refuse(self, key: str, advice: str) -> None:
        raise InvalidDoorConfig(f"door {self.id!r}: {key} = {getattr(self, key)!r}: {advice}")

    @property
    def exit_releases(self) -> bool:
        """Whether the exit input releases the lock, rather than only explaining an opening."""
        return exit_releases(self.exit, self.lock)

    @property
    def relocks_on_opening(self) -> bool:
        return self.lock is LockKind.STRIKE

    @property
    def exits_unseen(self) -> bool:
        return self.exit is ExitStyle.UNSEEN


_TIMES = (
    "release", "extended_release", "maximum", "pre_alarm", "alarm", "exit_stuck", "settle",
    "lock_follow",
)  # fmt: skip


class Fire(StrEnum):
    """The fire latch."""

    CLEAR = "clear"
    ACTIVE = "active"
    LATCHED = "latched"
    """The loop is closed again, nobody has re-armed."""


class Held(StrEnum):
    """How far the alarm for a leaf left open has come."""

    NO = "no"
    SOON = "soon"
    HELD = "held"


@dataclass(frozen=True, slots=True)
class Timed:
    """A release that time ends. ``used``: the leaf opened during it.

    ``asked``: for a leave that was asked for at a reader, which releases whatever the exit style.
    """

    began: float
    until: float
    cause: ReleaseCause
    used: bool = False
    asked: bool = False


@dataclass(frozen=True, slots=True)
class Exit:
    """The exit input is active. ``used``: the leaf opened since."""

    stuck_at: float | None
    used: bool = False

    @property
    def stuck(self) -> bool:
        return self.stuck_at is None


@dataclass(frozen=True, slots=True)
class Leaf:
    """The leaf is open. ``alarm_at`` is the next step of ``held``; None: no step to come."""

    cause: OpeningCause
    held: Held = Held.NO
    alarm_at: float | None = None


@dataclass(frozen=True, slots=True)
class Settling:
    """Until then an opening is explained by ``cause``, though the lock is locked."""

    cause: OpeningCause
    until: float


@dataclass(frozen=True, slots=True)
class Door:
    """A door now. Made as ``Door(config)``, then given ``Start``."""

    config: DoorConfig
    time: float = -math.inf
    """The latest time seen; time never runs backwards here."""
    started: bool = False
    fire: Fire = Fire.CLEAR
    lockdown: LockdownId | None = None
    scheduled: bool = False
    """A schedule would hold the door unlocked; a lockdown suspends it."""
    exit: Exit | None = None
    leaving: Timed | None = None
    """What an exit leaves behind when its input is let go."""
    granted: Timed | None = None
    """The release of grants and commands."""
    grants: tuple[GrantId, ...] = ()
    """Given, and not yet known to be taken or not; oldest first."""
    leavers: tuple[GrantId, ...] = ()
    """Who asked to leave and is known, not yet known to be gone or not; oldest first."""
    leaf: Leaf | None = None
    """None: closed, or no contact."""
    settling: Settling | None = None
    lock_seen: bool | None = None
    """What the lock's own contact says, True for locked; None: it has said nothing."""
    disagrees_at: float | None = None
    """When the disagreement of ``lock_seen`` becomes a fault."""
    disagrees: bool = False
    fault: str | None = None
    """Why the lock cannot be driven, as the runner reported it."""

    @property
    def exit_held(self) -> bool:
        """The exit input is active, and at this door that releases."""
        return self.exit is not None and self.config.exit_releases

    @property
    def free_to_leave(self) -> Timed | None:
        """The timed release that an exit left behind, where that releases the lock."""
        leaving = self.leaving
        return leaving if leaving and (leaving.asked or self.config.exit_releases) else None

    @property
    def unlocked_by_schedule(self) -> bool:
        return self.scheduled and self.lockdown is None

    @property
    def stands_released(self) -> bool:
        """Released by a cause that no time ends."""
        return self.fire is not Fire.CLEAR or self.unlocked_by_schedule or self.exit_held

    @property
    def released_by(self) -> ReleaseCause | None:
        """The strongest cause that holds the lock released; None: the lock is to be locked."""
        if self.fire is not Fire.CLEAR:
            return ReleaseCause.FIRE
        if self.unlocked_by_schedule:
            return ReleaseCause.SCHEDULE
        if self.exit_held or self.free_to_leave is not None:
            return ReleaseCause.EXIT
        return None if self.granted is None else self.granted.cause

    @property
    def lock_effect(self) -> Release | Relock:
        """What the lock must do now, whatever it was told before."""
        if self.released_by is None:
            return Relock()
        if self.stands_released:
            return Release(None)
        timed = (self.granted, self.free_to_leave)
        return Release(max(each.until for each in timed if each is not None))

    @property
    def feedback(self) -> Feedback:
        """What LEDs and buzzer show: the worst first."""
        if self.fire is not Fire.CLEAR:
            return Feedback.FIRE
        alarm = None if self.leaf is None else self._leaf_alarm(self.leaf)
        if alarm is not None:
            return alarm
        if self.lockdown is not None:
            return Feedback.LOCKED_DOWN
        if self.disagrees or self.fault is not None:
            return Feedback.FAULT
        if self.granted is not None:
            return Feedback.GRANTED
        if self.scheduled:
            return Feedback.UNLOCKED
        return Feedback.IDLE if self.released_by is None else Feedback.GRANTED

    @staticmethod
    def _leaf_alarm(leaf: Leaf) -> Feedback | None:
        if leaf.held is Held.HELD or leaf.cause is OpeningCause.FORCED:
            return Feedback.ALARM
        return Feedback.PRE_ALARM if leaf.held is Held.SOON else None

    @property
    def opening_cause(self) -> OpeningCause:
        """Why the leaf could open, if it opened now."""
        if self.fire is not Fire.CLEAR:
            return OpeningCause.FIRE
        if self.grants:
            return OpeningCause.GRANT
        if self.exit is not None or self.leaving is not None:
            return OpeningCause.EXIT
        if self.granted is not None:
            return OpeningCause(self.granted.cause.value)
        if self.unlocked_by_schedule:
            return OpeningCause.SCHEDULE
        if self.settling is not None:
            return self.settling.cause
        return OpeningCause.UNSEEN_EXIT if self.config.exits_unseen else OpeningCause.FORCED
