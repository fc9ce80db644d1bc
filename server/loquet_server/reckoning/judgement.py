"""Whether the machine's clock can be right, and what to go by while it cannot. Pure.

Three witnesses: what the server was sure of last (plus what has passed since), the clocks of
units that agree among themselves, and a person. Units that agree are asked first, since they
know better than a server that has slept. A doubt that only units could raise is ended by units,
by a person, or by a clock that is back where the server's reckoning is.

While in doubt the server goes by its reckoning. It is a lower bound: units may pull it down and
never push it up, so that whoever holds units can make nothing old before its time.
"""

from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from loquet_server.days import DAY_MS

TOLERANCE_MS: Final = 5 * 60_000
"""As much as units let the server's word differ from their own clock (RFC 4120)."""
LEAP_MS: Final = 30 * DAY_MS
"""So far ahead is a leap, for units as for the server."""
VOUCHED_MS: Final = DAY_MS
"""For so long units do not speak against a clock that a person has answered for."""


class Doubt(StrEnum):
    """Why the machine's clock is not believed."""

    BEHIND = "behind"
    """It is behind what this server wrote itself."""
    UNITS = "units"
    """Units that agree among themselves say otherwise."""
    LEAP = "leap"
    """It is far ahead of what was known last, and no unit says the same."""


@dataclass(frozen=True, slots=True)
class Known:
    """What there is to judge by; UTC milliseconds.

    ``now``: the machine's clock. ``sure``: what the server was sure of last, plus what has passed
    since as far as it knows. ``units``: what units that agree say, None while they say nothing.
    ``before``: the doubt that there was. ``vouched``: when somebody answered for the clock.
    """

    now: int
    sure: int
    units: int | None = None
    before: Doubt | None = None
    vouched: int | None = None


@dataclass(frozen=True, slots=True)
class Verdict:
    """``doubt`` None: the machine's clock is right. ``utc``: what to go by, UTC milliseconds."""

    doubt: Doubt | None
    utc: int


def judge(known: Known) -> Verdict:
    """Return whether the machine's clock is believed, and the time to go by."""
    doubt = _doubt(known)
    if doubt is None:
        return Verdict(None, known.now)
    bound = known.sure
    return Verdict(doubt, bound if known.units is None else min(bound, known.units))


def _doubt(known: Known) -> Doubt | None:
    vouched = known.vouched is not None and 0 <= known.now - known.vouched <= VOUCHED_MS
    if known.units is not None and not vouched:
        return None if _agree(known.now, known.units) else Doubt.UNITS
    if known.now < known.sure - TOLERANCE_MS:
        return Doubt.BEHIND
    if vouched or _agree(known.now, known.sure):
        return None
    if known.before is Doubt.UNITS:
        return Doubt.UNITS
    return Doubt.LEAP if known.now > known.sure + LEAP_MS else None


def _agree(one: int, other: int) -> bool:
    return abs(one - other) <= TOLERANCE_MS
