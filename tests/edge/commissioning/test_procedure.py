"""The proof as a machine, and the record that it leaves."""

from __future__ import annotations

import dataclasses
import json
import logging
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from loquet_contract.wire.events_proof import Act, Verdict
from loquet_edge.commissioning import record, wiring
from loquet_edge.commissioning.acts import LIMIT_SECONDS, LOCK_ACTS, Asked, plan
from loquet_edge.commissioning.procedure import (
    Failure,
    Proof,
    Word,
    WrongWord,
    answer,
    begin,
    due,
    fitting,
    look,
    words,
)
from loquet_edge.commissioning.record import ProvenDoor, Record, confirmed, settled
from loquet_edge.config import UnitConfig, load
from tests.edge.unit.a_unit import UNIT_TOML

OPENED = Asked(Act.LEAF_OPENED, "contact:front", "contact:front")
LOCKED = Asked(Act.LOCK_RESTS)


def config_of(folder: Path, text: str = UNIT_TOML) -> UnitConfig:
    file = folder / "unit.toml"
    file.write_text(text, "utf-8")
    return load(file)


def test_the_plan_asks_for_what_is_wired_and_in_an_order_that_a_person_can_follow(
    tmp_path: Path,
) -> None:
    config = config_of(tmp_path)
    assert [each.act for each in plan(config, config.doors[0])] == [
        Act.LEAF_CLOSED, Act.LOCK_RESTS, Act.LOCK_MOVED, Act.LOCK_UNPOWERED, Act.MECHANICAL_KEY,
        Act.LEAF_OPENED, Act.LEAF_CLOSED_AGAIN, Act.EXIT_PRESSED, Act.EXIT_LET_GO,
        Act.EXIT_RELEASES, Act.FIRE_CUT, Act.FIRE_RESTORED, Act.REARMED, Act.BADGE_HELD,
        Act.SIGNALS_SHOWN,
    ]  # fmt: skip


def test_a_door_with_a_lock_alone_still_asks_about_lock_and_key(tmp_path: Path) -> None:
    text = """
    [unit]
    site = "site"
    id = "front"
    board = "simulated"
    [[doors]]
    id = "front"
    lock = "strike"
    lock_line = 17
    """
    config = config_of(tmp_path, text)
    assert [each.act for each in plan(config, config.doors[0])] == [
        *LOCK_ACTS, Act.INSIDE_HANDLE, Act.MECHANICAL_KEY,
    ]  # fmt: skip


def test_a_line_must_be_seen_to_change_and_the_time_is_what_it_took() -> None:
    proof = begin((OPENED,), 10.0)
    stuck = look(proof, {"contact:front": True}, 11.0)
    assert (stuck.results, stuck.failure) == ((), None)
    proof = look(look(stuck, {"contact:front": False}, 12.0), {"contact:front": True}, 13.25)
    assert proof.asked is None
    assert [(each.verdict, each.took_ms) for each in proof.results] == [(Verdict.SEEN, 3250)]


@pytest.mark.parametrize(
    ("level", "failure"),
    [(True, Failure.ALREADY_SO), (False, Failure.NOTHING_SEEN), (None, Failure.NOTHING_SEEN)],
)
def test_a_line_that_does_not_change_fails_and_says_how(
    level: bool | None, failure: Failure
) -> None:
    levels = {} if level is None else {"contact:front": level}
    proof = begin((OPENED,), 0.0)
    assert due(proof) == LIMIT_SECONDS
    proof = look(look(proof, levels, 1.0), levels, LIMIT_SECONDS)
    assert (proof.failure, due(proof), words(proof)) == (failure, None, (Word.AGAIN, Word.NEXT))
    again = answer(proof, Act.LEAF_OPENED, "again", 200.0)
    assert (again.failure, again.turn, due(again)) == (None, 1, 200.0 + LIMIT_SECONDS)
    gone_on = answer(proof, Act.LEAF_OPENED, "next", 200.0)
    assert [(each.verdict, each.detail) for each in gone_on.results] == [(Verdict.FAILED, failure)]
    assert not gone_on.whole


def test_a_question_takes_a_word_and_no_line() -> None:
    proof = begin((LOCKED,), 0.0)
    assert look(proof, {"contact:front": True}, 1e6) == proof
    assert answer(proof, Act.LOCK_RESTS, "yes", 2.0).whole
    refused = answer(proof, Act.LOCK_RESTS, "no", 2.0)
    assert refused.failure is Failure.PERSON_SAID_NO
    assert answer(proof, Act.LOCK_RESTS, "skip", 2.0).results[0].verdict is Verdict.SKIPPED


@pytest.mark.parametrize(
    ("act", "word"), [("leaf_opened", "yes"), ("lock_rests", "next"), ("", "")]
)
def test_a_word_that_does_not_fit_says_which_do(act: str, word: str) -> None:
    with pytest.raises(WrongWord, match=r"lock_rests|yes, no, skip"):
        answer(begin((LOCKED,), 0.0), act, word, 1.0)
    with pytest.raises(WrongWord, match="has ended"):
        answer(begin((), 0.0), act, word, 1.0)


@given(st.data())
def test_whatever_is_done_a_proof_is_whole_only_when_every_act_was_done(
    data: st.DataObject,
) -> None:
    acts = (OPENED, LOCKED, Asked(Act.LOCK_MOVED, drives="lock"), Asked(Act.LOCK_UNPOWERED))
    proof, now = begin(acts, 0.0), 0.0
    for _ in range(60):
        if proof.asked is None:
            break
        now += data.draw(st.sampled_from((0.1, 50.0)))
        before: Proof = proof
        speaks = data.draw(st.booleans())
        if speaks and words(proof):
            proof = answer(proof, proof.asked.act, data.draw(st.sampled_from(words(proof))), now)
        else:
            proof = look(proof, {"contact:front": data.draw(st.booleans())}, now)
        assert proof.results[: len(before.results)] == before.results
        assert proof.turn >= before.turn
    good = sum(each.verdict in (Verdict.SEEN, Verdict.CONFIRMED) for each in proof.results)
    assert proof.whole == (good == len(acts))
    confirmed_acts = {each.act for each in proof.results if each.verdict is Verdict.CONFIRMED}
    assert proof.lock_confirmed == (set(LOCK_ACTS) <= confirmed_acts)
    assert fitting(acts, proof.results) == proof.results
    assert fitting(acts[1:], proof.results[:1]) == ()


def on_a_board(config: UnitConfig) -> UnitConfig:
    return dataclasses.replace(config, board="gpiochip0")


def test_no_lock_is_settled_before_somebody_confirmed_it_as_it_is_wired(tmp_path: Path) -> None:
    config = config_of(tmp_path)
    door = config.doors[0]
    assert settled(config, None) == []  # a simulated board
    real = on_a_board(config)
    assert "loquet-edge commission" in settled(real, None)[0]
    known = confirmed(door, "2026-03-02T10:00:00+00:00")
    assert settled(real, Record({door.id: known})) == []
    inverted = dataclasses.replace(known, lock_active="low", lock_line=27)
    complaint = settled(real, Record({door.id: inverted}))[0]
    assert "lock_line was 27 and is 17, lock_active was low and is high" in complaint


def test_a_record_is_kept_and_found_again(tmp_path: Path) -> None:
    data = tmp_path / "data"
    assert record.load(data) is None
    known = ProvenDoor("strike", "secure", 17, "high", "2026-03-02T10:00:00+00:00", "ab", "Paul")
    record.save(data, Record().with_door("front", known))
    record.save(data, (record.load(data) or Record()).with_door("back", known))
    found = record.load(data)
    assert found is not None
    assert found.doors == {"front": known, "back": known}


@pytest.mark.parametrize("text", ["", "{", "[]", '{"format": 2, "doors": {}}', '{"format": 1}',
                                  '{"format": 1, "doors": {"front": {"strange": 1}}}'])  # fmt: skip
def test_a_damaged_record_counts_as_none_and_says_so(
    tmp_path: Path, text: str, caplog: pytest.LogCaptureFixture
) -> None:
    (tmp_path / record.FILE).write_text(text, "utf-8")
    with caplog.at_level(logging.ERROR):
        assert record.load(tmp_path) is None
    assert "confirm the doors again" in caplog.text


def test_the_digest_of_a_door_changes_with_each_of_its_wires_and_with_nothing_else(
    tmp_path: Path,
) -> None:
    first = config_of(tmp_path)
    before = wiring.digest(first, first.doors[0])
    changes = {
        "lock_line = 17": "lock_line = 27", "contact_line = 22": "contact_line = 20",
        'exit = "button"': 'exit = "sensor"', "line = 5": "line = 4",
        'id = "front-in"': 'id = "in"',
        'lock = "strike"': 'lock = "strike"\nlock_active = "low"',
    }  # fmt: skip
    for old, new in changes.items():
        assert old in UNIT_TOML
        other = config_of(tmp_path, UNIT_TOML.replace(old, new, 1))
        assert wiring.digest(other, other.doors[0]) != before, new
    for old, new in {"release = 2.0": "release = 3.0", "seat_line = 12": "seat_line = 13"}.items():
        other = config_of(tmp_path, UNIT_TOML.replace(old, new, 1))
        assert wiring.digest(other, other.doors[0]) == before, new
    json.dumps(wiring.lines(first, first.doors[0]))
