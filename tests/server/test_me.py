"""What a member sees is theirs; what they do reaches the doors; nobody reads it in the record."""

import re
from typing import Any

import httpx
import pytest
from fastapi import FastAPI
from fastapi.routing import APIRoute

from loquet_contract.access.reasons import Reason
from loquet_contract.ids import AccessPointId, DoorId, HolderId
from loquet_contract.wire.events import AccessDenied
from loquet_server import models as m
from loquet_server.guard import MEMBERS
from loquet_server.me import data_page
from loquet_server.me.round import go_round
from loquet_server.office import Office
from loquet_server.presence_board.board import here_today, quiet_hour
from loquet_server.privacy import traces
from tests.server.front_desk import add_operator, browser, sign_in
from tests.server.house import SITE, START, House
from tests.server.member_desk import enter, link_of
from tests.server.pages.reading import text_of
from tests.server.test_authorisation import OPEN, routes
from tests.server.two_members import camille, desk, two

__all__ = ["camille", "desk", "two"]
SQLITE = pytest.mark.parametrize("database_kind", ["sqlite"])


FOREIGN = {
    "badge": ["c2", "none"], "wish": ["q2", "none"], "digest": ["a" * 64, "0" * 64],
    "booking": ["none"],
}  # fmt: skip
"""What is Dominique's, and what is nobody's, by the names that routes give them."""


@SQLITE
async def test_what_is_anothers_does_not_exist(
    two: House, desk: tuple[Office, FastAPI], camille: httpx.AsyncClient
) -> None:
    async with two.database.with_transaction() as session:
        session.add(
            m.MemberSession(id="a" * 64, holder="h2", csrf="x", created_at=START, seen_at=START)
        )
    asked = 0
    for route in routes(desk[1]):
        if not MEMBERS.fullmatch(route.path) or route.path in OPEN:
            continue
        assert isinstance(route, APIRoute)
        names = re.findall(r"\{(\w+)\}", route.path)
        for name in names:
            for value in FOREIGN.get(name, []):
                for method in route.methods:
                    path = re.sub(r"\{\w+\}", value, route.path)
                    answer = await camille.request(method, path)
                    assert answer.status_code in (404, 422), (method, path, answer.text[:200])
                    assert "Dominique" not in answer.text
                    asked += 1
    assert asked > 15
    (row,) = [each for each in await two.all(m.Credential) if each.id == "c2"]
    assert row.status == "handed_out"
    assert (await two.get(m.HelpRequest, "q2")).state == "asked"
    assert await two.get(m.MemberSession, "a" * 64) is not None


@SQLITE
async def test_no_page_of_mine_names_anybody_else(camille: httpx.AsyncClient) -> None:
    paths = ("/me", "/me/passages", "/me/badges", "/me/badges/c1", "/me/help", "/me/data",
             "/me/data/all", "/me/data.json", "/me/data/erase", "/me/badges/c1/lost")  # fmt: skip
    for path in paths:
        for language in ("en", "fr"):
            answer = await camille.get(path, params={"lang": language})
            assert answer.status_code == 200, (path, answer.text[:300])
            for word in ("Dominique", "BEEF", "secret words", "member_suspended"):
                assert word not in text_of(answer.text), (path, word)


def test_every_table_that_names_a_member_has_a_title_for_them() -> None:
    kept = {table.name for table in traces.naming()} | {"holders", "looks"}
    assert kept == set(data_page.TABLES), "a member reads these titles on /me/data/all"


@SQLITE
async def test_passages_say_what_the_door_said_and_what_to_do(camille: httpx.AsyncClient) -> None:
    shown = text_of((await camille.get("/me/passages?lang=fr")).text)
    assert "Jeudi 9 octobre" in shown
    for words in (
        "Entrée Front", "Revenez demain à 9 h", "vous n'êtes pas passé",
        "Adressez-vous à l'accueil",
    ):  # fmt: skip
        assert words in shown, words


@SQLITE
async def test_the_first_page_tells_hours_plan_and_last_passages(
    two: House, camille: httpx.AsyncClient
) -> None:
    async with two.database.with_transaction() as session:
        session.add(m.Schedule(id="week", site=str(SITE), name="Week", hours="Mo-Fr 09:00-18:00"))
        account = m.PassAccount(id="k1", site=str(SITE), plan="resident", holder="h1")
        session.add(account)
        await session.flush()
        session.add(m.PassPurchase(account="k1", amount=2, at=START - 1, actor="x"))
        (await session.get_one(m.Site, str(SITE))).opening = "week"
        (await session.get_one(m.Subscription, "s1")).account = "k1"
        session.add(
            m.Membership(id="y1", holder="h1", starts_on="2024-11-01", ends_on="2025-10-31")
        )
        session.add(
            m.CalendarEntry(
                id="e1", site=str(SITE), kind="closure", name="Bridge", starts="2025-10-16T00:00",
                ends="2025-10-18T00:00",
            )
        )  # fmt: skip
    page = (await camille.get("/me")).text
    shown = text_of(page)
    for words in (
        "Today: 09:00–18:00", "Open now; closes at 18:00.", "Bridge", "closed", "Resident",
        "2 passes left", "until 31 Oct 2025", "You came in", "Nothing booked.",
        "Nobody has put their name here today.",
    ):  # fmt: skip
        assert words in shown, words


async def test_a_lost_badge_is_blocked_told_and_confirmed_door_by_door(
    two: House, desk: tuple[Office, FastAPI], camille: httpx.AsyncClient
) -> None:
    recorder: Any = desk[0].exchange
    assert "I lost it" in (await camille.get("/me/badges")).text
    assert "Yes, block it now" in (await camille.get("/me/badges/c1/lost")).text
    before = len(recorder.published)
    blocked = await camille.post("/me/badges/c1/lost")
    assert blocked.headers["location"] == "/me/badges/c1?done=lost"
    assert any(topic.endswith("/policy") for topic, _, _ in recorder.published[before:])
    assert (await two.get(m.Credential, "c1")).status == "lost"
    page = await camille.get("/me/badges/c1?done=lost")
    assert "Front is being told right now" in text_of(page.text)
    assert "data-waiting" in (await camille.get("/me/badges/c1/doors")).text
    async with two.database.with_transaction() as session:
        for row in await two.all(m.Policy):
            (await session.get_one(m.Policy, (row.unit, row.version))).enforced_at = START
    part = await camille.get("/me/badges/c1/doors")
    assert "data-waiting" not in part.text
    assert "every door that could open for it has confirmed" in part.text
    again = await camille.post("/me/badges/c1/lost")
    assert again.headers["location"] == "/me/badges/c1?done=already"
    (noted,) = [each for each in await two.all(m.Audit) if each.action == "badge:state:lose"]
    assert (noted.actor, noted.subject) == ("member h1", "c1")


@SQLITE
async def test_a_representative_reads_sums_and_nobody_else_does(
    two: House, camille: httpx.AsyncClient
) -> None:
    assert (await camille.get("/me/organisation")).status_code == 404
    assert "/me/organisation" not in (await camille.get("/me")).text
    site = str(SITE)
    rows: list[list[Any]] = [
        [m.Organisation(id="o1", site=site, name="La Scierie", kind="employer")],
        [m.PassAccount(id="k1", site=site, plan="resident", organisation="o1")],
        [
            m.PassPurchase(account="k1", amount=10, at=START, actor="x"),
            *(
                m.PassUse(
                    account="k1", holder=who, day=day, at=START, period=period, half=half
                )
                for period, (who, day, half) in enumerate(
                    (
                        ("h1", "2025-10-01", None), ("h2", "2025-10-01", None),
                        ("h2", "2025-10-02", "am"),
                    )
                )
            ),
        ],
    ]  # fmt: skip
    async with two.database.with_transaction() as session:
        for some in rows:
            session.add_all(some)
            await session.flush()
        for who in ("h1", "h2"):
            (await session.get_one(m.Holder, who)).organisation = "o1"
        (await session.get_one(m.Holder, "h1")).represents = True
    assert "/me/organisation" in (await camille.get("/me")).text
    shown = text_of((await camille.get("/me/organisation")).text)
    for words in ("La Scierie", "7 passes left", "October 2025 2.5 fewer than 3"):
        assert words in shown, shown
    assert "Dominique" not in shown
    async with two.database.with_transaction() as session:
        (await session.get_one(m.Organisation, "o1")).archived_at = START
    assert (await camille.get("/me/organisation")).status_code == 404


async def test_the_board_shows_who_came_and_wants_to_until_the_night(
    two: House, desk: tuple[Office, FastAPI], camille: httpx.AsyncClient
) -> None:
    office, app = desk
    too_long = await camille.post("/me/here", data={"doing": "x" * 81})
    assert too_long.status_code == 422
    await camille.post("/me/here", data={"doing": "web designer"})
    async with browser(app) as http:
        await enter(http, office, "h2")
        seen = text_of((await http.get("/me?lang=en")).text)
        assert "Camille" in seen
        assert "web designer" in seen
        await http.post("/me/here", data={"doing": ""})
    shown = text_of((await camille.get("/me")).text)
    assert "Dominique" not in shown, "who was refused is not here"
    async with two.database.reading() as session:
        (one,) = await here_today(session, str(SITE), START)
        assert (one.name, one.doing) == ("Camille", "web designer")
        assert await here_today(session, str(SITE), quiet_hour(START, "Europe/Paris", 180)) == []
    assert not [row for row in await two.all(m.Audit) if "here" in row.action]
    await camille.post("/me/here/hide")
    assert [row.holder for row in await two.all(m.HereToday)] == ["h2"]


async def test_all_that_is_kept_is_mine_to_take_and_to_erase(
    two: House, camille: httpx.AsyncClient
) -> None:
    found = (await camille.get("/me/data.json")).json()
    assert found["tables"]["holders"][0]["name"] == "Camille"
    assert {"credentials", "passages", "member_sessions"} <= found["tables"].keys()
    assert "csrf" not in str(found)
    wrong = await camille.post("/me/data/erase", data={"word": "erase"})
    assert wrong.status_code == 422
    assert await two.get(m.Holder, "h1") is not None
    gone = await camille.post("/me/data/erase", data={"word": "ERASE"})
    assert gone.headers["location"] == "/me/login?done=erased"
    assert await two.get(m.Holder, "h1") is None
    assert (await camille.get("/me")).headers["location"].startswith("/me/login")
    assert "Camille" not in str([vars(row) for row in await two.all(m.Audit)])
    assert await two.get(m.Holder, "h2") is not None


@SQLITE
async def test_devices_are_listed_and_ended(
    two: House, desk: tuple[Office, FastAPI], camille: httpx.AsyncClient
) -> None:
    office, app = desk
    async with browser(app) as other:
        await other.post(await link_of(office))
        (row,) = [each for each in await two.all(m.MemberSession) if each.holder == "h1"]
        assert "this device" not in (await other.get("/me")).text
        assert (await other.post(f"/me/devices/{row.id}")).status_code == 403, "no token"
    assert (await camille.get("/me")).status_code == 303, "a new link ended the old devices"


@SQLITE
def test_the_quiet_hour_is_a_moment_even_where_the_clock_jumps(database_kind: str) -> None:
    before = 1_774_738_800_000  # 29 March 2026, 00:00 in Paris: at 02:00 it becomes 03:00
    assert quiet_hour(before, "Europe/Paris", 180) == before + 2 * 3_600_000
    assert quiet_hour(before, "Europe/Paris", 0) == before + 23 * 3_600_000
    assert quiet_hour(before - 1, "Europe/Paris", 0) == before


@SQLITE
async def test_a_refusal_at_the_door_is_told_in_the_members_words(
    two: House, camille: httpx.AsyncClient
) -> None:
    denied = AccessDenied(
        DoorId("front"), AccessPointId("in"), Reason.UNAUTHORIZED, 1, HolderId("h1")
    )
    two.journal.write(denied, START)
    await two.take(two.journal.message())
    assert "Area not included in your plan" in (await camille.get("/me/passages")).text


@SQLITE
async def test_a_host_gives_shows_once_and_ends_a_personal_link(
    two: House, desk: tuple[Office, FastAPI]
) -> None:
    app = desk[1]
    await add_operator(two, "host", str(SITE))
    async with browser(app) as host, browser(app) as phone:
        await sign_in(host, "host")
        assert "/members/h1/link" in (await host.get("/members/h1")).text
        assert "No link yet" in (await host.get("/members/h1/link")).text
        made = await host.post("/members/h1/link")
        assert "no-store" in made.headers["cache-control"]
        assert 'src="data:image/svg+xml' in made.text
        link = re.findall(r"http://localhost:8000(/me/link/[\w-]+)", made.text)[0]
        await phone.post(link)
        shown = await host.get("/members/h1/link")
        assert "1 time, last" in text_of(shown.text)
        assert link not in shown.text
        ended = await host.post("/members/h1/link/revoke")
        assert "counts no more" in text_of((await host.get(ended.headers["location"])).text)
        assert (await phone.get("/me")).status_code == 303
        async with two.database.with_transaction() as session:
            (await session.get_one(m.Holder, "h1")).archived_at = START
        assert (await host.post("/members/h1/link")).status_code == 404


@SQLITE
async def test_the_round_forgets_the_board_and_closes_wishes(
    two: House, desk: tuple[Office, FastAPI], camille: httpx.AsyncClient
) -> None:
    await camille.post("/me/here", data={"doing": "x"})
    await camille.post("/me/help", data={"door": "front"})
    assert await go_round(desk[0]) == 0
    assert len(await two.all(m.HereToday)) == 1
    two.now += 24 * 3600
    assert await go_round(desk[0]) == 1
    assert await two.all(m.HereToday) == []
