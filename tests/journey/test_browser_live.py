"""The live page in a real browser: it follows changes, comes back, and needs no mouse."""

from collections.abc import Iterator
from datetime import UTC, datetime
from itertools import pairwise

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page, expect

from loquet_server.models import Door, DoorState, Lockdown, Passage, UnitState
from tests.journey.pages import LivePages
from tests.server.pages import space

RULES = {
    "runOnly": {"type": "tag", "values": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"]}
}


@pytest.fixture(scope="module")
def troubled(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LivePages]:
    """The pages of a bad afternoon, for whoever only looks."""
    found = LivePages(tmp_path_factory.mktemp("troubled"))
    try:
        found.run(space.furnish(found.database))
        found.run(space.trouble(found.database))
        yield found
    finally:
        found.close()


def watch(page: Page, pages: LivePages, path: str = "/") -> list[str]:
    """Open a page and wait until it is live; return what its console complains about."""
    complaints: list[str] = []
    page.on("console", lambda said: complaints.append(said.text) if said.type == "error" else None)
    page.on("pageerror", lambda error: complaints.append(str(error)))
    page.goto(pages.url + path)
    expect(page.locator("#connection")).to_have_attribute("data-state", "live")
    return complaints


def tapped(sequence: int, holder: str | None, outcome: str, reason: str | None = None) -> Passage:
    return Passage(
        id=1000 + sequence, journal="j1", sequence=1000 + sequence, site="moulin", unit="entree",
        door="entree", access_point="entree-in", holder=holder, at=space.NOW + sequence * 1000,
        day=space.DAY, outcome=outcome, reason=reason,
    )  # fmt: skip


def test_a_tap_shows_without_a_reload_and_is_announced(page: Page, pages: LivePages) -> None:
    complaints = watch(page, pages)
    page.evaluate("window.stayed = true")
    pages.change(
        tapped(1, "h4", "taken"),
        DoorState(door="entree", leaf="closed", lock="locked", mode="normal", revision=2),
    )
    door = page.get_by_role("article", name="Porte d'entrée")
    expect(door).to_contain_text("Inès Haddad")
    expect(door).to_contain_text("Verrouillée")
    expect(page.locator("[aria-live=polite]")).to_contain_text(
        "Inès Haddad, Porte d'entrée, Entrée"
    )
    assert page.evaluate("window.stayed") is True
    assert complaints == []


def test_a_refusal_shows_its_reason(page: Page, pages: LivePages) -> None:
    watch(page, pages)
    pages.change(tapped(2, None, "denied", "credential_unknown"))
    first = page.get_by_role("region", name="Derniers passages").get_by_role("listitem").first
    expect(first).to_contain_text("Badge inconnu")
    expect(first).to_contain_text("Refusé Badge absent des règles de ce boîtier")


def test_a_door_that_is_added_appears(page: Page, pages: LivePages) -> None:
    watch(page, pages)
    pages.change(Door(id="cave", site="moulin", unit="entree", name="Porte de la cave", rank=9))
    expect(page.get_by_role("article", name="Porte de la cave")).to_be_visible()


def test_after_a_restart_of_the_server_the_page_catches_up(page: Page, pages: LivePages) -> None:
    watch(page, pages)
    page.evaluate("window.stayed = true")
    pages.stop()
    expect(page.locator("#connection")).to_contain_text("Connexion perdue")
    expect(page.locator("#connection")).to_contain_text("Ce que vous voyez date de")
    expect(page.locator("#live")).to_have_class("stale")
    pages.change(tapped(3, "h2", "taken"))
    pages.start()
    expect(page.locator("#connection")).to_have_text("En direct")
    expect(page.get_by_role("region", name="Derniers passages")).to_contain_text("14:32")
    expect(page.locator("#live")).not_to_have_class("stale")
    assert page.evaluate("window.stayed") is True


def test_focus_stays_where_it_was_when_its_door_changes(page: Page, pages: LivePages) -> None:
    watch(page, pages)
    page.locator("#release-calme").focus()
    pages.change(DoorState(door="calme", leaf="open", lock="released", mode="normal"))
    expect(page.locator("#door-calme")).to_contain_text("Ouverte")
    assert page.evaluate("document.activeElement.id") == "release-calme"


def tab_to(page: Page, element: str) -> None:
    for _ in range(40):
        page.keyboard.press("Tab")
        if page.evaluate("document.activeElement.id") == element:
            return
    raise AssertionError(f"{element} cannot be reached with the Tab key")


def test_a_door_is_released_by_keyboard_alone(page: Page, pages: LivePages) -> None:
    complaints = watch(page, pages)
    tab_to(page, "release-calme")
    page.keyboard.press("Enter")
    dialog = page.get_by_role("dialog", name="Libérer « Porte de la salle calme » ?")
    expect(dialog).to_be_visible()
    expect(page.get_by_role("button", name="Badge oublié")).to_be_focused()
    tab_to(page, "reason")
    page.keyboard.type("Coursier")
    page.keyboard.press("Enter")
    expect(page.get_by_role("dialog")).to_contain_text("« Porte de la salle calme » est libérée")
    assert pages.orders.asked == [("release", "calme", "Coursier")]
    page.keyboard.press("Escape")
    expect(page.get_by_role("dialog")).to_have_count(0)
    assert page.evaluate("document.activeElement.id") == "release-calme"
    assert complaints == []


def test_a_lockdown_asks_before_it_locks(page: Page, pages: LivePages) -> None:
    watch(page, pages)
    tab_to(page, "lock-down-entree")
    page.keyboard.press("Enter")
    expect(page.get_by_role("dialog")).to_contain_text("La sortie reste libre")
    page.keyboard.press("Escape")
    assert pages.orders.asked == []


def test_the_whole_space_is_locked_down_by_keyboard_alone(page: Page, pages: LivePages) -> None:
    complaints = watch(page, pages)
    tab_to(page, "site-lock-down")
    page.keyboard.press("Enter")
    name = "Verrouiller d'urgence toutes les portes de « Le Moulin » ?"
    expect(page.get_by_role("dialog", name=name)).to_contain_text("La sortie reste libre")
    page.keyboard.type("Intrus")
    page.keyboard.press("Enter")
    expect(page.get_by_role("dialog")).to_contain_text("Toutes les portes passent")
    assert pages.orders.asked == [("lock_down_site", "moulin", "Intrus")]
    page.keyboard.press("Escape")
    assert page.evaluate("document.activeElement.id") == "site-lock-down"
    pages.change(
        Lockdown(id="l1", site="moulin", door="entree", actor="Léa", reason="Intrus", since=1)
    )
    expect(page.locator("#site-orders")).to_contain_text("1 porte sur 4 verrouillée d'urgence")
    assert complaints == []


def test_without_javascript_everything_is_there(browser: Browser, pages: LivePages) -> None:
    context = browser.new_context(java_script_enabled=False, locale="en-GB")
    page = context.new_page()
    page.goto(pages.url)
    expect(page.locator("#connection")).to_have_text(
        "As of 14:32. Reload the page to see what is new."
    )
    page.get_by_role("link", name="Release Porte de la salle calme").click()
    page.get_by_role("textbox", name="Another reason, for the record").fill("Delivery")
    page.get_by_role("button", name="Release", exact=True).click()
    expect(page.get_by_role("heading", level=1)).to_contain_text("was released")
    assert pages.orders.asked == [("release", "calme", "Delivery")]
    context.close()


def test_a_phone_has_one_row_and_a_menu_that_needs_no_javascript(
    browser: Browser, pages: LivePages
) -> None:
    context = browser.new_context(
        java_script_enabled=False, locale="en-GB", viewport={"width": 360, "height": 740}
    )
    page = context.new_page()
    page.goto(pages.url)
    head = page.get_by_role("banner").bounding_box()
    assert head is not None and head["height"] < 70
    button, journal = (
        page.get_by_role("button", name="Menu Live view"),
        page.get_by_role("link", name="Journal", exact=True),
    )
    expect(journal).to_be_hidden()
    button.focus()
    page.keyboard.press("Enter")
    expect(journal).to_be_visible()
    target = journal.bounding_box()
    assert target is not None and target["height"] >= 44
    page.keyboard.press("Escape")
    expect(journal).to_be_hidden()
    expect(button).to_be_focused()
    button.click()
    journal.click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Journal")
    context.close()


def test_landmarks_headings_and_names(page: Page, pages: LivePages) -> None:
    watch(page, pages)
    for role in ("banner", "main", "contentinfo"):
        expect(page.get_by_role(role)).to_have_count(1)
    expect(page.get_by_role("navigation", name="Pages")).to_be_visible()
    levels = page.eval_on_selector_all("h1,h2,h3", "all => all.map(e => Number(e.tagName[1]))")
    assert levels.count(1) == 1
    assert all(after - before <= 1 for before, after in pairwise(levels))
    page.keyboard.press("Tab")
    expect(page.get_by_role("link", name="Aller au contenu")).to_be_focused()


@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize("path", ["/", "/journal", "/live/doors/entree/release"])
def test_axe_finds_nothing(browser: Browser, troubled: LivePages, path: str, theme: str) -> None:
    context = browser.new_context(color_scheme="dark" if theme == "dark" else "light")
    page = context.new_page()
    page.goto(f"{troubled.url}{path}")
    if path == "/":
        expect(page.locator("#connection")).to_have_attribute("data-state", "live")
    found = Axe().run(page, options=RULES)
    assert found.violations_count == 0, found.generate_report()
    context.close()


@pytest.mark.parametrize("language", ["fr", "en"])
@pytest.mark.parametrize(
    "path", ["/", "/journal", "/live/doors/entree/lock_down", "/live/site/lift"]
)
def test_nothing_is_cut_off_on_a_small_phone(
    browser: Browser, troubled: LivePages, path: str, language: str
) -> None:
    context = browser.new_context(viewport={"width": 360, "height": 740})
    page = context.new_page()
    page.goto(f"{troubled.url}{path}?lang={language}")
    assert page.evaluate("document.documentElement.scrollWidth") <= 360
    clipped = page.eval_on_selector_all(
        "main *:not(.hidden, .hidden *, svg *, option)",
        "all => all.filter(e => e.scrollWidth > e.clientWidth + 1 && e.clientWidth > 0"
        " && getComputedStyle(e).display !== 'inline').map(e => e.outerHTML.slice(0, 120))",
    )
    assert clipped == []
    context.close()


def test_an_offline_unit_shows_as_soon_as_it_is_known(page: Page, pages: LivePages) -> None:
    watch(page, pages)
    seen = int(datetime(2026, 11, 16, 13, 0, tzinfo=UTC).timestamp() * 1000)
    pages.change(UnitState(unit="entree", online=False, seen_at=seen, revision=2))
    unit = page.get_by_role("article", name="Boîtier de l'entrée")
    expect(unit).to_contain_text("Hors ligne vu à 14:00")
