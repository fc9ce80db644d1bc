"""What a badge does at a desk: it checks in or out, and opens nothing."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import TYPE_CHECKING

from loquet_contract.access.credential import digests
from loquet_contract.access.policy import CredentialRecord, HolderRecord
from loquet_contract.feedback import Shown
from loquet_contract.ids import DeskId, ReaderId
from loquet_contract.wire.events import Event
from loquet_edge.desk.state import SensorKind
from loquet_edge.drivers.ports import CardSeen
from loquet_edge.indicators import Indicators

if TYPE_CHECKING:
    from loquet_edge.runner import Parts


class DeskReaders:
    """Where the readers at desks stand, and the lights of those desks."""

    def __init__(
        self,
        desks: Mapping[ReaderId, DeskId] | None = None,
        lights: Mapping[DeskId, Indicators] | None = None,
    ) -> None:
        self._desks, self._lights = dict(desks or {}), dict(lights or {})

    def desk(self, reader: str) -> DeskId | None:
        """Return the desk at which a reader stands; None if it stands at a door."""
        return self._desks.get(ReaderId(reader))

    def accept(self, desk: DeskId, now: float) -> None:
        """Blink: the badge was heard."""
        if desk in self._lights:
            self._lights[desk].answer(Shown.HEARD, now)

    def refuse(self, desk: DeskId, now: float) -> None:
        """Show for a moment that this badge does nothing here."""
        if desk in self._lights:
            self._lights[desk].answer(Shown.REFUSED, now)

    @property
    def deadline(self) -> float | None:
        """When ``refresh`` is due, in monotonic seconds."""
        due = [at for each in self._lights.values() if (at := each.deadline) is not None]
        return min(due, default=None)

    def refresh(self, now: float) -> None:
        """Show what is right at ``now``."""
        for each in self._lights.values():
            each.refresh(now)


class DeskTaps:
    """Answers badges at desks; ``record`` keeps the facts."""

    def __init__(self, parts: Parts, record: Callable[[Iterable[Event]], None]) -> None:
        self._parts, self._record = parts, record

    def card_seen(self, desk: DeskId, seen: CardSeen) -> None:
        """Somebody holds a badge to a desk's reader; one that is not in force leaves no trace."""
        now = self._parts.clock.now().monotonic
        known = self._known(seen)
        if known is None:
            self._parts.desk_readers.refuse(desk, now)
            return
        self._parts.desk_readers.accept(desk, now)
        self._record(self._parts.desks.badge(desk, known.holder, known.badge, now))

    def reader_lost(self, reader: str) -> None:
        """A reader cannot be read any more; if it stands at a desk, that desk hears of it."""
        self._tell(reader, lambda desk, now: self._parts.desks.lose(desk, SensorKind.BADGE, now))

    def reader_returned(self, reader: str) -> None:
        """A reader works again; who had checked in there has to do so anew."""
        self._tell(
            reader, lambda desk, now: self._parts.desks.sense(desk, SensorKind.BADGE, False, now)
        )

    def _tell(self, reader: str, tell: Callable[[DeskId, float], Iterable[Event]]) -> None:
        desk = self._parts.desk_readers.desk(reader)
        if desk is not None:
            self._record(tell(desk, self._parts.clock.now().monotonic))

    def _known(self, seen: CardSeen) -> CredentialRecord | None:
        """Return the badge if it is in force; where it may open a door is no matter here."""
        for each in digests(self._parts.peppers, seen.presented):
            found = self._parts.policy.credential(each)
            if found is not None:
                return found[0] if self._in_force(*found) else None
        return None

    def _in_force(self, credential: CredentialRecord, holder: HolderRecord | None) -> bool:
        if credential.disabled or holder is None or holder.suspended:
            return False
        utc = self._parts.clock.now().utc
        for each in (credential, holder):
            if each.valid_from is not None and utc < each.valid_from:
                return False
            if each.valid_until is not None and utc >= each.valid_until:
                return False
        return True
