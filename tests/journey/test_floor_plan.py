"""A plan is drawn by mouse and by keyboard alone, and the live view follows on it."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page, expect

from loquet_server.models import DeskState, Floor
from tests.journey.pages import LivePages
from tests.journey.stack import DemoStack
from tests.journey.test_browser_live import RULES, watch
from tests.server.pages import space
from tests.server.pages.test_floors_pages import PLAN


@pytest.fixture
def planned(tmp_path: Path) -> Iterator[LivePages]:
    """The furnished space with a plan, behind a port."""
    found = LivePages(tmp_path)
    try:
        found.run(space.furnish(found.database))
        found.change(Floor(id="rez", site="moulin", name="Rez", height=600, plan=PLAN, revision=1))
        yield found
    finally:
        found.close()


def test_a_desk_changes_on_the_plan_and_focus_stays(page: Page, planned: LivePages) -> None:
    complaints = watch(page, planned, "/?lang=fr")
    mark = page.locator("#plan-desk-g01")
    expect(mark).to_contain_text("occupé")
    mark.focus()
    expect(page.locator("#plan-said")).to_contain_text("G1, Occupé")
    planned.change(DeskState(desk="g01", state="free", evidence="hold_ended"))
    expect(mark).to_contain_text("libre")
    expect(page.locator("#plan-said")).to_contain_text("G1, Libre")
    assert page.evaluate("document.activeElement.id") == "plan-desk-g01"
    assert page.evaluate("document.querySelector('#plan-desk-g01').namespaceURI").endswith("svg")
    page.get_by_text("Le plan sous forme de tableau").click()
    expect(page.locator("#desk-g01")).to_contain_text("Libre")
    assert complaints == []


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_axe_finds_nothing_on_a_plan(browser: Browser, planned: LivePages, scheme: str) -> None:
    dark = scheme == "dark"
    context = browser.new_context(
        color_scheme="dark" if dark else "light", reduced_motion="reduce", locale="fr-FR",
        viewport={"width": 360 if dark else 1280, "height": 800},
    )  # fmt: skip
    page = context.new_page()
    watch(page, planned)
    found = Axe().run(page, options=RULES)
    assert found.violations_count == 0, found.generate_report()
    assert page.evaluate("document.documentElement.scrollWidth") <= (360 if dark else 1280)
    context.close()


def test_a_floor_is_drawn_by_mouse_and_by_keyboard(page: Page, demo: DemoStack) -> None:
    page.goto(f"{demo.url}/floors?lang=en")
    page.get_by_role("textbox", name="A new floor").fill("Attic")
    page.get_by_role("button", name="Add this floor").click()
    reader = page.get_by_role("button", name="calme-out", exact=True)
    sheet = page.locator("#sheet")
    page.get_by_role("button", name="Room", exact=True).click()
    sheet.scroll_into_view_if_needed()
    box = sheet.bounding_box()
    assert box is not None
    page.mouse.move(box["x"] + box["width"] * 0.2, box["y"] + box["height"] * 0.2)
    page.mouse.down()
    page.mouse.move(box["x"] + box["width"] * 0.6, box["y"] + box["height"] * 0.7, steps=4)
    page.mouse.up()
    expect(page.locator("textarea#shapes")).to_have_value("room 20 12; 60 42")
    reader.focus()
    page.keyboard.press("Enter")
    field = page.locator('[name="x:reader:calme-out"]')
    expect(field).to_have_value("50")
    page.keyboard.press("ArrowRight")
    page.keyboard.press("Shift+ArrowRight")
    expect(field).to_have_value("51.1")
    page.keyboard.press("Control+z")
    expect(field).to_have_value("51")
    placed = page.get_by_role("button", name="calme-out, 51 % from the left").bounding_box()
    assert placed is not None
    page.mouse.move(placed["x"] + placed["width"] / 2, placed["y"] + 6)
    page.mouse.down()
    page.mouse.move(box["x"] + box["width"] * 0.8, box["y"] + box["height"] * 0.3, steps=4)
    page.mouse.up()
    expect(field).to_have_value("80")
    page.keyboard.press("Control+z")
    page.keyboard.press("Delete")
    expect(field).to_have_value("")
    page.keyboard.press("Control+z")
    expect(field).to_have_value("51")
    page.get_by_role("button", name="Save the plan").click()
    expect(page.locator("#editor-said")).to_have_text("Saved.")
    page.goto(f"{demo.url}/?lang=en")
    expect(page.get_by_role("group", name="Plan of Attic")).to_be_visible()
    page.goto(f"{demo.url}/floors?lang=en")
    page.get_by_role("link", name="Delete Attic").click()
    page.get_by_role("button", name="Delete this plan").click()
    expect(page.get_by_role("status")).to_contain_text("The floor was deleted")
