"""The symbols of the wiring diagrams, after IEC 60617, as SVG: black on white, for any printer.

Each is drawn on a line from ``(x, y)`` to ``(x + WIDTH, y)``, in a slot of its own.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from xml.sax.saxutils import escape

WIDTH = 44
Draw = Callable[[float, float], Iterator[str]]


def line(x1: float, y1: float, x2: float, y2: float, style: str = "") -> str:
    """Return a wire or a stroke; ``style``: a class of the drawing."""
    kind = f' class="{style}"' if style else ""
    return f'<line x1="{x1:g}" y1="{y1:g}" x2="{x2:g}" y2="{y2:g}"{kind}/>'


def rect(x: float, y: float, width: float, height: float, style: str = "") -> str:
    """Return a rectangle from its upper left corner."""
    kind = f' class="{style}"' if style else ""
    return f'<rect x="{x:g}" y="{y:g}" width="{width:g}" height="{height:g}"{kind}/>'


def text(x: float, y: float, words: str, style: str = "", anchor: str = "middle") -> str:
    """Return one line of words."""
    kind = f' class="{style}"' if style else ""
    return f'<text x="{x:g}" y="{y:g}" text-anchor="{anchor}"{kind}>{escape(words)}</text>'


def dot(x: float, y: float) -> str:
    """Return a joint of wires."""
    return f'<circle cx="{x:g}" cy="{y:g}" r="3" class="full"/>'


def ground(x: float, y: float) -> Iterator[str]:
    """Give the 0 V symbol that hangs at ``(x, y)``."""
    yield line(x, y, x, y + 6)
    for half, down in ((10, 6), (6, 10), (2, 14)):
        yield line(x - half, y + down, x + half, y + down)


def _through(x: float, y: float) -> Iterator[str]:
    yield line(x, y, x + WIDTH, y)


def _resistor(x: float, y: float) -> Iterator[str]:
    yield from _through(x, y)
    yield rect(x + 6, y - 6, WIDTH - 12, 12, "white")


def _fuse(x: float, y: float) -> Iterator[str]:
    yield rect(x + 6, y - 6, WIDTH - 12, 12)
    yield from _through(x, y)


def _diode(x: float, y: float) -> Iterator[str]:
    """Its cathode is at the left: it blocks what comes from there."""
    yield from _through(x, y)
    yield f'<path d="M{x + 30:g} {y - 9:g} V{y + 9:g} L{x + 15:g} {y:g} Z" class="full"/>'
    yield line(x + 14, y - 9, x + 14, y + 9)


def _led(x: float, y: float) -> Iterator[str]:
    yield from _through(x, y)
    yield f'<path d="M{x + 14:g} {y - 9:g} V{y + 9:g} L{x + 29:g} {y:g} Z"/>'
    yield line(x + 30, y - 9, x + 30, y + 9)
    for off in (0, 7):
        yield line(x + 20 + off, y - 12, x + 28 + off, y - 20)
        yield f'<path d="M{x + 28 + off:g} {y - 20:g} l-5 1 l4 4 Z" class="full"/>'


def _ends(x: float, y: float) -> Iterator[str]:
    yield line(x, y, x + 10, y)
    yield line(x + 34, y, x + WIDTH, y)


def _make(x: float, y: float) -> Iterator[str]:
    yield from _ends(x, y)
    yield line(x + 10, y, x + 32, y - 12)


def _break(x: float, y: float) -> Iterator[str]:
    yield from _ends(x, y)
    yield line(x + 34, y, x + 34, y - 12)
    yield line(x + 10, y, x + 38, y - 10)


def _pressed(contact: Draw) -> Draw:
    def draw(x: float, y: float) -> Iterator[str]:
        yield from contact(x, y)
        yield line(x + 21, y - 7, x + 21, y - 20, "dashed")
        yield f'<path d="M{x + 15:g} {y - 16:g} v-4 h12 v4" />'

    return draw


def _relayed(contact: Draw) -> Draw:
    def draw(x: float, y: float) -> Iterator[str]:
        yield from contact(x, y)
        yield line(x + 21, y - 7, x + 21, y - 16, "dashed")
        yield rect(x + 11, y - 24, 20, 8)

    return draw


def _coil(x: float, y: float) -> Iterator[str]:
    yield from _through(x, y)
    yield rect(x + 4, y - 13, WIDTH - 8, 26, "white")
    yield line(x + 4, y + 13, x + WIDTH - 4, y - 13)


def _buzzer(x: float, y: float) -> Iterator[str]:
    yield from _through(x, y)
    yield f'<path d="M{x + 8:g} {y:g} a14 14 0 0 1 28 0 Z"/>'


def _module(x: float, y: float) -> Iterator[str]:
    yield from _through(x, y)
    yield rect(x, y - 14, WIDTH, 28, "white")


def _pair(x: float, y: float) -> Iterator[str]:
    yield from _through(x, y)
    yield f'<ellipse cx="{x + WIDTH / 2:g}" cy="{y:g}" rx="5" ry="12"/>'


def _battery(x: float, y: float) -> Iterator[str]:
    yield line(x, y, x + 16, y)
    yield line(x + 28, y, x + WIDTH, y)
    for at, half in ((16, 11), (20, 6), (24, 11), (28, 6)):
        yield line(x + at, y - half, x + at, y + half)


SYMBOLS: dict[str, Draw] = {
    "wire": _through, "resistor": _resistor, "fuse": _fuse, "diode": _diode, "led": _led,
    "contact_no": _make, "contact_nc": _break, "button_no": _pressed(_make),
    "button_nc": _pressed(_break), "relay_no": _relayed(_make), "relay_nc": _relayed(_break),
    "coil": _coil, "buzzer": _buzzer, "module": _module, "pair": _pair, "battery": _battery,
}  # fmt: skip
