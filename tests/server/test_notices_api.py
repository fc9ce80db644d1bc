"""Notices over the API: the same rules as on the pages, and never a secret in an answer."""

from pathlib import Path

import pytest

from loquet_server.models import Audit, NoticeChannel
from tests.server.desk import client
from tests.server.front_desk import add_operator, browser, front_desk, sign_in
from tests.server.house import SITE, House
from tests.server.notice_desk import Desk, desk
from tests.server.receiver import receiving
from tests.server.test_operators_mail import postbox

__all__ = ["desk", "postbox"]
pytestmark = pytest.mark.parametrize("database_kind", ["sqlite"])
SPACE = f"/api/v1/sites/{SITE}"
MINE = "/api/v1/operators/op-host"


async def test_a_roster_is_made_read_and_undone(desk: Desk) -> None:
    await desk.person("host")
    await add_operator(desk.house, "manager", str(SITE))
    await add_operator(desk.house, "read_only", str(SITE))
    line = {"weekdays": [3, 3, 0], "since": "20:00", "until": "8:00"}
    async with client(desk.office) as http:
        now = (await http.get(f"{SPACE}/on-call")).json()
        assert now == {"on_call": [], "reachable": ["op-host"], "gaps": []}
        for wrong, word in (
            ({"operator": "op-x"}, "account"), ({"operator": "op-read_only"}, "only look"),
            ({"operator": "op-host", "weekdays": []}, "at least one day"),
            ({"operator": "op-host", "since": 480}, "such as 22:00"),
            ({"operator": "op-host", "since": "24:00"}, "such as 22:00"),
        ):  # fmt: skip
            refused = await http.post(f"{SPACE}/duties", json=line | wrong)
            assert (refused.status_code, word in refused.text) == (422, True), refused.text
        made = await http.post(f"{SPACE}/duties", json={**line, "operator": "op-manager"})
        assert made.status_code == 201, made.text
        day = {"operator": "op-host", "weekdays": [*range(7)], "since": "8:00", "until": "20:00"}
        await http.post(f"{SPACE}/duties", json={**day, "rank": 2})
        first, second = (await http.get(f"{SPACE}/duties")).json()
        assert first == made.json()
        assert (first["name"], first["weekdays"], first["since"], first["until"]) == (
            "Manager", [0, 3], "20:00", "08:00",
        )  # fmt: skip
        now = (await http.get(f"{SPACE}/on-call")).json()
        assert [(each["name"], each["rank"], each["reachable"]) for each in now["on_call"]] == [
            ("Host", 2, True)
        ]
        assert {"weekday": 2, "since": "20:00", "until": "24:00"} in now["gaps"]
        for each in (first, second):
            assert (await http.delete(f"/api/v1/duties/{each['id']}")).status_code == 204
        assert (await http.get(f"{SPACE}/duties")).json() == []
        terms = await http.put(f"{SPACE}/notice-terms", json={"escalate": 5, "digest_at": "9:30"})
        assert terms.json() == {"escalate": 5, "digest_at": "09:30"}
        assert (await http.get(f"{SPACE}/notice-terms")).json() == terms.json()


async def test_a_way_is_added_tried_and_removed_and_its_secrets_stay(desk: Desk) -> None:
    await add_operator(desk.house, "host", str(SITE))
    ways = f"{MINE}/notice-ways"
    async with client(desk.office) as http, receiving() as receiver:
        receiver.answers = [200, 403]
        server = f"http://127.0.0.1:{receiver.port}"
        secret = {"way": "ntfy", "server": server, "topic": "geheim-9", "token": "tk_geheim"}
        said = [await http.post(ways, json=secret)]
        assert said[0].status_code == 201, said[0].text
        way = said[0].json()
        assert (way["way"], way["shown"]) == ("ntfy", f"127.0.0.1:{receiver.port}")
        said += [await http.post(f"/api/v1/notice-ways/{way['id']}/test") for _ in range(2)]
        assert said[1].json() == {"problem": None, "detail": ""}
        assert said[2].json()["problem"] == "refused" and "403" in said[2].json()["detail"]
        assert "geheim-9" in receiver.got[0].body
        said.append(await http.get(ways))
        assert said[3].json() == [way]
        said.append(await http.get(f"{SPACE}/notices?limit=1"))
        [last] = said[4].json()
        assert (last["kind"], last["state"], last["problem"]) == (None, "dead", "refused")
        older = await http.get(f"{SPACE}/notices?after={last['id']}")
        assert [each["state"] for each in older.json()] == ["sent"]
        odd = await http.post(ways, json={"way": "ntfy", "topic": "a b"})
        none = await http.post(ways, json={"way": "pigeon", "to": "x"})
        assert (odd.status_code, none.status_code) == (422, 422)
        for each in range(4):
            await http.post(ways, json={"way": "mail", "to": f"h{each}@maison.example"})
        many = await http.post(ways, json={"way": "mail", "to": "h9@maison.example"})
        assert (many.status_code, "five ways" in many.text) == (422, True)
        assert (await http.delete(f"/api/v1/notice-ways/{way['id']}")).status_code == 204
    assert "geheim" not in "".join(each.text for each in said)
    kept = [*await desk.house.all(NoticeChannel), *await desk.house.all(Audit)]
    assert "geheim" not in repr([each.__dict__ for each in kept])


async def test_rules_are_everybodys_own_and_notices_of_others_are_not_read(
    house: House, tmp_path: Path
) -> None:
    for role in ("owner", "host", "read_only"):
        await add_operator(house, role, str(SITE))
    _, app = front_desk(house, tmp_path)
    rule = {"least": "urgent", "quiet_from": "22:00", "quiet_until": "7:30"}
    async with browser(app) as http:
        await sign_in(http, "host")
        usual = (await http.get(f"{MINE}/notice-rules")).json()
        assert usual == {
            "least": "warning", "quiet_from": None, "quiet_until": None, "urgent_passes": True,
        }  # fmt: skip
        half = await http.put(f"{MINE}/notice-rules", json={**rule, "quiet_until": None})
        assert (half.status_code, "both a beginning and an end" in half.text) == (422, True)
        saved = await http.put(f"{MINE}/notice-rules", json=rule)
        assert saved.json() == {**rule, "quiet_until": "07:30", "urgent_passes": True}
        assert (await http.get(f"{MINE}/notice-rules")).json() == saved.json()
        await http.post(f"{MINE}/notice-ways", json={"way": "mail", "to": "h@maison.example"})
        [way] = (await http.get(f"{MINE}/notice-ways")).json()
        await http.post(f"/api/v1/notice-ways/{way['id']}/test")
        assert len((await http.get(f"{SPACE}/notices")).json()) == 1
    async with browser(app) as http:
        await sign_in(http, "read_only")
        assert (await http.get(f"{SPACE}/notices")).json() == []
        for path in (f"{MINE}/notice-rules", f"{MINE}/notice-ways"):
            assert (await http.get(path)).status_code == 404
        assert (await http.delete(f"/api/v1/notice-ways/{way['id']}")).status_code == 404
    async with browser(app) as http:
        await sign_in(http, "owner")
        assert (await http.get(f"{MINE}/notice-rules")).json() == saved.json(), "an owner helps"
        [sent] = (await http.get(f"{SPACE}/notices")).json()
        assert (sent["name"], sent["problem"]) == ("Host", "no_mail_server")
