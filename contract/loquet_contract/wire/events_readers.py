"""Facts that a reader tells of itself, and who may give it a key."""

from dataclasses import dataclass
from typing import ClassVar

from loquet_contract.ids import ReaderId


@dataclass(frozen=True, slots=True)
class ReaderTampered:
    """A reader's cover was opened, or it was taken off its wall."""

    kind: ClassVar[str] = "reader_tampered"
    reader: ReaderId


@dataclass(frozen=True, slots=True)
class ReaderTamperEnded:
    """The reader is closed and on its wall again."""

    kind: ClassVar[str] = "reader_tamper_ended"
    reader: ReaderId


@dataclass(frozen=True, slots=True)
class ReaderPowerFailed:
    """A reader says that its supply fails."""

    kind: ClassVar[str] = "reader_power_failed"
    reader: ReaderId


@dataclass(frozen=True, slots=True)
class ReaderPowerReturned:
    """The reader's supply is well again."""

    kind: ClassVar[str] = "reader_power_returned"
    reader: ReaderId


@dataclass(frozen=True, slots=True)
class ReaderKeyWindowOpened:
    """For ``seconds`` a key may be set in a reader; ``confirmed`` on the spot: rearm, exit or
    contact."""

    kind: ClassVar[str] = "reader_key_window_opened"
    reader: ReaderId
    seconds: int
    confirmed: str


@dataclass(frozen=True, slots=True)
class ReaderKeyWindowClosed:
    """No key may be set any more; ``keyed``: the reader has the unit's key."""

    kind: ClassVar[str] = "reader_key_window_closed"
    reader: ReaderId
    keyed: bool


ReaderFact = (
    ReaderTampered | ReaderTamperEnded | ReaderPowerFailed | ReaderPowerReturned
    | ReaderKeyWindowOpened | ReaderKeyWindowClosed
)  # fmt: skip
