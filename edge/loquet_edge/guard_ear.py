"""What the guard tells, said to the door machines: exits, fire, and whether it is there at all.

The machines start once the guard has told everything, or after ``PATIENCE_SECONDS`` without it:
a unit whose guard is away still reads badges and keeps its journal, and says what is wrong.
"""

from collections.abc import Callable, Mapping, Sequence

from loquet_contract.ids import DoorId
from loquet_contract.wire.events import Event
from loquet_edge.door import events
from loquet_edge.door.events import DoorEvent
from loquet_edge.door.state import Fire
from loquet_edge.doorway import Doorway
from loquet_edge.lockguard.leases import Tell, Told

PATIENCE_SECONDS = 3.0


class GuardEar:
    """Hears the guard for all doors of a unit; ``order`` is the guard's numbering."""

    def __init__(
        self,
        doorways: Mapping[DoorId, Doorway],
        order: Sequence[DoorId],
        in_fire: Sequence[DoorId],
        leaf_open: Callable[[DoorId], bool],
        now: float,
    ) -> None:
        self._doorways, self._order, self._in_fire = doorways, order, in_fire
        self._leaf_open = leaf_open
        self._give_up_at = now + PATIENCE_SECONDS
        self._exits: dict[DoorId, bool] = {}
        self._loop_open = self._latched = False
        self.started = False

    @property
    def levels(self) -> dict[str, bool]:
        """What the guard has told of its inputs, by name; ``rearm`` is active once re-armed."""
        found = {f"exit:{door}": active for door, active in self._exits.items()}
        if self._in_fire:
            found |= {"fire": self._loop_open, "rearm": not self._latched}
        return found

    def hear(self, tell: Tell | None, now: float) -> list[Event]:
        """Take in a notice, or None when the guard is lost; return the facts."""
        if tell is None:
            return self._gone(now)
        match tell.told:
            case Told.EXIT:
                return self._exit(self._order[tell.door], tell.active, now)
            case Told.FIRE_LOOP:
                self._loop_open = tell.active
                fire = events.FireStarted() if tell.active else events.FireLoopClosed()
                return self._to_fire_doors(fire, now)
            case Told.FIRE_LATCH:
                return self._latch(tell.active, now)
            case Told.STARTED:
                return self._begin(now)
            case Told.RELEASED | Told.REARM:
                return []

    def chores(self, now: float) -> list[Event]:
        """Start without the guard if it has not come; once a second."""
        if self.started or now < self._give_up_at:
            return []
        return [*self._start(now), *self._lost(now)]

    def _exit(self, door: DoorId, active: bool, now: float) -> list[Event]:
        self._exits[door] = active
        self._doorways[door].exit_words += 1
        if not self.started:
            return []
        event = events.ExitPressed() if active else events.ExitReleased()
        return list(self._doorways[door].feed(event, now))

    def _latch(self, latched: bool, now: float) -> list[Event]:
        self._latched = latched
        if not latched:
            return self._to_fire_doors(events.FireRearmed(), now)
        found: list[Event] = []
        for door in self._in_fire if self.started else ():
            doorway = self._doorways[door]
            if doorway.door.fire is Fire.CLEAR:
                found += doorway.feed(events.FireStarted(), now)
                if not self._loop_open:
                    found += doorway.feed(events.FireLoopClosed(), now)
        return found

    def _to_fire_doors(self, event: DoorEvent, now: float) -> list[Event]:
        found: list[Event] = []
        for door in self._in_fire if self.started else ():
            found += self._doorways[door].feed(event, now)
        return found

    def _begin(self, now: float) -> list[Event]:
        found = [] if self.started else self._start(now)
        for doorway in self._doorways.values():
            found += doorway.guard_returned(now)
        return found

    def _start(self, now: float) -> list[Event]:
        self.started = True
        found: list[Event] = []
        for name, doorway in self._doorways.items():
            concerned = name in self._in_fire
            start = events.Start(
                leaf_open=self._leaf_open(name),
                exit_active=self._exits.get(name, False),
                fire_loop_open=concerned and self._loop_open,
                fire_latched=concerned and self._latched,
            )
            found += doorway.feed(start, now)
        return found

    def _gone(self, now: float) -> list[Event]:
        for doorway in self._doorways.values():
            doorway.exit_words = 0
        return self._lost(now)

    def _lost(self, now: float) -> list[Event]:
        if not self.started:
            return []
        found: list[Event] = []
        for doorway in self._doorways.values():
            found += doorway.guard_lost(now)
        return found
