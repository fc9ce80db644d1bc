"""From a tap on the bench to the live page in another tab: all of it real, in under a second."""

from __future__ import annotations

import pytest
from playwright.sync_api import BrowserContext, Locator, Page, expect

from tests.brokers import until
from tests.journey.stack import CAMILLE, LATE, DemoStack

PROMISED_MS = 1000
NOTE_CLICKS = """
document.addEventListener("click", () => { window.clicked = Date.now(); }, true)
"""
NOTE_TEXT = """
([element, text]) => {
  window.seen = null;
  const look = () => {
    const found = document.getElementById(element);
    if (window.seen === null && found.textContent.includes(text)) window.seen = Date.now();
  };
  new MutationObserver(look).observe(document.getElementById("fragments"), {
    childList: true, subtree: true, characterData: true,
  });
}
"""


@pytest.fixture
def live(context: BrowserContext, demo: DemoStack) -> Page:
    """The live page, live."""
    page = context.new_page()
    page.goto(f"{demo.url}/?lang=fr")
    expect(page.locator("#connection")).to_have_attribute("data-state", "live")
    return page


@pytest.fixture
def bench(context: BrowserContext, demo: DemoStack) -> Page:
    """The bench in another tab."""
    page = context.new_page()
    page.goto(f"{demo.url}/bench?lang=fr")
    page.locator("#target-entree").select_option("entree-in")
    page.evaluate(NOTE_CLICKS)
    return page


def badge(bench: Page, name: str) -> Locator:
    return bench.locator("#unit-entree").get_by_role("button", name=name).first


def measured(bench: Page, live: Page, press: Locator, element: str, text: str) -> int:
    """Press a button; return how many milliseconds later the live page tells."""
    live.evaluate(NOTE_TEXT, [element, text])
    press.click()
    until(lambda: live.evaluate("window.seen") is not None, f"the live page says {text}")
    took: int = live.evaluate("window.seen") - bench.evaluate("window.clicked")
    return took


def test_a_tap_shows_on_the_live_page_within_a_second(
    demo: DemoStack, bench: Page, live: Page
) -> None:
    took = measured(bench, live, badge(bench, CAMILLE.name), "passages", CAMILLE.name)
    print(f"tap to live page: {took} ms")
    assert took < PROMISED_MS
    door = live.get_by_role("article", name="Porte d'entrée")
    expect(door).to_contain_text(CAMILLE.name)
    expect(door).to_contain_text("Libérée")


def test_who_sits_down_shows_on_the_live_page_within_a_second(
    demo: DemoStack, bench: Page, live: Page
) -> None:
    # a desk that cannot be booked, and so is never reserved, whatever the hour
    desk, mark = live.locator("#desk-g05"), live.locator("#plan-desk-g05")
    expect(desk).to_contain_text("Libre")
    free = live.locator("#area-openspace").text_content() or ""
    occupied = f"{int(free.split()[2]) - 1} libres"
    sit = bench.get_by_role("button", name="G5 · s'asseoir", exact=True)
    took = measured(bench, live, sit, "area-openspace", occupied)
    print(f"desk to live page: {took} ms")
    assert took < PROMISED_MS
    expect(desk).to_contain_text("Occupé")
    expect(mark).to_contain_text("occupé")
    bench.get_by_role("button", name="G5 · se lever", exact=True).click()
    expect(mark).to_contain_text("libre")


def test_a_refusal_by_keyboard_alone_shows_its_reason_in_words(
    demo: DemoStack, bench: Page, live: Page
) -> None:
    badge(bench, LATE.name).press("Enter")
    first = live.get_by_role("region", name="Derniers passages").get_by_role("listitem").first
    expect(first).to_contain_text(LATE.name)
    expect(first).to_contain_text("Refusé")
    expect(first).to_contain_text("forfait")
