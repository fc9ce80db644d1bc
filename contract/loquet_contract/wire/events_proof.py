"""What an installer proved at a door, and what a unit found when it looked at itself."""

from dataclasses import dataclass
from enum import StrEnum
from typing import ClassVar

from loquet_contract.ids import CommandId, DoorId, SiteId, UnitId


class Act(StrEnum):
    """What an installer is asked to do at a door; the order is that of the proof."""

    LEAF_CLOSED = "leaf_closed"
    LOCK_RESTS = "lock_rests"
    """Asked: with the lock at rest, is the closed door locked?"""
    LOCK_MOVED = "lock_moved"
    """The lock is released for a moment. Asked: could the door be opened then?"""
    LOCK_UNPOWERED = "lock_unpowered"
    """Asked: without power, is the door as the declared fail mode says?"""
    INSIDE_HANDLE = "inside_handle"
    """Asked: does the inside handle open the locked door?"""
    MECHANICAL_KEY = "mechanical_key"
    LEAF_OPENED = "leaf_opened"
    LEAF_CLOSED_AGAIN = "leaf_closed_again"
    EXIT_PRESSED = "exit_pressed"
    EXIT_LET_GO = "exit_let_go"
    EXIT_RELEASES = "exit_releases"
    """Asked: could the door be opened while the exit was pressed, with the network unplugged?"""
    FIRE_CUT = "fire_cut"
    FIRE_RESTORED = "fire_restored"
    REARMED = "rearmed"
    TAMPER_OPENED = "tamper_opened"
    TAMPER_CLOSED = "tamper_closed"
    DOORBELL_PRESSED = "doorbell_pressed"
    BADGE_HELD = "badge_held"
    SIGNALS_SHOWN = "signals_shown"
    """The lights and the buzzer are driven. Asked: were they all seen and heard?"""


class Verdict(StrEnum):
    """What became of an act."""

    SEEN = "seen"
    """The unit saw it on the line itself."""
    CONFIRMED = "confirmed"
    """A person said so: no line tells it."""
    FAILED = "failed"
    SKIPPED = "skipped"


class ExamVerdict(StrEnum):
    """How one thing about a unit is."""

    OK = "ok"
    WARN = "warn"
    BAD = "bad"
    NOT_WIRED = "not_wired"
    UNKNOWN = "unknown"
    """It cannot be looked at from here, or now."""


@dataclass(frozen=True, slots=True)
class ActResult:
    """One act of a proof; ``took_ms`` from the question to the line, or to the answer."""

    act: Act
    subject: str
    """The line or reader that it is about; empty: the lock."""
    verdict: Verdict
    took_ms: int
    detail: str = ""


@dataclass(frozen=True, slots=True)
class ProofReport:
    """The whole proof of one door, signed by its unit; UTC in milliseconds."""

    kind: ClassVar[str] = "proof_report"
    site: SiteId
    unit: UnitId
    door: DoorId
    proof: str
    installer: str
    began: int
    ended: int
    software: str
    lock: str
    fail: str
    lock_line: int
    lock_active: str
    wires: str
    """Digest of all that was wired to the door."""
    wiring: tuple[str, ...]
    """The same, in lines that a person reads."""
    acts: tuple[ActResult, ...]

    @property
    def whole(self) -> bool:
        """True if every act was done and none failed."""
        good = (Verdict.SEEN, Verdict.CONFIRMED)
        return bool(self.acts) and all(each.verdict in good for each in self.acts)


@dataclass(frozen=True, slots=True)
class DoorProofMoved:
    """A proof is at work: what was seen so far, and what is waited for."""

    kind: ClassVar[str] = "door_proof_moved"
    door: DoorId
    proof: str
    installer: str
    acts: tuple[ActResult, ...]
    waits_for: Act | None = None
    subject: str = ""
    left: int = 0
    """Acts that are still to come, without the one that is waited for."""
    failure: str = ""
    """Why the act that is waited for has failed; it may be tried again."""
    words: tuple[str, ...] = ()
    """What may be answered now."""


@dataclass(frozen=True, slots=True)
class DoorProven:
    """A proof ended; ``report`` is the signed ``ProofReport``."""

    kind: ClassVar[str] = "door_proven"
    door: DoorId
    proof: str
    whole: bool
    report: str


@dataclass(frozen=True, slots=True)
class Examined:
    """One thing about a unit; ``code`` is the check's own word, such as ``temperature``."""

    code: str
    subject: str
    verdict: ExamVerdict
    measured: str


@dataclass(frozen=True, slots=True)
class UnitExamined:
    """A unit looked at itself, as ``loquet-edge doctor`` does."""

    kind: ClassVar[str] = "unit_examined"
    findings: tuple[Examined, ...]
    command: CommandId | None = None
