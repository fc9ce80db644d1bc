"""Draws the wiring diagrams: ``hardware/wiring/*.toml`` to SVG, in English and in French.

A diagram is a ladder. Each rung is a wire that leaves a terminal at the left, goes through parts,
and ends at a terminal at the right or at 0 V. Rungs that follow each other and name the same box
share it. Parts are named in ``hardware/wiring/parts.toml`` and bought by ``hardware/bom.csv``;
terminals of the unit are lines or pins, whose names come from ``hardware/pinout.toml``.
"""

from __future__ import annotations

import textwrap
import tomllib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from itertools import groupby
from pathlib import Path
from typing import Any

from tools.symbols import SYMBOLS, WIDTH, dot, ground, line, rect, text

ROOT = Path(__file__).resolve().parents[1]
WIRING = ROOT / "hardware" / "wiring"
LANGUAGES = ("en", "fr")
SLOT, BOX, MARGIN = 116, 190, 14
ABOVE, PLAIN, UNDER, BELOW = 58, 20, 22, 74
"""From the top of a row to its wire, with a label or a heading, or without; and from its wire to
the next row, without and with a part across or dropped."""
LEAST_SLOTS = 3
STYLE = (
    "svg{background:#fff}line,rect,path,circle,ellipse{stroke:#000;stroke-width:1.4;fill:none}"
    "text{font:11px sans-serif;fill:#000}.full{fill:#000}.white{fill:#fff}.bold{font-weight:bold}"
    ".title{font:bold 17px sans-serif}.dashed{stroke-dasharray:4 3}.thin{stroke-width:.8}"
    ".outside{stroke-dasharray:9 4}.note{font:12px sans-serif}"
)
OUTSIDE = {"en": "outside", "fr": "dehors"}
Words = Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Part:
    """What a name in a diagram stands for. ``given``: the building has it, nobody buys it."""

    id: str
    words: Words
    symbol: str
    bom: str
    given: bool
    outside: bool


@dataclass(frozen=True, slots=True)
class Element:
    """One part of a rung; ``across``: a part beside it, ``drop``: one from here to 0 V."""

    part: str
    across: str | None = None
    drop: str | None = None


@dataclass(frozen=True, slots=True)
class Terminal:
    """An end of a rung; ``line`` where it is a line of the unit. The box ``ground`` is 0 V."""

    box: str
    words: Words
    line: int | None = None


@dataclass(frozen=True, slots=True)
class Rung:
    """One wire, from left to right."""

    start: Terminal
    chain: tuple[Element, ...]
    end: Terminal

    @property
    def labelled(self) -> bool:
        return any(each.part != "joint" for each in self.chain)

    @property
    def below(self) -> int:
        return BELOW if any(each.across or each.drop for each in self.chain) else UNDER


@dataclass(frozen=True, slots=True)
class Diagram:
    """One sheet."""

    id: str
    title: Words
    rungs: tuple[Rung, ...]
    notes: tuple[str, ...]
    example: str | None = None
    """The example whose lines it shows."""

    @property
    def lines(self) -> set[int]:
        """Every line of the header that is on the sheet."""
        ends = [end for rung in self.rungs for end in (rung.start, rung.end)]
        return {end.line for end in ends if end.line is not None}

    @property
    def parts(self) -> set[str]:
        """Every part that is on the sheet, boxes too."""
        found = {end.box for rung in self.rungs for end in (rung.start, rung.end)} - {"ground"}
        for rung in self.rungs:
            for each in rung.chain:
                found |= {part for part in (each.part, each.across, each.drop) if part}
        return found - {"joint"}


@cache
def _read(name: str) -> dict[str, Any]:
    return tomllib.loads((WIRING / f"{name}.toml").read_text("utf-8"))


def parts() -> dict[str, Part]:
    """Return every part by its name."""
    return {
        name: Part(
            name, {key: said[key] for key in LANGUAGES}, said.get("symbol", "box"),
            said.get("bom", name), said.get("given", False), said.get("outside", False),
        )
        for name, said in _read("parts")["parts"].items()
    }  # fmt: skip


def notes() -> dict[str, Words]:
    """Return every sentence that a sheet may carry, by its name."""
    found: dict[str, Words] = _read("parts")["notes"]
    return found


def diagram(name: str) -> Diagram:
    """Return the diagram of a file."""
    plain = _read(name)
    rungs = tuple(
        Rung(
            _terminal(rung["from"]), tuple(map(_element, rung.get("chain", ()))),
            _terminal(rung["to"]),
        )
        for rung in plain["rungs"]
    )  # fmt: skip
    return Diagram(name, plain["title"], rungs, tuple(plain["notes"]), plain.get("example"))


def names() -> list[str]:
    """Return the names of all diagrams."""
    return sorted(file.stem for file in WIRING.glob("*.toml") if file.stem != "parts")


def _element(said: str | dict[str, str]) -> Element:
    return Element(said) if isinstance(said, str) else Element(**said)


def _terminal(said: str | dict[str, Any]) -> Terminal:
    if said == "ground":
        return Terminal("ground", {})
    if not isinstance(said, dict):
        raise TypeError(f'{said!r}: write "ground" or {{ box = ..., terminal = ... }}')
    if said["box"] == "unit":
        return _header(said)
    words = said["terminal"]
    if not isinstance(words, dict):
        words = dict.fromkeys(LANGUAGES, words)
    return Terminal(said["box"], words)


@cache
def _pinout() -> dict[str, Any]:
    return tomllib.loads((ROOT / "hardware" / "pinout.toml").read_text("utf-8"))


def _header(said: dict[str, Any]) -> Terminal:
    """Return a terminal of the 40-pin header, which a line or the name of a supply pin says."""
    pinout = _pinout()
    if "line" not in said:
        pins = pinout["power"][said["power"]]
        name = "0 V" if said["power"] == "ground" else said["power"]
        words = {"en": f"pin {pins[0]} · {name}", "fr": f"broche {pins[0]} · {name}"}
        return Terminal("unit", words)
    number = said["line"]
    pin = next(each["pin"] for each in pinout["lines"] if each["line"] == number)
    words = {"en": f"pin {pin} · line {number}", "fr": f"broche {pin} · ligne {number}"}
    return Terminal("unit", words, number)


# ---- the drawing --------------------------------------------------------------------------


class Sheet:
    """One diagram in one language."""

    def __init__(self, what: Diagram, language: str) -> None:
        self._what, self._language = what, language
        self._parts, self._notes = parts(), notes()
        self._slots = max(LEAST_SLOTS, *(len(rung.chain) for rung in what.rungs))
        self._left = MARGIN + BOX + 24
        self._right = self._left + self._slots * SLOT + 16
        self.width = self._right + BOX + MARGIN

    def svg(self) -> str:
        """Return the sheet."""
        body: list[str] = []
        tops, wires, y = self._rows()
        for rung, wire in zip(self._what.rungs, wires, strict=True):
            body += self._rung(rung, wire)
        for left in (True, False):
            body += self._boxes([*tops, y], wires, left)
        said, bottom = self._said(y + 26)
        head = text(MARGIN, 28, self._what.title[self._language], "title", "start")
        size = f'width="{self.width:g}" height="{bottom:g}"'
        return "\n".join([
            f'<svg xmlns="http://www.w3.org/2000/svg" {size}'
            f' viewBox="0 0 {self.width:g} {bottom:g}" lang="{self._language}">',
            f"<title>{self._what.title[self._language]}</title>",
            f"<style>{STYLE}</style>", head, *body, *said, "</svg>", "",
        ])  # fmt: skip

    def _rows(self) -> tuple[list[float], list[float], float]:
        """Return where each row begins, where its wire is, and where the last row ends."""
        tops, wires, y = list[float](), list[float](), 46.0
        before: Rung | None = None
        for rung in self._what.rungs:
            begins = before is None or any(
                now.box not in (then.box, "ground")
                for now, then in ((rung.start, before.start), (rung.end, before.end))
            )
            tops.append(y)
            wires.append(y + (ABOVE if begins or rung.labelled else PLAIN))
            y = wires[-1] + rung.below
            before = rung
        return tops, wires, y

    def _label(self, part: str) -> list[str]:
        return textwrap.wrap(self._parts[part].words[self._language], 19, break_long_words=False)

    def _rung(self, rung: Rung, y: float) -> Iterator[str]:
        x = float(self._left - 24)
        for at, element in enumerate(rung.chain):
            middle = self._left + at * SLOT + SLOT / 2
            joint = element.part == "joint"
            start = middle if joint else middle - WIDTH / 2
            yield line(x, y, start, y)
            x = start
            if joint:
                yield dot(middle, y)
            else:
                yield from self._drawn(element.part, start, y)
                x = start + WIDTH
            if element.across:
                yield from self._across(element.across, start, y)
            if element.drop:
                yield from self._dropped(element.drop, middle, y)
        if rung.end.box == "ground":
            yield line(x, y, self._right, y)
            yield from ground(self._right, y)
        else:
            yield line(x, y, self._right, y)

    def _drawn(self, part: str, x: float, y: float) -> Iterator[str]:
        yield from SYMBOLS[self._parts[part].symbol](x, y)
        words = self._label(part)
        for at, each in enumerate(words):
            yield text(x + WIDTH / 2, y - 30 - 12 * (len(words) - 1 - at), each)

    def _across(self, part: str, x: float, y: float) -> Iterator[str]:
        down = y + 40
        for side in (x - 8, x + WIDTH + 8):
            yield dot(side, y)
            yield line(side, y, side, down)
        yield line(x - 8, down, x, down)
        yield line(x + WIDTH, down, x + WIDTH + 8, down)
        yield from SYMBOLS[self._parts[part].symbol](x, down)
        yield text(x + WIDTH / 2, down + 24, " ".join(self._label(part)))

    def _dropped(self, part: str, x: float, y: float) -> Iterator[str]:
        yield dot(x, y)
        yield line(x, y, x, y + 12)
        yield rect(x - 6, y + 12, 12, 28)
        yield line(x, y + 40, x, y + 46)
        yield from ground(x, y + 46)
        for at, each in enumerate(self._label(part)):
            yield text(x + 14, y + 26 + 12 * at, each, anchor="start")

    def _boxes(self, limits: Sequence[float], wires: Sequence[float], left: bool) -> Iterator[str]:
        rungs = self._what.rungs
        ends = [(rung.start if left else rung.end) for rung in rungs]
        for box, group in groupby(range(len(rungs)), key=lambda at: ends[at].box):
            rows = list(group)
            if box == "ground":
                continue
            part = self._parts[box]
            x = MARGIN if left else self._right
            top, end = limits[rows[0]] + 4, limits[rows[-1] + 1] - 8
            yield rect(x, top, BOX, end - top, "outside" if part.outside else "")
            yield from self._heading(part, x, top)
            for row in rows:
                at = x + BOX - 8 if left else x + 8
                words = ends[row].words[self._language]
                yield text(at, wires[row] + 4, words, "", "end" if left else "start")

    def _heading(self, part: Part, x: float, top: float) -> Iterator[str]:
        words = part.words[self._language]
        if part.outside:
            words += f" ({OUTSIDE[self._language]})"
        for at, each in enumerate(textwrap.wrap(words, 27)):
            yield text(x + BOX / 2, top + 15 + 13 * at, each, "bold")

    def _said(self, y: float) -> tuple[list[str], float]:
        found = []
        for name in self._what.notes:
            words = textwrap.wrap(self._notes[name][self._language], int(self.width / 6.4) - 6)
            for at, each in enumerate(words):
                mark = "•" if at == 0 else ""
                found.append(text(MARGIN, y, mark, "note", "start"))
                found.append(text(MARGIN + 12, y, each, "note", "start"))
                y += 17
        return [each for each in found if "></text>" not in each], y + 4


def drawing(name: str, language: str) -> str:
    """Return a sheet as it belongs into the repository."""
    return Sheet(diagram(name), language).svg()
