"""Operators: invited by links, given roles, disabled; and what each does to their own account."""

import re
from pathlib import Path

import pytest

from loquet_server.models import Audit, OneTimeCode, Operator, OperatorSession, Site
from tests.server.front_desk import PASSWORD, add_operator, browser, csrf, front_desk, sign_in
from tests.server.house import SITE, House

NEW = "girafe tunnel biscotte lundi"
ALI = {"name": "Ali", "mail": "ali@maison.example", "role": "host", "language": "en"}
_LINK = re.compile(r"http://localhost:8000(/link/[\w-]+)")


async def test_an_invited_operator_chooses_a_password_by_a_link_that_counts_once(
    house: House, tmp_path: Path
) -> None:
    await add_operator(house, "owner")
    _, app = front_desk(house, tmp_path)
    async with browser(app) as http, browser(app) as ali:
        await sign_in(http, "owner")
        shown = await http.post("/operators/new", data=ALI)
        found = _LINK.search(shown.text)
        assert found is not None
        link = found[1]
        assert link.rsplit("/", 1)[1] not in repr(
            [each.__dict__ for each in await house.all(OneTimeCode)]
        )
        assert "invited" in (await http.get("/operators")).text
        short = await ali.post(link, data={"password": "short", "again": "short"})
        assert (short.status_code, "at least 12" in short.text) == (422, True)
        done = await ali.post(link, data={"password": NEW, "again": NEW})
        assert (done.status_code, done.headers["location"]) == (303, "/")
        assert "Ali" in (await ali.get("/account")).text
        again = await ali.post(link, data={"password": NEW, "again": NEW})
        assert again.status_code == 404
    row = (await house.all(Operator))[-1]
    assert row.password.startswith("$argon2id$")
    assert NEW not in repr([each.__dict__ for each in await house.all(Audit)])


async def test_a_link_ends_after_72_hours(house: House, tmp_path: Path) -> None:
    await add_operator(house, "owner")
    _, app = front_desk(house, tmp_path)
    async with browser(app) as http:
        await sign_in(http, "owner")
        found = _LINK.search((await http.post("/operators/new", data=ALI)).text)
        assert found is not None
        house.now += 72 * 3600 - 1
        assert (await http.get(found[1])).status_code == 200
        house.now += 1
        assert (await http.get(found[1])).status_code == 404
        assert (await http.get("/link/never-was-one")).status_code == 404


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"mail": "owner@maison.example"}, "mail"),
        ({"mail": "not a mail"}, "mail"),
        ({"mail": "a@b.example\nBcc: x@y.example"}, "mail"),
        ({"name": "OWNER"}, "name"),
        ({"name": ""}, "name"),
        ({"role": "king"}, "role"),
    ],
)
async def test_an_invitation_that_cannot_be_is_explained(
    house: House, tmp_path: Path, change: dict[str, str], field: str
) -> None:
    await add_operator(house, "owner")
    _, app = front_desk(house, tmp_path)
    async with browser(app) as http:
        await sign_in(http, "owner")
        answer = await http.post("/operators/new", data=ALI | change)
    assert answer.status_code == 422
    assert re.search(rf'id="{field}-bad" class="bad">[^<]', answer.text)
    assert len(await house.all(Operator)) == 1


async def test_the_last_owner_cannot_go(house: House, tmp_path: Path) -> None:
    await add_operator(house, "owner")
    _, app = front_desk(house, tmp_path)
    async with browser(app) as http:
        await sign_in(http, "owner")
        demoted = {"name": "Owner", "role": "host"}
        refused = await http.post("/operators/op-owner", data=demoted)
        assert (refused.status_code, "last owner" in refused.text) == (422, True)
        assert (await http.post("/operators/op-owner/disable")).status_code == 409
        await add_operator(house, "owner", id="op-2", name="Second", mail="2@maison.example")
        done = await http.post("/operators/op-owner", data=demoted)
        assert done.status_code == 303
        assert (await http.get("/operators")).status_code == 403
    row = await house.get(Operator, "op-owner")
    assert (row.role, row.disabled_at) == ("host", None)


async def test_a_new_password_by_link_ends_every_session(house: House, tmp_path: Path) -> None:
    await add_operator(house, "owner")
    await add_operator(house, "host", str(SITE))
    _, app = front_desk(house, tmp_path)
    async with browser(app) as http, browser(app) as host, browser(app) as later:
        await sign_in(http, "owner")
        await sign_in(host, "host")
        found = _LINK.search((await http.post("/operators/op-host/link")).text)
        assert found is not None
        assert (await host.get("/account")).status_code == 200
        await later.post(found[1], data={"password": NEW, "again": NEW})
        assert (await host.get("/account")).status_code == 303
        assert (await later.get("/account")).status_code == 200
        assert (await sign_in(host, "host")).status_code == 422
        assert (await sign_in(host, "host", NEW)).status_code == 303


async def test_people_change_their_own_account(house: House, tmp_path: Path) -> None:
    await add_operator(house, "host", str(SITE))
    _, app = front_desk(house, tmp_path)
    async with browser(app) as http, browser(app) as phone:
        await sign_in(phone, "host")
        await sign_in(http, "host")
        named = await http.post("/account", data={"name": "Hugo", "language": "fr"})
        assert named.headers["location"] == "/account?done=saved"
        assert "Enregistré" in (await http.get("/account?done=saved")).text
        wrong = {"current": "nope", "password": NEW, "again": NEW}
        refused = await http.post("/account/password", data=wrong)
        assert (refused.status_code, 'id="current-bad"' in refused.text) == (422, True)
        right = await http.post("/account/password", data=wrong | {"current": PASSWORD})
        assert right.status_code == 303
        assert (await http.get("/account")).status_code == 200
        assert (await phone.get("/account")).status_code == 303
    assert len(await house.all(OperatorSession)) == 1


async def test_people_end_their_other_sessions_and_nobody_elses(
    house: House, tmp_path: Path
) -> None:
    await add_operator(house, "host", str(SITE))
    await add_operator(house, "manager", str(SITE))
    _, app = front_desk(house, tmp_path)
    async with browser(app) as http, browser(app) as phone, browser(app) as boss:
        for each, role in ((phone, "host"), (http, "host"), (boss, "manager")):
            await sign_in(each, role)
        [theirs] = [e.id for e in await house.all(OperatorSession) if e.operator == "op-manager"]
        assert (await http.post(f"/account/sessions/{theirs}")).status_code == 404
        assert (await http.post("/account/sessions/others")).status_code == 303
        assert (await http.get("/account")).status_code == 200
        assert (await phone.get("/account")).status_code == 303
        assert (await boss.get("/account")).status_code == 200


async def test_a_dangerous_act_wants_the_password_again(house: House, tmp_path: Path) -> None:
    await add_operator(house, "owner")
    _, app = front_desk(house, tmp_path)
    async with browser(app) as http:
        await sign_in(http, "owner")
        house.now += 601
        asked = await http.get("/operators/new")
        assert asked.headers["location"] == "/account/prove?next=/operators/new"
        api = await http.post("/operators/new", data=ALI, headers={"accept": "*/*"})
        assert (api.status_code, api.json()["type"]) == (403, "urn:loquet:problem:prove-first")
        form = {"next": "/operators/new", "password": "wrong"}
        assert (await http.post("/account/prove", data=form)).status_code == 422
        done = await http.post("/account/prove", data=form | {"password": PASSWORD})
        assert done.headers["location"] == "/operators/new"
        assert (await http.get("/operators/new")).status_code == 200
        lockdown = await http.get("/live/site/lock_down")
        assert lockdown.status_code == 200


async def test_operators_of_one_space_do_not_see_those_of_others(
    house: House, tmp_path: Path
) -> None:
    await add_operator(house, "owner")
    await add_operator(house, "host", str(SITE))
    async with house.database.with_transaction() as session:
        session.add(Site(id="grange", name="La Grange"))
    _, app = front_desk(house, tmp_path)
    async with browser(app) as http:
        await sign_in(http, "owner")
        moved = {"name": "Host", "role": "host", "site": "grange"}
        assert (await http.post("/operators/op-host", data=moved)).status_code == 303
        owner_of_one = {"name": "Host", "role": "owner", "site": "grange"}
        refused = await http.post("/operators/op-host", data=owner_of_one)
        assert refused.status_code == 422
    async with browser(app) as host:
        await sign_in(host, "host")
        assert (await host.get("/api/v1/doors/front")).status_code == 404
        assert (await host.get("/api/v1/doors")).json() == []
        assert (await host.get("/live/doors/front/release")).status_code == 404


async def test_forms_without_the_sessions_token_change_nothing(
    house: House, tmp_path: Path
) -> None:
    await add_operator(house, "owner")
    _, app = front_desk(house, tmp_path)
    form = {"name": "Taken over", "language": "en"}
    async with browser(app) as http:
        await sign_in(http, "owner")
        token = http.headers.pop("x-csrf-token")
        for data in (form, form | {"csrf": "x" * 43}, form | {"csrf": ""}):
            assert (await http.post("/account", data=data)).status_code == 403
        bare = await http.post("/api/v1/doors/front/block", json={"reason": "x"})
        assert bare.status_code == 403
        assert (await house.get(Operator, "op-owner")).name == "Owner"
        assert (await http.post("/account", data=form | {"csrf": token})).status_code == 303
        files = {"file": ("a.csv", b"x" * 3_000_000, "text/csv")}
        sent = await http.post("/account", data=form | {"csrf": token}, files=files)
        assert sent.status_code == 303
        none = await http.post("/account", data=form, files=files)
        assert none.status_code == 403
        assert await csrf(http) == token
    assert (await house.get(Operator, "op-owner")).name == "Taken over"
