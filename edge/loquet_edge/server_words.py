"""What comes from the server through the link, and what the link is told for it.

Each message from the server is verified here, in the process that acts on it. What does not
verify is recorded, a few a minute at most, so that a flood cannot fill the journal.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from loquet_contract.ids import BootId, DoorId, JournalId
from loquet_contract.wire import events as facts
from loquet_contract.wire.codec import MalformedMessage
from loquet_contract.wire.commands import Command, Outcome, What
from loquet_contract.wire.events import Event
from loquet_contract.wire.signing import WrongSignature
from loquet_edge.card_orders import encode_next
from loquet_edge.commissioning.procedure import WrongWord
from loquet_edge.door import events
from loquet_edge.doorway import NO_GUARD
from loquet_edge.enrolment_mode import MOST_SECONDS
from loquet_edge.far_orders import FarOrders
from loquet_edge.moving import MovingRefused
from loquet_edge.moving import Took as Taken
from loquet_edge.orders import OrderRefused, Orders
from loquet_edge.pepper_store import renew
from loquet_edge.schedules import Schedules
from loquet_edge.sealed_question import AnswerRefused
from loquet_edge.seam import (
    MAX_REFUSED,
    REFUSED_PURPOSES,
    Acknowledged,
    Answered,
    Appended,
    Behind,
    Commanded,
    KeysCame,
    KeysWanted,
    Mapped,
    Moved,
    PeppersCame,
    PeppersWanted,
    PolicyChanged,
    Refused,
    Sensed,
    Status,
    ToDoor,
    ToLink,
    Took,
    Wished,
)
from loquet_edge.throttle import Throttle
from loquet_edge.wishes import Wishes, WishRefused, Words

if TYPE_CHECKING:
    from loquet_edge.runner import Parts

STATUS_SECONDS = 5.0
SETTLE_SECONDS = 0.05
"""A status waits this long for what else changes with it."""
REFUSALS_A_MINUTE = 6


class ServerWords:
    """Verifies, obeys, and reports."""

    def __init__(
        self,
        orders: Orders,
        schedules: Schedules,
        boot: BootId,
        store: Words,
        send: Callable[[ToLink], None],
        stop: Callable[[str], None],
        now: float,
    ) -> None:
        self._orders, self._schedules, self._boot = orders, schedules, boot
        self._store, self._send = store, send
        self._far = FarOrders(send, stop)
        self._policy: str | None = store.get("policy")
        self._refusals = Throttle(REFUSALS_A_MINUTE)
        self._told_backlog = 0
        self._owed: Took | Behind | None = None
        self.status_due: float | None = now

    def changed(self, now: float) -> None:
        """Something changed that the status tells: tell it soon."""
        soon = now + SETTLE_SECONDS
        if self.status_due is None or self.status_due > soon:
            self.status_due = soon

    def joined(self, parts: Parts) -> None:
        """A link is there and knows nothing yet."""
        parts.policy.refresh()
        if parts.journal.journal is not None:
            self._send(Appended(parts.journal.journal, parts.journal.last))
        self._owed = None
        self._send(Behind(parts.moving.version))
        self.status_due = parts.clock.now().monotonic

    def journal_grew(self, journal: JournalId, last: int) -> None:
        self._send(Appended(journal, last))

    def badge_granted(self, door: DoorId) -> None:
        """A badge was let in: a schedule that waits for the first one may begin."""
        self._schedules.badge_granted(door)

    def hear(self, message: ToDoor | ToLink, parts: Parts) -> list[Event]:
        """Do what a message of the link says; return the facts."""
        match message:
            case Commanded(document):
                return self._command(document, parts)
            case Wished(document):
                return self._wish(document, parts)
            case Moved(document):
                return self._moved(document, parts)
            case Mapped(document):
                return self._mapped(document, parts)
            case KeysCame(document):
                return self._keys_came(document, parts)
            case PeppersCame(document):
                return self._peppers_came(document, parts)
            case Sensed(sensor, hearing):
                now = parts.clock.now().monotonic
                return parts.sensors.hear(sensor, hearing, parts.desks, now)
            case Acknowledged(document):
                parts.journal.acknowledge(document)
                return []
            case PolicyChanged():
                return self._policy_changed(parts)
            case Refused(purpose, detail, version):
                # The link is believed in nothing: a word that we know, and no more than a line.
                known = purpose if purpose in REFUSED_PURPOSES else "unknown"
                line = detail[:MAX_REFUSED]
                return self._refused(known, line, version, parts.clock.now().monotonic)
            case _:
                return []

    def chores(self, parts: Parts, now: float) -> list[Event]:
        """Renew the challenge, look at the schedules; once a second."""
        self._far.chores(parts, now)
        caught_up = self._told_backlog > 0 and parts.journal.backlog == 0
        if self._orders.renew(now) or caught_up:
            self.changed(now)
        if parts.moving.check():
            self._send(Behind(None))
        if self._owed is not None and not parts.moving.crowded:
            self._send(self._owed)
            self._owed = None
        self._ask_for_keys(parts, now)
        if renew(parts):
            self.changed(now)
        found = self._policy_changed(parts) if self._is_new(parts) else []
        return found + self._schedules.follow(parts.doorways, parts.policy, parts.clock.now())

    def say_status(self, parts: Parts, now: float) -> None:
        """Tell the link how the unit stands."""
        self.status_due = now + STATUS_SECONDS
        journal = parts.journal.journal
        if journal is None:
            return
        stamp = parts.clock.stamp()
        self._told_backlog = parts.journal.backlog
        self._send(
            Status(
                boot=self._boot,
                utc=stamp.utc,
                clock_trusted=stamp.trusted,
                clock_source=parts.clock.source,
                challenge=self._orders.challenge,
                journal=journal,
                last_sequence=parts.journal.last,
                backlog=self._told_backlog,
                policy_version=parts.policy.version,
                policy_digest=parts.policy.digest,
                desired_version=parts.wishes.version,
                moving_version=parts.moving.version,
                doors={name: doorway.status for name, doorway in parts.doorways.items()},
                readers=dict(parts.reader_states),
                desks=dict(parts.desks.states),
                peppers=None if parts.pepper_store is None else parts.pepper_store.told,
            )
        )

    # ---- commands -------------------------------------------------------------------------

    def _command(self, document: str, parts: Parts) -> list[Event]:
        now = parts.clock.now().monotonic
        try:
            command = self._orders.accept(document, now)
            found = self._perform(command, parts, now)
        except OrderRefused as error:
            if error.command is not None:
                self._send(Answered(error.command, Outcome.REFUSED, str(error)))
            if not self._refusals.passes("command", now):
                return []
            return [facts.CommandRefused(str(error), error.command)]
        if not self._was_moved(command, parts):
            self._send(Answered(command.command, Outcome.REFUSED, NO_GUARD))
            return [*found, facts.CommandRefused(NO_GUARD, command.command)]
        self._send(Answered(command.command, Outcome.PERFORMED, ""))
        done = facts.CommandPerformed(
            command.command, command.what, command.actor, command.reason, command.door
        )
        return [done, *found]

    def _perform(self, command: Command, parts: Parts, now: float) -> list[Event]:
        if command.what is What.IDENTIFY:
            chosen = [
                doorway for name, doorway in parts.doorways.items() if command.door in (None, name)
            ]
            for each in chosen:
                each.refuse(now)
            return []
        if command.what is What.ENROL:
            self._enrol(command, parts, now)
            return []
        if command.what is What.ENCODE:
            encode_next(command, parts, now)
            return []
        if command.what in (What.EXAMINE, What.PROVE):
            return _installer(command, parts)
        if command.what in (What.RESTART, What.FETCH, What.LOGS):
            self._far.obey(command, parts, now)
            return []
        door = None if command.door is None else parts.doorways.get(command.door)
        if door is None:
            raise OrderRefused(f"this unit has no door {command.door!r}", command.command)
        if door.lockdown is not None:
            raise OrderRefused("the door is locked down: lift that first", command.command)
        if door.door.fault is not None:
            raise OrderRefused(f"the lock cannot be moved: {door.door.fault}", command.command)
        return list(door.feed(events.CommandRelease(), now))

    def _enrol(self, command: Command, parts: Parts, now: float) -> None:
        point, seconds = command.access_point, command.seconds or 0
        doors = [each.door for each in parts.readers.values() if each.access_point == point]
        if point is None or not doors:
            raise OrderRefused(f"no reader stands at access point {point!r}", command.command)
        if not 0 < seconds <= MOST_SECONDS:
            detail = f"a reader waits for a badge from 1 to {MOST_SECONDS} seconds, not {seconds}"
            raise OrderRefused(detail, command.command)
        if any(parts.doorways[door].lockdown is not None for door in doors):
            # The badge that may lift the lockdown must be decided, not taken down.
            raise OrderRefused("the door is locked down: lift that first", command.command)
        parts.enrolling.begin(point, command.command, seconds, now)
        for reader, place in parts.readers.items():
            if place.access_point == point:
                parts.doorways[place.door].enrolling(now, now + seconds, reader)

    def _was_moved(self, command: Command, parts: Parts) -> bool:
        """False if the guard turned out to be away just as the command was passed on to it."""
        door = None if command.door is None else parts.doorways.get(command.door)
        return command.what is not What.RELEASE or (door is not None and door.door.fault is None)

    # ---- desired state and policy ---------------------------------------------------------

    def _wish(self, document: str, parts: Parts) -> list[Event]:
        now = parts.clock.now().monotonic
        try:
            newer = parts.wishes.take(document)
        except WishRefused as error:
            return self._refused("desired", str(error), None, now)
        if not newer or parts.wishes.desired is None:
            return []
        parts.clock.raise_floor(parts.wishes.desired.created, parts.journal.last)
        self.changed(now)
        return apply_wishes(parts, now)

    def _mapped(self, document: str, parts: Parts) -> list[Event]:
        now = parts.clock.now().monotonic
        try:
            return parts.sensors.take(document, parts.desks, now)
        except (WrongSignature, MalformedMessage) as error:
            return self._refused("sensors", str(error)[:MAX_REFUSED], None, now)

    def _ask_for_keys(self, parts: Parts, now: float) -> None:
        wish = None if parts.card_keys is None else parts.card_keys.wish(now)
        if wish is not None:
            self._send(KeysWanted(wish))
        wish = None if parts.pepper_store is None else parts.pepper_store.wish(now)
        if wish is not None:
            self._send(PeppersWanted(wish))

    def _keys_came(self, document: str, parts: Parts) -> list[Event]:
        try:
            if parts.card_keys is not None:
                parts.card_keys.take(document)
        except AnswerRefused as error:
            now = parts.clock.now().monotonic
            return self._refused("card_keys", str(error)[:MAX_REFUSED], None, now)
        return []

    def _peppers_came(self, document: str, parts: Parts) -> list[Event]:
        now = parts.clock.now().monotonic
        try:
            if parts.pepper_store is not None:
                parts.pepper_store.take(document)
        except AnswerRefused as error:
            return self._refused("peppers", str(error)[:MAX_REFUSED], None, now)
        renew(parts)
        self.changed(now)
        return []

    def _moved(self, document: str, parts: Parts) -> list[Event]:
        now, moving = parts.clock.now().monotonic, parts.moving
        try:
            taken = moving.take(document, now, all_told=parts.journal.backlog == 0)
        except MovingRefused as error:
            self._send(Took(moving.version))
            return self._refused("moving", str(error), None, now)
        behind = taken is Taken.BEHIND
        answer = Behind(moving.version) if behind else Took(moving.version)
        if moving.crowded:
            self._owed = answer
        else:
            self._send(answer)
        if taken is Taken.NEW:
            # Told with the next status: a tap anywhere must not make every unit report at once.
            parts.clock.raise_floor(moving.created or 0, parts.journal.last)
        return []

    def _is_new(self, parts: Parts) -> bool:
        return parts.policy.digest is not None and parts.policy.digest != self._policy

    def _policy_changed(self, parts: Parts) -> list[Event]:
        parts.policy.refresh()
        terms, digest = parts.policy.terms, parts.policy.digest
        if terms is None or digest is None or digest == self._policy:
            return []
        self._policy = digest
        self._store.put("policy", digest)
        parts.clock.raise_floor(terms.created, parts.journal.last)
        renew(parts)
        return [facts.PolicyApplied(terms.version, digest)]

    def _refused(self, purpose: str, detail: str, version: int | None, now: float) -> list[Event]:
        if not self._refusals.passes(purpose, now):
            return []
        if purpose == "policy":
            return [facts.PolicyRefused(detail, version)]
        return [facts.MessageRefused(purpose, detail)]


def _installer(command: Command, parts: Parts) -> list[Event]:
    try:
        if command.what is What.EXAMINE:
            parts.installer.examine(command.command)
            return []
        return parts.installer.order(parts, command.door, command.act, command.word)
    except WrongWord as error:
        raise OrderRefused(str(error), command.command) from error


def apply_wishes(parts: Parts, now: float) -> list[Event]:
    """Bring every door in line with the desired state; return the facts."""
    found: list[Event] = []
    wishes: Wishes = parts.wishes
    if parts.card_keys is not None and wishes.desired is not None:
        parts.card_keys.want(wishes.desired.card_keys)
    if parts.pepper_store is not None and wishes.desired is not None:
        parts.pepper_store.want(wishes.desired.peppers)
    for name, doorway in parts.doorways.items():
        wanted, have = wishes.lockdown(name), doorway.lockdown
        if wanted is not None and wanted != have:
            places = (each for each in parts.readers.values() if each.door == name)
            parts.enrolling.end([each.access_point for each in places])
            parts.cards.end(*(reader for reader, at in parts.readers.items() if at.door == name))
            found += doorway.feed(events.LockdownApplied(wanted), now)
        elif wanted is None and have is not None:
            found += doorway.feed(events.LockdownLifted(have), now)
    return found
