"""PINs on pages: chosen by a member, drawn by a host, asked at a door; never shown again."""

from collections.abc import AsyncIterator
from pathlib import Path

import httpx
import pytest
from fastapi import FastAPI

from loquet_server.models import AccessPoint, Audit, Holder, Pin, Schedule
from loquet_server.office import Office
from tests.server.front_desk import add_operator, browser, sign_in
from tests.server.house import SITE, START, House
from tests.server.member_desk import enter, members_desk
from tests.server.pages.reading import text_of
from tests.server.test_explain import change, give

pytestmark = pytest.mark.parametrize("database_kind", ["sqlite"])
Desk = tuple[Office, FastAPI]


@pytest.fixture
def desk(house: House, tmp_path: Path) -> Desk:
    return members_desk(house, tmp_path)


@pytest.fixture
async def member(house: House, desk: Desk) -> AsyncIterator[httpx.AsyncClient]:
    await change(house, Holder, "h1", language="en")
    async with browser(desk[1]) as http:
        await enter(http, desk[0])
        yield http


@pytest.fixture
async def host(house: House, desk: Desk) -> AsyncIterator[httpx.AsyncClient]:
    await add_operator(house, "manager")
    async with browser(desk[1]) as http:
        await sign_in(http, "manager")
        yield http


async def test_a_member_chooses_a_pin_and_nobody_sees_it_again(
    house: House, member: httpx.AsyncClient
) -> None:
    assert "No door asks for a PIN" in text_of((await member.get("/me/pin")).text)
    await change(house, AccessPoint, "in", pin="always")
    page = text_of((await member.get("/me/pin")).text)
    assert "These doors ask for it" in page and "At least 6 digits" in page
    answer = await member.post("/me/pin", data={"pin": "204958", "again": "204958"})
    assert (answer.status_code, answer.headers["location"]) == (303, "/me/pin?done=chosen")
    page = (await member.get("/me/pin?done=chosen")).text
    assert "Your PIN is set" in page and "204958" not in page
    (row,) = await house.all(Pin)
    assert (row.holder, row.length, row.made_by) == ("h1", 6, "member")
    (audit,) = [each for each in await house.all(Audit) if each.action == "pin:digits:choose"]
    assert (audit.actor, audit.subject, audit.detail) == ("member h1", "h1", None)


@pytest.mark.parametrize(
    ("pin", "again", "said"),
    [
        ("2049", "2049", "at least 6 digits"), ("20495a", "20495a", "digits, nothing else"),
        ("204958204", "204958204", "at most 8 digits"), ("140789", "140789", "birthdays"),
        ("123456", "123456", "in a row"), ("204958", "204959", "not what you typed first"),
        ("349271", "349271", "telephone"), ("", "204958", "fill this in"),
    ],
)  # fmt: skip
async def test_what_is_weak_or_mistyped_is_said_and_not_shown(
    house: House, member: httpx.AsyncClient, pin: str, again: str, said: str
) -> None:
    await change(house, Holder, "h1", phone="04 34 92 71 58")
    answer = await member.post("/me/pin", data={"pin": pin, "again": again})
    assert answer.status_code == 422
    assert said in text_of(answer.text)
    assert not pin or f'value="{pin}"' not in answer.text
    assert await house.all(Pin) == []


async def test_a_pin_that_became_too_short_says_so_until_a_longer_one_is_chosen(
    house: House, member: httpx.AsyncClient, host: httpx.AsyncClient
) -> None:
    await member.post("/me/pin", data={"pin": "204958", "again": "204958"})
    answer = await host.post("/pins", data={"length": "7"})
    assert answer.headers["location"] == "/pins?done=changed"
    assert "counts until" in text_of((await host.get("/pins")).text)
    assert "become too short" in text_of((await member.get("/me/pin")).text)
    await member.post("/me/pin", data={"pin": "2049581", "again": "2049581"})
    assert "become too short" not in text_of((await member.get("/me/pin")).text)
    assert "counts until" not in text_of((await host.get("/pins")).text)


async def test_a_member_removes_their_pin(house: House, member: httpx.AsyncClient) -> None:
    await member.post("/me/pin", data={"pin": "204958", "again": "204958"})
    assert (await member.post("/me/pin/remove")).headers["location"] == "/me/pin?done=removed"
    assert await house.all(Pin) == []


async def test_a_host_draws_one_sees_it_once_and_removes_it(
    house: House, host: httpx.AsyncClient
) -> None:
    assert "/members/h1/pin" in (await host.get("/members/h1")).text
    assert "No PIN yet" in text_of((await host.get("/members/h1/pin")).text)
    made = await host.post("/members/h1/pin")
    (row,) = await house.all(Pin)
    pin = house.keys.open_pin(row.digits_sealed)
    assert pin in made.text
    assert made.headers["cache-control"] == "no-store"
    page = (await host.get("/members/h1/pin")).text
    assert "There is a PIN" in page and pin not in page
    gone = await host.post("/members/h1/pin/remove")
    assert gone.headers["location"] == "/members/h1/pin?done=removed"
    assert await house.all(Pin) == []


async def test_whoever_has_left_gets_none(house: House, host: httpx.AsyncClient) -> None:
    await change(house, Holder, "h1", archived_at=START)
    answer = await host.post("/members/h1/pin")
    assert answer.status_code == 422 and "has left" in text_of(answer.text)


async def test_too_few_digits_are_refused_and_nearly_too_few_announced(
    house: House, host: httpx.AsyncClient
) -> None:
    await host.post("/pins", data={"length": "4"})
    for each in range(8):
        pin = Pin(holder=f"p{each}", site=SITE, digits_sealed="?", digest="d", length=5,
                  made_by="member", made_at=START)  # fmt: skip
        await give(house, Holder(id=f"p{each}", site=SITE, name=f"Other {each}"), pin)
        if each == 6:
            assert "enough for 8" in text_of((await host.get("/pins")).text)
    await host.post("/pins", data={"length": "5"})
    await give(
        house,
        Holder(id="p9", site=SITE, name="Ninth"),
        Pin(holder="p9", site=SITE, digits_sealed="?", digest="d", length=5, made_by="member",
            made_at=START),
    )  # fmt: skip
    answer = await host.post("/pins", data={"length": "4"})
    assert answer.status_code == 422
    assert "not enough for the 9 people" in text_of(answer.text)


async def test_a_door_asks_outside_of_hours(house: House, host: httpx.AsyncClient) -> None:
    await give(house, Schedule(id="day", site=SITE, name="By day", hours="Mo-Fr 09:00-18:00"))
    path = "/doors/front/ways/in"
    page = (await host.get(path)).text
    assert "By day" in page and "Asks for a PIN" in text_of(page)
    form = {"minimum_assurance": "1", "accepts_copies": "true", "untrusted_clock": "always_only"}
    refused = await host.post(path, data=form | {"pin": "outside"})
    assert refused.status_code == 422
    assert "choose in which hours" in text_of(refused.text)
    out = await host.post(path, data=form | {"pin": "always", "exit": "true"})
    assert "choose “Never” there" in text_of(out.text)
    done = await host.post(path, data=form | {"pin": "outside", "badge_alone": "day"})
    assert done.status_code == 303
    assert "Badge and PIN, but within “By day”" in text_of((await host.get("/doors/front")).text)
    assert "Front" in text_of((await host.get("/pins")).text)


async def test_in_french(house: House, member: httpx.AsyncClient, host: httpx.AsyncClient) -> None:
    await change(house, AccessPoint, "in", pin="always")
    for http, path, said in (
        (member, "/me/pin", "Mon code PIN"), (host, "/pins", "Portes qui demandent un code PIN"),
        (host, "/members/h1/pin", "Pas encore de code"),
    ):  # fmt: skip
        page = await http.get(path, params={"lang": "fr"}, follow_redirects=True)
        assert said in text_of(page.text)
