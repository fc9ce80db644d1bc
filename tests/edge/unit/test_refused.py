"""What a link that belongs to somebody else may have written: little, and in our own words."""

from typing import Any

import pytest

from loquet_contract.wire.events import MessageRefused, PolicyRefused
from loquet_edge.seam import MAX_REFUSED, REFUSED_PURPOSES, Refused
from tests.edge.unit.test_runner import Scene


def _recorded(purpose: str, detail: str) -> list[Any]:
    scene = Scene()
    return scene.parts.server.hear(Refused(purpose, detail), scene.parts)


@pytest.mark.parametrize("purpose", [*sorted(REFUSED_PURPOSES), "x" * 100_000, ""])
def test_a_refusal_is_one_short_line_under_a_word_that_we_know(purpose: str) -> None:
    (fact,) = _recorded(purpose, "y" * 150_000)
    assert isinstance(fact, MessageRefused | PolicyRefused)
    assert fact.detail == "y" * MAX_REFUSED
    if isinstance(fact, MessageRefused):
        assert fact.purpose == (purpose if purpose in REFUSED_PURPOSES else "unknown")


def test_invented_purposes_share_one_bound() -> None:
    scene = Scene()
    found = [
        scene.parts.server.hear(Refused(f"invented {number}", ""), scene.parts)
        for number in range(1000)
    ]
    assert sum(map(len, found)) < 20
