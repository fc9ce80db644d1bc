"""A unit is found, restarted and asked for its log from its page, which shows it all live."""

import re

from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page, expect

from tests.brokers import until
from tests.journey.stack import Stack
from tests.journey.test_browser_live import RULES

PATIENCE_MS = 60_000


def test_a_unit_shows_itself_starts_anew_and_sends_its_log(stack: Stack, page: Page) -> None:
    unit = stack.atelier
    complaints: list[str] = []
    page.on("console", lambda said: complaints.append(said.text) if said.type == "error" else None)
    page.goto(f"{stack.url}/units")
    expect(page.locator(f"#unit-{unit.name}")).to_contain_text("simulé", timeout=PATIENCE_MS)
    assert Axe().run(page, options=RULES).response["violations"] == []
    page.locator(f"#unit-{unit.name} a").first.click()
    page.get_by_role("button", name="Se montrer").click()
    expect(page.get_by_role("status").first).to_contain_text("se montre")

    started = len(stack.rows("SELECT 1 FROM entries WHERE kind = 'unit_started'"))
    page.get_by_role("link", name="Redémarrer").click()
    page.get_by_label("Pourquoi ?").fill("le lecteur va et vient")
    page.get_by_role("button", name="Redémarrer").click()
    expect(page.get_by_role("status").first).to_contain_text("redémarre")
    page.evaluate("window.stayed = true")
    story = page.get_by_role("region", name="Démarrages et arrêts")
    expect(story).to_contain_text("redémarré depuis le bureau", timeout=PATIENCE_MS)
    until(
        lambda: len(stack.rows("SELECT 1 FROM entries WHERE kind = 'unit_started'")) > started,
        "the unit has started anew", 60,
    )  # fmt: skip
    expect(page.locator("[data-fresh]")).to_contain_text(
        re.compile(r"(?<!pas )connecté"), timeout=PATIENCE_MS
    )
    assert page.evaluate("window.stayed") is True, "it was shown without a reload"
    assert Axe().run(page, options=RULES).response["violations"] == []

    until(lambda: stack.shown(unit)["online"], "the unit is back", 60)
    page.get_by_role("link", name="Journal technique").click()
    page.get_by_label("Pourquoi ?").fill("que dit le lecteur ?")
    page.get_by_role("button", name="Demander le journal technique").click()
    page.get_by_role("button", name="Afficher le journal technique").click(timeout=PATIENCE_MS)
    expect(page.locator("pre.log")).to_contain_text("link INFO")
    assert complaints == []
