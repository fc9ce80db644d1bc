"""Names what is wrong with a Wiegand reader's wires, from the pulses of a few badges.

How it thinks. A frame that is right has a known length and its parity. Whatever else came is
compared with what each fault makes of a right frame:

* *swapped lines* turn every bit. Each parity bit of every format covers, with itself, an odd
  number of bits, so that a turned frame has no parity left, and turning it back gives all of it;
* *inverted lines* (an opto-coupler, a level shifter) are low while nothing is said; their pulses
  still end with a falling edge, so that the bits come through, at the wrong time;
* *lost leading bits*: shorter than a known format, and the same badge sometimes gives more bits
  of which these are the last; or the parity at the end still holds;
* *a silent line*: only zeros or only ones come, from a reader whose numbers have both;
* *no common ground*, or a neighbour's noise: pulses that no reader sends, and crumbs of frames.

It is pure: pulses in, findings out, the gravest first. Times are nanoseconds.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

from loquet_edge.protocols.wiegand import GAP, Assembler, Bits, Heard
from loquet_edge.protocols.wiegand_formats import FORMATS, Format

CRUMB = 3
"""Frames of so few bits are none: no keypad sends less than 4, no badge less than 26."""
MOST_LOST = 3
"""Leading bits that a slow start loses; more are another fault."""
MOSTLY = 0.6
"""Share of the frames that makes a finding; single frames go wrong anywhere."""


class Trouble(StrEnum):
    """What is wrong; closed."""

    SILENT = "silent"
    LINE_SILENT = "line_silent"
    LINE_LOW = "line_low"
    SWAPPED = "swapped"
    INVERTED = "inverted"
    LOST_LEADING = "lost_leading"
    NOISE = "noise"
    NOT_ACCEPTED = "not_accepted"
    UNKNOWN_FORMAT = "unknown_format"
    PARITY = "parity"


@dataclass(frozen=True, slots=True)
class Trace:
    """What was heard: ``(line 0 or 1, time)`` of each falling edge, and how often each was low."""

    pulses: tuple[tuple[int, int], ...]
    low: tuple[float, float] = (0.0, 0.0)
    """Share of the looks at which D0, D1 were low."""


@dataclass(frozen=True, slots=True)
class Diagnosis:
    """One thing that is wrong, with what was measured."""

    trouble: Trouble
    measured: str


@dataclass(frozen=True, slots=True)
class Result:
    """What a trace says; ``formats``: names of those whose frames were right."""

    frames: int
    formats: tuple[str, ...]
    found: tuple[Diagnosis, ...]

    @property
    def well(self) -> bool:
        return bool(self.formats) and not self.found


def diagnose(trace: Trace, accepted: Sequence[Format], gap: int = GAP) -> Result:
    """Return what is wrong with the wires, as one reader with these formats would suffer it."""
    heard = frames(trace, gap)
    whole = [each.bits for each in heard if each.spoilt is None and len(each.bits) > CRUMB]
    right = [bits for bits in whole if fitting(bits)]
    found = [*_levels(trace), *_silence(trace, whole)]
    silent = any(each.trouble in (Trouble.SILENT, Trouble.LINE_SILENT) for each in found)
    if not silent:
        found += _noise(heard)
        found += _swapped(whole) or _lost(whole) or _strange(whole)
        found += _not_accepted(right, accepted)
    names = Counter(name for bits in right for name in _names(bits))
    return Result(len(heard), tuple(name for name, _ in names.most_common()), tuple(found))


def frames(trace: Trace, gap: int = GAP) -> list[Heard]:
    """Return what lies between the pauses of a trace."""
    assembler, found = Assembler(gap), []
    for line, at in sorted(trace.pulses, key=lambda each: each[1]):
        if (done := assembler.pulse(line, at)) is not None:
            found.append(done)
    if (end := assembler.deadline) is not None and (last := assembler.look(end)) is not None:
        found.append(last)
    return found


def fitting(bits: Bits) -> Format | None:
    """Return a format whose length and parity these bits have."""
    return next((each for each in FORMATS.values() if _holds(bits, each)), None)


def _holds(bits: Bits, form: Format) -> bool:
    return len(bits) == form.length and all(parity.holds(bits) for parity in form.parity)


def _names(bits: Bits) -> list[str]:
    return [name for name, form in FORMATS.items() if _holds(bits, form)]


def _turned(bits: Bits) -> Bits:
    return tuple(1 - bit for bit in bits)


def _levels(trace: Trace) -> list[Diagnosis]:
    low = [share > 0.5 for share in trace.low]
    measured = f"low for {trace.low[0]:.0%} (D0) and {trace.low[1]:.0%} (D1) of the time"
    if all(low) and trace.pulses:
        return [Diagnosis(Trouble.INVERTED, measured)]
    return [Diagnosis(Trouble.LINE_LOW, measured)] if any(low) else []


def _silence(trace: Trace, whole: Sequence[Bits]) -> list[Diagnosis]:
    count = Counter(line for line, _ in trace.pulses)
    measured = f"{count[0]} pulses on D0, {count[1]} on D1"
    if not trace.pulses:
        return [Diagnosis(Trouble.SILENT, measured)]
    if (count[0] == 0 or count[1] == 0) and any(len(bits) > CRUMB for bits in whole):
        return [Diagnosis(Trouble.LINE_SILENT, measured)]
    return []


def _noise(heard: Sequence[Heard]) -> list[Diagnosis]:
    spoilt = Counter(each.spoilt for each in heard if each.spoilt is not None)
    crumbs = sum(each.spoilt is None and len(each.bits) <= CRUMB for each in heard)
    bad = sum(spoilt.values()) + crumbs
    if not heard or bad < 2 or bad < (1 - MOSTLY) * len(heard):
        return []
    said = [f"{number} {reason}" for reason, number in spoilt.most_common() if reason is not None]
    measured = ", ".join([*said, f"{crumbs} crumbs"]) + f" of {len(heard)} frames"
    return [Diagnosis(Trouble.NOISE, measured)]


def _swapped(whole: Sequence[Bits]) -> list[Diagnosis]:
    turned = [bits for bits in whole if not fitting(bits) and fitting(_turned(bits))]
    if not _most(turned, whole):
        return []
    measured = f"{len(turned)} of {len(whole)} frames have their parity with every bit turned"
    return [Diagnosis(Trouble.SWAPPED, measured)]


def _lost(whole: Sequence[Bits]) -> list[Diagnosis]:
    short = [(bits, lost) for bits in whole if (lost := _leading_lost(bits, whole))]
    if not _most(short, whole, least=0.2):
        return []
    most = max(lost for _, lost in short)
    measured = f"{len(short)} of {len(whole)} frames begin up to {most} bits late"
    return [Diagnosis(Trouble.LOST_LEADING, measured)]


def _leading_lost(bits: Bits, whole: Sequence[Bits]) -> int:
    """Return how many bits are missing in front; 0 where nothing says so."""
    if fitting(bits):
        return 0
    for lost in range(1, MOST_LOST + 1):
        longer = [each for each in whole if len(each) == len(bits) + lost and fitting(each)]
        if any(each[lost:] == bits for each in longer):
            return lost
    return int(any(_only_front_lost(bits, form, whole) for form in FORMATS.values()))


def _only_front_lost(bits: Bits, form: Format, whole: Sequence[Bits]) -> bool:
    """Without a whole frame to compare: the parity bit in front is lost, and the last one holds."""
    end = form.parity[-1]
    if len(bits) != form.length - 1 or end.position != form.length - 1:
        return False
    return end.holds((0, *bits)) and all(len(each) != form.length for each in whole)


def _strange(whole: Sequence[Bits]) -> list[Diagnosis]:
    known = {form.length for form in FORMATS.values()}
    strange = Counter(len(bits) for bits in whole if len(bits) not in known)
    found = []
    if _most(list(strange.elements()), whole):
        lengths = ", ".join(f"{count} of {bits} bits" for bits, count in strange.most_common(3))
        found.append(Diagnosis(Trouble.UNKNOWN_FORMAT, lengths))
    wrong = [bits for bits in whole if len(bits) in known and not fitting(bits)]
    if _most(wrong, whole):
        measured = f"{len(wrong)} of {len(whole)} frames of a known length"
        found.append(Diagnosis(Trouble.PARITY, measured))
    return found


def _not_accepted(right: Sequence[Bits], accepted: Sequence[Format]) -> list[Diagnosis]:
    lengths = {each.length for each in accepted}
    strange = Counter(_names(bits)[0] for bits in right if len(bits) not in lengths)
    if not strange:
        return []
    measured = ", ".join(f"{count} of {name}" for name, count in strange.most_common())
    return [Diagnosis(Trouble.NOT_ACCEPTED, measured)]


def _most(some: Sequence[object], of: Sequence[object], least: float = MOSTLY) -> bool:
    return bool(some) and len(some) >= least * len(of)


ADVICE: dict[Trouble, str] = {
    Trouble.SILENT: "no pulse came: look at the reader's supply, its D0 and D1, and hold a badge",
    Trouble.LINE_SILENT: "one wire carries nothing: it is cut, or in the wrong terminal",
    Trouble.LINE_LOW: "a line stays low: a short circuit, no supply at the reader, or no pull-up",
    Trouble.SWAPPED: "D0 and D1 are swapped: change the two wires, or d0 and d1 in unit.toml",
    Trouble.INVERTED: "both lines are low at rest: something between inverts them; take a level"
    " shifter that does not",
    Trouble.LOST_LEADING: "the first bits are lost: the wire is too long or too thin, the pull-up"
    " too weak, or the reader's supply dips when it begins to speak",
    Trouble.NOISE: "pulses that no reader sends: connect the reader's ground with the unit's, use"
    " a shielded pair, and keep away from the lock's wire",
    Trouble.NOT_ACCEPTED: "the badges are read, but formats in unit.toml leaves theirs out",
    Trouble.UNKNOWN_FORMAT: "no known format has so many bits: set the reader to 26, 34 or 37 bits",
    Trouble.PARITY: "bits are lost or turned on the way: look at ground, cable and supply",
}
