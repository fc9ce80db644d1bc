"""Files of proofs in the unit's data folder, apart from the record itself.

``commissioning/waiting/``: reports that the running unit has still to sign and tell; whoever
made one without a running unit left it there. ``commissioning/DOOR.json``: a proof that was
interrupted, to be resumed as long as nothing was wired otherwise.
"""

from __future__ import annotations

import contextlib
import json
import logging
import threading
from collections.abc import Callable
from pathlib import Path

from loquet_contract.wire.codec import MalformedMessage, decode, decode_text, encode, to_plain
from loquet_contract.wire.events import Event
from loquet_contract.wire.events_proof import ActResult, DoorProven, ProofReport
from loquet_contract.wire.signing import Purpose
from loquet_edge.commissioning import record
from loquet_edge.commissioning.live import Finish
from loquet_edge.commissioning.procedure import Proof
from loquet_edge.commissioning.record import ProvenDoor, Record
from loquet_edge.commissioning.report import Sheet, proven, report
from loquet_edge.config import UnitConfig

log = logging.getLogger(__name__)

FOLDER = "commissioning"
WAITING = "waiting"
TOLD_SECONDS = 60.0
"""A report is told again after a crash within this time; the server knows it by its id."""

Sign = Callable[[Purpose, str], str]


class Waiting:
    """Reports that wait to be told by the running unit; asked once a second."""

    def __init__(self, data: Path, sign: Sign | None) -> None:
        self._folder, self._sign = data / FOLDER / WAITING, sign
        self._told: dict[str, float] = {}

    def take(self, now: float) -> list[DoorProven]:
        """Return what is new, signed; nothing while the unit has no key."""
        found: list[DoorProven] = []
        if self._sign is None or not self._folder.is_dir():
            return found
        for file in sorted(self._folder.glob("*.json")):
            told = self._told.get(file.name)
            if told is None:
                self._told[file.name] = now
                found += self._read(file, self._sign)
            elif now - told >= TOLD_SECONDS:
                with contextlib.suppress(OSError):
                    file.unlink()
                    del self._told[file.name]
        return found

    def _read(self, file: Path, sign: Sign) -> list[DoorProven]:
        try:
            return [signed(decode_text(ProofReport, file.read_text("utf-8")), sign)]
        except (OSError, MalformedMessage, UnicodeDecodeError) as error:
            log.error("%s is no report of a proof: %s", file, error)
            return []


def signed(report: ProofReport, sign: Sign) -> DoorProven:
    """Return a report as the fact that the server is told."""
    text = encode(report)
    return DoorProven(report.door, report.proof, report.whole, sign(Purpose.PROOF, text))


def leave(data: Path, report: ProofReport) -> Path:
    """Leave a report for the running unit to sign and tell; raise OSError."""
    folder = data / FOLDER / WAITING
    _make(folder, data)
    return _write(folder / f"{report.proof}.json", encode(report), data)


def keep_record(data: Path, door: str, proven: ProvenDoor) -> None:
    """Put a door into the unit's record; raise OSError."""
    record.save(data, (record.load(data) or Record()).with_door(door, proven))


def finish_running(config: UnitConfig, sign: Sign | None) -> Finish:
    """Return how a running unit ends a proof: it records, signs and tells it."""

    def finish(sheet: Sheet, proof: Proof, ended: int) -> list[Event]:
        if (kept := proven(sheet, proof, ended)) is not None:
            keep_behind(config.data, sheet.door.id, kept)
        if sign is None:
            return []
        return [signed(report(sheet, proof, ended), sign)]

    return finish


def finish_alone(config: UnitConfig) -> Finish:
    """Return how a proof ends while the unit does not run: it is recorded, and told later."""

    def finish(sheet: Sheet, proof: Proof, ended: int) -> list[Event]:
        if (kept := proven(sheet, proof, ended)) is not None:
            keep_record(config.data, sheet.door.id, kept)
        leave(config.data, report(sheet, proof, ended))
        forget_interrupted(config.data, sheet.door.id)
        return []

    return finish


def keep_behind(data: Path, door: str, proven: ProvenDoor) -> None:
    """The same, on a thread of its own: no tap waits for a disk."""

    def keep() -> None:
        try:
            keep_record(data, door, proven)
        except OSError as error:
            log.error("the proof of door %s cannot be recorded: %s", door, error)

    threading.Thread(target=keep, name="commissioning", daemon=True).start()


def interrupted(data: Path, door: str, wires: str) -> tuple[ActResult, ...]:
    """Return what was seen of a door before an interruption, if its wires are still the same."""
    try:
        plain = json.loads((data / FOLDER / f"{door}.json").read_text("utf-8"))
        if plain["wires"] != wires:
            return ()
        return tuple(decode(ActResult, each) for each in plain["acts"])
    except (OSError, ValueError, KeyError, TypeError, MalformedMessage):
        return ()


def keep_interrupted(data: Path, door: str, wires: str, results: tuple[ActResult, ...]) -> None:
    """Keep what was seen so far; raise OSError."""
    _make(data / FOLDER, data)
    plain = {"wires": wires, "acts": [to_plain(each) for each in results]}
    _write(data / FOLDER / f"{door}.json", json.dumps(plain), data)


def forget_interrupted(data: Path, door: str) -> None:
    """There is nothing to resume any more."""
    (data / FOLDER / f"{door}.json").unlink(missing_ok=True)


def _make(folder: Path, data: Path) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    for each in (folder, folder.parent):
        if each != data:
            record.give_to_owner(each, data, 0o755)


def _write(path: Path, text: str, data: Path) -> Path:
    fresh = path.with_name(path.name + ".new")
    fresh.write_text(text, "utf-8")
    record.give_to_owner(fresh, data)
    return fresh.replace(path)
