"""Badge and PIN at the garden door: chosen in the office, typed at the wall, told to nobody."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from loquet_contract.wire.envelope import Entry
from loquet_edge.keypad.attempts import HOLDER
from loquet_server.demo import pins, village
from tests.brokers import until
from tests.journey.stack import YANIS, Stack
from tests.journey.stack_unit import StackUnit

WRONG = "73046182"
REASONS = "SELECT id, reason FROM passages WHERE access_point = ? AND holder = ? ORDER BY id"


def types(unit: StackUnit, digits: str) -> Entry:
    """Badge at the garden door, type, and return what the unit decided."""
    before = len(unit.decisions())
    with unit.board() as board:
        board.present_card(pins.WAY, YANIS.uid)
        board.press_keys(pins.WAY, f"{digits}#")
        until(lambda: len(unit.decisions()) > before, "the door decides about badge and PIN")
        board.remove_card(pins.WAY, YANIS.uid)
    return unit.decisions()[before]


def opens_with(unit: StackUnit, digits: str) -> Entry:
    """Try a PIN that the unit is about to hear of, until it counts; return the grant."""
    found: list[Entry] = []

    def granted() -> bool:
        found.append(types(unit, digits))
        return found[-1].kind == "access_granted"

    until(granted, "the new PIN opens")
    return found[-1]


@pytest.fixture
def pin(stack: Stack) -> Iterator[str]:
    """A PIN of eight digits: hardly anything else is written like it."""
    rule = f"sites/{village.SITE}/pin-rule"
    assert stack.api.put(f"/api/v1/{rule}", json={"length": 8}).status_code == 200
    yield str(stack.post(f"members/{YANIS.id}/pin")["pin"])
    assert stack.api.put(f"/api/v1/{rule}", json={"length": 6}).status_code == 200


def test_a_pin_opens_runs_out_of_attempts_and_is_written_nowhere(stack: Stack, pin: str) -> None:
    unit = stack.atelier
    assert len(pin) == 8
    with stack.broker_session("#") as listener:
        assert opens_with(unit, pin).body["pin"] is True
        reasons = [types(unit, WRONG).body["reason"] for _ in range(HOLDER.most - 1)]
        started = len(unit.entries("unit_started"))
        stack.kill("atelier/door")
        unit.waits_for("unit_started", started + 1)
        until(unit.alive, "the unit works again")
        reasons += [types(unit, WRONG).body["reason"] for _ in range(2)]
        assert reasons == ["pin_wrong"] * HOLDER.most + ["pin_blocked"]
        assert types(unit, pin).body["reason"] == "pin_blocked"
        assert unit.badge("atelier-in", YANIS.uid).kind == "access_granted", "the badge alone"
        wanted = ["pin_wrong", "pin_blocked", "pin_blocked"]
        until(
            lambda: [row["reason"] for row in _passages(stack)][-3:] == wanted,
            "the office knows",
        )
        for row in _passages(stack)[-4:]:
            told = stack.get(f"explain/passages/{row['id']}")
            assert (told["agrees"], told["reason"]) == (True, row["reason"]), told
        fresh = str(stack.post(f"members/{YANIS.id}/pin")["pin"])
        assert opens_with(unit, fresh).body["pin"] is True, "all attempts again"
        told_of = [payload for _, payload, _ in listener.heard]
    assert told_of
    digits = [each.encode() for each in (pin, fresh, WRONG)]
    assert not [each for each in told_of if any(some in each for some in digits)]
    for path in stack.data.rglob("*"):
        if path.is_file():
            text = path.read_bytes()
            assert not [some for some in digits if some in text], path


def _passages(stack: Stack) -> list[dict[str, object]]:
    rows = stack.rows(REASONS, pins.WAY, YANIS.id)
    return [{"id": row["id"], "reason": row["reason"]} for row in rows]
