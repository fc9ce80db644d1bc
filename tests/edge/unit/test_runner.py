"""The deciding loop with parts made by hand: order of effects, refusals, schedules, probes."""

from dataclasses import replace

from loquet_contract.access.policy import (
    DoorRecord,
    ScheduleRecord,
    UntrustedClock,
)
from loquet_contract.feedback import PATTERNS, Shown
from loquet_contract.ids import ScheduleId
from loquet_contract.wire.commands import Outcome, What
from loquet_edge.config_wires import InputConfig
from loquet_edge.drivers.ports import ReaderLost, ReaderReturned
from loquet_edge.feedback.player import LEAD_SECONDS
from loquet_edge.guard_ear import PATIENCE_SECONDS
from loquet_edge.inbox import GuardSaid, LeafMoved, LinkSaid, Probe, Stop
from loquet_edge.lockguard.leases import Tell, Told
from loquet_edge.seam import Answered, Commanded, Wished
from loquet_edge.server_words import REFUSALS_A_MINUTE
from loquet_edge.taps import UNKNOWN_A_MINUTE
from tests.edge.unit.a_scene import OTHER, READER, Scene, card
from tests.edge.unit.a_unit import (
    DOOR,
    MEMBER,
    POINT,
    STRANGER,
)

REFUSED = PATTERNS[Shown.REFUSED]


def test_the_lock_moves_before_anything_is_written() -> None:
    done = Scene().start().do(card(MEMBER))
    assert done[:2] == ["LOCK release 5", "access_granted"]
    assert sorted(done[2:]) == ["access_taken", "door_released"]


def test_a_refused_badge_moves_no_lock_and_shows_it_for_a_moment() -> None:
    scene = Scene().start()
    assert scene.do(card(STRANGER)) == ["access_denied"]
    assert scene.denied.active  # type: ignore[attr-defined]
    scene.wait(REFUSED.seconds)
    assert not scene.denied.active  # type: ignore[attr-defined]


def test_a_uid_of_impossible_length_is_dropped() -> None:
    assert Scene().start().do(card("aabb"), card("aabb", reader="elsewhere")) == []


def test_a_guard_that_is_away_is_a_lock_fault_and_no_reason_to_stop() -> None:
    scene = Scene().start()
    assert scene.do(GuardSaid(None)) == ["lock_fault"]
    scene.diary.present = False
    assert "access_granted" in scene.do(card(MEMBER))
    scene.diary.present = True
    done = scene.do(GuardSaid(Tell(Told.STARTED, 0, True)))
    assert "lock_fault_ended" in done and "LOCK release 5" in done


def test_without_a_guard_the_unit_starts_all_the_same() -> None:
    scene = Scene()
    assert scene.do(Probe()) == ["policy_applied"]
    assert "lock_fault" in scene.wait(PATIENCE_SECONDS + 1.0)
    assert "access_denied" in scene.do(card(STRANGER))


def test_a_badge_shown_before_the_guard_is_there_opens_when_it_comes() -> None:
    scene = Scene()
    scene.diary.present = False
    assert "access_granted" in scene.do(card(MEMBER))
    scene.diary.present = True
    done = scene.do(GuardSaid(Tell(Told.STARTED, 0, True)))
    assert done[-1].startswith("LOCK release") or "LOCK release 5" in done
    assert "lock_fault_ended" in done


def test_fire_and_exit_come_from_the_guard() -> None:
    scene = Scene().start()
    done = scene.do(GuardSaid(Tell(Told.FIRE_LOOP, 0, True)))
    assert done[0] == "LOCK hold" and "fire_alarm" in done
    assert "fire_loop_restored" in scene.do(GuardSaid(Tell(Told.FIRE_LOOP, 0, False)))
    done = scene.do(GuardSaid(Tell(Told.FIRE_LATCH, 0, False)))
    assert done[0] == "LOCK lock" and "fire_rearmed" in done
    assert scene.do(GuardSaid(Tell(Told.EXIT, 0, True)))[0] == "LOCK hold"


def test_an_order_to_lock_says_how_much_of_the_exit_was_heard() -> None:
    scene = Scene()
    words = [GuardSaid(Tell(Told.EXIT, 0, active)) for active in (False, True, False)]
    snapshot = (words[0], GuardSaid(Tell(Told.STARTED, 0, True)))
    scene.do(*snapshot, *words[1:])
    scene.wait(6.0)
    assert scene.diary.exit_words[-1] == 3, "the guard's snapshot, and the two since"
    scene.do(GuardSaid(None), *snapshot)
    assert scene.diary.exit_words[-1] == 1, "of another guard, no more than its snapshot"


def test_a_fire_that_came_and_went_while_the_guard_was_out_of_hearing_is_told() -> None:
    scene = Scene().start()
    scene.do(GuardSaid(None))
    done = scene.do(
        GuardSaid(Tell(Told.FIRE_LOOP, 0, False)), GuardSaid(Tell(Told.FIRE_LATCH, 0, True))
    )
    assert "fire_alarm" in done and "fire_loop_restored" in done


def test_a_hold_is_renewed_each_second() -> None:
    scene = Scene().start()
    scene.do(GuardSaid(Tell(Told.EXIT, 0, True)))
    assert [scene.wait(1.0) for _ in range(3)] == [["LOCK hold"]] * 3


def test_a_schedule_unlocks_and_locks_and_needs_a_trusted_clock() -> None:
    hours = ScheduleRecord(ScheduleId("hours"), (1_000_001_010, 1_000_001_020))
    door = DoorRecord(DOOR, unlock_schedule=hours.schedule)
    for trusted in (True, False):
        scene = Scene(trusted=trusted).start()
        scene.policy.records.update({hours.key: hours, door.key: door})
        scene.wait(5.0)
        assert ("door_released" in scene.wait(6.0)) is trusted
        assert ("door_relocked" in scene.wait(10.0)) is trusted


def test_a_first_card_begins_the_unlocked_hours() -> None:
    hours = ScheduleRecord(ScheduleId("hours"), (1_000_001_000, 1_000_002_000))
    door = DoorRecord(DOOR, unlock_schedule=hours.schedule, first_card=True)
    scene = Scene().start()
    scene.policy.records.update({hours.key: hours, door.key: door})
    assert "LOCK hold" not in scene.wait(2.0)
    scene.do(card(MEMBER))
    assert "LOCK hold" in scene.wait(2.0)


def test_an_untrusted_clock_keeps_to_the_doors_rule() -> None:
    scene = Scene(trusted=False).start()
    assert "access_granted" in scene.do(card(MEMBER))  # the member's hours are always
    place = scene.policy.access_point(POINT)
    assert place is not None
    place = replace(place, untrusted_clock=UntrustedClock.REFUSE)
    scene.policy.records[f"access_point/{POINT}"] = place
    assert scene.do(card(MEMBER)) == ["access_denied"]


def test_a_probe_goes_the_way_of_a_tap_and_leaves_no_trace() -> None:
    scene = Scene().start()
    assert scene.do(Probe()) == []
    assert scene.alive == 1


def test_a_reader_is_lost_once_and_returns_once() -> None:
    scene = Scene().start()
    lost, back = ReaderLost(READER, "absent"), ReaderReturned(READER, "")
    assert scene.do(back, lost, lost, back, back) == ["reader_lost", "reader_returned"]


def test_a_flood_of_forged_messages_does_not_fill_the_journal() -> None:
    scene = Scene().start()
    done = scene.do(*[LinkSaid(Commanded("{}")) for _ in range(100)])
    assert done == ["command_refused"] * REFUSALS_A_MINUTE
    assert scene.do(*[LinkSaid(Wished("{}"))] * 100) == ["message_refused"] * REFUSALS_A_MINUTE
    scene.wait(61.0)
    assert scene.do(LinkSaid(Commanded("{}"))) == ["command_refused"]


def test_a_leaf_that_moves_before_the_start_was_not_forced() -> None:
    scene = Scene(contact=InputConfig("contact", 22, True, "up", 0.03))
    assert scene.do(LeafMoved(DOOR, True)) == ["policy_applied"]  # a chore of the first turn
    scene.start()
    assert "door_forced_open" not in scene.do(LeafMoved(DOOR, False))
    assert "door_forced_open" in scene.do(LeafMoved(DOOR, True)) + scene.wait(5.0)


def test_a_flood_of_unknown_badges_is_refused_and_fills_no_journal() -> None:
    scene = Scene().start()
    assert scene.do(*[card(STRANGER)] * 100) == ["access_denied"] * UNKNOWN_A_MINUTE
    scene.wait(REFUSED.seconds + LEAD_SECONDS)
    assert not scene.denied.active  # type: ignore[attr-defined]
    assert scene.do(card(STRANGER)) == []
    assert scene.denied.active  # type: ignore[attr-defined]
    assert "access_granted" in scene.do(card(MEMBER))
    assert scene.do(card(STRANGER, reader=OTHER)) == ["access_denied"]
    scene.wait(61.0)
    assert scene.do(card(STRANGER)) == ["access_denied"]


def outcomes(scene: Scene) -> list[Outcome]:
    return [each.outcome for each in scene.sent if isinstance(each, Answered)]


def test_a_command_to_identify_shows_the_door_and_moves_no_lock() -> None:
    scene = Scene().start()
    assert scene.do(scene.command("c1", What.IDENTIFY)) == ["command_performed"]
    assert scene.denied.active  # type: ignore[attr-defined]
    assert outcomes(scene) == [Outcome.PERFORMED]


def test_a_release_that_the_guard_does_not_hear_is_not_answered_as_performed() -> None:
    scene = Scene().start()
    scene.diary.present = False
    done = scene.do(scene.command("c1"))  # the guard went away without a word
    assert "command_refused" in done and "command_performed" not in done
    done = scene.do(scene.command("c2"))  # now the door knows
    assert done == ["command_refused"]
    assert outcomes(scene) == [Outcome.REFUSED] * 2
    assert scene.do(scene.command("c3", What.IDENTIFY)) == ["command_performed"]
    scene.diary.present = True
    scene.do(GuardSaid(Tell(Told.STARTED, 0, True)))
    assert "command_performed" in scene.do(scene.command("c4"))


def test_stop_ends_the_loop_with_its_cause() -> None:
    scene = Scene()
    scene.inbox.put(LeafMoved(DOOR, False))
    scene.inbox.put(Stop("told"))
    assert scene.runner.run() == "told"
