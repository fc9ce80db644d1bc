"""Where operators have accounts: by which ways people come, and what they may bring along."""

from pathlib import Path

import pytest

from loquet_server.hosts import within
from loquet_server.models import ApiToken
from loquet_server.settings import Settings
from tests.server.front_desk import add_operator, browser, front_desk, sign_in
from tests.server.house import House

pytestmark = pytest.mark.parametrize("database_kind", ["sqlite"])
PUBLIC = "https://loquet.example"


@pytest.mark.parametrize(
    ("address", "base", "status"),
    [
        ("127.0.0.1", "http://localhost:8000", 401),
        ("127.0.0.1", "https://localhost:8000", 401),
        ("192.0.2.1", PUBLIC, 401),
        ("192.0.2.1", "https://192.0.2.2", 401),
        ("192.0.2.1", "https://[2001:db8::1]", 401),
        ("192.0.2.1", "https://evil.example", 403),
        ("192.0.2.1", "https://loquet.example.evil.example", 403),
        ("127.0.0.1", "http://evil.example", 403),
        ("192.0.2.1", "http://loquet.example", 403),
        ("192.0.2.1", "http://192.0.2.2:8000", 403),
        ("192.0.2.1", "http://localhost:8000", 403),
    ],
)
async def test_in_clear_only_this_machine_and_by_a_name_of_ours(
    house: House, tmp_path: Path, address: str, base: str, status: int
) -> None:
    await add_operator(house, "owner")
    _, app = front_desk(house, tmp_path, public_url=PUBLIC)
    async with browser(app, base, address) as http:
        answer = await http.get("/api/v1/doors")
        assert (await http.get("/healthz")).status_code == 200
    assert answer.status_code == status


PROXY = {"x-forwarded-for": "198.51.100.7", "x-forwarded-proto": "https"}


@pytest.mark.parametrize(
    ("trusted", "client", "headers", "status"),
    [
        ("127.0.0.1", "127.0.0.1", PROXY, 401),
        ("10.0.0.0/8", "10.1.2.3", PROXY, 401),
        ("127.0.0.1", "127.0.0.1", PROXY | {"x-forwarded-proto": "http"}, 403),
        ("127.0.0.1", "127.0.0.1", {"x-forwarded-for": "198.51.100.7"}, 403),
        ("127.0.0.1", "127.0.0.1", PROXY | {"x-forwarded-host": "evil.example"}, 403),
        ("127.0.0.1", "127.0.0.1", {"x-forwarded-proto": "https"}, 403),
        ("127.0.0.1", "127.0.0.1", {"forwarded": "for=198.51.100.7;proto=https"}, 403),
        ("", "127.0.0.1", PROXY, 403),
        ("10.0.0.1", "192.0.2.9", PROXY, 403),
    ],
)
async def test_a_proxy_is_believed_only_if_it_is_named(
    house: House, tmp_path: Path, trusted: str, client: str, headers: dict[str, str], status: int
) -> None:
    await add_operator(house, "owner")
    _, app = front_desk(house, tmp_path, public_url=PUBLIC, trusted_proxies=trusted)
    async with browser(app, "http://loquet.example", client) as http:
        assert (await http.get("/api/v1/doors", headers=headers)).status_code == status


async def test_behind_a_proxy_the_cookie_is_secure_and_forms_work(
    house: House, tmp_path: Path
) -> None:
    await add_operator(house, "owner")
    _, app = front_desk(house, tmp_path, public_url=PUBLIC, trusted_proxies="127.0.0.1")
    async with browser(app, PUBLIC) as http:
        http.headers.update(PROXY | {"origin": PUBLIC})
        answer = await sign_in(http, "owner")
        assert answer.headers["set-cookie"].startswith("__Host-loquet_session=")
        saved = await http.post("/account", data={"name": "Owner", "language": "en"})
        assert saved.status_code == 303
        http.headers["origin"] = "https://evil.example"
        assert (await http.post("/account", data={"name": "X"})).status_code == 403


async def test_a_refusal_is_a_page_for_people_and_keeps_the_policy(
    house: House, tmp_path: Path
) -> None:
    await add_operator(house, "owner")
    _, app = front_desk(house, tmp_path)
    async with browser(app, "http://evil.example") as http:
        answer = await http.get("/")
    assert (answer.status_code, "LOQUET_PUBLIC_URL" in answer.text) == (403, True)
    assert "default-src 'none'" in answer.headers["content-security-policy"]


async def test_a_token_may_what_its_scopes_say_as_long_as_its_operator_may(
    house: House, tmp_path: Path
) -> None:
    await add_operator(house, "owner")
    await add_operator(house, "manager", "maison")
    _, app = front_desk(house, tmp_path)
    async with browser(app) as http, browser(app) as owner, browser(app) as program:
        await sign_in(http, "manager")
        await sign_in(owner, "owner")
        form = {"name": "Screen", "scopes": ["live:read", "doors:lockdown"], "days": "30"}
        shown = (await http.post("/account/tokens/new", data=form)).text
        secret = shown.split('id="secret" class="secret">')[1].split("<")[0]
        beyond = await http.post("/account/tokens/new", data=form | {"scopes": ["settings:write"]})
        assert beyond.status_code == 403
        program.headers.update({"authorization": f"Bearer {secret}", "accept": "*/*"})
        said = (await program.get("/api/v1/actor")).json()
        assert (said["name"], said["permissions"]) == (
            "Manager (Screen)", ["live:read", "doors:lockdown"],
        )  # fmt: skip
        assert (await program.get("/api/v1/journal")).status_code == 403
        order = {"reason": "try"}
        assert (await program.post("/api/v1/doors/front/lock-down", json=order)).status_code == 200
        await owner.post("/operators/op-manager", data={"name": "M", "role": "read_only"})
        assert (await program.post("/api/v1/doors/front/lift", json=order)).status_code == 403
        [row] = await house.all(ApiToken)
        assert secret not in (row.digest, row.name)
        assert (await http.post(f"/account/tokens/{row.id}/revoke")).status_code == 303
        assert (await program.get("/api/v1/actor")).status_code == 401
        assert (await owner.delete(f"/api/v1/tokens/{row.id}")).status_code == 404


@pytest.mark.parametrize("header", ["Bearer nope", "Bearer ", "Bearer loquet_x", "bearer a b"])
async def test_a_wrong_token_is_a_stranger_even_with_a_cookie(
    house: House, tmp_path: Path, header: str
) -> None:
    await add_operator(house, "owner")
    _, app = front_desk(house, tmp_path)
    async with browser(app) as http:
        await sign_in(http, "owner")
        answer = await http.get("/api/v1/doors", headers={"authorization": header})
    assert answer.status_code == 401


async def test_a_token_ends_when_it_was_said_to(house: House, tmp_path: Path) -> None:
    await add_operator(house, "owner")
    _, app = front_desk(house, tmp_path)
    async with browser(app) as http, browser(app) as program:
        await sign_in(http, "owner")
        form = {"name": "Short", "scopes": ["live:read"], "days": "30"}
        shown = (await http.post("/account/tokens/new", data=form)).text
        secret = shown.split('id="secret" class="secret">')[1].split("<")[0]
        headers = {"authorization": f"Bearer {secret}", "accept": "*/*"}
        house.now += 30 * 86_400 - 1
        assert (await program.get("/api/v1/actor", headers=headers)).status_code == 200
        house.now += 1
        assert (await program.get("/api/v1/actor", headers=headers)).status_code == 401


def test_a_network_holds_its_addresses(database_kind: str) -> None:
    found = Settings(trusted_proxies="10.0.0.0/8, ::1").proxies
    assert within("10.9.9.9", found)
    assert within("::ffff:10.0.0.1", found)
    assert within("::1", found)
    assert not within("11.0.0.1", found)
    assert not within("not an address", found)
