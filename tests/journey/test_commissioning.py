"""An installer proves a door from the page, and the doctor looks at its unit."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import httpx

from loquet_contract.wire.events_proof import Act
from loquet_edge.simulation.control import BoardControl
from loquet_server.demo import village
from tests.brokers import until
from tests.journey.stack import Stack

PAUL = "Paul Martin"
CARD = "04a1b2c3d4e5f6"


def hands(board: BoardControl, door: str) -> dict[str, Callable[[str], None]]:
    """What an installer does at the door for each act that a wire shows."""
    contact, leave = f"contact:{door}", f"exit:{door}"
    return {
        Act.LEAF_CLOSED: lambda _: board.set_active(contact, False),
        Act.LEAF_OPENED: lambda _: board.set_active(contact, True),
        Act.LEAF_CLOSED_AGAIN: lambda _: board.set_active(contact, False),
        Act.EXIT_PRESSED: lambda _: board.set_active(leave, True),
        Act.EXIT_LET_GO: lambda _: board.set_active(leave, False),
        Act.FIRE_CUT: lambda _: board.set_active("fire", True),
        Act.FIRE_RESTORED: lambda _: board.set_active("fire", False),
        Act.REARMED: lambda _: board.press("rearm", 0.3),
        Act.BADGE_HELD: lambda reader: board.tap(reader, CARD),
        Act.TAMPER_OPENED: lambda wire: board.set_active(wire, True),
        Act.TAMPER_CLOSED: lambda wire: board.set_active(wire, False),
        Act.DOORBELL_PRESSED: lambda wire: board.press(wire, 0.5),
    }


class Installer:
    """Follows a proof, with the page in one hand and the door in the other."""

    def __init__(self, stack: Stack, board: BoardControl, door: str) -> None:
        self._stack, self._door, self._hands = stack, door, hands(board, door)
        self._seen: tuple[Any, ...] = ()

    def post(self, act: str, word: str) -> None:
        """Press a button of the page."""
        path = f"{self._stack.url}/doors/{self._door}/proof"
        answer = httpx.post(path, data={"act": act, "word": word}, timeout=20)
        assert answer.status_code == 303, answer.text

    def newest(self) -> dict[str, Any]:
        found: list[dict[str, Any]] = self._stack.get(f"doors/{self._door}/proofs")
        return found[0] if found else {}

    def ended(self) -> bool:
        """Do what is asked for now; True once the signed report has come."""
        proof = self.newest()
        if not proof or proof["report"]:
            return bool(proof)
        now = (proof["waits_for"], proof["failure"], len(proof["acts"]))
        if now != self._seen and proof["waits_for"] is not None:
            self._seen = now
            assert not proof["failure"], proof
            if "yes" in proof["words"]:
                self.post(proof["waits_for"], "yes")
            else:
                self._hands[proof["waits_for"]](proof["subject"])
        return False


def test_a_door_is_proven_from_the_page_and_its_signed_report_is_kept(stack: Stack) -> None:
    unit, door = stack.entree, village.DOORS[0].id
    with unit.board() as board:
        paul = Installer(stack, board, door)
        paul.post("begin", PAUL)
        until(paul.ended, f"the proof of {door}", 120)
    proof = paul.newest()
    assert proof["whole"], proof["acts"]
    page = httpx.get(f"{stack.url}/proofs/{proof['id']}", headers={"accept-language": "fr"}).text
    assert PAUL in page
    assert "signé par le boîtier" in page
    looked = f"{stack.url}/units/{unit.name}/examination"
    assert "prouvée" in httpx.get(looked, headers={"accept-language": "fr"}).text


def test_the_doctor_of_a_unit_is_asked_from_the_page(stack: Stack) -> None:
    unit = stack.entree.name
    asked = httpx.post(f"{stack.url}/units/{unit}/examine", timeout=20)
    assert asked.status_code == 303, asked.text

    def told() -> bool:
        answer = httpx.get(f"{stack.url}/api/v1/units/{unit}/examination")
        return answer.status_code == 200

    until(told, "what the unit found", 60)
    found = stack.get(f"units/{unit}/examination")["findings"]
    assert {"configuration", "identity", "policy", "disk", "input", "reader"} <= {
        each["code"] for each in found
    }
    assert [each for each in found if each["verdict"] == "bad"] == []
