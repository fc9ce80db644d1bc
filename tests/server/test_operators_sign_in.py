"""Signing in and out: who gets in, for how long, and how wrong passwords become slow."""

from pathlib import Path
from typing import Any

import pytest

from loquet_server.identity.sessions import IDLE_MS, LIFE_MS
from loquet_server.models import Action, Audit, Operator, OperatorSession
from tests.server.front_desk import PASSWORD, add_operator, browser, front_desk, sign_in
from tests.server.house import SITE, House


async def test_a_stranger_is_asked_to_sign_in_and_comes_back_to_the_page(
    house: House, tmp_path: Path
) -> None:
    await add_operator(house, "owner")
    _, app = front_desk(house, tmp_path)
    async with browser(app) as http:
        away = await http.get("/journal?group=doors")
        assert away.status_code == 303
        assert away.headers["location"] == "/login?next=/journal%3Fgroup%3Ddoors"
        assert "Sign in" in (await http.get(away.headers["location"])).text
        form = {"mail": " Owner@Maison.example ", "password": PASSWORD, "next": "/account"}
        inside = await http.post("/login", data=form)
        assert (inside.status_code, inside.headers["location"]) == (303, "/account")
        cookie = inside.headers["set-cookie"]
        assert "HttpOnly" in cookie
        assert "SameSite=lax" in cookie
        assert "Owner" in (await http.get("/account")).text
    assert Action.OPERATOR_SIGNED_IN in [each.action for each in await house.all(Audit)]


@pytest.mark.parametrize("path", ["/", "/members", "/no/such/page", "/api/v1/doors", "/metrics"])
async def test_strangers_get_the_same_answer_whatever_they_ask(
    house: House, tmp_path: Path, path: str
) -> None:
    await add_operator(house, "owner")
    _, app = front_desk(house, tmp_path)
    async with browser(app) as http:
        answer = await http.get(path, headers={"accept": "application/json"})
    assert (answer.status_code, answer.json()["type"]) == (401, "urn:loquet:problem:sign-in")
    assert answer.headers["www-authenticate"] == "Bearer"


@pytest.mark.parametrize(
    ("mail", "password"),
    [
        ("owner@maison.example", "not-the-one"),
        ("nobody@maison.example", PASSWORD),
        ("nobody", "<i>"),
    ],
)
async def test_who_is_wrong_learns_nothing(
    house: House, tmp_path: Path, mail: str, password: str
) -> None:
    await add_operator(house, "owner")
    _, app = front_desk(house, tmp_path)
    async with browser(app) as http:
        answer = await http.post("/login", data={"mail": mail, "password": password})
    assert answer.status_code == 422
    assert "Mail address or password is wrong." in answer.text
    assert "set-cookie" not in answer.headers
    assert password not in answer.text
    assert await house.all(OperatorSession) == []


@pytest.mark.parametrize("more", [{"disabled_at": 1}, {"password": None}])
async def test_a_disabled_or_invited_account_lets_nobody_in(
    house: House, tmp_path: Path, more: dict[str, Any]
) -> None:
    await add_operator(house, "owner", **more)
    _, app = front_desk(house, tmp_path)
    async with browser(app) as http:
        assert (await sign_in(http, "owner")).status_code == 422


async def test_wrong_passwords_become_slow_and_never_final(house: House, tmp_path: Path) -> None:
    await add_operator(house, "owner")
    _, app = front_desk(house, tmp_path)
    async with browser(app) as http:
        codes = [(await sign_in(http, "owner", "wrong")).status_code for _ in range(7)]
        assert codes == [422] * 5 + [429] * 2
        refused = await sign_in(http, "owner")
        assert (refused.status_code, "Wait 2 s" in refused.text) == (429, True)
        house.now += 60
        assert (await sign_in(http, "owner")).status_code == 303


async def test_one_address_that_tries_many_accounts_is_slowed(house: House, tmp_path: Path) -> None:
    await add_operator(house, "owner")
    _, app = front_desk(house, tmp_path)
    async with browser(app) as http:
        for number in range(20):
            await http.post("/login", data={"mail": f"p{number}@x.example", "password": "w"})
        assert (await sign_in(http, "owner")).status_code == 429
    async with browser(app, "https://127.0.0.1", "192.0.2.9") as elsewhere:
        assert (await sign_in(elsewhere, "owner")).status_code == 303


async def test_a_session_ends_without_use_after_its_life_and_by_signing_out(
    house: House, tmp_path: Path
) -> None:
    await add_operator(house, "owner")
    _, app = front_desk(house, tmp_path)
    async with browser(app) as http:
        await sign_in(http, "owner")
        house.now += IDLE_MS / 1000 - 1
        assert (await http.get("/account")).status_code == 200
        house.now += IDLE_MS / 1000 + 1
        assert (await http.get("/account")).status_code == 303
        await sign_in(http, "owner")
        for _ in range(62):
            house.now += IDLE_MS / 1000 - 400
            last = await http.get("/account")
        assert last.status_code == 303
        assert house.now * 1000 > LIFE_MS
        await sign_in(http, "owner")
        out = await http.post("/logout")
        assert out.headers["location"] == "/login?done=out"
        assert (await http.get("/account")).status_code == 303


async def test_each_sign_in_makes_a_new_session(house: House, tmp_path: Path) -> None:
    await add_operator(house, "owner")
    _, app = front_desk(house, tmp_path)
    async with browser(app) as http:
        http.cookies.set("loquet_session", "planted-by-somebody-else", "localhost.local", "/")
        await sign_in(http, "owner")
        first = http.cookies["loquet_session"]
        assert first != "planted-by-somebody-else"
        form = {"mail": "owner@maison.example", "password": PASSWORD}
        await http.post("/login", data=form)
        assert http.cookies["loquet_session"] != first
    assert len(await house.all(OperatorSession)) == 1


async def test_https_gets_a_cookie_that_only_https_can_set(house: House, tmp_path: Path) -> None:
    await add_operator(house, "owner")
    _, app = front_desk(house, tmp_path, public_url="https://loquet.example")
    async with browser(app, "https://loquet.example", "192.0.2.1") as http:
        answer = await sign_in(http, "owner")
        cookie = answer.headers["set-cookie"]
        assert cookie.startswith("__Host-loquet_session=")
        assert "Secure" in cookie
        assert (await http.get("/account")).status_code == 200


@pytest.mark.parametrize(
    "there", ["https://evil.example/", "//evil.example", "/\\evil.example", "javascript:alert(1)"]
)
async def test_signing_in_never_leads_elsewhere(house: House, tmp_path: Path, there: str) -> None:
    await add_operator(house, "owner")
    _, app = front_desk(house, tmp_path)
    async with browser(app) as http:
        form = {"mail": "owner@maison.example", "password": PASSWORD, "next": there}
        assert (await http.post("/login", data=form)).headers["location"] == "/"


async def test_an_old_hash_is_made_anew(house: House, tmp_path: Path) -> None:
    from argon2 import PasswordHasher

    old = PasswordHasher(time_cost=1, memory_cost=1024, parallelism=1).hash(PASSWORD)
    await add_operator(house, "owner", password=old)
    _, app = front_desk(house, tmp_path)
    async with browser(app) as http:
        assert (await sign_in(http, "owner")).status_code == 303
    row = await house.get(Operator, "op-owner")
    assert row.password != old
    assert "m=19456,t=2,p=1" in row.password


async def test_disabling_ends_sessions_at_once(house: House, tmp_path: Path) -> None:
    await add_operator(house, "owner")
    await add_operator(house, "host", str(SITE))
    _, app = front_desk(house, tmp_path)
    async with browser(app) as http, browser(app) as owner:
        await sign_in(http, "host")
        await sign_in(owner, "owner")
        done = await owner.post("/operators/op-host/disable")
        assert done.headers["location"] == "/operators/op-host?done=disabled"
        assert (await http.get("/account")).status_code == 303
        assert (await sign_in(http, "host")).status_code == 422
