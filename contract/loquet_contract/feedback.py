"""What a door says with a light and a sound, and which refusal says what.

A person knows within half a second whether the door opens, and after that why not. Neither
colour nor sound is needed for it: each pattern has a rhythm of light of its own. The rules:

* *yes* is a light that stays on for half a second or more; every *no* goes out before that;
* a *no* begins with a short flash, and what follows says why;
* nothing flashes more than three times in any second, which could harm people;
* what repeats says how the door stands, what ends answers somebody.

Units play these, the server's pages draw them: both read this table.
"""

from dataclasses import dataclass
from enum import StrEnum

from loquet_contract.access.reasons import Reason

ROUNDING = 1e-6
"""Seconds; less than anybody sees, and more than sums of decimal fractions are wrong by."""


class Shown(StrEnum):
    """Everything that a door can say; closed. The first group answers and ends."""

    GRANTED = "granted"
    GRANTED_EXTENDED = "granted_extended"
    """Let in, and the door stays released for longer."""
    HEARD = "heard"
    """The badge was read, and no lock moves: it was enrolled, or checked in at a desk."""
    BELL = "bell"
    """The doorbell was heard, and the hosts are told."""
    REFUSED = "refused"
    NOT_NOW = "not_now"
    NO_PASS = "no_pass"
    NOT_READY = "not_ready"
    """The door cannot work: it is nobody's badge that is wrong."""
    SUSPENDED = "suspended"
    """Refused because of a lockdown."""
    IDLE = "idle"
    RELEASED = "released"
    UNLOCKED = "unlocked"
    """Held unlocked by a schedule."""
    WAITING_PIN = "waiting_pin"
    ENROLLING = "enrolling"
    """The next badge is enrolled."""
    FAULT = "fault"
    LOCKED_DOWN = "locked_down"
    PRE_ALARM = "pre_alarm"
    """The leaf has stood open for long."""
    ALARM = "alarm"
    FIRE = "fire"


@dataclass(frozen=True, slots=True)
class Beat:
    """A moment of a pattern: for how many seconds, which lights are on, and whether it sounds."""

    seconds: float
    red: bool = False
    green: bool = False
    blue: bool = False
    sound: bool = False

    @property
    def lit(self) -> bool:
        return self.red or self.green or self.blue


@dataclass(frozen=True, slots=True)
class Pattern:
    """Beats in their order; ``repeats``: from the first again until told otherwise."""

    beats: tuple[Beat, ...]
    repeats: bool = False

    @property
    def seconds(self) -> float:
        """How long it is, once through."""
        return sum(beat.seconds for beat in self.beats)

    def at(self, seconds: float) -> tuple[Beat, float] | None:
        """Return the beat that many seconds after the start, and what is left of it; None: over."""
        if self.repeats:
            seconds %= self.seconds
        for beat in self.beats:
            # Within a rounding error of its end a beat is over.
            if seconds < beat.seconds - ROUNDING:
                return beat, beat.seconds - seconds
            seconds -= beat.seconds
        return (self.beats[0], self.beats[0].seconds) if self.repeats else None


DARK = Beat(1.0)


def _beat(seconds: float, what: str) -> Beat:
    """Return a beat; ``what``: r, g, b for the lights, ``!`` for the sound, ``-`` for nothing."""
    return Beat(seconds, "r" in what, "g" in what, "b" in what, "!" in what)


def _once(*beats: tuple[float, str]) -> Pattern:
    return Pattern(tuple(_beat(*each) for each in beats))


def _again(*beats: tuple[float, str]) -> Pattern:
    return Pattern(tuple(_beat(*each) for each in beats), repeats=True)


_SHORT, _LONG, _GAP = (0.2, "r!"), (0.9, "r!"), (0.1, "-")
_PAUSE = (0.4, "-")
"""The end of a refusal, before what the door showed comes back."""

PATTERNS: dict[Shown, Pattern] = {
    Shown.GRANTED: _once((0.1, "g!"), (1.1, "g")),
    Shown.GRANTED_EXTENDED: _once(
        (0.1, "g!"), (0.5, "g"), (0.15, "-"), (0.1, "g!"), (0.5, "g"), (0.15, "-"), (0.6, "g")
    ),
    Shown.HEARD: _once((0.15, "g!"), (0.3, "-"), (0.15, "g!"), _PAUSE),
    Shown.BELL: _once((0.4, "b!"), (0.2, "-"), (0.8, "b!"), _PAUSE),
    Shown.REFUSED: _once(_SHORT, _GAP, _SHORT, _GAP, _SHORT, _PAUSE),
    Shown.NOT_NOW: _once(_SHORT, _GAP, _LONG, _PAUSE),
    Shown.NO_PASS: _once(_SHORT, _GAP, _SHORT, _GAP, _LONG, _PAUSE),
    Shown.NOT_READY: _once(
        _SHORT, (0.5, "-"), _SHORT, (0.5, "-"), _SHORT, (0.5, "-"), _SHORT, _PAUSE
    ),
    Shown.SUSPENDED: _once(_SHORT, _GAP, _LONG, (0.3, "-"), _LONG, _PAUSE),
    Shown.IDLE: _again((1.0, "-")),
    Shown.RELEASED: _again((1.0, "g")),
    Shown.UNLOCKED: _again((2.8, "g"), (0.2, "-")),
    Shown.WAITING_PIN: _again((0.5, "b"), (0.5, "-")),
    Shown.ENROLLING: _again((0.25, "b"), (0.25, "-")),
    Shown.FAULT: _again((0.1, "r"), (0.2, "-"), (0.1, "r"), (1.6, "-")),
    Shown.LOCKED_DOWN: _again((1.6, "r"), (0.4, "-")),
    Shown.PRE_ALARM: _again((0.1, "rg!"), (0.9, "-")),
    Shown.ALARM: _again((0.2, "r!"), (0.15, "-")),
    Shown.FIRE: _again((0.6, "g!"), (0.2, "-")),
}

ANSWERS = frozenset(shown for shown, pattern in PATTERNS.items() if not pattern.repeats)
"""What somebody is told; the others say how the door stands."""
ALARMING = frozenset({Shown.ALARM, Shown.FIRE})
"""What a quiet night does not make quieter."""

OF_REASON: dict[Reason, Shown] = {
    Reason.NO_POLICY: Shown.NOT_READY,
    Reason.CREDENTIAL_UNKNOWN: Shown.REFUSED,
    Reason.CREDENTIAL_DISABLED: Shown.REFUSED,
    Reason.MEMBER_SUSPENDED: Shown.REFUSED,
    Reason.MEMBERSHIP_ENDED: Shown.REFUSED,
    Reason.CREDENTIAL_NOT_YET_VALID: Shown.NOT_NOW,
    Reason.CREDENTIAL_EXPIRED: Shown.REFUSED,
    Reason.ASSURANCE_TOO_LOW: Shown.REFUSED,
    Reason.UNAUTHORIZED: Shown.REFUSED,
    Reason.POLICY_EXPIRED: Shown.NOT_READY,
    Reason.CLOCK_UNTRUSTED: Shown.NOT_READY,
    Reason.NOT_PERMITTED_NOW: Shown.NOT_NOW,
    Reason.NO_PASS_LEFT: Shown.NO_PASS,
    Reason.ALREADY_INSIDE: Shown.REFUSED,
    Reason.AREA_FULL: Shown.NOT_NOW,
    Reason.DOOR_BLOCKED: Shown.NOT_READY,
    Reason.LOCKED_DOWN: Shown.SUSPENDED,
    Reason.PIN_MISSING: Shown.REFUSED,
    Reason.PIN_BLOCKED: Shown.NOT_NOW,
    Reason.PIN_EXPECTED: Shown.REFUSED,
    Reason.PIN_WRONG: Shown.REFUSED,
}
"""What the door says for each refusal; every reason has its place here."""


def of_reason(reason: Reason) -> Shown:
    """Return what a door says when it refuses for this reason."""
    return OF_REASON.get(reason, Shown.REFUSED)
