"""``loquet-edge commission``: the proof of a door, asked for in a terminal."""

from __future__ import annotations

import contextlib
import os
import select
from collections.abc import Callable
from dataclasses import replace

from loquet_contract.wire.events_proof import DoorProofMoved, Verdict
from loquet_edge.commissioning import record, texts
from loquet_edge.commissioning.hosts import Host, OwnLines, RunningUnit
from loquet_edge.commissioning.procedure import Word, WrongWord
from loquet_edge.config import UnitConfig
from loquet_edge.config_doors import DoorUnitConfig
from loquet_edge.errors import ConfigurationError
from loquet_edge.inspection import SOCKET
from loquet_edge.local_sockets import is_served

KEYS = {
    "y": Word.YES, "yes": Word.YES, "n": Word.NO, "no": Word.NO, "a": Word.AGAIN,
    "again": Word.AGAIN, "g": Word.NEXT, "go on": Word.NEXT, "s": Word.SKIP, "skip": Word.SKIP,
}  # fmt: skip
NAMES = {
    Word.YES: "y = yes", Word.NO: "n = no", Word.AGAIN: "a = try again", Word.NEXT: "g = go on",
    Word.SKIP: "s = skip",
}  # fmt: skip

Say = Callable[[str], None]


class Keyboard:
    """Whole lines of a file descriptor, without ever waiting longer than asked."""

    def __init__(self, descriptor: int) -> None:
        self._descriptor, self._buffer, self.ended = descriptor, b"", False

    def line(self, seconds: float) -> str | None:
        """Return a line that was typed, None after ``seconds`` without one."""
        if b"\n" not in self._buffer and not self.ended:
            if not select.select([self._descriptor], [], [], seconds)[0]:
                return None
            data = os.read(self._descriptor, 4096)
            self.ended = not data
            self._buffer += data
        if b"\n" not in self._buffer and not (self.ended and self._buffer):
            return None
        found, _, self._buffer = self._buffer.partition(b"\n")
        return found.decode("utf-8", "replace").strip()


def door_named(config: UnitConfig, name: str | None) -> DoorUnitConfig:
    """Return the door of that name, or the only one; raise ConfigurationError."""
    names = ", ".join(each.id for each in config.doors) or "none"
    found = [each for each in config.doors if name in (None, each.id)]
    if len(found) == 1:
        return found[0]
    what = "say which door with --door" if name is None else f"there is no door {name!r}"
    raise ConfigurationError(config.file, "doors", "", f"{what}; these are: {names}")


def host_for(config: UnitConfig, door: DoorUnitConfig) -> Host:
    """Return where the proof runs: in the running unit, or here; raise OSError."""
    runs = is_served(config.run / SOCKET) or is_served(config.guard_socket)
    if runs and record.settled(replace(config, doors=(door,)), record.load(config.data)):
        raise OSError(
            f"the unit runs, and drives the lock of {door.id} for nobody before it is confirmed:"
            " stop it (sudo systemctl stop loquet-door loquet-lockguard), prove the door, start it"
        )
    if is_served(config.run / SOCKET):
        return RunningUnit(config, door)
    if is_served(config.guard_socket):
        raise OSError(
            "the unit runs, but its door does not answer: look at its log, or stop it and try again"
        )
    from loquet_edge.drivers.catalogue import open_lines

    return OwnLines(config, door, open_lines(config))


def prove(host: Host, installer: str, keyboard: Keyboard, say: Say) -> DoorProofMoved:
    """Ask for every act until the proof ends; return its last state."""
    host.begin(installer)
    seen, told = 0, ""
    while True:
        state = host.look()
        for result in state.acts[seen:]:
            say(f"  {texts.line(result)}")
        seen = len(state.acts)
        if state.waits_for is None:
            return state
        if (question := _question(state)) != told:
            say(question)
            told = question
        typed = keyboard.line(host.pause)
        if typed is None:
            if keyboard.ended:
                raise OSError("nobody answers any more: the proof was interrupted")
            continue
        told = ""
        _answer(host, state, typed, say)


def _question(state: DoorProofMoved) -> str:
    assert state.waits_for is not None
    choices = ", ".join(NAMES[Word(each)] for each in state.words)
    if state.failure:
        advice = texts.failed(state.waits_for, state.failure)
        return f"  FAILED: {advice}\n  [{choices}]"
    number = len(state.acts) + 1
    of = number + state.left
    return f"{number}/{of}  {texts.sentence(state.waits_for, state.subject)}\n  [{choices}]"


def _answer(host: Host, state: DoorProofMoved, typed: str, say: Say) -> None:
    word = KEYS.get(typed.lower())
    if state.waits_for is None:
        return
    if word is None or word.value not in state.words:
        say(f"  {typed!r} is no answer here.")
        return
    with contextlib.suppress(WrongWord):  # it was seen in the meantime: there is another question
        host.answer(state.waits_for, word)


def is_whole(state: DoorProofMoved) -> bool:
    """Whether a proof that has ended asked for everything, and nothing failed."""
    good = (Verdict.SEEN, Verdict.CONFIRMED)
    return not state.failure and all(each.verdict in good for each in state.acts)


def summary(state: DoorProofMoved) -> str:
    """Return what became of the proof, in a sentence."""
    if state.failure:
        return "The proof was stopped before its end, and proves nothing."
    if is_whole(state):
        return "The door is proven. The report goes to the server as soon as the unit runs."
    bad = [each for each in state.acts if each.verdict in (Verdict.FAILED, Verdict.SKIPPED)]
    names = ", ".join(each.act.value for each in bad)
    return f"The proof ended, and is not whole: {names}. Mend that and commission the door again."
