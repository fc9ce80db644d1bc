"""One proof at work: by the deciding loop of a running unit, or by ``loquet-edge commission``.

Whoever runs it gives the levels that it knows, and drives what ``wanted`` asks for. A proof ends
with its last act; ``finish`` then keeps and tells it.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace

from loquet_contract.ids import DoorId
from loquet_contract.wire.events import Event
from loquet_contract.wire.events_proof import ActResult, DoorProofMoved
from loquet_edge.commissioning.acts import Drives, badge_line, plan
from loquet_edge.commissioning.procedure import (
    Proof,
    WrongWord,
    answer,
    begin,
    due,
    fitting,
    look,
)
from loquet_edge.commissioning.report import Sheet, moved, new_sheet
from loquet_edge.config import UnitConfig

IDLE_SECONDS = 1800.0
"""A proof that nobody has moved for this long is over."""
BEGIN, STOP = "begin", "stop"
STOPPED = "stopped"
"""Why a proof ended before its last act."""

Finish = Callable[[Sheet, Proof, int], list[Event]]
"""Keeps a proof that ended at a time (UTC, milliseconds); returns the facts to tell."""


class Proving:
    """At most one proof."""

    def __init__(self, config: UnitConfig, finish: Finish) -> None:
        self._config, self._finish = config, finish
        self._sheet: Sheet | None = None
        self._proof: Proof | None = None
        self._ended: DoorProofMoved | None = None
        self._badges: dict[str, bool] = {}
        self._driven = self._turn = -1
        self._idle_at = 0.0

    @property
    def door(self) -> DoorId | None:
        """The door that is being proven."""
        return None if self._sheet is None else self._sheet.door.id

    @property
    def deadline(self) -> float | None:
        """When ``look`` is due although nothing has moved."""
        if self._proof is None:
            return None
        at = due(self._proof)
        return self._idle_at if at is None else min(at, self._idle_at)

    def state(self) -> DoorProofMoved | None:
        """How the proof stands, or how the last one ended; None: there was none."""
        if self._sheet is None or self._proof is None:
            return self._ended
        return moved(self._sheet, self._proof)

    def order(
        self, door: DoorId | None, act: str | None, word: str | None, now: float, utc: int
    ) -> list[Event]:
        """Begin, answer or stop; return the facts, or raise WrongWord with what to do."""
        if act == BEGIN:
            return self._begin(door, word or "", now, utc)
        if self._sheet is None or self._proof is None or self._sheet.door.id != door:
            raise WrongWord(f"no proof of door {door!r} is at work: begin one")
        if act == STOP:
            return self._end(utc)
        self._idle_at = now + IDLE_SECONDS
        return self._became(answer(self._proof, act or "", word or "", now), utc)

    def badge(self, reader: str) -> None:
        """A badge was held to a reader."""
        if self._proof is not None:
            self._badges[badge_line(reader)] = True

    def look(self, levels: Mapping[str, bool], now: float, utc: int) -> list[Event]:
        """Take in the levels of the lines; return the facts."""
        if self._proof is None:
            return []
        if now >= self._idle_at:
            return self._end(utc)
        after = look(self._proof, {**levels, **self._badges}, now)
        if after == self._proof:
            return []
        if after.turn != self._proof.turn:
            self._idle_at = now + IDLE_SECONDS
        elif after.failure == self._proof.failure:
            self._proof = after
            return []
        return self._became(after, utc)

    def wanted(self) -> Drives:
        """What is to be driven for a moment now; told once for each time that it is asked."""
        if self._proof is None or self._proof.turn == self._driven:
            return ""
        self._driven = self._proof.turn
        asked = self._proof.asked
        return "" if asked is None else asked.drives

    def resume(self, results: tuple[ActResult, ...], now: float) -> None:
        """Go on behind what was seen before an interruption."""
        if self._proof is not None and (found := fitting(self._proof.plan, results)):
            self._proof = replace(self._proof, results=found, asked_at=now, turn=self._turn + 1)

    def _begin(self, door: DoorId | None, installer: str, now: float, utc: int) -> list[Event]:
        found = next((each for each in self._config.doors if each.id == door), None)
        if found is None:
            raise WrongWord(f"this unit has no door {door!r}")
        if not installer.strip():
            raise WrongWord("a proof needs the name of who makes it")
        self._sheet = new_sheet(self._config, found, installer, utc)
        self._idle_at, self._driven = now + IDLE_SECONDS, -1
        return self._became(begin(plan(self._config, found), now), utc)

    def _became(self, proof: Proof, utc: int) -> list[Event]:
        assert self._sheet is not None
        if self._turn != proof.turn:
            self._badges.clear()
        self._turn, self._proof = proof.turn, proof
        if proof.asked is None:
            return self._end(utc)
        return [moved(self._sheet, proof)]

    def _end(self, utc: int) -> list[Event]:
        """End with what was seen: an unfinished proof is told as such, and proves nothing."""
        sheet, proof = self._sheet, self._proof
        self._sheet = self._proof = None
        self._badges.clear()
        if sheet is None or proof is None:
            return []
        self._ended = state = moved(sheet, proof)
        if proof.asked is None:
            return [state, *self._finish(sheet, proof, utc)]
        self._ended = DoorProofMoved(
            state.door, state.proof, state.installer, state.acts, failure=STOPPED
        )
        return [self._ended]
