"""Whole units: real processes on a simulated board."""

import contextlib
import os
import signal
import time
from collections.abc import Iterator

import psutil
import pytest

from loquet_contract.access.policy import DoorRecord
from loquet_contract.ids import ScheduleId
from loquet_contract.wire import sealing
from loquet_contract.wire.commands import Outcome, What
from loquet_contract.wire.enrolment import SEALED_NUMBER_CONTEXT
from loquet_contract.wire.signing import Purpose, Signer, SigningKey
from loquet_edge.seam import Answered, Appended, Commanded, PolicyChanged, Refused, Wished
from tests.edge.unit.a_unit import (
    CHIEF,
    DOOR,
    MEMBER,
    STRANGER,
    UNIT_TOML,
    Line,
    Unit,
    a_unit,
    records,
)


@pytest.fixture
def fresh() -> Iterator[Unit]:
    """A unit of the test's own, for what lasts."""
    with a_unit() as found:
        found.start_two()
        yield found


@pytest.fixture(scope="module")
def standing() -> Iterator[Unit]:
    with a_unit() as found:
        found.start_two()
        yield found


@pytest.fixture
def unit(standing: Unit) -> Unit:
    """The unit that others have used before: its door is locked."""
    standing.wait_released(False)
    return standing


def answer(link: Line) -> Answered:
    found: Answered = link.hear(lambda message: isinstance(message, Answered))
    return found


def test_a_badge_opens_and_the_four_facts_are_kept(unit: Unit) -> None:
    before = len(unit.kinds())
    unit.board.tap("front-in", MEMBER)
    unit.wait_released()
    unit.board.set_active("contact:front", True)
    unit.wait_released(False)
    unit.board.set_active("contact:front", False)
    unit.wait_kind("door_closed")
    story = unit.kinds()[before:]
    story = story[story.index("access_granted") :]
    assert story == [
        "access_granted", "door_released", "door_opened", "access_taken", "door_relocked",
        "door_closed",
    ]  # fmt: skip


def test_an_unknown_badge_is_refused_and_its_number_only_the_server_can_read(unit: Unit) -> None:
    shown = len(unit.board.line_history("led_denied:front"))
    unit.board.tap("front-in", STRANGER)
    denied = unit.wait_kind("access_denied").body
    assert denied["reason"] == "credential_unknown"
    assert STRANGER not in str(denied)
    opened = sealing.open_sealed(unit.server.seal_key, denied["sealed"], SEALED_NUMBER_CONTEXT)
    assert opened == b"uid4:" + STRANGER.encode()
    unit.wait(lambda: len(unit.board.line_history("led_denied:front")) > shown, "the light")
    assert not unit.released()


def test_a_desk_is_told(unit: Unit) -> None:
    unit.board.set_active("seat:d1", True)
    assert unit.wait_kind("desk_occupied").body["desk"] == "d1"
    unit.board.set_active("seat:d1", False)


def test_a_reader_that_is_unplugged_is_told_and_works_again(unit: Unit) -> None:
    unit.board.unplug("front-in")
    unit.wait_kind("reader_lost")
    unit.board.plug("front-in")
    unit.wait_kind("reader_returned")
    unit.board.tap("front-in", MEMBER)
    unit.wait_released()


def test_a_command_releases_once(unit: Unit) -> None:
    link = unit.link()
    status = link.status()
    document = unit.server.command(status, "c1")
    link.send(Commanded(document))
    assert answer(link).outcome is Outcome.PERFORMED
    unit.wait_released()
    link.send(Commanded(document))
    assert (said := answer(link)).outcome is Outcome.REFUSED and "replay" in said.detail
    link.send(Commanded(unit.server.command(status, "c2", challenge="guessed")))
    assert answer(link).outcome is Outcome.REFUSED
    link.send(Commanded(Signer(SigningKey.generate()).sign(Purpose.COMMAND, "{}")))
    unit.wait_kind("command_refused", 3)
    assert unit.kinds("command_performed") == ["command_performed"]
    link.close()


def test_a_lockdown_is_confirmed_outlives_sigkill_and_a_named_badge_lifts_it() -> None:
    with a_unit() as unit:
        _, door = unit.start_two()
        link = unit.link()
        link.send(Wished(unit.server.desired(1, "ld1")))
        assert unit.wait_kind("locked_down").body == {"door": DOOR, "lockdown": "ld1"}
        unit.wait(unit.config.data.joinpath("door.db").exists, "door.db")
        link.hear(lambda message: getattr(message, "desired_version", None) == 1)
        door.kill()
        door.wait()
        unit.start("--only", "door")
        unit.wait_ready(2)
        unit.board.tap("front-in", MEMBER)
        assert unit.wait_kind("access_denied").body["reason"] == "locked_down"
        link = unit.link()
        link.send(Commanded(unit.server.command(link.status(), "c1")))
        assert "lift" in answer(link).detail
        assert not unit.released()
        unit.board.press("exit:front", 0.1)
        unit.wait_released()
        unit.wait_released(False)
        unit.board.tap("front-in", CHIEF)
        assert unit.wait_kind("lockdown_lifted").body["by"] == "chief"
        unit.wait_released()


def test_an_older_desired_state_changes_nothing_and_is_recorded(fresh: Unit) -> None:
    unit = fresh
    link = unit.link()
    link.send(Wished(unit.server.desired(5, "ld1")))
    unit.wait_kind("locked_down")
    link.send(Wished(unit.server.desired(4)))
    assert "older" in unit.wait_kind("message_refused").body["detail"]
    link.hear(lambda message: getattr(message, "desired_version", None) == 5)
    assert not unit.kinds("lockdown_lifted")


def test_a_new_policy_counts_at_once_and_a_refused_one_is_recorded(fresh: Unit) -> None:
    unit = fresh
    link = unit.link()
    unit.wait_kind("policy_applied")
    unit.give_policy(records(DoorRecord(DOOR, blocked=True)), 2)
    link.send(PolicyChanged(2, ""))
    unit.wait_kind("policy_applied", 2)
    unit.board.tap("front-in", MEMBER)
    assert unit.wait_kind("access_denied").body["reason"] == "door_blocked"
    link.send(Refused("policy", "digest", 3))
    assert unit.wait_kind("policy_refused").body == {"detail": "digest", "version": 3}


def test_a_schedule_holds_the_door_unlocked(fresh: Unit) -> None:
    unit = fresh
    unit.give_policy(records(DoorRecord(DOOR, unlock_schedule=ScheduleId("always"))), 2)
    link = unit.link()  # a link that joins makes the door look at the policy again
    unit.wait_released()
    first = link.hear(lambda message: isinstance(message, Appended))
    unit.board.tap("front-in", MEMBER)
    unit.wait_kind("access_granted")
    assert link.hear(lambda message: isinstance(message, Appended)).last > first.last
    unit.give_policy(records(), 3)
    link.send(PolicyChanged(3, ""))
    unit.wait_released(False)


def test_sigterm_ends_in_order() -> None:
    with a_unit() as unit:
        _, door = unit.start_two()
        door.terminate()
        assert door.wait(20.0) == 0
        assert unit.kinds()[-1] == "unit_stopped"


def test_exit_and_fire_release_while_the_door_process_is_stopped() -> None:
    with a_unit() as unit:
        _, door = unit.start_two()
        door.send_signal(signal.SIGSTOP)
        unit.board.press("exit:front", 0.1)
        unit.wait_released()
        unit.wait_released(False)
        unit.board.set_active("fire", True)
        unit.wait_released()
        door.send_signal(signal.SIGCONT)
        unit.wait_kind("fire_alarm")
        unit.board.set_active("fire", False)
        unit.board.press("rearm", 0.1)
        unit.wait_kind("fire_rearmed")
        unit.wait_released(False)


def test_a_door_that_is_stopped_in_a_release_relocks_in_time() -> None:
    with a_unit() as unit:
        _, door = unit.start_two()
        unit.board.tap("front-in", MEMBER)
        unit.wait_released()
        door.send_signal(signal.SIGSTOP)
        unit.wait_released(False)


def test_a_guard_that_dies_is_told_and_the_door_works_again() -> None:
    with a_unit() as unit:
        guard, _ = unit.start_two()
        guard.kill()
        unit.wait_kind("lock_fault")
        unit.start("--only", "lockguard")
        unit.wait_kind("lock_fault_ended")
        unit.board.tap("front-in", MEMBER)
        unit.wait_released()


def test_a_release_by_command_with_the_guard_away_is_refused() -> None:
    with a_unit() as unit:
        guard, _ = unit.start_two()
        link = unit.link()
        status = link.status()
        guard.kill()
        unit.wait_kind("lock_fault")
        link.send(Commanded(unit.server.command(status, "c1")))
        said = answer(link)
        assert said.outcome is Outcome.REFUSED and "lockguard" in said.detail
        unit.start("--only", "lockguard")
        unit.wait_kind("lock_fault_ended")
        assert not unit.released() and not unit.kinds("command_performed")


def test_a_unit_shows_itself_when_asked(unit: Unit) -> None:
    link, before = unit.link(), len(unit.kinds("command_performed"))
    link.send(Commanded(unit.server.command(link.status(), "shown", what=What.IDENTIFY)))
    assert answer(link).outcome is Outcome.PERFORMED
    unit.wait(lambda: bool(unit.board.read_line("led_denied:front")["active"]), "the light")
    assert unit.wait_kind("command_performed", before + 1).body["what"] == "identify"
    assert not unit.released()
    link.close()


@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGSTOP])
def test_a_lock_that_fails_safe_lets_go_while_its_door_process_is_away(
    number: signal.Signals,
) -> None:
    with a_unit(UNIT_TOML.replace('lock = "strike"', 'lock = "maglock"')) as unit:
        unit.config.identity.unlink()  # without identity there is no link to start
        supervisor = unit.start()
        unit.wait_ready()
        assert not unit.released()
        _children(supervisor.pid)["door"].send_signal(number)
        unit.wait_released()
        unit.wait_kind("unit_started", 2)
        unit.wait_released(False)


def test_a_unit_without_identity_opens_for_nobody_and_lets_everybody_out() -> None:
    with a_unit() as unit:
        unit.config.identity.unlink()
        unit.start_two()
        unit.board.tap("front-in", MEMBER)
        assert unit.wait_kind("access_denied").body["reason"] == "credential_unknown"
        unit.board.press("exit:front", 0.1)
        unit.wait_released()


def test_a_data_folder_that_cannot_be_written_holds_nobody() -> None:
    with a_unit() as unit:
        unit.config.data.joinpath("journal.db").mkdir()
        unit.config.data.joinpath("door.db").mkdir()
        unit.start("--only", "lockguard")
        unit.start("--only", "door")
        unit.board.present_card("front-in", MEMBER)  # and leave it there until the door looks
        unit.wait_released()


def _children(parent: int) -> dict[str, psutil.Process]:
    found: dict[str, psutil.Process] = {}
    for child in psutil.Process(parent).children():
        with contextlib.suppress(psutil.NoSuchProcess, ValueError):
            words = child.cmdline()
            found[words[words.index("--only") + 1]] = child
    return found


def test_the_supervisor_starts_again_what_dies_or_hangs_and_says_so() -> None:
    with a_unit() as unit:
        unit.config.identity.unlink()  # without identity there is no link to start
        supervisor = unit.start()
        unit.wait_ready()
        children = _children(supervisor.pid)
        assert sorted(children) == ["door", "lockguard"]
        children["lockguard"].kill()
        assert unit.wait_kind("process_restarted").body["process"] == "lockguard"
        unit.wait_kind("lock_fault_ended")
        stopped = time.monotonic()
        children["door"].suspend()
        again = unit.wait_kind("process_restarted", 2)
        assert again.body == {"process": "door", "detail": "it hung and was killed"}
        assert time.monotonic() - stopped < 12.0
        supervisor.terminate()
        assert supervisor.wait(20.0) == 0
        assert not any(child.is_running() for child in children.values())


def test_children_die_with_a_supervisor_that_is_killed() -> None:
    with a_unit(UNIT_TOML) as unit:
        unit.config.identity.unlink()
        supervisor = unit.start()
        unit.wait_ready()
        children = _children(supervisor.pid)
        os.kill(supervisor.pid, signal.SIGKILL)
        _, alive = psutil.wait_procs(list(children.values()), timeout=20.0)
        assert alive == []
