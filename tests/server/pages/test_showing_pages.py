"""What everybody may know: nothing by default, and then a word while it is open."""

import re
from pathlib import Path
from xml.etree import ElementTree

import pytest
from sqlalchemy import update

from loquet_server.database import Database
from loquet_server.models import DeskState, UnitState
from loquet_server.showing.drawing import badge
from tests.server.pages.desk import browser
from tests.server.pages.moulin import moulin
from tests.server.pages.reading import text_of


async def test_off_by_default_then_a_word_and_never_a_number(
    furnished: Database, tmp_path: Path
) -> None:
    house, office = await moulin(furnished, tmp_path)
    async with browser(office) as pages:
        hidden = await pages.get("/public/moulin.json")
        assert hidden.status_code == (await pages.get("/public/nowhere.json")).status_code == 404
        before = text_of((await pages.get("/showing")).text)
        assert "To copy into your website" not in before
        await pages.post("/showing", data={"enabled": "true"})
        page = text_of((await pages.get("/showing?done=on")).text)
        assert "Everybody can now see" in page
        assert '<img src="http://localhost:8000/public/moulin.svg' in page

        told = await pages.get("/public/moulin.json?lang=en")
        assert told.json() == {
            "space": "Le Moulin", "state": "open", "band": "moderate",
            "text": "moderately full", "opens": None,
        }  # fmt: skip
        assert told.headers["access-control-allow-origin"] == "*"
        assert told.headers["cache-control"] == "public, max-age=60"
        same = {"if-none-match": told.headers["etag"]}
        assert (await pages.get("/public/moulin.json?lang=en", headers=same)).status_code == 304

        drawn = await pages.get("/public/moulin.svg")
        assert "moyennement rempli" in drawn.text
        assert "style" not in drawn.text
        ElementTree.fromstring(drawn.text)

        house.now += 5 * 3600
        closed = (await pages.get("/public/moulin.json?lang=en")).json()
        assert closed["state"] == "closed"
        assert closed["band"] is None
        assert closed["text"] == "closed, opens tomorrow at 09:00"
        assert closed["opens"] == "2026-11-17T09:00:00+01:00"

        await pages.post("/showing", data={})
        house.now += 61
        assert (await pages.get("/public/moulin.json")).status_code == 404


async def test_where_too_little_is_known_it_only_says_open(
    furnished: Database, tmp_path: Path
) -> None:
    house, office = await moulin(furnished, tmp_path)
    async with browser(office) as pages:
        await pages.post("/showing", data={"enabled": "true"})
        async with furnished.with_transaction() as session:
            await session.execute(update(UnitState).values(online=False))
        told = (await pages.get("/public/moulin.json?lang=en")).json()
        assert (told["state"], told["band"], told["text"]) == ("open", None, "open")
        house.now += 61
        async with furnished.with_transaction() as session:
            await session.execute(update(UnitState).values(online=True))
            await session.execute(update(DeskState).values(state="occupied"))
        assert (await pages.get("/public/moulin.json")).json()["band"] == "full"


async def test_who_asks_too_often_waits(furnished: Database, tmp_path: Path) -> None:
    _, office = await moulin(furnished, tmp_path)
    async with browser(office) as pages:
        answers = [(await pages.get("/public/moulin.json")).status_code for _ in range(121)]
        assert answers[0] == 404
        assert answers[-1] == 429
        assert "good for a minute" in (await pages.get("/public/moulin.json")).text


@pytest.mark.parametrize("name", ['Le "Moulin" & <b>', "M" * 300, ""])
def test_a_name_breaks_no_drawing(name: str) -> None:
    drawn = badge(name, "calme", "calm")
    ElementTree.fromstring(drawn)
    assert "<b>" not in drawn
    assert re.search(r'width="\d+"', drawn)
