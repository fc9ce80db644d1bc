"""A member without a badge asks to be let in; a host opens, or does not; nobody asks in vain."""

import httpx
import pytest
from fastapi import FastAPI
from sqlalchemy import update

from loquet_server import models as m
from loquet_server.me.help import HelpDesk
from loquet_server.office import Office, committed
from tests.server.front_desk import add_operator, browser, sign_in
from tests.server.house import SITE, House
from tests.server.pages.reading import text_of
from tests.server.two_members import camille, desk, two

__all__ = ["camille", "desk", "two"]
SQLITE = pytest.mark.parametrize("database_kind", ["sqlite"])


@SQLITE
async def test_only_doors_that_would_open_can_be_asked_for(
    two: House, camille: httpx.AsyncClient
) -> None:
    async with two.database.with_transaction() as session:
        (await session.get_one(m.Door, "quiet")).blocked = True
    page = (await camille.get("/me/help")).text
    assert 'value="front"' in page
    assert 'value="quiet"' not in page
    assert "Door blocked" in text_of(page)
    refused = await camille.post("/me/help", data={"door": "quiet"})
    assert refused.status_code == 422
    assert "nobody was asked" in refused.text
    for door in ("far", "none", "", "x" * 99):
        assert (await camille.post("/me/help", data={"door": door})).status_code == 422, door
    async with two.database.with_transaction() as session:
        (await session.get_one(m.Holder, "h1")).suspended = True
    assert "nobody to ask" in (await camille.get("/me/help")).text
    assert [each.kind for each in await two.all(m.Incident)] == []


@SQLITE
async def test_a_door_whose_unit_is_shut_out_is_not_offered(
    two: House, camille: httpx.AsyncClient
) -> None:
    async with two.database.with_transaction() as session:
        await session.execute(update(m.Unit).values(revoked_at=1))
    page = text_of((await camille.get("/me/help")).text)
    assert "No door can be opened from afar" in page
    assert "Front" not in page
    assert (await camille.post("/me/help", data={"door": "front"})).status_code == 422


async def test_a_wish_reaches_the_hosts_and_is_declined(
    two: House, desk: tuple[Office, FastAPI], camille: httpx.AsyncClient
) -> None:
    await add_operator(two, "host", str(SITE))
    asked = await camille.post("/me/help", data={"door": "front", "words": "no badge"})
    wish = asked.headers["location"].rpartition("/")[2]
    assert asked.headers["location"] == f"/me/help/{wish}"
    again = await camille.post("/me/help", data={"door": "quiet"})
    assert again.headers["location"].endswith(wish), "asked once is asked"
    (incident,) = [each for each in await two.all(m.Incident) if each.kind == "help_asked"]
    assert (incident.subject, incident.detail, incident.ended_at) == (wish, "Front", None)
    async with browser(desk[1]) as http:
        await sign_in(http, "host")
        assert "Camille" in (await http.get("/help")).text
        shown = text_of((await http.get(f"/help/{wish}")).text)
        assert "Camille asks to be let in" in shown
        assert "no badge" in shown
        answer = {"answer": "Please ring"}
        told = await http.post(f"/help/{wish}/decline", data=answer)
        assert told.headers["location"] == f"/help/{wish}?done=declined"
        twice = await http.post(f"/help/{wish}/decline", data=answer)
        assert twice.status_code == 409
    state = text_of((await camille.get(f"/me/help/{wish}/state")).text)
    assert "A host said no" in state
    assert "Please ring" in state
    assert (await two.get(m.Incident, incident.id)).ended_by == "Host"
    names = [each.action for each in await two.all(m.Audit) if each.subject == wish]
    assert names == ["help:request:create", "help:request:decline"]


@SQLITE
async def test_a_door_that_does_not_answer_leaves_the_wish_open(
    two: House, desk: tuple[Office, FastAPI], camille: httpx.AsyncClient
) -> None:
    await add_operator(two, "host", str(SITE))
    wish = (await camille.post("/me/help", data={"door": "front"})).headers["location"]
    wish = wish.rpartition("/")[2]
    async with browser(desk[1]) as http:
        await sign_in(http, "host")
        silent = await http.post(f"/help/{wish}/release", data={"answer": "come in"})
        assert silent.status_code == 409
        assert "The unit is not connected, so the door was not released." in text_of(silent.text)
        assert 'value="come in"' in silent.text
    assert (await two.get(m.HelpRequest, wish)).state == "asked"


@SQLITE
async def test_wishes_expire_are_taken_back_and_are_few(
    two: House, desk: tuple[Office, FastAPI], camille: httpx.AsyncClient
) -> None:
    wishes = []
    for _ in range(4):
        location = (await camille.post("/me/help", data={"door": "front"})).headers["location"]
        wishes.append(location.rpartition("/")[2])
        await camille.post(f"/me/help/{wishes[-1]}/withdraw")
    assert len(set(wishes)) == 4
    assert {(await two.get(m.HelpRequest, each)).state for each in wishes} == {"withdrawn"}
    often = await camille.post("/me/help", data={"door": "front"})
    assert often.status_code == 422
    assert "several times" in often.text
    two.now += 3601
    asked = await camille.post("/me/help", data={"door": "front"})
    wish = asked.headers["location"].rpartition("/")[2]
    two.now += 601
    assert "Nobody answered" in (await camille.get(f"/me/help/{wish}/state")).text
    async with committed(desk[0]) as transaction:
        assert await HelpDesk(desk[0], transaction).close_overdue() == 1
    assert [each.ended_at for each in await two.all(m.Incident)].count(None) == 0
