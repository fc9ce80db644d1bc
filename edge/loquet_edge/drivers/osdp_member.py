"""One reader on an OSDP line: its keys, how far its secure channel has come, and why not further.

The library keeps a reader that failed waiting for 300 seconds. So each try has a time limit here,
after which the library is made to let go (`disable`) and, after a short rest, to begin again.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import IntEnum

from loquet_edge.protocols.osdp_frames import Command, Frame, Reply
from loquet_edge.protocols.osdp_lights import Light


@dataclass(frozen=True, slots=True)
class OsdpTimes:
    """Seconds.

    ``silence``: so long without an answer is a loss; the library asks again what was not answered
    after one second. ``attempt``: for a channel to be set up. ``unanswered``: an attempt in which
    nothing at all was heard ends sooner, so that its neighbours wait less. ``rest``: between two
    attempts. ``grace``: a channel that is set up again within it was no loss.
    """

    silence: float = 1.6
    attempt: float = 1.5
    unanswered: float = 0.3
    rest: float = 1.0
    grace: float = 2.5

    @property
    def back(self) -> float:
        """A reader that answers again reads badges after so long at most."""
        return self.rest + self.unanswered + self.attempt


class Step(IntEnum):
    """How far a try has come."""

    SILENT = 0
    HEARD = 1
    KNOWN = 2
    CAPABLE = 3
    CHALLENGED = 4
    PROVEN = 5


_STEPS: dict[int, Step] = {
    Reply.IDENTITY: Step.KNOWN,
    Reply.CAPABILITIES: Step.CAPABLE,
    Reply.CHALLENGE: Step.CHALLENGED,
    Reply.PROOF: Step.PROVEN,
}


@dataclass(slots=True)
class Window:
    """An install window: until when, in monotonic seconds; `sent`: the new key is on its way."""

    until: float
    sent: bool = False


@dataclass(slots=True)
class Member:
    """One reader; `keys` are tried in turn, the last of them is the one that it should have."""

    name: str
    address: int
    keys: tuple[bytes, ...] = field(repr=False)
    reversed_bits: bool = False
    fault: str | None = None
    """Why there is no key; such a reader is never talked to."""
    using: int = 0
    secure: bool = False
    lost: bool = False
    trying: bool = True
    """False while it rests, disabled, until `rest_until`."""
    step: Step = Step.SILENT
    furthest: Step = Step.SILENT
    """In the last try that ended."""
    heard_at: float = 0.0
    well_at: float = 0.0
    """When it was last secure; at first, when it was first looked for."""
    try_at: float = 0.0
    rest_until: float = 0.0
    window: Window | None = None
    wanted: Light = field(default_factory=Light)
    shown: Light | None = None
    busy_until: float = 0.0
    """While a command is under way."""
    tamper: bool = False
    power_failed: bool = False
    asked: int = 0
    """The code of the last question."""
    sealed_already: bool = False
    """For the reader a channel stands, since its own proof was lost on the way; it refuses another
    one within that channel, which the library cannot read. So it would ask on until the reader has
    forgotten, eight seconds, and cannot be made to let go meanwhile."""
    default_key: bool = False
    """The present try uses the key that all readers are delivered with."""

    @property
    def key(self) -> bytes:
        return self.keys[self.using]

    @property
    def right_key(self) -> bool:
        """Whether the key in use is the one that the reader should have."""
        return self.using == len(self.keys) - 1

    def begin(self, now: float) -> None:
        """A try begins."""
        self.trying, self.try_at, self.step = True, now, Step.SILENT
        self.secure, self.shown, self.busy_until = False, None, 0.0
        self.sealed_already = False

    def note(self, frame: Frame, now: float) -> None:
        """It was asked, or it answered."""
        if frame.from_reader:
            self.heard_at = now
            self.step = max(self.step, _STEPS.get(frame.code, Step.HEARD))
            return
        self.asked = frame.code
        if frame.code == Command.CHALLENGE:
            self.default_key = frame.default_key

    def overdue(self, now: float, times: OsdpTimes) -> bool:
        """Whether the present try, or the channel that stands, has failed."""
        if self.secure:
            return now - self.heard_at > times.silence
        limit = times.unanswered if self.step is Step.SILENT else times.attempt
        return now - self.try_at > limit

    def rest(self, until: float) -> None:
        """The try has failed; the next one begins then."""
        self.furthest = Step.SILENT if self.secure else self.step
        self.trying, self.secure, self.step = False, False, Step.SILENT
        self.rest_until = until

    def why(self) -> str:
        """Return why no channel stands, and what to do."""
        reached = max(self.furthest, self.step)
        if reached is Step.SILENT:
            return (
                f"nothing answers at address {self.address}: look at its supply, at A and B,"
                " at its address and its speed"
            )
        if reached < Step.CAPABLE:
            return f"address {self.address} answers, but not as an OSDP reader should"
        if reached is Step.CAPABLE and self.asked == Command.CAPABILITIES:
            return (
                f"the reader at address {self.address} offers no secure channel;"
                " Loquet talks to none in clear: take one that does (OSDP v2)"
            )
        return (
            f"the reader at address {self.address} does not have this unit's key:"
            f" loquet-edge osdp-install {self.name}"
        )
