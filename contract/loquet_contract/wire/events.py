"""Facts: what happened at a unit, in the past tense; the bodies of journal entries.

Each class is one ``kind``. Kinds and fields are only ever added to: a reader ignores fields
that it does not know and keeps kinds that it does not know. A fact names no person and
carries no card number: a holder is an opaque id, a refused unknown number is sealed to the
server's key.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import ClassVar, get_args

from loquet_contract.access.credential import Assurance
from loquet_contract.access.reasons import Reason, Remark
from loquet_contract.ids import (
    AccessPointId,
    AccountId,
    AreaId,
    BootId,
    CommandId,
    CounterId,
    CredentialDigest,
    DeskId,
    DoorId,
    GrantId,
    HolderId,
    JournalId,
    LockdownId,
    ReaderId,
    RuleId,
)
from loquet_contract.wire.events_cards import CredentialEncoded, CredentialUnproven
from loquet_contract.wire.events_clock import ClockFact, ServerTimeDoubted
from loquet_contract.wire.events_proof import DoorProofMoved, DoorProven, UnitExamined
from loquet_contract.wire.events_readers import ReaderFact, ReaderPowerFailed, ReaderTampered
from loquet_contract.wire.events_storage import StorageEased, StorageShort
from loquet_contract.wire.events_updates import UpdateFact, UpdateFailed
from loquet_contract.wire.events_wires import (
    DoorbellRung,
    MainsLost,
    MainsReturned,
    TamperClosed,
    TamperOpened,
)


class ReleaseCause(StrEnum):
    """Why a lock was released; there is no release without one."""

    GRANT = "grant"
    EXIT = "exit"
    COMMAND = "command"
    SCHEDULE = "schedule"
    FIRE = "fire"


class RelockCause(StrEnum):
    """Why a lock was locked again."""

    OPENED = "opened"
    CLOSED = "closed"
    TIME = "time"
    SCHEDULE = "schedule"
    LOCKDOWN = "lockdown"
    REARM = "rearm"
    EXIT_ENDED = "exit_ended"


class OpeningCause(StrEnum):
    """Why a leaf could open."""

    GRANT = "grant"
    EXIT = "exit"
    COMMAND = "command"
    SCHEDULE = "schedule"
    FIRE = "fire"
    UNSEEN_EXIT = "unseen_exit"
    """The inside handle is free and unsensed: recorded, not alarmed."""
    FORCED = "forced"
    FOUND_OPEN = "found_open"
    """The leaf was open when the unit started: nobody saw why."""


class DeskEvidence(StrEnum):
    """What a desk's state rests on."""

    SEAT = "seat"
    PIR = "pir"
    BADGE = "badge"
    PRESENCE = "presence"
    """A presence sensor (mmWave radar), which also sees somebody who sits still."""
    DOOR = "door"
    """The door of the room has not opened since somebody was seen in it."""
    AWAY = "away"
    """Whoever was away has not come back in time."""
    HOLD_ENDED = "hold_ended"
    SILENT = "silent"
    STUCK = "stuck"
    STARTED = "started"


# ---- access -------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class AccessGranted:
    """A credential was let in; whether it went through is ``AccessTaken``."""

    kind: ClassVar[str] = "access_granted"
    door: DoorId
    access_point: AccessPointId
    grant: GrantId
    holder: HolderId
    credential: CredentialDigest
    rule: RuleId
    policy_version: int
    assurance: Assurance = Assurance.UID
    extended_release: bool = False
    stale: bool = False
    account: AccountId | None = None
    """Where a pass is to be taken once this grant is used; None if none is."""
    period: int | None = None
    """The start (UTC seconds) of the period that this pass pays for."""
    billed: bool | None = None
    """No pass was left: let in, to be paid."""
    remarks: tuple[Remark, ...] | None = None
    pin: bool | None = None
    """The holder's PIN was asked too, and proven."""


@dataclass(frozen=True, slots=True)
class AccessDenied:
    """A credential was refused, for one reason."""

    kind: ClassVar[str] = "access_denied"
    door: DoorId
    access_point: AccessPointId
    reason: Reason
    policy_version: int | None = None
    holder: HolderId | None = None
    credential: CredentialDigest | None = None
    when: int | None = None
    sealed: str | None = None
    """The unknown number, sealed to the server's key (base64url); only for unknown credentials."""


@dataclass(frozen=True, slots=True)
class AccessTaken:
    """A grant was used. ``assumed``: the leaf was open already, or there is no contact."""

    kind: ClassVar[str] = "access_taken"
    door: DoorId
    grant: GrantId
    assumed: bool = False


@dataclass(frozen=True, slots=True)
class AccessNotTaken:
    """A grant ended and the door never opened."""

    kind: ClassVar[str] = "access_not_taken"
    door: DoorId
    grant: GrantId


@dataclass(frozen=True, slots=True)
class CredentialPresented:
    """A badge was held to a reader in enrolment mode; nothing was decided.

    ``sealed``: its number, sealed to the server's key (base64url).
    """

    kind: ClassVar[str] = "credential_presented"
    door: DoorId
    access_point: AccessPointId
    command: CommandId
    sealed: str
    credential: CredentialDigest | None = None


# ---- door ---------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class DoorReleased:
    kind: ClassVar[str] = "door_released"
    door: DoorId
    cause: ReleaseCause


@dataclass(frozen=True, slots=True)
class DoorRelocked:
    kind: ClassVar[str] = "door_relocked"
    door: DoorId
    cause: RelockCause


@dataclass(frozen=True, slots=True)
class DoorOpened:
    kind: ClassVar[str] = "door_opened"
    door: DoorId
    cause: OpeningCause


@dataclass(frozen=True, slots=True)
class DoorClosed:
    kind: ClassVar[str] = "door_closed"
    door: DoorId


@dataclass(frozen=True, slots=True)
class DoorForcedOpen:
    """The leaf opened without a release, at a door whose exits are seen. An alarm."""

    kind: ClassVar[str] = "door_forced_open"
    door: DoorId


@dataclass(frozen=True, slots=True)
class DoorHeldOpenSoon:
    """Pre-alarm: the leaf has stood open for long; a sound at the door, nothing else yet."""

    kind: ClassVar[str] = "door_held_open_soon"
    door: DoorId


@dataclass(frozen=True, slots=True)
class DoorHeldOpen:
    """The leaf has stood open too long. An alarm until ``DoorClosed``."""

    kind: ClassVar[str] = "door_held_open"
    door: DoorId


@dataclass(frozen=True, slots=True)
class ExitRequested:
    """Somebody asked to leave; never refused."""

    kind: ClassVar[str] = "exit_requested"
    door: DoorId


@dataclass(frozen=True, slots=True)
class ExitStuck:
    """The exit input has been active for too long. An alarm; it never relocks the door."""

    kind: ClassVar[str] = "exit_stuck"
    door: DoorId


@dataclass(frozen=True, slots=True)
class ExitStuckEnded:
    kind: ClassVar[str] = "exit_stuck_ended"
    door: DoorId


@dataclass(frozen=True, slots=True)
class LockFault:
    """The lock does not follow: what was seen is in ``detail``. An alarm."""

    kind: ClassVar[str] = "lock_fault"
    door: DoorId
    detail: str


@dataclass(frozen=True, slots=True)
class LockFaultEnded:
    kind: ClassVar[str] = "lock_fault_ended"
    door: DoorId


@dataclass(frozen=True, slots=True)
class LockedDown:
    """A lockdown is in force at this door: the confirmation that a manager waits for."""

    kind: ClassVar[str] = "locked_down"
    door: DoorId
    lockdown: LockdownId


@dataclass(frozen=True, slots=True)
class LockdownLifted:
    """``by`` is the holder who lifted it on the spot; None when the server did."""

    kind: ClassVar[str] = "lockdown_lifted"
    door: DoorId
    lockdown: LockdownId
    by: HolderId | None = None


@dataclass(frozen=True, slots=True)
class FireAlarm:
    """A fire loop opened (a cut wire is fire): its doors are released until re-armed."""

    kind: ClassVar[str] = "fire_alarm"
    doors: tuple[DoorId, ...]


@dataclass(frozen=True, slots=True)
class FireLoopRestored:
    """The loop is closed again; the latch stays until a person re-arms on the spot."""

    kind: ClassVar[str] = "fire_loop_restored"
    doors: tuple[DoorId, ...]


@dataclass(frozen=True, slots=True)
class FireRearmed:
    """A person re-armed on the spot."""

    kind: ClassVar[str] = "fire_rearmed"
    doors: tuple[DoorId, ...]


# ---- desk ---------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class DeskOccupied:
    kind: ClassVar[str] = "desk_occupied"
    desk: DeskId
    area: AreaId
    evidence: DeskEvidence


@dataclass(frozen=True, slots=True)
class DeskFreed:
    kind: ClassVar[str] = "desk_freed"
    desk: DeskId
    area: AreaId
    evidence: DeskEvidence


@dataclass(frozen=True, slots=True)
class DeskUnknown:
    """Nothing can be said of the desk; unknown is never free."""

    kind: ClassVar[str] = "desk_unknown"
    desk: DeskId
    area: AreaId
    evidence: DeskEvidence


@dataclass(frozen=True, slots=True)
class DeskAway:
    """Nobody is seen, but whoever was there keeps the desk until ``until`` (UTC seconds)."""

    kind: ClassVar[str] = "desk_away"
    desk: DeskId
    area: AreaId
    evidence: DeskEvidence
    until: int


@dataclass(frozen=True, slots=True)
class DeskBadged:
    """A known badge was held to a desk's reader; it opens nothing."""

    kind: ClassVar[str] = "desk_badged"
    desk: DeskId
    area: AreaId
    holder: HolderId
    credential: CredentialDigest


# ---- people -------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class BeamCrossed:
    """Somebody went the full path through a door's two beams; ``inward``: into its area."""

    kind: ClassVar[str] = "beam_crossed"
    door: DoorId
    counter: CounterId
    inward: bool


@dataclass(frozen=True, slots=True)
class CounterLost:
    """A beam counter does not see: blocked, or its lines say nonsense."""

    kind: ClassVar[str] = "counter_lost"
    door: DoorId
    counter: CounterId
    detail: str


@dataclass(frozen=True, slots=True)
class CounterReturned:
    kind: ClassVar[str] = "counter_returned"
    door: DoorId
    counter: CounterId


# ---- unit ---------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class UnitStarted:
    kind: ClassVar[str] = "unit_started"
    software: str
    boot: BootId
    config_digest: str
    wires: Mapping[DoorId, str] | None = None
    """For each door, the digest of its wiring now."""


@dataclass(frozen=True, slots=True)
class UnitStopped:
    """The unit was told to stop, and did so in order."""

    kind: ClassVar[str] = "unit_stopped"
    cause: str


@dataclass(frozen=True, slots=True)
class ProcessRestarted:
    """One of the unit's processes died or hung, and was started again."""

    kind: ClassVar[str] = "process_restarted"
    process: str
    detail: str


@dataclass(frozen=True, slots=True)
class ReaderLost:
    """A reader does not answer, or answers nonsense. An alarm."""

    kind: ClassVar[str] = "reader_lost"
    reader: ReaderId
    detail: str


@dataclass(frozen=True, slots=True)
class ReaderReturned:
    kind: ClassVar[str] = "reader_returned"
    reader: ReaderId


@dataclass(frozen=True, slots=True)
class PolicyApplied:
    """This policy is in force from here on."""

    kind: ClassVar[str] = "policy_applied"
    version: int
    digest: str


@dataclass(frozen=True, slots=True)
class PolicyRefused:
    """A policy was not applied; the one before stays in force."""

    kind: ClassVar[str] = "policy_refused"
    detail: str
    version: int | None = None


@dataclass(frozen=True, slots=True)
class CommandPerformed:
    kind: ClassVar[str] = "command_performed"
    command: CommandId
    what: str
    actor: str
    reason: str
    door: DoorId | None = None


@dataclass(frozen=True, slots=True)
class CommandRefused:
    """A command did not count: unsigned, altered, replayed, late, or not for this unit."""

    kind: ClassVar[str] = "command_refused"
    detail: str
    command: CommandId | None = None


@dataclass(frozen=True, slots=True)
class MessageRefused:
    """A message from the broker did not verify. ``purpose`` says as what it came."""

    kind: ClassVar[str] = "message_refused"
    purpose: str
    detail: str


@dataclass(frozen=True, slots=True)
class ClockTrusted:
    """``step`` is how far the clock was set, in milliseconds; positive is forwards."""

    kind: ClassVar[str] = "clock_trusted"
    step: int


@dataclass(frozen=True, slots=True)
class ClockUntrusted:
    kind: ClassVar[str] = "clock_untrusted"
    detail: str


@dataclass(frozen=True, slots=True)
class JournalStarted:
    """A new journal begins. ``detail`` says why: first start, new card, or damage found.

    After damage: entries of the one before, from ``saved_from`` to ``proven``, stand here again
    under new numbers; those after them, up to ``reached`` (None: nobody knows), are lost.
    """

    kind: ClassVar[str] = "journal_started"
    detail: str
    previous: JournalId | None = None
    saved_from: int | None = None
    proven: int | None = None
    reached: int | None = None


@dataclass(frozen=True, slots=True)
class StorageFailed:
    """Facts could not be written for a while; ``lost`` is how many had to be dropped."""

    kind: ClassVar[str] = "storage_failed"
    detail: str
    lost: int = 0


Event = (
    AccessGranted
    | AccessDenied
    | AccessTaken
    | AccessNotTaken
    | CredentialPresented
    | DoorReleased
    | DoorRelocked
    | DoorOpened
    | DoorClosed
    | DoorForcedOpen
    | DoorHeldOpenSoon
    | DoorHeldOpen
    | ExitRequested
    | ExitStuck
    | ExitStuckEnded
    | LockFault
    | LockFaultEnded
    | LockedDown
    | LockdownLifted
    | FireAlarm
    | FireLoopRestored
    | FireRearmed
    | DeskOccupied
    | DeskFreed
    | DeskUnknown
    | DeskAway
    | DeskBadged
    | BeamCrossed
    | CounterLost
    | CounterReturned
    | UnitStarted
    | UnitStopped
    | ProcessRestarted
    | ReaderLost
    | ReaderReturned
    | PolicyApplied
    | PolicyRefused
    | CommandPerformed
    | CommandRefused
    | MessageRefused
    | ClockTrusted
    | ClockUntrusted
    | JournalStarted
    | StorageFailed
    | StorageShort
    | StorageEased
    | DoorProofMoved
    | DoorProven
    | UnitExamined
    | CredentialEncoded
    | CredentialUnproven
    | TamperOpened
    | TamperClosed
    | MainsLost
    | MainsReturned
    | DoorbellRung
    | ReaderFact
    | UpdateFact
    | ClockFact
)

KINDS: dict[str, type[Event]] = {cls.kind: cls for cls in get_args(Event)}

ALARMS: frozenset[str] = frozenset(
    cls.kind
    for cls in (
        DoorForcedOpen, DoorHeldOpen, ExitStuck, LockFault, FireAlarm, ReaderLost, CounterLost,
        PolicyRefused, CommandRefused, MessageRefused, StorageFailed, StorageShort, TamperOpened,
        MainsLost, ReaderTampered, ReaderPowerFailed, UpdateFailed, ServerTimeDoubted,
    )
)  # fmt: skip
"""Kinds that a manager should be told about."""
