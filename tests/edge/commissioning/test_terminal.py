"""``loquet-edge commission`` on a simulated board: with lines of its own, and in a running unit."""

from __future__ import annotations

import contextlib
import dataclasses
import time
from collections.abc import Iterator

import pytest

from loquet_contract.wire.codec import decode_text
from loquet_contract.wire.events_proof import Act, ProofReport, Verdict
from loquet_contract.wire.signing import Purpose, Verifier
from loquet_edge.commissioning import keeping, record, wiring
from loquet_edge.commissioning.hosts import OwnLines, RunningUnit
from loquet_edge.commissioning.procedure import Failure
from loquet_edge.commissioning.terminal import Keyboard, host_for, is_whole, prove, summary
from loquet_edge.commissioning.texts import sentence
from loquet_edge.drivers.catalogue import open_lines
from loquet_edge.identity import UnitIdentity
from loquet_edge.inspection import Unanswered
from tests.edge.commissioning.installer import Paul
from tests.edge.unit.a_unit import DOOR, UNIT_TOML, Unit, a_unit

WITH_SIGNALS = UNIT_TOML


@pytest.fixture
def unit() -> Iterator[Unit]:
    with a_unit(WITH_SIGNALS) as found:
        yield found


@contextlib.contextmanager
def a_paul(unit: Unit, answers: dict[str, str] | None = None) -> Iterator[Paul]:
    with contextlib.closing(Paul(unit.board, answers)) as found:
        yield found


@contextlib.contextmanager
def own_lines(unit: Unit) -> Iterator[OwnLines]:
    door = unit.config.doors[0]
    with contextlib.closing(OwnLines(unit.config, door, open_lines(unit.config))) as host:
        yield host


def test_a_door_is_proven_without_a_running_unit_and_the_unit_tells_it_later(unit: Unit) -> None:
    door = unit.config.doors[0]
    with a_paul(unit) as paul, own_lines(unit) as host:
        last = prove(host, "  Paul   Martin ", Keyboard(paul.keys), paul.hear)
    assert is_whole(last), paul.said
    assert summary(last).startswith("The door is proven")
    kept = record.load(unit.config.data)
    assert kept is not None
    assert kept.doors[DOOR].installer == "Paul Martin"
    assert (kept.doors[DOOR].whole, kept.doors[DOOR].wires) == (
        True, wiring.digest(unit.config, door),
    )  # fmt: skip
    unit.start_two()
    told = unit.wait_kind("door_proven").body
    assert told["whole"]
    key = UnitIdentity.load(unit.config.identity).key.public
    report = decode_text(ProofReport, Verifier(key).payload(Purpose.PROOF, told["report"]))
    assert (report.installer, report.whole, report.lock_line) == ("Paul Martin", True, 17)
    assert [each.act for each in report.acts][:3] == [
        Act.LEAF_CLOSED, Act.LOCK_RESTS, Act.LOCK_MOVED,
    ]  # fmt: skip


def test_a_door_is_proven_in_the_running_unit_which_keeps_on_working(unit: Unit) -> None:
    unit.start_two()
    with a_paul(unit) as paul, contextlib.closing(_running(unit)) as host:
        last = prove(host, "Paul", Keyboard(paul.keys), paul.hear)
    assert is_whole(last), paul.said
    told = unit.wait_kind("door_proven").body
    assert told["whole"]
    unit.wait(lambda: record.load(unit.config.data) is not None, "commissioning.json")
    moves = [each for each in unit.kinds() if each == "door_proof_moved"]
    assert len(moves) == len(last.acts) + 1
    unit.wait_released(False)
    released = [each for each in unit.entries() if each.kind == "door_released"]
    assert {each.body["cause"] for each in released} == {"command", "exit", "fire", "grant"}


def test_a_lock_that_does_not_move_is_told_and_leaves_no_record(unit: Unit) -> None:
    moved = sentence(Act.LOCK_MOVED, "")
    with a_paul(unit, {moved: "n"}) as paul, own_lines(unit) as host:
        host.begin("Paul")
        said = paul.hear

        def hear(line: str) -> None:
            said(line)
            if "FAILED" in line:
                paul.type("g")

        last = prove(host, "Paul", Keyboard(paul.keys), hear)
    assert not is_whole(last)
    failed = [each for each in last.acts if each.verdict is Verdict.FAILED]
    assert [(each.act, each.detail) for each in failed] == [
        (Act.LOCK_MOVED, Failure.PERSON_SAID_NO)
    ]
    assert record.load(unit.config.data) is None
    assert any("lock_active" in each for each in paul.said)


def test_an_interrupted_proof_goes_on_where_it_was_unless_the_wires_changed(unit: Unit) -> None:
    opened = sentence(Act.LEAF_OPENED, "")
    with a_paul(unit) as paul, own_lines(unit) as host:
        paul.moves[opened] = paul.leave
        with pytest.raises(OSError, match="interrupted"):
            prove(host, "Paul", Keyboard(paul.keys), paul.hear)
    wires = wiring.digest(unit.config, unit.config.doors[0])
    earlier = keeping.interrupted(unit.config.data, DOOR, wires)
    assert [each.act for each in earlier][-1] is Act.MECHANICAL_KEY
    assert keeping.interrupted(unit.config.data, DOOR, "another") == ()
    with a_paul(unit) as paul, own_lines(unit) as host:
        last = prove(host, "Paul", Keyboard(paul.keys), paul.hear)
    assert is_whole(last)
    assert not any(sentence(Act.LOCK_RESTS, "") in each for each in paul.said)
    assert keeping.interrupted(unit.config.data, DOOR, wires) == ()


def test_the_running_unit_says_what_it_cannot_do(unit: Unit) -> None:
    with pytest.raises(Unanswered, match="does not answer"):
        _running(unit).begin("Paul")
    unit.start_two()
    with pytest.raises(Unanswered, match="name of who makes it"):
        _running(unit).begin(" ")
    host = _running(unit)
    host.begin("Paul")
    with pytest.raises(Unanswered, match="it waits for"):
        host.answer("badge_held", "skip")
    host.close()
    stopped = host.look()
    assert (stopped.waits_for, stopped.failure) == (None, "stopped")
    assert "proves nothing" in summary(stopped)


def test_a_running_unit_cannot_prove_a_lock_that_it_may_not_drive_before_it_is_confirmed(
    unit: Unit,
) -> None:
    real = dataclasses.replace(unit.config, board="gpiochip0")
    unit.start_two()
    with pytest.raises(OSError, match="stop it"):
        host_for(real, real.doors[0])
    assert isinstance(host_for(unit.config, unit.config.doors[0]), RunningUnit)


def test_the_lock_is_driven_for_the_time_of_a_release_and_then_rests(unit: Unit) -> None:
    with own_lines(unit) as host:
        host.begin("Paul")
        unit.board.set_active("contact:front", False)
        started = time.monotonic()
        while (state := host.look()).waits_for is not Act.LOCK_MOVED:
            if state.waits_for is Act.LOCK_RESTS:
                host.answer(Act.LOCK_RESTS, "yes")
            assert time.monotonic() - started < 10
        host.look()
        assert unit.board.read_line(17)["level"] == 1
        unit.wait(
            lambda: host.look() is not None and unit.board.read_line(17)["level"] == 0, "rest"
        )


def _running(unit: Unit) -> RunningUnit:
    return RunningUnit(unit.config, unit.config.doors[0])
