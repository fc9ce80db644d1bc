"""Members come by a link or a code, stay for 180 days, and are nobody's operators."""

import re
from pathlib import Path
from typing import Any

import pytest

from loquet_server import models as m
from loquet_server.identity import mail as mails
from loquet_server.identity.mail import MailServer
from loquet_server.membership_access.links import Links
from loquet_server.membership_access.sessions import COOKIE, IDLE_MS
from loquet_server.office import After, Transaction
from loquet_server.who import LOCAL
from tests.server.front_desk import add_operator, browser, sign_in
from tests.server.house import SITE, House
from tests.server.member_desk import enter, link_of, members_desk
from tests.server.pages.forms import forms_of
from tests.server.pages.reading import text_of

DAY = 24 * 3600
SQLITE = pytest.mark.parametrize("database_kind", ["sqlite"])


async def test_a_link_opens_on_the_button_alone_on_every_device_until_revoked(
    house: House, tmp_path: Path
) -> None:
    office, app = members_desk(house, tmp_path)
    link = await link_of(office)
    async with browser(app) as phone, browser(app) as laptop:
        looked = await phone.get(link)
        assert "Hello, Camille" in text_of(looked.text)
        assert await house.all(m.MemberSession) == []
        for each in (phone, laptop):
            assert (await each.post(link)).headers["location"] == "/me"
            assert "Camille" in (await each.get("/me")).text
        (row,) = await house.all(m.MemberLink)
        assert (row.uses, row.revoked_at) == (2, None)
        assert link.rpartition("/")[2] not in f"{row.digest} {row.id}"
        async with house.database.with_transaction() as session:
            ended = await Links(office, Transaction(session, After()), LOCAL).revoke("h1")
        assert ended == 2
        assert (await phone.get("/me")).headers["location"] == "/me/login?next=/me"
        assert (await phone.get(link)).status_code == (await phone.post(link)).status_code == 404


@SQLITE
async def test_a_new_link_ends_the_one_before(house: House, tmp_path: Path) -> None:
    office, app = members_desk(house, tmp_path)
    async with browser(app) as phone:
        first = await link_of(office)
        await phone.post(first)
        second = await link_of(office)
        assert (await phone.get("/me")).status_code == 303
        assert (await phone.post(first)).status_code == 404
        assert (await phone.post(second)).status_code == 303


@SQLITE
async def test_operators_are_no_members_and_members_no_operators(
    house: House, tmp_path: Path
) -> None:
    await add_operator(house, "owner")
    office, app = members_desk(house, tmp_path)
    async with browser(app) as http:
        await sign_in(http, "owner")
        assert (await http.get("/me")).headers["location"] == "/me/login?next=/me"
        assert (await http.post("/me/logout")).headers["location"] == "/me/login?next=/"
    async with browser(app) as http:
        await enter(http, office)
        for path in ("/", "/members", "/members/h1", "/journal", "/account"):
            assert (await http.get(path)).headers["location"].startswith("/login?next="), path
        api = await http.get("/api/v1/members", headers={"accept": "*/*"})
        assert api.status_code == 401


@SQLITE
async def test_a_session_slides_for_180_days_and_ends(house: House, tmp_path: Path) -> None:
    office, app = members_desk(house, tmp_path)
    async with browser(app) as http:
        await enter(http, office)
        assert COOKIE not in (await http.get("/me")).headers.get("set-cookie", "")
        for _ in range(3):
            house.now += 100 * DAY
            renewed = await http.get("/me")
            assert renewed.status_code == 200
            cookie = renewed.headers["set-cookie"]
            for part in (f"{COOKIE}=", "HttpOnly", "SameSite=lax", f"Max-Age={IDLE_MS // 1000}"):
                assert part in cookie, part
        house.now += 181 * DAY
        assert (await http.get("/me")).status_code == 303


@SQLITE
async def test_who_has_left_is_out_at_once(house: House, tmp_path: Path) -> None:
    office, app = members_desk(house, tmp_path)
    async with browser(app) as http:
        link = await link_of(office)
        await http.post(link)
        async with house.database.with_transaction() as session:
            row = await session.get_one(m.Holder, "h1")
            row.archived_at = 1
        assert (await http.get("/me")).status_code == 303
        assert (await http.get(link)).status_code == 404


@SQLITE
async def test_forms_of_members_want_their_token(house: House, tmp_path: Path) -> None:
    office, app = members_desk(house, tmp_path)
    async with browser(app) as http:
        await enter(http, office)
        token = http.headers.pop("x-csrf-token")
        assert (await http.post("/me/logout")).status_code == 403
        assert (await http.post("/me/logout", data={"csrf": token})).status_code == 303
        assert await house.all(m.MemberSession) == []


@SQLITE
async def test_guessed_links_make_a_line_wait(house: House, tmp_path: Path) -> None:
    office, app = members_desk(house, tmp_path)
    link = await link_of(office)
    async with browser(app) as http, browser(app, address="127.0.0.2") as other:
        found = [(await http.post("/me/link/wrong")).status_code for _ in range(22)]
        assert found[:20] == [404] * 20
        assert found[-1] == 429
        assert (await http.get(link)).status_code == 429
        assert (await other.get(link)).status_code == 200


class Post:
    """A mail server that keeps what it is given."""

    def __init__(self) -> None:
        self.sent: list[tuple[str, str, str]] = []

    async def __call__(self, _server: MailServer, to: str, subject: str, text: str) -> None:
        self.sent.append((to, subject, text))


@pytest.fixture
async def post(house: House, monkeypatch: pytest.MonkeyPatch) -> Post:
    """Mail is set up, and two members have addresses."""
    found = Post()
    monkeypatch.setattr(mails, "send", found)
    async with house.database.with_transaction() as session:
        await mails.store(session, house.keys, MailServer("m", 25, "none", "loquet@maison.example"))
        row = await session.get_one(m.Holder, "h1")
        row.mail = "Camille@maison.example"
        for name in ("h2", "h3"):
            session.add(m.Holder(id=name, site=str(SITE), name=name, mail="both@maison.example"))
    return found


def ticket_of(page: str) -> str:
    """Return the ticket of the page that asks for a code."""
    (form,) = [each for each in forms_of(page) if each.action == "/me/code"]
    return form.values["ticket"][0]


async def ask(http: Any, mail: str) -> tuple[str, str]:
    """Ask for a code; return the ticket, and the page without it."""
    page = (await http.post("/me/login", data={"mail": mail})).text
    ticket = ticket_of(page)
    return ticket, page.replace(ticket, "")


async def test_a_code_by_mail_opens_one_device_once(
    house: House, tmp_path: Path, post: Post
) -> None:
    _office, app = members_desk(house, tmp_path)
    async with browser(app) as http, browser(app) as thief:
        ticket, _ = await ask(http, "camille@MAISON.example")
        ((to, subject, text),) = post.sent
        found = re.search(r"\d{4} \d{4}", subject)
        assert found is not None
        assert (to, found[0] in text) == ("Camille@maison.example", True)
        elsewhere = await ask(thief, "nobody@maison.example")
        stolen = {"ticket": elsewhere[0], "code": found[0]}
        assert (await thief.post("/me/code", data=stolen)).status_code == 422
        right = {"ticket": ticket, "code": found[0], "next": "//evil.example/me"}
        assert (await http.post("/me/code", data=right)).headers["location"] == "/me"
        assert (await http.get("/me")).status_code == 200
        again = await thief.post("/me/code", data={"ticket": ticket, "code": found[0]})
        assert again.status_code == 422


@SQLITE
async def test_strangers_and_members_get_the_same_answer(
    house: House, tmp_path: Path, post: Post
) -> None:
    _office, app = members_desk(house, tmp_path)
    async with browser(app) as http:
        pages = [
            (await ask(http, mail))[1]
            for mail in ("camille@maison.example", "nobody@x.example", "both@maison.example")
        ]
    assert len(set(pages)) == 1
    assert [to for to, _, _ in post.sent] == ["Camille@maison.example"]
    assert len(await house.all(m.MemberCode)) == 3


@SQLITE
@pytest.mark.parametrize("mail", ["camille@maison.example", "nobody@maison.example"])
async def test_five_tries_and_ten_minutes(
    house: House, tmp_path: Path, post: Post, mail: str
) -> None:
    _office, app = members_desk(house, tmp_path)
    async with browser(app) as http:
        ticket, _ = await ask(http, mail)
        answers = [
            await http.post("/me/code", data={"ticket": ticket, "code": f"0000000{at}"})
            for at in range(5)
        ]
        assert {each.status_code for each in answers} == {422}
        assert {row.tries for row in await house.all(m.MemberCode)} == {5}
        code = re.findall(r"\d{4} \d{4}", post.sent[0][1])[0] if post.sent else "1234 5678"
        right = await http.post("/me/code", data={"ticket": ticket, "code": code})
        assert right.status_code == 422
        late, _ = await ask(http, mail)
        house.now += 601
        code = re.findall(r"\d{4} \d{4}", post.sent[-1][1])[0] if post.sent else "1234 5678"
        assert (await http.post("/me/code", data={"ticket": late, "code": code})).status_code == 422


@SQLITE
async def test_nobody_floods_a_mailbox(house: House, tmp_path: Path, post: Post) -> None:
    _office, app = members_desk(house, tmp_path)
    async with browser(app) as http:
        wish = {"mail": "camille@maison.example"}
        found = [(await http.post("/me/login", data=wish)).status_code for _ in range(6)]
    assert found == [200, 200, 200, 200, 429, 429]
    assert len(post.sent) == 4


@SQLITE
async def test_without_mail_only_links_are_offered(house: House, tmp_path: Path) -> None:
    _office, app = members_desk(house, tmp_path)
    async with browser(app) as http:
        assert "does not send mail" in (await http.get("/me/login")).text
        assert (await http.post("/me/login", data={"mail": "a@b.example"})).status_code == 422
