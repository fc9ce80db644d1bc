"""The installer's part of the deciding loop: proofs of doors, and looks at the unit itself.

Asked from the server by signed commands, and on the spot through the inspection socket. While
nobody proves anything it costs the loop one comparison a turn.
"""

from __future__ import annotations

import json
import logging
import queue
import shutil
import subprocess
import sys
import threading
from collections.abc import Callable, Mapping
from importlib.metadata import version
from typing import TYPE_CHECKING, Any

from loquet_contract.ids import CommandId, DoorId
from loquet_contract.wire.codec import MalformedMessage, decode, to_plain
from loquet_contract.wire.events import Event
from loquet_contract.wire.events_proof import Examined, UnitExamined
from loquet_edge.commissioning.keeping import Waiting
from loquet_edge.commissioning.live import BEGIN, Proving
from loquet_edge.commissioning.procedure import WrongWord
from loquet_edge.config import UnitConfig
from loquet_edge.door import events
from loquet_edge.inbox import FactsFound, Item

if TYPE_CHECKING:
    from loquet_edge.runner import Parts

log = logging.getLogger(__name__)

EXAMINE_SECONDS = 60.0


class Examiner:
    """Has ``loquet-edge doctor`` look at the unit, in a process of its own; one at a time."""

    def __init__(self, config: UnitConfig, inbox: queue.SimpleQueue[Item]) -> None:
        self._config, self._inbox = config, inbox
        self._busy = threading.Lock()

    def __call__(self, command: CommandId | None) -> bool:
        """Begin to look; False if somebody looks already."""
        if not self._busy.acquire(blocking=False):
            return False
        threading.Thread(target=self._look, args=(command,), name="examiner", daemon=True).start()
        return True

    def _look(self, command: CommandId | None) -> None:
        try:
            self._inbox.put(FactsFound((UnitExamined(_examined(self._config), command),)))
        except (OSError, subprocess.SubprocessError, ValueError) as error:
            log.error("the unit could not look at itself: %s", error)
        finally:
            self._busy.release()


def _examined(config: UnitConfig) -> tuple[Examined, ...]:
    """Run the doctor below every process of the unit; raise OSError or ValueError."""
    below = ["chrt", "--other", "0"] if shutil.which("chrt") else []
    found = subprocess.run(
        [*below, sys.executable, "-m", "loquet_edge.cli", "doctor", "--json", "--no-reach",
         "--config", str(config.file)],
        capture_output=True, timeout=EXAMINE_SECONDS, check=False,
    )  # fmt: skip
    try:
        return tuple(decode(Examined, each) for each in json.loads(found.stdout)["findings"])
    except (ValueError, KeyError, TypeError, MalformedMessage) as error:
        last = found.stderr.decode("utf-8", "replace").strip().rpartition("\n")[2]
        raise ValueError(f"the doctor said nothing that can be read: {last[:200]}") from error


class Installer:
    """What the loop does for somebody who stands at the door, or asks from the office."""

    def __init__(
        self,
        proving: Proving | None = None,
        waiting: Waiting | None = None,
        examine: Callable[[CommandId | None], bool] = lambda _command: False,
    ) -> None:
        self._proving, self._waiting, self._examine = proving, waiting, examine

    @property
    def deadline(self) -> float | None:
        """When ``turn`` is due although nothing has happened, in monotonic seconds."""
        return None if self._proving is None else self._proving.deadline

    @property
    def busy(self) -> bool:
        """True while a door is being proven."""
        return self._proving is not None and self._proving.door is not None

    def badge(self, reader: str) -> None:
        """A badge was held to a reader."""
        if self._proving is not None:
            self._proving.badge(reader)

    def turn(self, parts: Parts) -> list[Event]:
        """Let a proof see the lines as they are now, and drive what it asks for."""
        if self._proving is None or self._proving.door is None:
            return []
        now, utc = parts.clock.now().monotonic, parts.clock.stamp().utc
        found = self._proving.look(levels(parts), now, utc)
        return [*found, *self._drive(self._proving, parts, now)]

    def chores(self, now: float) -> list[Event]:
        """Tell what was proven while the unit did not run; once a second."""
        return [] if self._waiting is None else list(self._waiting.take(now))

    def examine(self, command: CommandId | None) -> None:
        """Have the unit look at itself; raise WrongWord while it does already."""
        if not self._examine(command):
            raise WrongWord("the unit looks at itself already: wait for what it finds")

    def order(
        self, parts: Parts, door: DoorId | None, act: str | None, word: str | None
    ) -> list[Event]:
        """Move a proof; raise WrongWord with what to do."""
        proving = self._proving
        if proving is None:
            raise WrongWord("no proof can be made here")
        doorway = None if door is None else parts.doorways.get(door)
        if act == BEGIN and doorway is not None:
            if doorway.lockdown is not None:
                raise WrongWord("the door is locked down: lift that first")
            if doorway.door.fault is not None:
                raise WrongWord(f"the lock cannot be moved: {doorway.door.fault}")
            if proving.door not in (None, door):
                raise WrongWord(f"door {proving.door} is being proven: stop that first")
        now, utc = parts.clock.now().monotonic, parts.clock.stamp().utc
        found = proving.order(door, act, word, now, utc)
        return [*found, *self._drive(proving, parts, now)]

    def inspect(
        self, parts: Parts, request: Mapping[str, Any]
    ) -> tuple[dict[str, Any], list[Event]]:
        """Answer somebody on the spot; return the answer and the facts."""
        said = {key: str(request.get(key, "")) for key in ("op", "door", "act", "word")}
        door, facts = DoorId(said["door"]), list[Event]()
        try:
            if said["op"] == "prove":
                facts = self.order(parts, door, said["act"], said["word"])
            elif said["op"] == "pulse":
                facts = _pulse(parts, door)
        except WrongWord as error:
            return {"error": str(error)}, []
        state = None if self._proving is None else self._proving.state()
        answer = {
            "levels": levels(parts),
            "readers": dict(parts.reader_states),
            "faults": {
                name: each.door.fault
                for name, each in parts.doorways.items()
                if each.door.fault is not None
            },
            "proof": None if state is None else to_plain(state),
            "software": version("loquet"),
            "at_rest": state is None and all(each.at_rest for each in parts.doorways.values()),
        }
        return answer, facts

    @staticmethod
    def _drive(proving: Proving, parts: Parts, now: float) -> list[Event]:
        wanted, door = proving.wanted(), proving.door
        if door is None or not wanted:
            return []
        doorway = parts.doorways[door]
        if wanted == "lock":
            return list(doorway.feed(events.CommandRelease(), now))
        doorway.refuse(now)
        doorway.acknowledge(now)
        return []


def _pulse(parts: Parts, name: DoorId) -> list[Event]:
    doorway = parts.doorways.get(name)
    if doorway is None:
        raise WrongWord(f"this unit has no door {name!r}")
    if doorway.lockdown is not None:
        raise WrongWord("the door is locked down: lift that first")
    if doorway.door.fault is not None:
        raise WrongWord(f"the lock cannot be moved: {doorway.door.fault}")
    return list(doorway.feed(events.CommandRelease(), parts.clock.now().monotonic))


def levels(parts: Parts) -> dict[str, bool]:
    """Return every input of the doors that the loop knows, by name: active or not."""
    found = {**parts.guard.levels, **parts.wires.levels}
    for name, doorway in parts.doorways.items():
        if doorway.door.config.has_contact:
            found[f"contact:{name}"] = bool(doorway.door.leaf)
    return found
