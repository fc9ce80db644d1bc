"""One door at work: its machine, and the hands that perform what the machine asks for."""

from __future__ import annotations

from typing import Protocol

from loquet_contract.ids import LockdownId
from loquet_contract.wire.events import Event
from loquet_contract.wire.messages import DoorStatus
from loquet_edge.config import DoorUnitConfig
from loquet_edge.door import Door, DoorConfig, ExitStyle, LockKind, deadline, events, step
from loquet_edge.door.effects import Release, Relock, Report, Signal
from loquet_edge.door.events import DoorEvent
from loquet_edge.indicators import Indicators

NO_GUARD = "lockguard does not answer"


class LockHand(Protocol):
    """What moves a lock: ``lockguard.client.GuardClient``, or a test's own."""

    def release(self, door: int, seconds: float) -> bool: ...

    def hold(self, door: int) -> bool: ...

    def lock(self, door: int) -> bool: ...


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
        self, config: DoorUnitConfig, index: int, locks: LockHand, indicators: Indicators
    ) -> None:
        self.id = config.id
        self._index, self._locks, self._indicators = index, locks, indicators
        self.door = Door(machine_config(config))
        self.scheduled = False

    @property
    def deadline(self) -> float | None:
        """When ``pass_time`` is due, in monotonic seconds."""
        due = [at for at in (deadline(self.door), self._indicators.deadline) if at is not None]
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

    def feed(self, event: DoorEvent, now: float) -> tuple[Event, ...]:
        """Give the machine an event; move the lock and lights at once; return the facts."""
        self.door, effects = step(self.door, event, now)
        facts: list[Event] = []
        for effect in effects:
            match effect:
                case Release() | Relock():
                    facts += self._move(effect, now)
                case Signal(feedback):
                    self._indicators.show(feedback, now)
                case Report(fact):
                    facts.append(fact)
        return tuple(facts)

    def pass_time(self, now: float) -> tuple[Event, ...]:
        """Do what is due at ``now``."""
        due = self._indicators.deadline
        if due is not None and due <= now:
            self._indicators.refresh(now)
        return self.feed(events.TimePassed(), now)

    def refuse(self, now: float) -> None:
        """Show that somebody was refused."""
        self._indicators.refuse(now)

    def acknowledge(self, now: float) -> None:
        """Show that something was heard, though no lock moves."""
        self._indicators.acknowledge(now)

    def renew(self, now: float) -> tuple[Event, ...]:
        """Renew the lease of a release that no time ends; once a second."""
        effect = self.door.lock_effect
        if isinstance(effect, Release) and effect.until is None and self.door.fault is None:
            return self._move(effect, now)
        return ()

    def guard_lost(self, now: float) -> tuple[Event, ...]:
        """The lock cannot be driven for now."""
        return self.feed(events.LockFaultSeen(NO_GUARD), now)

    def guard_returned(self, now: float) -> tuple[Event, ...]:
        """The lock can be driven again, and is told anew what to do."""
        return self.feed(events.LockFaultEnded(), now)

    @property
    def lockdown(self) -> LockdownId | None:
        return self.door.lockdown

    def _move(self, effect: Release | Relock, now: float) -> tuple[Event, ...]:
        if isinstance(effect, Relock):
            done = self._locks.lock(self._index)
        elif effect.until is None:
            done = self._locks.hold(self._index)
        else:
            done = self._locks.release(self._index, effect.until - now)
        if done or self.door.fault is not None:
            return ()
        self.door, effects = step(self.door, events.LockFaultSeen(NO_GUARD), now)
        return tuple(each.event for each in effects if isinstance(each, Report))
