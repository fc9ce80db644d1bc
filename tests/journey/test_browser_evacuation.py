"""The evacuation list on a phone, with the server and without it."""

import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from fastapi import FastAPI
from playwright.sync_api import Browser, Page, expect

from loquet_server.app import create_app
from loquet_server.models import EvacuationPlan, Passage
from tests.journey.conftest import PATIENCE_MS
from tests.journey.pages import LivePages
from tests.server.desk import make_office
from tests.server.house import SITE, House

LETTERS = "each => parseFloat(getComputedStyle(each).fontSize)"
KEPT = """async () => {
  const kept = await caches.open("loquet-evacuation");
  return (await kept.match("/evacuation")) !== undefined;
}"""
AGED = """async (ms) => {
  const kept = await caches.open("loquet-evacuation");
  const copy = await kept.match("/evacuation");
  const headers = new Headers(copy.headers);
  headers.set("x-loquet-kept-at", String(Date.now() - ms));
  await kept.put("/evacuation", new Response(await copy.blob(), { headers }));
}"""


class OfficePages(LivePages):
    """All pages of an office in which somebody has come in."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.house: House | None = None
        super().__init__(folder)

    def application(self) -> FastAPI:
        if self.house is None:
            self.house = House(self.database)
            self.run(self.house.build())
        self.house.now = time.time()
        return create_app(make_office(self.house, self.folder)[0])


@pytest.fixture
def office(tmp_path: Path) -> Iterator[OfficePages]:
    """A house with one member inside, and a meeting point."""
    found = OfficePages(tmp_path)
    now = int(time.time() * 1000)
    found.change(
        Passage(
            id=1, journal="j1", sequence=1, site=SITE, unit="hall", door="front",
            access_point="in", area_from="outside", area_to="salle", holder="h1",
            at=now - 60_000, day=time.strftime("%Y-%m-%d", time.gmtime()), outcome="taken",
        ),
        EvacuationPlan(site=SITE, meeting_point="Sous le tilleul"),
    )  # fmt: skip
    yield found
    found.close()


@pytest.fixture
def phone(browser: Browser) -> Iterator[Page]:
    """A French host's phone."""
    context = browser.new_context(locale="fr-FR", viewport={"width": 360, "height": 740})
    context.set_default_timeout(PATIENCE_MS)
    yield context.new_page()
    context.close()


def test_the_list_stays_on_the_phone_when_the_server_is_gone(
    phone: Page, office: OfficePages
) -> None:
    complaints: list[str] = []
    phone.on("pageerror", lambda error: complaints.append(str(error)))
    phone.goto(f"{office.url}/evacuation")
    camille = phone.get_by_role("checkbox", name="Camille")
    expect(camille).to_be_visible()
    expect(phone.locator("#age")).to_be_hidden()
    expect(phone.locator("#kept")).to_be_visible(timeout=PATIENCE_MS)
    camille.check()
    expect(phone.locator("#ticked")).to_have_text("1 / 1")

    phone.evaluate(AGED, 5 * 60_000 + 1000)
    office.stop()
    phone.reload()
    expect(phone.get_by_role("checkbox", name="Camille")).to_be_checked(timeout=PATIENCE_MS)
    expect(phone.get_by_text("Sous le tilleul")).to_be_visible()
    expect(phone.locator("#age")).to_have_text("Copie datant de 5 min : le serveur ne répond pas.")
    assert (
        phone.locator("#age").evaluate("each => parseFloat(getComputedStyle(each).fontSize)") > 24
    )

    phone.evaluate(AGED, 12 * 3_600_000 + 1000)
    phone.reload()
    expect(phone.get_by_text("il ne reste aucune copie")).to_be_visible()
    expect(phone.get_by_text("Camille")).to_have_count(0)
    assert phone.evaluate(KEPT) is False

    office.start()
    phone.goto(f"{office.url}/evacuation")
    expect(phone.get_by_role("checkbox", name="Camille")).to_be_visible(timeout=PATIENCE_MS)
    expect(phone.locator("#age")).to_be_hidden()
    assert complaints == []
