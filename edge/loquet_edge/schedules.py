"""Doors that a schedule of the policy holds unlocked."""

from collections.abc import Mapping

from loquet_contract.access.decision import Now
from loquet_contract.access.policy import Policy
from loquet_contract.ids import DoorId
from loquet_contract.wire.events import Event
from loquet_edge.door import events
from loquet_edge.doorway import Doorway


class Schedules:
    """Begins and ends unlocked hours; a door without a trusted time keeps to badges."""

    def __init__(self) -> None:
        self._first_seen: set[DoorId] = set()
        """Doors whose first badge of the running interval has been let in."""

    def badge_granted(self, door: DoorId) -> None:
        """Note that somebody was let in by badge."""
        self._first_seen.add(door)

    def follow(self, doorways: Mapping[DoorId, Doorway], policy: Policy, now: Now) -> list[Event]:
        """Bring every door in line with its schedule; return the facts."""
        found: list[Event] = []
        for name, doorway in doorways.items():
            wanted = self._wanted(name, policy, now)
            if wanted == doorway.scheduled or not doorway.door.started:
                continue
            doorway.scheduled = wanted
            event = events.UnlockScheduleBegan() if wanted else events.UnlockScheduleEnded()
            found += doorway.feed(event, now.monotonic)
        return found

    def _wanted(self, name: DoorId, policy: Policy, now: Now) -> bool:
        terms, record = policy.terms, policy.door(name)
        running = False
        if terms is not None and record is not None and record.unlock_schedule is not None:
            schedule = policy.schedule(record.unlock_schedule)
            running = (
                schedule is not None
                and now.trusted
                and now.utc < terms.expires_at
                and not record.blocked
                and schedule.contains(now.utc)
            )
        if not running:
            self._first_seen.discard(name)
            return False
        return record is not None and (not record.first_card or name in self._first_seen)
