"""Encoding a card by the server's command, and the facts that come of cards and their keys."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING

from loquet_contract.access.credential import digests
from loquet_contract.ids import CommandId, CredentialDigest, DoorId, ReaderId
from loquet_contract.wire.commands import Command
from loquet_contract.wire.events import Event
from loquet_contract.wire.events_cards import CredentialEncoded, CredentialUnproven
from loquet_edge.card_desk import Job
from loquet_edge.drivers.ports import CardEncoded, CardSeen
from loquet_edge.orders import OrderRefused
from loquet_edge.protocols.encoding import Encoding
from loquet_edge.throttle import Throttle

if TYPE_CHECKING:
    from loquet_edge.runner import Parts

MOST_SECONDS = 300
UNPROVEN_A_MINUTE = 6
"""Cards without proof that are recorded, per reader."""
_GO_ON = (Encoding.INTERRUPTED, Encoding.OTHER_CARD)
"""After these the reader waits on: the same card may come again, or the right one."""


def encode_next(command: Command, parts: Parts, now: float) -> None:
    """Have a reader encode a card; raise OrderRefused."""
    reader, seconds = command.reader, command.seconds or 0
    door = _door(command, parts)
    if reader is None or command.credential is None:
        raise OrderRefused("it names no reader, or no badge", command.command)
    if not parts.cards.can(reader):
        detail = f"reader {reader!r} cannot encode: it is no RC522"
        raise OrderRefused(detail, command.command)
    if not parts.cards.keys:
        raise OrderRefused("this unit has no card keys yet: try again in a minute", command.command)
    if not 0 < seconds <= MOST_SECONDS:
        detail = f"a reader waits for a card from 1 to {MOST_SECONDS} seconds, not {seconds}"
        raise OrderRefused(detail, command.command)
    job = Job(CommandId(command.command), CredentialDigest(command.credential), now + seconds)
    parts.cards.begin(reader, job)
    if door is not None:
        parts.doorways[door].acknowledge(now)


def _door(command: Command, parts: Parts) -> DoorId | None:
    """Return the door at which the reader stands, None for a desk; raise OrderRefused."""
    place = parts.readers.get(ReaderId(command.reader or ""))
    if place is None:
        if command.reader is None or parts.desk_readers.desk(command.reader) is None:
            detail = f"this unit has no reader {command.reader!r}"
            raise OrderRefused(detail, command.command)
        return None
    if place.exit:
        raise OrderRefused("leaving must stay free: choose another reader", command.command)
    if parts.doorways[place.door].lockdown is not None:
        raise OrderRefused("the door is locked down: lift that first", command.command)
    return place.door


class CardFacts:
    """Records what readers say of cards and keys; ``record`` keeps the facts."""

    def __init__(self, parts: Parts, record: Callable[[Iterable[Event]], None]) -> None:
        self._parts, self._record = parts, record
        self._unproven = Throttle(UNPROVEN_A_MINUTE)

    def card_encoded(self, seen: CardEncoded) -> None:
        """A reader had a card to encode."""
        now, reader = self._parts.clock.now().monotonic, ReaderId(seen.reader)
        ended = Encoding(seen.outcome)
        job = self._parts.cards.jobs.get(seen.reader)
        if ended not in _GO_ON and job is not None and job.command == seen.command:
            self._parts.cards.end(seen.reader)
        self._show(reader, ended.good, now)
        known = digests(self._parts.peppers, seen.presented)
        self._record(
            (
                CredentialEncoded(
                    reader, CommandId(seen.command), ended.value,
                    known[0] if known else None, seen.version, seen.chip,
                ),
            )
        )  # fmt: skip

    def card_seen(self, seen: CardSeen) -> None:
        """A card was held to a reader: note it if it is one of ours and proved nothing."""
        now = self._parts.clock.now().monotonic
        if seen.unproven is None or not self._unproven.passes(seen.reader, now):
            return
        known = digests(self._parts.peppers, seen.presented)
        fact = CredentialUnproven(
            ReaderId(seen.reader), str(seen.unproven), known[0] if known else None
        )
        self._record((fact,))

    def _show(self, reader: ReaderId, good: bool, now: float) -> None:
        place, desk = self._parts.readers.get(reader), self._parts.desk_readers.desk(reader)
        if place is not None:
            doorway = self._parts.doorways[place.door]
            (doorway.acknowledge if good else doorway.refuse)(now)
        elif desk is not None:
            (self._parts.desk_readers.accept if good else self._parts.desk_readers.refuse)(
                desk, now
            )
