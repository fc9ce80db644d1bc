"""The rhythms of a door drawn for people: a strip of time, and a lamp that blinks as the door does.

The strip is all that print, and whoever wants no motion, needs.
"""

from dataclasses import dataclass
from functools import cache
from typing import Final

from loquet_contract.feedback import PATTERNS, Beat, Pattern, Shown

WINDOW: Final = 3.0
"""Seconds that a strip shows; the longest answer fits."""
WIDTH: Final = 240
"""Units of the drawing for these seconds."""


@dataclass(frozen=True, slots=True)
class Bar:
    """A stretch of light or sound; ``x`` and ``width`` in units of the drawing."""

    x: float
    width: float
    colour: str
    """red, green, blue, amber or sound."""


@dataclass(frozen=True, slots=True)
class Rhythm:
    """One pattern as it is drawn."""

    name: str
    lights: tuple[Bar, ...]
    sounds: tuple[Bar, ...]
    seconds: float
    """How long the lamp's round takes."""
    values: str
    """Its opacities, for an SVG animation with ``times``."""
    times: str
    colour: str
    steady: bool
    """The lamp neither blinks nor goes out."""


@cache
def rhythm(name: str) -> Rhythm | None:
    """Return how what is shown under this name is drawn; None for a name of another version."""
    try:
        shown = Shown(name)
    except ValueError:
        return None
    pattern = PATTERNS[shown]
    beats = _window(pattern)
    lamp = [*pattern.beats] if pattern.repeats else [*pattern.beats, Beat(1.0)]
    seconds = sum(beat.seconds for beat in lamp)
    lit = [beat for beat in pattern.beats if beat.lit]
    return Rhythm(
        name,
        _bars([(at, beat.seconds, _colour(beat)) for at, beat in beats if beat.lit]),
        _bars([(at, beat.seconds, "sound") for at, beat in beats if beat.sound]),
        round(seconds, 3),
        ";".join("1" if beat.lit else "0" for beat in lamp),
        ";".join(f"{sum(each.seconds for each in lamp[:at]) / seconds:.4g}" for at in
                 range(len(lamp))),
        _colour(lit[0]) if lit else "none",
        all(beat.lit for beat in lamp) or not lit,
    )  # fmt: skip


def _window(pattern: Pattern) -> list[tuple[float, Beat]]:
    """Return the beats of the first seconds, each with its start; the last may be cut."""
    found: list[tuple[float, Beat]] = []
    at = 0.0
    while at < WINDOW - 1e-6:
        here = pattern.at(at + 1e-6)
        if here is None:
            break
        beat, _ = here
        length = min(beat.seconds, WINDOW - at)
        found.append((at, Beat(length, beat.red, beat.green, beat.blue, beat.sound)))
        at += beat.seconds
    return found


def _bars(parts: list[tuple[float, float, str]]) -> tuple[Bar, ...]:
    """Return bars, those that touch and look alike as one."""
    found: list[Bar] = []
    scale = WIDTH / WINDOW
    for at, seconds, colour in parts:
        last = found[-1] if found else None
        x, width = round(at * scale, 2), round(seconds * scale, 2)
        if last is not None and last.colour == colour and abs(last.x + last.width - x) < 0.05:
            found[-1] = Bar(last.x, round(last.width + width, 2), colour)
        else:
            found.append(Bar(x, width, colour))
    return tuple(found)


def _colour(beat: Beat) -> str:
    if beat.red and beat.green:
        return "amber"
    return "red" if beat.red else "green" if beat.green else "blue"
