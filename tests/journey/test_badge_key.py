"""The key of badge numbers is replaced on the page while people badge and one unit is cut off."""

from __future__ import annotations

import json
import time
from typing import Any

from playwright.sync_api import Page, expect

from loquet_server.demo import village
from tests.brokers import until
from tests.journey.stack import PATIENCE, YANIS, Stack
from tests.journey.stack_unit import StackUnit

READERS = {"entree": "entree-in", "atelier": "atelier-in"}


def lets_in(unit: StackUnit) -> None:
    decision = unit.badge(READERS[unit.name], YANIS.uid)
    assert decision.kind == "access_granted", f"{unit.name}: {decision.body}"


def rotation(stack: Stack) -> Any:
    return stack.get(f"rotation?site={village.SITE}")


def held(unit: StackUnit) -> set[str]:
    """Every pepper that is on a unit's disk."""
    identity = json.loads((unit.folder / "identity.json").read_text())["identity"]
    file = unit.folder / "peppers.json"
    kept = json.loads(file.read_text())["peppers"] if file.exists() else []
    return {identity["pepper_id"], *(each["id"] for each in kept)}


def test_no_door_refuses_while_the_key_is_replaced_and_one_unit_is_away(
    stack: Stack, page: Page
) -> None:
    here, away = stack.entree, stack.atelier
    before = held(here)
    assert held(away) == before
    away.network("cut")
    until(lambda: not stack.shown(away)["online"], "one unit is away")
    page.goto(f"{stack.url}/badge-key?lang=fr")
    page.get_by_role("textbox", name="Pourquoi").fill("Un essai")
    page.get_by_role("button", name="La remplacer").click()
    expect(page.get_by_text("Un remplacement est en cours")).to_be_visible()
    began = time.monotonic()
    while not (found := rotation(stack))["taken_up_at"] or not _enforces(found, here.name):
        lets_in(here)
        assert time.monotonic() - began < 3 * PATIENCE, found
    lets_in(here)
    lets_in(away)
    assert (held(away), rotation(stack)["waits_for"]) == (before, [away.name])
    away.network("whole")
    while rotation(stack) is not None:
        lets_in(away)
        assert time.monotonic() - began < 6 * PATIENCE, rotation(stack)
    until(lambda: held(here) == held(away) and not held(here) & before, "the old one is gone")
    lets_in(here)
    lets_in(away)
    print(f"key replaced on two units, one of them cut off: {time.monotonic() - began:.1f} s")


def _enforces(found: Any, unit: str) -> bool:
    return any(each["enforces"] for each in found["units"] if each["unit"] == unit)
