"""The bench page pulls the cable; ten people badge; the cable comes back."""

from __future__ import annotations

import time

from playwright.sync_api import BrowserContext, Page, expect

from tests.brokers import until
from tests.journey.stack import LOUISE, PATIENCE, YANIS, DemoStack
from tests.journey.stack_unit import StackUnit

TAPS = 10
PASSAGES = """
SELECT p.at, p.holder, p.outcome, e.received_at FROM passages AS p
JOIN entries AS e ON e.journal = p.journal AND e.sequence = p.sequence
WHERE p.unit = 'entree' AND p.at >= ? ORDER BY p.id
"""


def tap_on_the_bench(bench: Page, unit: StackUnit, name: str) -> None:
    before = len(unit.decisions())
    section = bench.locator("#unit-entree")
    section.get_by_role("button", name=name).first.click()
    until(lambda: len(unit.decisions()) > before, f"the unit decides about {name}")
    reader = bench.get_by_role("region", name="Lecteur entree-in")
    expect(reader).to_contain_text("Branché")


def test_ten_taps_without_a_network_arrive_once_in_order_with_their_own_times(
    demo: DemoStack, context: BrowserContext
) -> None:
    live, bench = context.new_page(), context.new_page()
    live.goto(f"{demo.url}/?lang=fr")
    bench.goto(f"{demo.url}/bench?lang=fr")
    bench.locator("#target-entree").select_option("entree-in")
    bench.locator("#unit-entree summary").click()
    shown = live.get_by_role("article", name="Boîtier de l'entrée")
    network = bench.locator("#unit-entree").get_by_role("region", name="Réseau")
    expect(shown).to_contain_text("En ligne")
    network.get_by_role("button", name="Couper le réseau").click()
    expect(shown).to_contain_text("Hors ligne")

    began = int(time.time() * 1000)
    people = (LOUISE, YANIS) * (TAPS // 2)
    for person in people:
        tap_on_the_bench(bench, demo.entree, person.name)
    assert demo.rows(PASSAGES, began) == []
    decided = [each for each in demo.entree.decisions() if each.utc >= began]

    restored = time.time()
    network.get_by_role("button", name="Rétablir le réseau").click()
    expect(shown).to_contain_text("En ligne", timeout=PATIENCE * 1000)
    until(lambda: len(demo.rows(PASSAGES, began)) >= TAPS, "ten passages arrive")
    print(f"restored network to ten events: {(time.time() - restored) * 1000:.0f} ms")
    until(lambda: demo.is_told(demo.entree), "the server confirms all")
    rows = demo.rows(PASSAGES, began)
    assert [row["holder"] for row in rows] == [person.id for person in people]
    assert [row["at"] for row in rows] == [each.utc for each in decided]
    assert all(row["at"] < restored * 1000 <= row["received_at"] for row in rows)
    expect(shown.get_by_text("rien", exact=True)).to_be_visible()
