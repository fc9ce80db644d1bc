"""A screen on the wall loses its server, and finds it again; the history by every reader."""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from axe_playwright_python.sync_playwright import Axe
from fastapi import FastAPI
from playwright.sync_api import Page, expect

from loquet_server.app import create_app
from loquet_server.models import DeskState
from tests.journey.conftest import PATIENCE_MS
from tests.journey.pages import LivePages
from tests.journey.test_browser_live import RULES
from tests.server.desk import make_office
from tests.server.house import House
from tests.server.pages import space

MINUTE = 60_000


class OfficePages(LivePages):
    """All pages of a space, with the office behind them."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        super().__init__(folder)

    def application(self) -> FastAPI:
        house = House(self.database)
        house.now = space.NOW / 1000
        return create_app(make_office(house, self._folder)[0])


@pytest.fixture
def office(tmp_path: Path) -> Iterator[OfficePages]:
    """The furnished space."""
    found = OfficePages(tmp_path)
    found.run(space.furnish(found.database))
    yield found
    found.close()


def test_a_screen_greys_what_is_old_then_shows_nothing_then_comes_back(
    page: Page, office: OfficePages
) -> None:
    page.clock.install()
    page.set_viewport_size({"width": 800, "height": 480})
    page.goto(office.url + "/screens/new")
    page.get_by_label("Où est-il accroché ?").fill("Entrée")
    page.get_by_role("button", name="Créer son lien").click()
    link = page.locator("#link").inner_text()
    page.goto(link.replace("localhost:8000", f"127.0.0.1:{office.port}"))
    expect(page.locator(".kiosk-number")).to_have_text("11")
    assert page.evaluate("document.documentElement.scrollHeight") == 480
    board, state = page.locator("#board"), page.get_by_role("status")

    office.stop()
    page.clock.run_for(2 * MINUTE)
    expect(state).to_contain_text(re.compile(r"Pas de connexion : état d'il y a \d min"))
    expect(board).to_be_visible()  # greyed, with its age
    expect(page.locator("body")).to_have_class("kiosk kiosk-lost")
    page.clock.fast_forward(14 * MINUTE)
    expect(page.get_by_text("Pas de nouvelles")).to_be_visible()
    expect(board).to_be_hidden()

    office.start()
    office.change(DeskState(desk="g01", state="free", evidence="seat", since=space.NOW))
    page.clock.run_for(MINUTE)
    expect(page.locator(".kiosk-number")).to_have_text("12", timeout=4 * PATIENCE_MS)
    expect(board).to_be_visible()
    expect(state).to_be_hidden()


def test_the_history_is_readable_for_everybody_and_fits_a_phone(
    page: Page, office: OfficePages
) -> None:
    page.set_viewport_size({"width": 360, "height": 740})
    for path in ("/occupancy?with=before", "/occupancy/day", "/occupancy/report/2026",
                 "/screens/new", "/showing", "/kiosk"):  # fmt: skip
        page.goto(office.url + path)
        found = Axe().run(page, options=RULES)
        assert found.violations_count == 0, f"{path}: {found.generate_report()}"
        assert page.evaluate("document.documentElement.scrollWidth") == 360, path
