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
from loquet_contract.wire import events_readers as r
from loquet_contract.wire.adoption import Announcement, Standing, Voucher, commit, token_proof
from loquet_contract.wire.card_keys import (
    CardKeysAnswer,
    CardKeysRequest,
    CardMaster,
    CardMasters,
)
from loquet_contract.wire.certificates import CertificateAnswer, CertificateRequest
from loquet_contract.wire.commands import Command, Outcome, Reply, What
from loquet_contract.wire.enrolment import (
    EnrolAnswer,
    EnrolRequest,
    Identity,
    MovingRequest,
    PolicyRequest,
    proof,
    tls_proof,
)
from loquet_contract.wire.envelope import Ack, Batch, Entry, chain_of, first_chain
from loquet_contract.wire.events_cards import CredentialEncoded, CredentialUnproven
from loquet_contract.wire.events_clock import ServerTimeDoubted, ServerTimeSettled
from loquet_contract.wire.events_proof import Act, ActResult, Examined, ExamVerdict, ProofReport
from loquet_contract.wire.events_proof import Verdict as ProofVerdict
from loquet_contract.wire.events_updates import SoftwareUpdated, UpdateFailed
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
from loquet_contract.wire.releases import Release, ReleaseAnswer, ReleaseFile, ReleaseRequest
from loquet_contract.wire.rotation import Pepper, Peppers, PeppersAnswer, PeppersRequest
from loquet_contract.wire.sensors import (
    Availability,
    Hearing,
    SensorMapping,
    SensorPlan,
    SensorSeen,
    SensorsSeen,
    TopicSeen,
    Watches,
)
from loquet_contract.wire.signing import Purpose, Signer, SigningKey
from loquet_contract.wire.unit_log import UnitLog

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
    "credential_at_another_reader": CredentialRecord(DIGEST[::-1], "h7", of=DIGEST),
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
    "credential_encoded": CredentialEncoded("g01-badge", "c6", "done", DIGEST, 2, "ultralight_aes"),
    "credential_encoded_refused": CredentialEncoded("g01-badge", "c6", "not_blank", DIGEST),
    "credential_unproven": CredentialUnproven("main-in", "wrong_key", DIGEST),
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
    "desk_away": e.DeskAway("desk-1", "hall", e.DeskEvidence.SEAT, 1_790_000_900),
    "desk_badged": e.DeskBadged("desk-1", "hall", "h7", DIGEST),
    "beam_crossed": e.BeamCrossed("main", "main-beams", True),
    "counter_lost": e.CounterLost("main", "main-beams", "beam a has been broken for 600 s"),
    "counter_returned": e.CounterReturned("main", "main-beams"),
    "unit_started": e.UnitStarted("loquet 0.1.0", "b1", "9f86d081"),
    "unit_started_wired": e.UnitStarted("loquet 0.1.0", "b1", "9f86d081", {"main": "5f2c"}),
    "unit_stopped": e.UnitStopped("SIGTERM"),
    "process_restarted": e.ProcessRestarted("link", "killed by signal 9"),
    "door_proof_moved": e.DoorProofMoved("main", "p1", "Paul", (ActResult(Act.LEAF_CLOSED, "contact:main", ProofVerdict.SEEN, 1200),), Act.LOCK_RESTS, "", 9),
    "door_proven": e.DoorProven("main", "p1", True, "{}"),
    "unit_examined": e.UnitExamined((Examined("temperature", "", ExamVerdict.OK, "48 °C"),), "c4"),
    "tamper_opened": e.TamperOpened("main"),
    "tamper_opened_unit": e.TamperOpened(),
    "tamper_closed": e.TamperClosed("main"),
    "mains_lost": e.MainsLost(),
    "software_updated": SoftwareUpdated("0.2.0", "0.1.0"),
    "update_failed": UpdateFailed("0.2.0", "0.1.0", "door does not answer"),
    "server_time_doubted": ServerTimeDoubted(1_990_000_000_000, 1_790_000_000_000),
    "server_time_settled": ServerTimeSettled(taken=False),
    "mains_returned": e.MainsReturned(),
    "doorbell_rung": e.DoorbellRung("main"),
    "reader_lost": e.ReaderLost("reader-1", "VersionReg reads 0x00"),
    "reader_returned": e.ReaderReturned("reader-1"),
    "reader_tampered": r.ReaderTampered("reader-1"),
    "reader_tamper_ended": r.ReaderTamperEnded("reader-1"),
    "reader_power_failed": r.ReaderPowerFailed("reader-1"),
    "reader_power_returned": r.ReaderPowerReturned("reader-1"),
    "reader_key_window_opened": r.ReaderKeyWindowOpened("reader-1", 600, "exit"),
    "reader_key_window_closed": r.ReaderKeyWindowClosed("reader-1", True),
    "policy_applied": e.PolicyApplied(12, "ab" * 32),
    "policy_refused": e.PolicyRefused("the records do not fit the manifest's digest", 13),
    "command_performed": e.CommandPerformed("c1", "release", "anna", "parcel", "main"),
    "command_refused": e.CommandRefused("an earlier challenge", "c1"),
    "message_refused": e.MessageRefused("ack", "signed by a key that is not known here"),
    "clock_trusted": e.ClockTrusted(-1500),
    "clock_untrusted": e.ClockUntrusted("the kernel no longer says that the clock is synchronised"),
    "journal_started": e.JournalStarted("damage found: entry 7 does not fit the chain", "j0"),
    "journal_started_repaired": e.JournalStarted(
        "damage found: entry 7 does not fit the chain; 2 entries saved", "j0", 5, 6, 9
    ),
    "storage_failed": e.StorageFailed("database or disk is full", 3),
    "storage_short": e.StorageShort(41, 1207),
    "storage_eased": e.StorageEased(4000),
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


def _batch_after_what_is_gone() -> Batch:
    """Return a batch that begins after entries that the unit keeps no more, with one erased."""
    start = first_chain("unit-1", "j2")
    erased = Entry(8, 1_790_000_000_000, 7, "b" * 32, True, "door_closed", "", {}, "ab" * 32)
    return Batch("village", "unit-1", "j2", start, chain_of(start, erased), (erased,), 7)


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
_RELEASE = Release(
    "0.2.0", 1_790_000_000_000, (ReleaseFile("loquet-0.2.0-py3-none-any.whl", 912_345, "ab" * 32),)
)
_PEM = "-----BEGIN CERTIFICATE-----\nbm90IGEgcmVhbCBvbmU=\n-----END CERTIFICATE-----\n"
_TOKEN = "5e" * 32

MESSAGES: dict[str, Any] = {
    "online": Online("unit-1", True, "b1"),
    "state": UnitState(
        "village", "unit-1", "b1", 1_790_000_000_000, True, "challenge", "j1", 1500, 12, "loquet 0.1.0", 12, "ab" * 32, 4,
        {"main": DoorStatus("locked", "closed", "normal", "l1")}, {"reader-1": "well"}, {"desk-1": "free"}, {"disk_free_mb": 900},
    ),
    "state_moving": UnitState("village", "unit-1", "b1", 0, True, "challenge", "j1", 0, 0, moving_version=31),
    "state_placed": UnitState(
        "village", "unit-1", "b1", 0, True, "challenge", "j1", 0, 0, health={"temperature_c": 61, "wifi_dbm": -58},
        model="Raspberry Pi Zero 2 W Rev 1.0", address="192.168.1.20",
    ),
    "state_peppers": UnitState("village", "unit-1", "b1", 0, True, "challenge", "j1", 0, 0, peppers=("5f2c0a1100ffee42",)),
    "state_clock": UnitState("village", "unit-1", "b1", 0, True, "challenge", "j1", 0, 0, clock_source="hardware"),
    "state_desk_readers": UnitState(
        "village", "unit-1", "b1", 0, True, "challenge", "j1", 0, 0, readers={"badge-1": "well"}, desk_readers={"badge-1": "g1"},
    ),
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
    "desired_card_keys": Desired("village", "unit-1", 8, 1_790_000_000, card_keys=("5f2c0a11", "00ffee42")),
    "desired_least": Desired("village", "unit-1", 1, 1_790_000_000),
    "area_counts": AreaCounts("village", "hall", 1_790_000_000_000, 5, 3, 1, 9, None),
    "area_counts_with_range": AreaCounts(
        "village", "hall", 1_790_000_000_000, 5, 3, 1, None, 4, 3, 6, desks_away=1, desks_reserved=2, capacity=19
    ),
    "sensor_plan": SensorPlan(
        "village", "unit-1", 3, 1_790_000_000,
        (
            SensorMapping(
                "window-pir", "desk-1", "hall", Watches.PIR, "zigbee2mqtt/window", ("true",), ("false",), "occupancy",
                3600, 300, Availability("zigbee2mqtt/window/availability", "state"),
            ),
        ),
        1_790_000_300, ("zigbee2mqtt/#",),
    ),
    "sensors_seen": SensorsSeen(
        "village", "unit-1", 1_790_000_000_000, 3, "",
        {"window-pir": SensorSeen(Hearing.ACTIVE, 1_790_000_000_000), "door": SensorSeen(Hearing.UNREADABLE, 1_790_000_000_000, "no 'contact'")},
        (TopicSeen("zigbee2mqtt/window", '{"occupancy":true}', 1_790_000_000_000, True),), 7,
    ),
    "desk_state": DeskState("village", "hall", "desk-1", "occupied", 1_790_000_000_000),
    "change": Change("door", "main", 7),
    "command": Command("village", "unit-1", "c1", What.RELEASE, "anna", "colis à déposer", "b1", "challenge", "main"),
    "command_identify": Command("village", "unit-1", "c2", What.IDENTIFY, "anna", "which one is it?", "b1", "challenge"),
    "command_enrol": Command("village", "unit-1", "c3", What.ENROL, "anna", "a new badge", "b1", "challenge", "main", "main-in", 60),
    "command_encode": Command("village", "unit-1", "c6", What.ENCODE, "anna", "to encode a badge", "b1", "challenge", seconds=180, reader="g01-badge", credential=DIGEST),
    "command_examine": Command("village", "unit-1", "c4", What.EXAMINE, "anna", "is it well?", "b1", "challenge"),
    "command_prove": Command("village", "unit-1", "c5", What.PROVE, "anna", "new wiring", "b1", "challenge", "main", act="begin", word="Paul"),
    "command_restart": Command("village", "unit-1", "c7", What.RESTART, "anna", "it hangs", "b1", "challenge"),
    "command_fetch": Command("village", "unit-1", "c8", What.FETCH, "anna", "is it up to date?", "b1", "challenge"),
    "command_logs": Command("village", "unit-1", "c9", What.LOGS, "anna", "the reader comes and goes", "b1", "challenge"),
    "unit_log": UnitLog("village", "unit-1", "c9", "c2VhbGVk"),
    "proof_report": ProofReport("village", "unit-1", "main", "p1", "Paul", 1_790_000_000_000, 1_790_000_300_000, "0.4.0", "strike", "secure", 17, "high", "5f2c", ("lock GPIO17 high",), (ActResult(Act.LOCK_RESTS, "", ProofVerdict.CONFIRMED, 4000),)),
    "reply": Reply("village", "unit-1", "c1", Outcome.PERFORMED, "released", 1_790_000_000_000),
    "batch": _batch(),
    "batch_after_what_is_gone": _batch_after_what_is_gone(),
    "ack": Ack("village", "unit-1", "j1", 3, _batch().chain, 1_790_000_001_000),
    "enrol_request": EnrolRequest(_TOKEN, _PUBLIC, _SEAL, proof(b"s" * 16, _PUBLIC, _SEAL), "loquet 0.1.0"),
    "enrol_answer": EnrolAnswer(_TOKEN, SERVER_KEY.public.text, "c2VhbGVk"),
    "identity": Identity("village", "unit-1", "broker.example.org", 1883, "unit-1", "password", "https://loquet.example.org", SERVER_KEY.public.text, _SEAL, "p1", "cGVwcGVy", "[unit]\n"),
    "enrol_request_tls": EnrolRequest(_TOKEN, _PUBLIC, _SEAL, proof(b"s" * 16, _PUBLIC, _SEAL), "loquet 0.6.0", "c3BraQ", tls_proof(b"s" * 16, _PUBLIC, "c3BraQ")),
    "identity_tls": Identity("village", "unit-1", "broker.example.org", 8883, "unit-1", "password", "https://loquet.example.org", SERVER_KEY.public.text, _SEAL, "p1", "cGVwcGVy", "[unit]\n", _PEM, _PEM, True),
    "identity_vouched": Identity("village", "unit-1", "broker.example.org", 1883, "unit-1", "password", "https://loquet.example.org", SERVER_KEY.public.text, _SEAL, "p1", "cGVwcGVy", "[unit]\n", voucher='{"key":"k","payload":"{}","signature":"s"}'),
    "announcement": Announcement(_PUBLIC, _SEAL, commit(_PUBLIC, _SEAL, "c3BraQ", "0f" * 16), "c3BraQ"),
    "announcement_shown": Announcement(_PUBLIC, _SEAL, commit(_PUBLIC, _SEAL, "c3BraQ", "0f" * 16), "c3BraQ", "0f" * 16, "Raspberry Pi Zero 2 W Rev 1.0", "1a2b", "loquet 0.6.0", "unit-1", "cd" * 16, token_proof(b"s" * 16, commit(_PUBLIC, _SEAL, "c3BraQ", "0f" * 16)), '{"key":"k","payload":"{}","signature":"s"}'),
    "standing": Standing("ab" * 32, SERVER_KEY.public.text, "5a" * 16, "waiting"),
    "standing_adopted": Standing("ab" * 32, SERVER_KEY.public.text, "5a" * 16, "adopted", "c2VhbGVk"),
    "voucher": Voucher("village", "unit-1", _PUBLIC, 1_790_000_000_000),
    "certificate_request": CertificateRequest("village", "unit-1", "ab" * 16, "c3BraQ"),
    "certificate_answer": CertificateAnswer("village", "unit-1", "ab" * 16, _PEM, _PEM, "broker.example.org", 8883, True),
    "policy_request": PolicyRequest("village", "unit-1", 11, "ab" * 16),
    "moving_request": MovingRequest("village", "unit-1", 30, "ab" * 16),
    "card_keys_request": CardKeysRequest("village", "unit-1", "ab" * 16, _SEAL),
    "release": _RELEASE,
    "release_request": ReleaseRequest("village", "unit-1", "ab" * 16, "0.1.0"),
    "release_answer": ReleaseAnswer("village", "unit-1", "ab" * 16, _RELEASE),
    "release_answer_none": ReleaseAnswer("village", "unit-1", "ab" * 16),
    "card_keys_answer": CardKeysAnswer("village", "unit-1", "ab" * 16, "c2VhbGVk"),
    "desired_peppers": Desired("village", "unit-1", 9, 1_790_000_000, peppers=("5f2c0a1100ffee42", "00ffee425f2c0a11")),
    "peppers_request": PeppersRequest("village", "unit-1", "ab" * 16, _SEAL),
    "peppers_answer": PeppersAnswer("village", "unit-1", "ab" * 16, "c2VhbGVk"),
    "peppers": Peppers((Pepper("5f2c0a1100ffee42", "bm90IGEgcmVhbCBvbmUhIQ"), Pepper("00ffee425f2c0a11", "bm90IGEgcmVhbCBvbmU_Pw"))),
    "card_masters": CardMasters((CardMaster(2, "bm90IGEgcmVhbCBvbmUhIQ"), CardMaster(1, "bm90IGEgcmVhbCBvbmU_Pw"))),
}  # fmt: skip


def _signed(signer: Signer, purpose: Purpose, name: str) -> str:
    return signer.sign(purpose, codec.encode(MESSAGES[name]))


SIGNED: dict[str, tuple[Purpose, SigningKey, str]] = {
    "batch": (Purpose.BATCH, UNIT_KEY, _signed(UNIT, Purpose.BATCH, "batch")),
    "state": (Purpose.STATE, UNIT_KEY, _signed(UNIT, Purpose.STATE, "state")),
    "unit_log": (Purpose.UNIT_LOG, UNIT_KEY, _signed(UNIT, Purpose.UNIT_LOG, "unit_log")),
    "reply": (Purpose.REPLY, UNIT_KEY, _signed(UNIT, Purpose.REPLY, "reply")),
    "ack": (Purpose.ACK, SERVER_KEY, _signed(SERVER, Purpose.ACK, "ack")),
    "manifest": (Purpose.POLICY, SERVER_KEY, _signed(SERVER, Purpose.POLICY, "manifest")),
    "desired": (Purpose.DESIRED, SERVER_KEY, _signed(SERVER, Purpose.DESIRED, "desired")),
    "command": (Purpose.COMMAND, SERVER_KEY, _signed(SERVER, Purpose.COMMAND, "command")),
    "enrol_answer": (Purpose.ENROLMENT, SERVER_KEY, _signed(SERVER, Purpose.ENROLMENT, "enrol_answer")),
    "moving": (Purpose.MOVING, SERVER_KEY, _signed(SERVER, Purpose.MOVING, "moving")),
    "card_keys_request": (Purpose.CARD_KEYS_REQUEST, UNIT_KEY, _signed(UNIT, Purpose.CARD_KEYS_REQUEST, "card_keys_request")),
    "certificate_request": (Purpose.CERTIFICATE_REQUEST, UNIT_KEY, _signed(UNIT, Purpose.CERTIFICATE_REQUEST, "certificate_request")),
    "certificate_answer": (Purpose.CERTIFICATE, SERVER_KEY, _signed(SERVER, Purpose.CERTIFICATE, "certificate_answer")),
    "peppers_request": (Purpose.PEPPERS_REQUEST, UNIT_KEY, _signed(UNIT, Purpose.PEPPERS_REQUEST, "peppers_request")),
    "peppers_answer": (Purpose.PEPPERS, SERVER_KEY, _signed(SERVER, Purpose.PEPPERS, "peppers_answer")),
    "card_keys_answer": (Purpose.CARD_KEYS, SERVER_KEY, _signed(SERVER, Purpose.CARD_KEYS, "card_keys_answer")),
    "moving_request": (Purpose.MOVING_REQUEST, UNIT_KEY, _signed(UNIT, Purpose.MOVING_REQUEST, "moving_request")),
    "policy_request": (Purpose.POLICY_REQUEST, UNIT_KEY, _signed(UNIT, Purpose.POLICY_REQUEST, "policy_request")),
}  # fmt: skip
"""Ed25519 signs without chance (RFC 8032), so that a signed document can be golden too."""

SEAL_PUBLIC = sealing.public(SEAL_KEY)
PLAIN: dict[str, dict[str, Any]] = {"events": EVENTS, "messages": MESSAGES, "records": RECORDS}
