"""One door at work: its machine, and the hands that perform what the machine asks for."""

from __future__ import annotations

from typing import Protocol

from loquet_contract.access.reasons import Reason
from loquet_contract.feedback import Shown, of_reason
from loquet_contract.ids import LockdownId
from loquet_contract.wire.events import Event, ReleaseCause
from loquet_contract.wire.messages import DoorStatus
from loquet_edge.config import DoorUnitConfig
from loquet_edge.door import Door, DoorConfig, ExitStyle, LockKind, deadline, events, step
from loquet_edge.door.effects import Feedback, Release, Relock, Report, Signal
from loquet_edge.door.events import DoorEvent
from loquet_edge.indicators import Faces

NO_GUARD = "lockguard does not answer"
_SHOWN = {
    Feedback.IDLE: Shown.IDLE,
    Feedback.GRANTED: Shown.RELEASED,
    Feedback.UNLOCKED: Shown.UNLOCKED,
    Feedback.FAULT: Shown.FAULT,
    Feedback.LOCKED_DOWN: Shown.LOCKED_DOWN,
    Feedback.PRE_ALARM: Shown.PRE_ALARM,
    Feedback.ALARM: Shown.ALARM,
    Feedback.FIRE: Shown.FIRE,
}
_LETS_IN = (Feedback.GRANTED, Feedback.UNLOCKED)


class LockHand(Protocol):
    """What moves a lock: ``lockguard.client.GuardClient``, or a test's own."""

    def release(self, door: int, seconds: float) -> bool: ...

    def hold(self, door: int) -> bool: ...

    def lock(self, door: int, exit_words: int) -> bool: ...


def machine_config(config: DoorUnitConfig) -> DoorConfig:
    """Return what the machine needs to know of a door; raise InvalidDoorConfig."""
    return DoorConfig(
        id=config.id,
        lock=LockKind(config.lock),
        exit=ExitStyle(config.exit),
        has_contact=config.contact is not None,
        release=config.release,
        extended_release=config.extended_release,
        maximum=config.maximum,
        pre_alarm=config.pre_alarm,
        alarm=config.alarm,
        exit_stuck=config.exit_stuck,
    )


class Doorway:
    """A door's machine with its lock, lights, and place in the guard's numbering."""

    def __init__(
        self,
        config: DoorUnitConfig,
        index: int,
        locks: LockHand,
        faces: Faces,
        unproven: str = "",
    ) -> None:
        """``unproven``: why this lock may not be driven yet; empty where it may."""
        self.id = config.id
        self._index, self._locks, self.faces = index, locks, faces
        self._unproven = unproven
        self.door = Door(machine_config(config))
        self.scheduled = False
        self.exit_words = 0
        """How often the guard has told of this exit since it was found."""

    @property
    def deadline(self) -> float | None:
        """When ``pass_time`` is due, in monotonic seconds."""
        due = [at for at in (deadline(self.door), self.faces.deadline) if at is not None]
        return min(due, default=None)

    @property
    def status(self) -> DoorStatus:
        """Return how the door stands, in the machine's words."""
        door = self.door
        cause = door.released_by
        leaf = "unknown" if not door.config.has_contact else ("open" if door.leaf else "closed")
        lock = "locked" if cause is None else "released"
        if door.fault is not None:
            lock = "fault"
        mode = door.feedback.value if cause is None else cause.value
        return DoorStatus(lock, leaf, mode, door.lockdown)

    @property
    def at_rest(self) -> bool:
        """True while nobody passes and nothing burns: to start the unit anew disturbs nobody."""
        return self.door.leaf is None and self.door.released_by in (None, ReleaseCause.SCHEDULE)

    def feed(self, event: DoorEvent, now: float, reader: str = "") -> tuple[Event, ...]:
        """Give the machine an event; move the lock and lights at once; return the facts.

        ``reader``: where somebody waits for the answer, if somebody does.
        """
        self.door, effects = step(self.door, event, now)
        facts: list[Event] = []
        for effect in effects:
            match effect:
                case Release() | Relock():
                    facts += self._move(effect, now)
                case Signal(feedback):
                    self._show(feedback, event, now, reader)
                case Report(fact):
                    facts.append(fact)
        return tuple(facts)

    def pass_time(self, now: float) -> tuple[Event, ...]:
        """Do what is due at ``now``."""
        self.faces.refresh(now)
        return self.feed(events.TimePassed(), now)

    def _show(self, feedback: Feedback, event: DoorEvent, now: float, reader: str) -> None:
        self.faces.state(_SHOWN[feedback], now)
        if isinstance(event, events.GrantGiven) and feedback in _LETS_IN:
            shown = Shown.GRANTED_EXTENDED if event.extended else Shown.GRANTED
            self.faces.answer(shown, now, reader)

    def refuse(self, now: float, reader: str = "", reason: Reason | None = None) -> None:
        """Show that somebody was refused, and why; with no reason, that something was heard."""
        shown = Shown.REFUSED if reason is None else of_reason(reason)
        self.faces.answer(Shown.NOT_READY if self._unproven else shown, now, reader)

    def acknowledge(self, now: float, reader: str = "") -> None:
        """Show that something was heard, though no lock moves."""
        self.faces.answer(Shown.HEARD, now, reader)

    def expect_pin(self, now: float, *, waiting: bool, reader: str = "") -> None:
        """Show that a badge was read and its PIN is asked for, or that this is over."""
        self.faces.wait(Shown.WAITING_PIN if waiting else None, now, reader)

    def enrolling(self, now: float, until: float | None, reader: str = "") -> None:
        """Show until then that the next badge is enrolled; None: that this is over."""
        self.faces.wait(None if until is None else Shown.ENROLLING, now, reader, until)

    def rung(self, now: float) -> None:
        """Show whoever rings that it was heard."""
        self.faces.answer(Shown.BELL, now)

    def renew(self, now: float) -> tuple[Event, ...]:
        """Renew the lease of a release that no time ends; once a second."""
        effect = self.door.lock_effect
        if isinstance(effect, Release) and effect.until is None and self.door.fault is None:
            return self._move(effect, now)
        return ()

    def guard_lost(self, now: float) -> tuple[Event, ...]:
        """The lock cannot be driven for now."""
        return self.feed(events.LockFaultSeen(self._unproven or NO_GUARD), now)

    def guard_returned(self, now: float) -> tuple[Event, ...]:
        """The lock can be driven again, and is told anew what to do; one that may not, stays."""
        if self._unproven:
            return self.feed(events.LockFaultSeen(self._unproven), now)
        return self.feed(events.LockFaultEnded(), now)

    @property
    def lockdown(self) -> LockdownId | None:
        return self.door.lockdown

    def _move(self, effect: Release | Relock, now: float) -> tuple[Event, ...]:
        if self._unproven:
            done = False
        elif isinstance(effect, Relock):
            done = self._locks.lock(self._index, self.exit_words)
        elif effect.until is None:
            done = self._locks.hold(self._index)
        else:
            done = self._locks.release(self._index, effect.until - now)
        if done or self.door.fault is not None:
            return ()
        fault = events.LockFaultSeen(self._unproven or NO_GUARD)
        self.door, effects = step(self.door, fault, now)
        return tuple(each.event for each in effects if isinstance(each, Report))
