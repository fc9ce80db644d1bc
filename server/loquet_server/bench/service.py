"""The bench: from a board's lines to doors, readers and desks, and from acts to its words.

A line is active when what it means is so: a lock's when the door is released, a contact's
when the leaf is open, an exit's when somebody asks to leave, a fire loop's when it is cut.
"""

import asyncio
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from loquet_server.bench import board
from loquet_server.bench.schemas import (
    Act,
    BenchCounter,
    BenchDesk,
    BenchDoor,
    BenchReader,
    BenchUnit,
    Names,
)
from loquet_server.web.rhythm import rhythm

TAP_SECONDS = 0.6
PRESS_SECONDS = 1.0
STEP_SECONDS = 0.15
"""A beam must be broken for a moment before it counts."""
NETWORK = "network"
"""The indicator by which the bench asks whoever runs the unit to cut its network."""
UID_BYTES = (4, 7, 10)

Lines = Mapping[str, bool]
_ACTIVE: dict[Act, tuple[str, bool]] = {
    Act.OPEN: ("contact:", True),
    Act.CLOSE: ("contact:", False),
    Act.HOLD_EXIT: ("exit:", True),
    Act.LET_GO_EXIT: ("exit:", False),
    Act.SIT: ("", True),
    Act.LEAVE: ("", False),
    Act.CUT_FIRE: ("fire", True),
    Act.RESTORE_FIRE: ("fire", False),
    Act.OPEN_CASE: ("tamper", True),
    Act.CLOSE_CASE: ("tamper", False),
    Act.CUT_MAINS: ("mains", True),
    Act.RESTORE_MAINS: ("mains", False),
}
_CARDS = {Act.TAP_AES: "ultralight_aes", Act.TAP_C: "ultralight_c"}
"""Cards that keep what was written, as a board calls them."""
_OF_UNIT = ("fire", "tamper", "mains")
_WALKS = {Act.WALK_IN: ("outer", "inner"), Act.WALK_OUT: ("inner", "outer")}
_SENSORS = ("seat", "presence", "pir")
_PRESSED = {Act.PRESS_EXIT: "exit:", Act.REARM: "rearm", Act.RING: "doorbell:"}


class NoBadgeNumber(ValueError):
    """What was written is no UID of 4, 7 or 10 bytes in hexadecimal."""


class BenchService:
    """The simulated boards in one folder, one socket each: ``{unit}.sock``."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def units(self) -> list[str]:
        """Return the ids of the units whose board has a socket, sorted."""
        return sorted(path.stem for path in self._folder.glob("*.sock"))

    def socket(self, unit: str) -> Path | None:
        """Return a unit's socket, or None for a unit that has none."""
        return self._folder / f"{unit}.sock" if unit in self.units() else None

    async def unit(self, unit: str, names: Names) -> BenchUnit:
        """Return how a unit's board stands."""
        try:
            found = await board.snapshot(self._folder / f"{unit}.sock")
        except board.BoardAway as error:
            return BenchUnit(unit, names.units.get(unit, unit), away=str(error))
        return read_board(unit, found, names)

    async def act(self, unit: str, act: Act, target: str, what: str = "") -> None:
        """Do something to a board; raise BoardAway, BoardRefused or NoBadgeNumber.

        ``what``: the number of a badge, or the keys of a keypad.
        """
        path = self._folder / f"{unit}.sock"
        if act in _WALKS:
            await _walk(path, target, _WALKS[act])
            return
        op, arguments = request_of(act, target, what)
        await board.ask(path, op, **arguments)


async def _walk(path: Path, counter: str, beams: tuple[str, str]) -> None:
    """Break the first beam, then both, then only the second, then none, as a person does."""
    for broken in (True, False):
        for beam in beams:
            await board.ask(path, "set_input", line=f"{beam}:{counter}", active=broken)
            await asyncio.sleep(STEP_SECONDS)


def request_of(act: Act, target: str, what: str = "") -> tuple[str, dict[str, Any]]:
    """Return the board's words for an act; raise NoBadgeNumber."""
    if act in (Act.TAP, *_CARDS):
        kind = {"kind": _CARDS[act]} if act in _CARDS else {}
        return "tap", {"reader": target, "uid": clean_uid(what), "seconds": TAP_SECONDS, **kind}
    if act is Act.KEYS:
        return "press_keys", {"reader": target, "keys": "".join(what.split())}
    if act in (Act.PLUG, Act.UNPLUG):
        return act.value, {"reader": target}
    if act in (Act.CUT_NETWORK, Act.RESTORE_NETWORK):
        value = "cut" if act is Act.CUT_NETWORK else "whole"
        return "indicate", {"indicator": NETWORK, "value": value}
    if act in _PRESSED:
        line = _PRESSED[act] + target if _PRESSED[act].endswith(":") else _PRESSED[act]
        return "set_input", {"line": line, "active": True, "seconds": PRESS_SECONDS}
    prefix, active = _ACTIVE[act]
    if act in (Act.OPEN_CASE, Act.CLOSE_CASE) and target:
        prefix += ":"
    line = prefix if prefix in _OF_UNIT else prefix + target
    return "set_input", {"line": line, "active": active}


def clean_uid(text: str) -> str:
    """Return a UID as a board reads it; raise NoBadgeNumber."""
    digits = "".join(text.split()).replace(":", "").lower()
    try:
        size = len(bytes.fromhex(digits))
    except ValueError:
        size = 0
    if size not in UID_BYTES:
        raise NoBadgeNumber(text)
    return digits


def read_board(unit: str, found: Mapping[str, Any], names: Names) -> BenchUnit:
    """Return a unit from its board's snapshot."""
    lines = {str(line["line"]): bool(line["active"]) for line in found["lines"] if line["line"]}
    return BenchUnit(
        unit,
        names.units.get(unit, unit),
        doors=tuple(
            _door(each, names.doors.get(each, each), lines, found["indicators"])
            for each in _subjects(lines, "lock")
        ),
        readers=tuple(
            BenchReader(each["reader"], bool(each["plugged"]), len(each["cards"]))
            for each in sorted(found["readers"], key=lambda reader: str(reader["reader"]))
        ),
        desks=tuple(
            _sensor(subject, kind, names, lines)
            for subject, kind in sorted(
                (subject, kind) for kind in _SENSORS for subject in _subjects(lines, kind)
            )
        ),
        counters=tuple(
            BenchCounter(each, lines[f"outer:{each}"], lines.get(f"inner:{each}", False))
            for each in _subjects(lines, "outer")
        ),
        fire=lines.get("fire"),
        tamper=lines.get("tamper"),
        mains=lines.get("mains"),
        rearm="rearm" in lines,
        network_cut=found["indicators"].get(NETWORK) == "cut",
    )


def _subjects(lines: Lines, kind: str) -> list[str]:
    prefix = f"{kind}:"
    return sorted(line.removeprefix(prefix) for line in lines if line.startswith(prefix))


def _sensor(subject: str, kind: str, names: Names, lines: Lines) -> BenchDesk:
    desk, _, own = subject.partition(".")
    line = f"{kind}:{subject}"
    return BenchDesk(desk, names.desks.get(desk, desk), line, lines[line], kind, own)


def _door(door: str, name: str, lines: Lines, said: Mapping[str, str]) -> BenchDoor:
    kinds = (
        "lock", "contact", "exit", "led_granted", "led_denied", "buzzer", "tamper", "doorbell",
    )  # fmt: skip
    found = (lines.get(f"{kind}:{door}") for kind in kinds)
    shown = rhythm(said.get(f"feedback:{door}", "idle"))
    return BenchDoor(door, name, shown, *found)
