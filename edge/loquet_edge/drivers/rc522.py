"""The RC522 reader: who is in the field, who is new, and whether the reader itself is well.

How it thinks. A card that was read is put to sleep (HLTA). While such cards lie there, each poll
asks with REQA, which only newcomers answer; every `stay` seconds each sleeper is woken by its
number to see whether it is still there. After `leave_misses` misses it has left, and will be read
again when it returns. With nobody known in the field a poll is a single WUPA, which everybody
answers. A poll ends as soon as it has a new card, so that the door does not wait for the rest.

Each answer comes with the chip's version and settings in the same transfer, and now and then a
changing value is written and read back. Three failing polls in a row make the reader lost; it is
then set up again and again until it holds. Short failures are retried within the same stay.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass

from loquet_contract.access.credential import from_uid
from loquet_edge.drivers.ports import (
    CardSeen,
    Meet,
    ReaderEvent,
    ReaderLost,
    ReaderReturned,
    RegisterPort,
)
from loquet_edge.drivers.rc522_chip import Rc522Chip
from loquet_edge.protocols.iso14443 import Card, Wake, activate, halt, is_random, reselect, run

_FAILURES = 3  # polls in a row
_ROUNDS = 8  # wakes in one poll at most
_SECOND_TRIES = 2  # after an answer that could not be read
_SAME_STAY = 1.0  # seconds that a card outlives a reader's failure


@dataclass(frozen=True, slots=True)
class Rc522Settings:
    """Times in seconds, gain in dB (18, 23, 33, 38, 43 or 48)."""

    poll: float = 0.025
    stay: float = 0.06
    leave_misses: int = 3
    health: float = 0.4
    retry: float = 0.25
    settle: float = 1.0
    gain: int = 48


@dataclass(slots=True)
class _Stay:
    """A card that lies in the field: when it last answered, and the polls missed since."""

    last: float
    misses: int = 0


class Rc522Reader:
    """An MFRC522 that is polled: see `ports.Reader`. It starts on its first poll."""

    def __init__(
        self,
        name: str,
        port: RegisterPort,
        clock: Callable[[], float] = time.monotonic,
        sleep: Callable[[float], None] = time.sleep,
        settings: Rc522Settings | None = None,
        meet: Meet | None = None,
    ) -> None:
        self.name = name
        self._port = port
        self._meet = meet
        self._clock = clock
        self._settings = settings or Rc522Settings()
        self._chip = Rc522Chip(port, clock, sleep, self._settings.gain)
        self._stays: dict[bytes, _Stay] = {}
        self._ready = False
        self._lost = False
        self._awake = False
        self._failures = 0
        self._due = self._health_due = self._stay_due = float("-inf")
        self._returned_at = float("-inf")

    @property
    def transfers(self) -> int:
        """Transfers on the bus so far."""
        return self._port.transfers

    @property
    def version(self) -> int:
        """The chip's version register at the last set-up (0x91 and 0x92 are NXP's own)."""
        return self._chip.version

    def next_poll(self, now: float) -> float:
        """Monotonic seconds of the next poll, not before `now`."""
        return max(now, self._due)

    def close(self) -> None:
        """Give the bus back."""
        self._port.close()

    def poll(self, now: float) -> list[ReaderEvent]:
        """One look: cards that are new, the reader lost or back. Never raises for a bad reader."""
        events: list[ReaderEvent] = []
        self._due = now + self._settings.poll
        try:
            self._look(now, events)
        except OSError as fault:
            self._fail(now, str(fault), events)
        else:
            self._failures = 0
        return events

    def _fail(self, now: float, detail: str, events: list[ReaderEvent]) -> None:
        self._failures += 1
        if self._lost:
            self._due = now + self._settings.retry
        elif self._failures >= _FAILURES:
            self._lost, self._ready = True, False
            events.append(ReaderLost(self.name, detail))
            # a supply that keeps dipping gives a report a second, not forty
            if now - self._returned_at < 10 * self._settings.settle:
                self._due = now + self._settings.settle

    def _look(self, now: float, events: list[ReaderEvent]) -> None:
        if not self._ready:
            self._set_up(now, events)
            return
        if now >= self._health_due or self._failures:
            self._health_due = now + self._settings.health
            self._chip.prove_alive()
        if self._awake:
            run(halt(), self._chip.exchange)
            self._awake = False
        wake = Wake.REQA if self._stays else Wake.WUPA
        if not self._find_new(events, wake) and self._stays and now >= self._stay_due:
            self._stay_due = now + self._settings.stay / len(self._stays)
            self._check_stay(next(iter(self._stays)))

    def _set_up(self, now: float, events: list[ReaderEvent]) -> None:
        self._chip.begin()
        self._chip.prove_alive()
        self._ready, self._awake = True, False
        for uid in [uid for uid, stay in self._stays.items() if now - stay.last > _SAME_STAY]:
            del self._stays[uid]
        if self._lost:
            self._lost = False
            self._returned_at = now
            events.append(ReaderReturned(self.name, f"set up again, version {self.version:#04x}"))

    def _find_new(self, events: list[ReaderEvent], wake: Wake) -> bool:
        """Select newcomers until one is unknown: True, and that one is still selected."""
        tries, sent_back = _SECOND_TRIES, False
        for _ in range(_ROUNDS):
            asked = self._clock()
            found = run(activate(wake), self._chip.exchange)
            if isinstance(found, Card):
                if self._welcome(found, asked, events):
                    self._awake = True
                    self._due = asked
                    return True
                run(halt(), self._chip.exchange)
            elif found.heard and tries:
                tries, sent_back = tries - 1, True
            elif sent_back:
                # this wake only ended the failed conversation; the next one is answered
                sent_back = False
            else:
                break
        return False

    def _welcome(self, card: Card, asked: float, events: list[ReaderEvent]) -> bool:
        """Note a card that answered; whether it is new, not one whose power dipped."""
        stay = self._stays.get(card.uid)
        if stay is not None:
            stay.last, stay.misses = asked, 0
            return False
        again = card.random and self._was_random_before()
        self._stays[card.uid] = _Stay(asked)
        if not again:
            events.append(self._told(card, asked))
        return not again

    def _told(self, card: Card, asked: float) -> ReaderEvent:
        """What is to be told of a newcomer that is selected, once it was asked to prove itself."""
        presented = (from_uid(card.uid),)
        if self._meet is None:
            return CardSeen(self.name, presented, "uid", asked)
        return self._meet(self.name, card, presented, asked, self._chip.exchange)

    def _was_random_before(self) -> bool:
        """Whether the selected card takes the place of another random number that is gone.

        A phone makes a new number at each dip of its power: that is one stay, not forty taps.
        """
        old = next(filter(is_random, self._stays), None)
        if old is None:
            return False
        run(halt(), self._chip.exchange)
        if isinstance(run(reselect(old), self._chip.exchange), Card):
            run(halt(), self._chip.exchange)
            return False
        del self._stays[old]
        return True

    def _check_stay(self, uid: bytes) -> None:
        """Ask one sleeper whether it is still there, and put it at the end of the queue."""
        stay = self._stays.pop(uid)
        asked = self._clock()
        if isinstance(run(reselect(uid), self._chip.exchange), Card):
            run(halt(), self._chip.exchange)
            stay.last, stay.misses = asked, 0
        else:
            stay.misses += 1
        if stay.misses < self._settings.leave_misses:
            self._stays[uid] = stay
