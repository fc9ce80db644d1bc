"""The bench in a real browser, at a real simulated board."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page, expect

from loquet_edge.simulation.control import BoardControl
from loquet_server.bench.schemas import BadgeChoice
from tests.journey.boards import wired_board
from tests.journey.pages import LivePages
from tests.server.pages import space

BADGES = (
    BadgeChoice("04a1b2c3d4e5f6", "Camille Morvan", "valid", "Résident"),
    BadgeChoice("04b1b2c3d4e5f6", "Hugo Barbier", "expired", "Temps plein"),
    BadgeChoice("04deadbeef0000", "", "unknown"),
)


@pytest.fixture
def unit(short_folder: Path) -> Iterator[BoardControl]:
    """The entrance's board, from the unit's side."""
    with wired_board(
        short_folder / "entree.sock", ("entree", "calme"), ("g01", "g02"), ("entree-in",)
    ) as found:
        yield found


@pytest.fixture
def bench(tmp_path: Path, short_folder: Path, unit: BoardControl) -> Iterator[LivePages]:
    """The pages with that board."""
    found = LivePages(tmp_path, boards=short_folder, badges=BADGES)
    try:
        found.run(space.furnish(found.database))
        yield found
    finally:
        found.close()


def cards(unit: BoardControl) -> list[str]:
    found: list[str] = unit.snapshot()["readers"][0]["cards"]
    return found


def test_a_badge_is_tapped_and_the_reader_shows_it(
    page: Page, bench: LivePages, unit: BoardControl
) -> None:
    page.goto(bench.url + "/bench")
    page.get_by_role("button", name="Camille Morvan").click()
    reader = page.get_by_role("region", name="Lecteur entree-in")
    expect(reader).to_contain_text("Un badge est devant")
    expect(reader).to_contain_text("Branché")
    assert cards(unit) == []


def test_what_the_unit_does_at_its_pins_shows_at_once(
    page: Page, bench: LivePages, unit: BoardControl
) -> None:
    page.goto(bench.url + "/bench")
    door = page.get_by_role("region", name="Porte d'entrée")
    expect(door).to_contain_text("Verrouillée")
    unit.ask("drive", line=0, level=1)
    unit.indicate("feedback:entree", "released")
    expect(door).to_contain_text("Libérée")
    expect(door).to_contain_text("Lumière fixe")


def test_a_leaf_is_opened_and_closed_by_keyboard_and_focus_stays(
    page: Page, bench: LivePages, unit: BoardControl
) -> None:
    page.goto(bench.url + "/bench")
    door = page.get_by_role("region", name="Porte d'entrée")
    door.get_by_role("button", name="Ouvrir la porte").press("Enter")
    expect(door).to_contain_text("Porte ouverte")
    assert unit.read_line("contact:entree")["active"] is True
    expect(door.get_by_role("button", name="Fermer la porte")).to_be_focused()
    page.keyboard.press("Enter")
    expect(door).to_contain_text("Porte fermée")


def test_the_loop_is_cut_the_network_is_cut_and_a_desk_is_taken(
    page: Page, bench: LivePages, unit: BoardControl
) -> None:
    page.goto(bench.url + "/bench")
    page.get_by_role("button", name="Couper la boucle incendie").click()
    expect(page.get_by_role("region", name="Boucle incendie")).to_contain_text("Coupée")
    page.get_by_role("button", name="Couper le réseau").click()
    expect(page.get_by_role("region", name="Réseau")).to_contain_text("décide seul")
    page.get_by_role("button", name="G1 · s'asseoir").click()
    expect(page.get_by_role("button", name="G1 · se lever")).to_be_visible()
    assert unit.read_line("fire")["active"] is True
    assert unit.snapshot()["indicators"]["network"] == "cut"


def test_a_wrong_number_is_explained(page: Page, bench: LivePages) -> None:
    page.goto(bench.url + "/bench")
    page.get_by_role("textbox", name="N'importe quel numéro de badge").fill("hello")
    page.get_by_role("button", name="Présenter ce numéro").click()
    expect(page.get_by_role("alert")).to_contain_text("8, 14 ou 20 chiffres")


def test_without_javascript_the_forms_do_the_same(
    browser: Browser, bench: LivePages, unit: BoardControl
) -> None:
    context = browser.new_context(java_script_enabled=False)
    page = context.new_page()
    page.goto(bench.url + "/bench?lang=fr")
    page.get_by_role("region", name="Porte d'entrée").get_by_role(
        "button", name="Ouvrir la porte"
    ).click()
    expect(page.get_by_role("region", name="Porte d'entrée")).to_contain_text("Porte ouverte")
    context.close()


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_axe_finds_nothing_on_the_bench(browser: Browser, bench: LivePages, theme: str) -> None:
    context = browser.new_context(
        color_scheme="dark" if theme == "dark" else "light", viewport={"width": 360, "height": 740}
    )
    page = context.new_page()
    page.goto(bench.url + "/bench")
    found = Axe().run(page)
    assert found.violations_count == 0, found.generate_report()
    assert page.evaluate("document.documentElement.scrollWidth") <= 360
    context.close()
