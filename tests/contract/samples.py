"""One object of every kind that goes on the wire; what the golden files must decode to.

Only ever added to. A field that is new in a kind gets a second sample, never a place in the
first one: what an older unit has written must be read for ever.
"""

# ruff: noqa: E501
# mypy: disable-error-code="arg-type"

from typing import Any

from loquet_contract.access.credential import Assurance
from loquet_contract.access.policy import (
    AccessPointRecord,
    AntiPassback,
    AreaRecord,
    CredentialRecord,
    DoorRecord,
    HolderRecord,
    PassTerms,
    PeriodLength,
    PeriodRecord,
    Right,
    RuleRecord,
    ScheduleRecord,
    UntrustedClock,
    WhenEmpty,
    WhenFull,
)
from loquet_contract.access.presence import Balance, Stay
from loquet_contract.access.reasons import Reason, Remark
from loquet_contract.wire import codec, sealing
from loquet_contract.wire import events as e
from loquet_contract.wire.commands import Command, Outcome, Reply, What
from loquet_contract.wire.enrolment import (
    EnrolAnswer,
    EnrolRequest,
    Identity,
    MovingRequest,
    PolicyRequest,
    proof,
)
from loquet_contract.wire.envelope import Ack, Batch, Entry, chain_of, first_chain
from loquet_contract.wire.messages import (
    AreaCounts,
    Change,
    Delta,
    Desired,
    DeskState,
    DoorStatus,
    Lockdown,
    Manifest,
    Moving,
    Online,
    UnitState,
)
from loquet_contract.wire.policy import delta_digest, line, whole_digest
from loquet_contract.wire.signing import Purpose, Signer, SigningKey

SERVER_KEY = SigningKey(bytes(range(32)))
UNIT_KEY = SigningKey(bytes(range(32, 64)))
SEAL_KEY = bytes(range(64, 96))
"""Test keys: written here, so known to everybody, so used nowhere."""
SERVER, UNIT = Signer(SERVER_KEY), Signer(UNIT_KEY)
DIGEST = "VNE6Q9gLCY2mT0mEkfdbEHSJNmqCAXGQ2vEqvHvzZ0k"

RECORDS: dict[str, Any] = {
    "access_point": AccessPointRecord(
        "main-in", "main", "street", "hall", Assurance.AUTHENTICATED, UntrustedClock.REFUSE
    ),
    "access_point_defaults": AccessPointRecord("main-in", "main", "street", "hall"),
    "access_point_with_passes": AccessPointRecord(
        "main-in", "main", "street", "hall", exit=False, consumes=True, anti_passback=AntiPassback.TIMED, anti_passback_seconds=600
    ),
    "access_point_exit": AccessPointRecord("main-out", "main", "hall", "street", exit=True),
    "area": AreaRecord("hall", 19, WhenFull.REFUSE, "day"),
    "area_defaults": AreaRecord("hall"),
    "credential": CredentialRecord(DIGEST, "h7", "paris", True, 1_790_000_000, 1_800_000_000),
    "credential_defaults": CredentialRecord(DIGEST, "h7"),
    "door": DoorRecord("main", "opening-hours", True, True),
    "door_defaults": DoorRecord("main"),
    "holder": HolderRecord("h7", ("members", "workshop"), 1_790_000_000, 1_800_000_000, True, True, True),
    "holder_with_rights": HolderRecord(
        "h7", (), rights=(Right("days", 1_790_000_000, 1_800_000_000, 1_799_000_000, "a1"), Right("event")), membership_until=1_800_000_000
    ),
    "holder_defaults": HolderRecord("h7", ()),
    "period": PeriodRecord("days", PeriodLength.DAY, (1_790_000_000, 1_790_086_400)),
    "rule": RuleRecord("members", ("main-in", "side-in"), "opening-hours", 7_776_000),
    "rule_with_passes": RuleRecord(
        "days", ("main-in",), "opening-hours", 7_776_000, 2_592_000, PassTerms("day", WhenEmpty.BILL, 8, "month"), True
    ),
    "rule_extra": RuleRecord("event", ("main-in",), "evening", extra=True),
    "rule_carnet": RuleRecord("carnet", ("main-in",), "opening-hours", passes=PassTerms("half_day")),
    "rule_defaults": RuleRecord("members", (), "never"),
    "schedule": ScheduleRecord("opening-hours", (1_790_000_000, 1_790_030_000)),
    "schedule_always": ScheduleRecord("always", (), True),
}  # fmt: skip

EVENTS: dict[str, Any] = {
    "access_granted": e.AccessGranted("main", "main-in", "g1", "h7", DIGEST, "members", 12, Assurance.AUTHENTICATED, True, True),
    "access_granted_with_pass": e.AccessGranted(
        "main", "main-in", "g1", "h7", DIGEST, "days", 12, account="a1", period=1_790_000_000, billed=True, remarks=(Remark.BILLED, Remark.AREA_FULL)
    ),
    "credential_presented": e.CredentialPresented("main", "main-in", "c3", "c2VhbGVk", DIGEST),
    "access_denied": e.AccessDenied("main", "main-in", Reason.NOT_PERMITTED_NOW, 12, "h7", DIGEST, 1_790_000_000),
    "access_denied_unknown": e.AccessDenied("main", "main-in", Reason.CREDENTIAL_UNKNOWN, sealed="c2VhbGVk"),
    "access_taken": e.AccessTaken("main", "g1", True),
    "access_not_taken": e.AccessNotTaken("main", "g1"),
    "door_released": e.DoorReleased("main", e.ReleaseCause.GRANT),
    "door_relocked": e.DoorRelocked("main", e.RelockCause.CLOSED),
    "door_opened": e.DoorOpened("main", e.OpeningCause.UNSEEN_EXIT),
    "door_closed": e.DoorClosed("main"),
    "door_forced_open": e.DoorForcedOpen("main"),
    "door_held_open_soon": e.DoorHeldOpenSoon("main"),
    "door_held_open": e.DoorHeldOpen("main"),
    "exit_requested": e.ExitRequested("main"),
    "exit_stuck": e.ExitStuck("main"),
    "exit_stuck_ended": e.ExitStuckEnded("main"),
    "lock_fault": e.LockFault("main", "driven, but the relay's line reads low"),
    "lock_fault_ended": e.LockFaultEnded("main"),
    "locked_down": e.LockedDown("main", "l1"),
    "lockdown_lifted": e.LockdownLifted("main", "l1", "h7"),
    "fire_alarm": e.FireAlarm(("main", "side")),
    "fire_loop_restored": e.FireLoopRestored(("main", "side")),
    "fire_rearmed": e.FireRearmed(("main", "side")),
    "desk_occupied": e.DeskOccupied("desk-1", "hall", e.DeskEvidence.SEAT),
    "desk_freed": e.DeskFreed("desk-1", "hall", e.DeskEvidence.HOLD_ENDED),
    "desk_unknown": e.DeskUnknown("desk-1", "hall", e.DeskEvidence.SILENT),
    "unit_started": e.UnitStarted("loquet 0.1.0", "b1", "9f86d081"),
    "unit_stopped": e.UnitStopped("SIGTERM"),
    "process_restarted": e.ProcessRestarted("link", "killed by signal 9"),
    "reader_lost": e.ReaderLost("reader-1", "VersionReg reads 0x00"),
    "reader_returned": e.ReaderReturned("reader-1"),
    "policy_applied": e.PolicyApplied(12, "ab" * 32),
    "policy_refused": e.PolicyRefused("the records do not fit the manifest's digest", 13),
    "command_performed": e.CommandPerformed("c1", "release", "anna", "parcel", "main"),
    "command_refused": e.CommandRefused("an earlier challenge", "c1"),
    "message_refused": e.MessageRefused("ack", "signed by a key that is not known here"),
    "clock_trusted": e.ClockTrusted(-1500),
    "clock_untrusted": e.ClockUntrusted("the kernel no longer says that the clock is synchronised"),
    "journal_started": e.JournalStarted("damage found: entry 7 does not fit the chain", "j0"),
    "storage_failed": e.StorageFailed("database or disk is full", 3),
}  # fmt: skip


def _batch() -> Batch:
    start = chain = first_chain("unit-1", "j1")
    entries = []
    for number, name in enumerate(("unit_started", "access_granted", "door_released"), 1):
        body = codec.to_plain(EVENTS[name])
        kind = body.pop("kind")
        entry = Entry(
            number,
            1_790_000_000_000 + number,
            5000 + number,
            "b1",
            number > 1,
            kind,
            "c2FsdHNhbHRzYWx0",
            body,
        )
        entries.append(entry)
        chain = chain_of(chain, entry)
    return Batch("village", "unit-1", "j1", start, chain, tuple(entries))


LINES = [line(record) for record in (RECORDS["access_point"], RECORDS["holder"])]
WHOLE = Manifest(
    "village",
    "unit-1",
    12,
    None,
    1_790_000_000,
    1_792_592_000,
    1_795_184_000,
    whole_digest(LINES),
    SERVER.key_id,
    "p1",
    2,
)
_UPSERTS = [codec.to_plain(RECORDS["holder_defaults"])]
CHANGED = Manifest(
    "village",
    "unit-1",
    13,
    12,
    1_790_000_100,
    1_792_592_100,
    1_795_184_100,
    delta_digest(WHOLE.digest, _UPSERTS, ["access_point/main-in"]),
    SERVER.key_id,
    "p1",
    1,
)
_PUBLIC, _SEAL = UNIT_KEY.public.text, "V1ZW9WeHqFzB2Uhe7PEoLvlL-LODhg_VUuEaPxYcexM"
_TOKEN = "5e" * 32

MESSAGES: dict[str, Any] = {
    "online": Online("unit-1", True, "b1"),
    "state": UnitState(
        "village", "unit-1", "b1", 1_790_000_000_000, True, "challenge", "j1", 1500, 12, "loquet 0.1.0", 12, "ab" * 32, 4,
        {"main": DoorStatus("locked", "closed", "normal", "l1")}, {"reader-1": "well"}, {"desk-1": "free"}, {"disk_free_mb": 900},
    ),
    "state_moving": UnitState("village", "unit-1", "b1", 0, True, "challenge", "j1", 0, 0, moving_version=31),
    "state_least": UnitState("village", "unit-1", "b1", 0, False, "challenge", "j1", 0, 0),
    "manifest": WHOLE,
    "manifest_of_delta": CHANGED,
    "delta": Delta(SERVER.sign(Purpose.POLICY, codec.encode(CHANGED)), tuple(_UPSERTS), ("access_point/main-in",)),
    "desired": Desired(
        "village", "unit-1", 4, 1_790_000_000, {"main": Lockdown("l1", "anna", "intruder", 1_790_000_000)}, {"h7": "hall"}, {"h7": 3}, {"hall": 12},
    ),
    "moving": Moving(
        "village", 31, 1_790_000_000, 30, balances={"a1": Balance(3), "a2": Balance(0, 1_789_000_000)}, paid={"a1": {"h7": 1_790_000_000}},
        stays={"h7": Stay("hall", 1_790_000_100)}, people={"hall": 12}, gone=("stay/h8", "balance/a9"),
    ),
    "moving_whole": Moving("village", 31, 1_790_000_000, part=1, parts=3),
    "desired_least": Desired("village", "unit-1", 1, 1_790_000_000),
    "area_counts": AreaCounts("village", "hall", 1_790_000_000_000, 5, 3, 1, 9, None),
    "desk_state": DeskState("village", "hall", "desk-1", "occupied", 1_790_000_000_000),
    "change": Change("door", "main", 7),
    "command": Command("village", "unit-1", "c1", What.RELEASE, "anna", "colis à déposer", "b1", "challenge", "main"),
    "command_identify": Command("village", "unit-1", "c2", What.IDENTIFY, "anna", "which one is it?", "b1", "challenge"),
    "command_enrol": Command("village", "unit-1", "c3", What.ENROL, "anna", "a new badge", "b1", "challenge", "main", "main-in", 60),
    "reply": Reply("village", "unit-1", "c1", Outcome.PERFORMED, "released", 1_790_000_000_000),
    "batch": _batch(),
    "ack": Ack("village", "unit-1", "j1", 3, _batch().chain, 1_790_000_001_000),
    "enrol_request": EnrolRequest(_TOKEN, _PUBLIC, _SEAL, proof(b"s" * 16, _PUBLIC, _SEAL), "loquet 0.1.0"),
    "enrol_answer": EnrolAnswer(_TOKEN, SERVER_KEY.public.text, "c2VhbGVk"),
    "identity": Identity("village", "unit-1", "broker.example.org", 1883, "unit-1", "password", "https://loquet.example.org", SERVER_KEY.public.text, _SEAL, "p1", "cGVwcGVy", "[unit]\n"),
    "policy_request": PolicyRequest("village", "unit-1", 11, "ab" * 16),
    "moving_request": MovingRequest("village", "unit-1", 30, "ab" * 16),
}  # fmt: skip


def _signed(signer: Signer, purpose: Purpose, name: str) -> str:
    return signer.sign(purpose, codec.encode(MESSAGES[name]))


SIGNED: dict[str, tuple[Purpose, SigningKey, str]] = {
    "batch": (Purpose.BATCH, UNIT_KEY, _signed(UNIT, Purpose.BATCH, "batch")),
    "state": (Purpose.STATE, UNIT_KEY, _signed(UNIT, Purpose.STATE, "state")),
    "reply": (Purpose.REPLY, UNIT_KEY, _signed(UNIT, Purpose.REPLY, "reply")),
    "ack": (Purpose.ACK, SERVER_KEY, _signed(SERVER, Purpose.ACK, "ack")),
    "manifest": (Purpose.POLICY, SERVER_KEY, _signed(SERVER, Purpose.POLICY, "manifest")),
    "desired": (Purpose.DESIRED, SERVER_KEY, _signed(SERVER, Purpose.DESIRED, "desired")),
    "command": (Purpose.COMMAND, SERVER_KEY, _signed(SERVER, Purpose.COMMAND, "command")),
    "enrol_answer": (Purpose.ENROLMENT, SERVER_KEY, _signed(SERVER, Purpose.ENROLMENT, "enrol_answer")),
    "moving": (Purpose.MOVING, SERVER_KEY, _signed(SERVER, Purpose.MOVING, "moving")),
    "moving_request": (Purpose.MOVING_REQUEST, UNIT_KEY, _signed(UNIT, Purpose.MOVING_REQUEST, "moving_request")),
    "policy_request": (Purpose.POLICY_REQUEST, UNIT_KEY, _signed(UNIT, Purpose.POLICY_REQUEST, "policy_request")),
}  # fmt: skip
"""Ed25519 signs without chance (RFC 8032), so that a signed document can be golden too."""

SEAL_PUBLIC = sealing.public(SEAL_KEY)
PLAIN: dict[str, dict[str, Any]] = {"events": EVENTS, "messages": MESSAGES, "records": RECORDS}
