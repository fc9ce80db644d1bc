"""Badge and PIN: a badge that must be followed by its PIN waits here for the keys of its reader.

What is typed is compared by ``decide`` and forgotten: no fact, log, file or topic has a digit of
it, nor how many there were. Attempts are kept over a restart. They are counted where a PIN is
asked and nowhere else: a holder without any left still opens the doors that ask for the badge
alone.
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Protocol

from loquet_contract.access.decision import AccessRequest, Denied, Granted
from loquet_contract.access.pin import InvalidPin, pin_digest
from loquet_contract.access.reasons import Reason
from loquet_contract.ids import CredentialDigest, HolderId, PinDigest, ReaderId
from loquet_edge.config_readers import (
    OsdpWiring,
    ReaderWiring,
    SimulatedWiring,
    WiegandWiring,
)
from loquet_edge.doorway import Doorway
from loquet_edge.keypad.attempts import Attempts
from loquet_edge.keypad.machine import (
    IDLE,
    Abandoned,
    Badged,
    Happening,
    Keypad,
    Pressed,
    TimePassed,
    Typed,
    step,
)

if TYPE_CHECKING:
    from loquet_edge.runner import Parts

log = logging.getLogger(__name__)

KEPT = "pin_attempts"
NO_PIN = PinDigest("-")
"""What is asked for digits that can be nobody's PIN."""


_NO_KEYS = (
    "reader %s has no keys, and its door asks for a PIN: nobody can type one there; choose another"
    " reader, or let the door ask for none"
)


class Store(Protocol):
    """Texts that survive a restart: ``state_store.StateStore``."""

    def get(self, name: str, /) -> str | None: ...

    def put(self, name: str, value: str, /) -> None: ...


@dataclass(frozen=True, slots=True)
class Tap:
    """A badge at a reader of a door. ``number``: to be sealed if nobody knows it."""

    reader: ReaderId
    doorway: Doorway
    request: AccessRequest
    number: bytes = field(repr=False)


def has_keys(wiring: ReaderWiring) -> bool:
    """Return whether a reader may have keys; a Wiegand reader's configuration says so."""
    if isinstance(wiring, WiegandWiring):
        return wiring.keypad != "none"
    return isinstance(wiring, SimulatedWiring | OsdpWiring)


class KeptAttempts:
    """``Attempts`` that are kept; what cannot be read counts as none."""

    def __init__(self, store: Store | None = None) -> None:
        self._store = store
        self._attempts = Attempts()
        kept = None if store is None else store.get(KEPT)
        if kept is not None:
            try:
                self._attempts = Attempts.read(kept)
            except ValueError as error:
                log.error("wrong PINs are counted anew: what was kept cannot be read (%s)", error)

    def left(self, reader: ReaderId, holder: HolderId, kept: PinDigest, utc: float) -> bool:
        """Return whether one more PIN of this holder is looked at, at this reader."""
        return self._attempts.left(reader, holder, _mark(kept), utc)

    def wrong(self, reader: ReaderId, holder: HolderId, kept: PinDigest, utc: float) -> None:
        """A PIN was wrong."""
        self._attempts.wrong(reader, holder, _mark(kept), utc)
        self._keep()

    def right(self, holder: HolderId) -> None:
        """A PIN was right."""
        if self._attempts.right(holder):
            self._keep()

    def _keep(self) -> None:
        if self._store is not None:
            self._store.put(KEPT, self._attempts.written())


def _mark(kept: PinDigest) -> str:
    """Return what tells one PIN from the next, and gives less of it away than the policy does."""
    return kept[:8]


class Keypads:
    """Which badge waits for its PIN at which reader, and what is being typed there.

    ``settle`` decides a tap and acts on the answer; ``give_up`` refuses it for want of a PIN.
    """

    def __init__(
        self,
        parts: Parts,
        settle: Callable[[Tap], Granted | Denied],
        give_up: Callable[[Tap, Denied], None],
    ) -> None:
        self._parts, self._settle, self._give_up = parts, settle, give_up
        self._keypads: dict[ReaderId, Keypad] = {}
        self._waiting: dict[ReaderId, tuple[Tap, Denied]] = {}

    @property
    def deadline(self) -> float | None:
        """When ``pass_time`` is due, in monotonic seconds."""
        due = (each.deadline for each in self._keypads.values())
        return min((at for at in due if at is not None), default=None)

    def checked(self, request: AccessRequest, reader: ReaderId, holder: HolderId) -> AccessRequest:
        """Return the request, with a word if no PIN of this holder is looked at for now."""
        kept = self._kept(request)
        utc = self._parts.clock.now().utc
        left = kept is None or self._parts.attempts.left(reader, holder, kept, utc)
        return replace(request, pin_blocked=not left)

    def ask(self, tap: Tap, denied: Denied) -> None:
        """Wait for the PIN that goes with a badge; not at a reader that has no keys."""
        if not self._parts.readers[tap.reader].keys:
            log.error(_NO_KEYS, tap.reader)
            self._give_up(tap, denied)
            return
        now = self._parts.clock.now().monotonic
        self._happen(tap.reader, Badged(), now)
        self._waiting[tap.reader] = (tap, denied)
        tap.doorway.expect_pin(now, waiting=True, reader=tap.reader)

    def badge_seen(self, reader: ReaderId, digests: tuple[CredentialDigest, ...]) -> None:
        """A badge came to a reader: nobody types for the one before."""
        if reader in self._waiting:
            self._keypads[reader] = IDLE
            tap, denied = self._end(reader)
            if tap.request.digests != digests:
                self._give_up(tap, denied)

    def pressed(self, reader: ReaderId, key: str) -> None:
        """A key of a reader."""
        if reader in self._waiting:
            self._happen(reader, Pressed(key), self._parts.clock.now().monotonic)

    def pass_time(self, now: float) -> None:
        """Refuse whoever did not type in time."""
        for reader in tuple(self._waiting):
            self._happen(reader, TimePassed(), now)

    def _happen(self, reader: ReaderId, happening: Happening, now: float) -> None:
        keypad, outcome = step(self._keypads.get(reader, IDLE), happening, now)
        self._keypads[reader] = keypad
        if isinstance(outcome, Typed):
            tap, denied = self._end(reader)
            self._typed(tap, denied, outcome.digits)
        elif isinstance(outcome, Abandoned) and reader in self._waiting:
            self._give_up(*self._end(reader))

    def _end(self, reader: ReaderId) -> tuple[Tap, Denied]:
        tap, denied = self._waiting.pop(reader)
        now = self._parts.clock.now().monotonic
        tap.doorway.expect_pin(now, waiting=False, reader=tap.reader)
        return tap, denied

    def _typed(self, tap: Tap, denied: Denied, digits: str) -> None:
        holder, kept = denied.holder, self._kept(tap.request)
        if holder is None:
            return
        request = self.checked(tap.request, tap.reader, holder)
        proofs = _proofs(self._parts.peppers, holder, digits)
        answer = self._settle(replace(tap, request=replace(request, pins=proofs)))
        if isinstance(answer, Granted):
            self._parts.attempts.right(holder)
        elif answer.reason is Reason.PIN_WRONG and kept is not None:
            utc = self._parts.clock.now().utc
            self._parts.attempts.wrong(tap.reader, holder, kept, utc)

    def _kept(self, request: AccessRequest) -> PinDigest | None:
        """Return what the policy keeps of this badge's PIN."""
        for known in request.digests:
            found = self._parts.policy.credential(known)
            if found is not None:
                return None if found[1] is None else found[1].pin
        return None


def _proofs(peppers: tuple[bytes, ...], holder: HolderId, digits: str) -> tuple[PinDigest, ...]:
    try:
        return tuple(pin_digest(pepper, holder, digits) for pepper in peppers)
    except InvalidPin:
        return (NO_PIN,)
