"""Screens: a link of their own, what they show, and what they never do."""

import re
from copy import copy
from pathlib import Path

import httpx
import pytest

from loquet_server.app import create_app
from loquet_server.database import Database
from loquet_server.models import Audit, CalendarEntry, HereToday, Passage, Screen
from loquet_server.office import Office
from loquet_server.settings import Accounts
from tests.server.house import House
from tests.server.pages import space
from tests.server.pages.desk import browser
from tests.server.pages.moulin import moulin
from tests.server.pages.reading import part_of, text_of


def stranger(office: Office) -> httpx.AsyncClient:
    """Return a browser that has not signed in, and where nobody is let in without."""
    strict = copy(office)
    strict.settings = office.settings.model_copy(update={"accounts": Accounts.REQUIRED})
    transport = httpx.ASGITransport(create_app(strict), client=("127.0.0.1", 40000))
    return httpx.AsyncClient(
        transport=transport, base_url="http://localhost:8000",
        headers={"accept": "text/html", "accept-language": "en"},
    )  # fmt: skip


async def made(office: Office, **asked: object) -> str:
    """Return the path of a new screen's link."""
    form = {"name": "Entrée", "language": "en", **asked}
    async with browser(office) as pages:
        page = (await pages.post("/screens/new", data=form)).text
    assert "<svg" in page  # its QR code
    return httpx.URL(part_of(page, "link")).path


@pytest.fixture
async def office(furnished: Database, tmp_path: Path) -> tuple[House, Office]:
    """The space with an evening to come, and somebody who wants to be seen today."""
    async with furnished.with_transaction() as session:
        session.add(
            CalendarEntry(id="apero", site="moulin", kind="event", name="Apéro du lundi",
                          starts="2026-11-16T18:30", ends="2026-11-16T22:00")
        )  # fmt: skip
        passage = await session.get(Passage, 1)
        assert passage is not None
        session.add(
            HereToday(holder="h1", site="moulin", doing="potière", shown_at=space.NOW - 1,
                      until=space.NOW + 3_600_000)
        )  # fmt: skip
    return await moulin(furnished, tmp_path)


async def test_a_screen_comes_with_its_link_and_shows_the_space(
    office: tuple[House, Office],
) -> None:
    house, desk = office
    link = await made(desk)
    async with stranger(desk) as screen:
        assert (await screen.get("/kiosk")).status_code == 401
        arrived = await screen.get(link)
        assert arrived.headers["location"] == "/kiosk"
        assert "HttpOnly" in arrived.headers["set-cookie"]
        page = await screen.get("/kiosk")
        said = text_of(page.text)
        assert "11 desks free of 18" in said
        assert "2 desks unknown" in said
        assert "Open now until 18:00" in said
        assert "Apéro du lundi today · 18:30" in said
        assert not re.search("Morvan|Benali|Garnier|Haddad", page.text)
        board = await screen.get("/kiosk/board")
        assert board.headers["cache-control"] == "no-store"
        assert text_of(board.text) in said
        for foreign in ("/", "/occupancy", "/members", "/api/v1/areas"):
            assert (await screen.get(foreign)).status_code in (303, 401)
    (row,) = await house.all(Screen)
    assert row.seen_at == space.NOW
    assert row.digest not in link
    async with browser(desk) as pages:
        listed = text_of((await pages.get("/screens")).text)
        assert "Entrée the whole space English now" in listed


async def test_a_screen_for_one_area_in_french_by_night(office: tuple[House, Office]) -> None:
    house, desk = office
    link = await made(desk, areas=["calme"], language="fr")
    house.now += 8 * 3600
    async with stranger(desk) as screen:
        await screen.get(link)
        page = (await screen.get("/kiosk")).text
    assert '<html lang="fr" data-theme="dark">' in page
    assert "postes libres sur 6" in text_of(page)
    assert "Grande salle" not in page
    assert "ouvre demain à 9 h" in text_of(page)


async def test_one_that_was_switched_off_shows_nothing_and_a_new_link_ends_the_old(
    office: tuple[House, Office],
) -> None:
    house, desk = office
    first = await made(desk)
    (row,) = await house.all(Screen)
    async with stranger(desk) as screen, browser(desk) as pages:
        await screen.get(first)
        answer = await pages.post(f"/screens/{row.id}/link")
        second = httpx.URL(part_of(answer.text, "link")).path
        assert (await screen.get("/kiosk/board")).status_code == 401
        await screen.get(second)
        assert (await screen.get("/kiosk/board")).status_code == 200
        assert (await pages.post(f"/screens/{row.id}/revoke")).status_code == 303
        assert (await screen.get("/kiosk/board")).status_code == 410
        assert "switched off" in text_of((await screen.get("/kiosk")).text)
        assert (await screen.get(first)).status_code == 401
    actions = [each.action for each in await house.all(Audit)]
    assert actions == ["screen:record:create", "screen:secret:renew", "screen:record:revoke"]
    assert not any(second[-20:] in str(each.detail) for each in await house.all(Audit))


async def test_whoever_guesses_links_is_told_to_wait(office: tuple[House, Office]) -> None:
    async with stranger(office[1]) as screen:
        answers = [(await screen.get(f"/kiosk/s/guess{at}")).status_code for at in range(40)]
    assert answers[0] == 401
    assert answers[-1] == 429


async def test_a_form_with_a_mistake_is_shown_again(office: tuple[House, Office]) -> None:
    async with browser(office[1]) as pages:
        answer = await pages.post("/screens/new", data={"name": " ", "language": "xx"})
        assert answer.status_code == 422
        assert "Please choose one of these." in text_of(answer.text)
        assert "There is no screen yet" in text_of((await pages.get("/screens")).text)
        assert "data-now" in (await pages.get("/kiosk")).text  # a look at it, by who signed in
