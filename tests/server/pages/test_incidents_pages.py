"""The pages of incidents and of those who are told of them."""

from pathlib import Path

import httpx

from loquet_server.incidence import raise_incident
from loquet_server.models import Audit, Incident, Notice, NoticeChannel, NoticeRule
from tests.server.desk import make_office
from tests.server.front_desk import add_operator, front_desk, sign_in
from tests.server.front_desk import browser as visitor
from tests.server.house import SITE, START, UNIT, House
from tests.server.pages.desk import browser
from tests.server.pages.reading import text_of
from tests.server.receiver import receiving
from tests.server.test_operators_mail import Postbox, form, postbox

__all__ = ["postbox"]


async def wrong(house: House, kind: str, subject: str = "", at: int = START) -> int:
    async with house.database.with_transaction() as session:
        row = await raise_incident(
            session, site=str(SITE), unit=str(UNIT), kind=kind, subject=subject, now_ms=at
        )
    return row.id


async def followed(pages: httpx.AsyncClient, answer: httpx.Response) -> str:
    assert answer.status_code == 303, text_of(answer.text)
    return text_of((await pages.get(answer.headers["location"])).text)


async def test_an_incident_from_its_beginning_to_its_end(house: House, tmp_path: Path) -> None:
    office, _ = make_office(house, tmp_path)
    async with browser(office) as pages:
        empty = text_of((await pages.get("/incidents")).text)
        assert "Nothing has gone wrong yet" in empty
        number = await wrong(house, "door_forced_open", "front")
        await wrong(house, "counter_lost", "front", START + 1000)
        listed = text_of((await pages.get("/incidents")).text)
        assert listed.index("Opened without a release") < listed.index("People counter lost")
        urgent = text_of((await pages.get("/incidents?severity=urgent&state=open")).text)
        assert "People counter lost" not in urgent.partition("Apply")[2]
        assert "No incident fits" in text_of((await pages.get("/incidents?unit=other")).text)
        assert (await pages.get("/incidents?severity=odd&after=x")).status_code == 200

        where = f"/incidents/{number}"
        one = text_of((await pages.get(where)).text)
        assert "The leaf opened although nothing had released the door." in one
        assert "Front · Hall" in one and "Nobody yet." in one
        taken = await pages.post(f"{where}/acknowledge", data={"note": "I go and look"})
        said = await followed(pages, taken)
        assert "nobody else is told of it" in said
        assert "local operator took it on I go and look" in said
        again = await pages.post(f"{where}/acknowledge")
        assert (again.status_code, "taken it on already" in again.text) == (409, True)
        nothing = await pages.post(f"{where}/note", data={"note": ""})
        assert (nothing.status_code, "Please fill this in" in nothing.text) == (422, True)
        done = await pages.post(f"{where}/resolve", data={"note": "Strike tightened"})
        assert "closed by local operator" in await followed(pages, done)
        assert (await pages.get("/incidents/99999")).status_code == 404
    row = await house.get(Incident, number)
    assert row.ended_by == "local operator"
    actions = {each.action for each in await house.all(Audit)}
    assert {"incident:record:acknowledge", "incident:record:close"} <= actions


async def test_a_kind_is_muted_for_a_unit_until_a_day(house: House, tmp_path: Path) -> None:
    office, _ = make_office(house, tmp_path)
    number = await wrong(house, "reader_lost", "r1")
    fire = await wrong(house, "fire_alarm")
    async with browser(office) as pages:
        where = f"/incidents/{number}"
        too_far = await pages.post(f"{where}/mute", data={"until": "2027-01-01"})
        assert (too_far.status_code, "ninety days" in too_far.text) == (422, True)
        assert 'value="2027-01-01"' in too_far.text, "what was typed stays"
        muted = await pages.post(f"{where}/mute", data={"until": "2025-10-12", "reason": "ordered"})
        assert "Muted until" in await followed(pages, muted)
        assert "Muted at the moment" in text_of((await pages.get("/incidents")).text)
        again = await pages.post(f"{where}/unmute")
        assert "People are told again." in await followed(pages, again)
        assert "Mute notices" not in (await pages.get(f"/incidents/{fire}")).text


async def test_a_host_takes_on_and_closes_what_happens_at_doors_alone(
    house: House, tmp_path: Path
) -> None:
    await add_operator(house, "host", str(SITE))
    await add_operator(house, "read_only", str(SITE))
    _, app = front_desk(house, tmp_path)
    door = await wrong(house, "door_held_open", "front")
    unit = await wrong(house, "forged_batch")
    async with visitor(app) as http:
        await sign_in(http, "host")
        page = (await http.get(f"/incidents/{unit}")).text
        assert "a manager, an installer or an owner closes it" in page and "/mute" not in page
        assert (await http.post(f"/incidents/{unit}/resolve")).status_code == 403
        assert (await http.post(f"/incidents/{unit}/mute")).status_code == 403
        assert (await http.post(f"/incidents/{unit}/acknowledge")).status_code == 303
        assert (await http.post(f"/incidents/{door}/resolve")).status_code == 303
    async with visitor(app) as http:
        await sign_in(http, "read_only")
        page = (await http.get(f"/incidents/{unit}")).text
        assert "Host took it on" in page and "/note" not in page
        assert "Your role may only look" in page
        assert (await http.post(f"/incidents/{unit}/note", data={"note": "x"})).status_code == 403
    assert (await house.get(Incident, unit)).ended_at is None


async def test_somebody_says_how_they_are_told_and_tries_it(
    house: House, tmp_path: Path, postbox: Postbox
) -> None:
    for role in ("owner", "host"):
        await add_operator(house, role, str(SITE) if role == "host" else None)
    _, app = front_desk(house, tmp_path, hook_networks="127.0.0.0/8")
    async with visitor(app) as http:
        await sign_in(http, "owner")
        mine = "/notices/people/op-owner"
        assert "Nobody can be told of anything" in text_of((await http.get("/notices")).text)
        await http.post(f"{mine}/mail/new", data={"to": "owner@maison.example"})
        [way] = await house.all(NoticeChannel)
        failed = await http.post(f"/notices/ways/{way.id}/test")
        assert (failed.status_code, "No mail server is set" in failed.text) == (502, True)
        await http.post("/setup/mail", data=form(postbox.port))
        sent = await http.post(f"/notices/ways/{way.id}/test")
        assert "taken by the other side" in await followed(http, sent)
        assert "This is the test that you asked for" in postbox.messages[0]
        postbox.refuse = "RCPT"
        refused = await http.post(f"/notices/ways/{way.id}/test")
        assert "refused the recipient" in refused.text and "550" in refused.text
        log = text_of((await http.get("/notices")).text)
        assert "given up" in log and "sent" in log

        await http.post(f"/notices/ways/{way.id}/delete")
        assert await house.all(NoticeChannel) == []


async def test_push_is_checked_tried_and_everybodys_own(house: House, tmp_path: Path) -> None:
    for role in ("owner", "host"):
        await add_operator(house, role, str(SITE) if role == "host" else None)
    _, app = front_desk(house, tmp_path, hook_networks="127.0.0.0/8")
    async with visitor(app) as http:
        await sign_in(http, "owner")
        mine = "/notices/people/op-owner"
        odd = await http.post(f"{mine}/ntfy/new", data={"server": "ntfy.sh", "topic": "a b"})
        assert odd.status_code == 422 and "alone, such as https://ntfy.sh" in odd.text
        assert 'value="a b"' in odd.text
        private = {"server": "http://10.0.0.1", "topic": "porte"}
        assert "private network" in (await http.post(f"{mine}/ntfy/new", data=private)).text
        async with receiving() as receiver:
            receiver.answers = [200]
            given = {"server": f"http://127.0.0.1:{receiver.port}", "topic": "geheim-9"}
            added = await followed(http, await http.post(f"{mine}/ntfy/new", data=given))
            assert "127.0.0.1" in added and "geheim-9" not in added
            [push] = [each for each in await house.all(NoticeChannel) if each.way == "ntfy"]
            assert (await http.post(f"/notices/ways/{push.id}/test")).status_code == 303
            assert "geheim-9" in receiver.got[0].body

        half = await http.post(mine, data={"least": "urgent", "quiet_from": "22:00"})
        assert (half.status_code, "both a beginning and an end" in half.text) == (422, True)
        rule = {"least": "urgent", "quiet_from": "22:00", "quiet_until": "07:30"}
        assert "Saved." in await followed(http, await http.post(mine, data=rule))
        assert 'value="07:30"' in (await http.get(mine)).text
        assert (await http.get("/notices/people/op-host")).status_code == 200, "an owner helps"
    async with visitor(app) as http:
        await sign_in(http, "host")
        assert (await http.get("/notices/people/op-host")).status_code == 200
        assert (await http.get(mine)).status_code == 404, "other people's ways are theirs"
        assert (await http.post(f"/notices/ways/{push.id}/test")).status_code == 404
        assert (await http.post("/notices/roster")).status_code == 403
        assert "127.0.0.1" not in (await http.get("/notices")).text
    kept = [await house.all(Audit), await house.all(NoticeChannel), await house.all(Notice)]
    assert "geheim" not in repr([each.__dict__ for rows in kept for each in rows])
    [found] = await house.all(NoticeRule)
    assert (found.least, found.quiet_from, found.urgent_passes) == ("urgent", 1320, False)


async def test_a_roster_shows_its_gaps_and_who_is_on_call(house: House, tmp_path: Path) -> None:
    await add_operator(house, "manager", str(SITE), name="Camille")
    await add_operator(house, "read_only", str(SITE))
    office, _ = make_office(house, tmp_path)
    async with browser(office) as pages:
        assert "There is no roster" in text_of((await pages.get("/notices")).text)
        empty = await pages.post("/notices/roster", data={"operator": "op-manager"})
        assert empty.status_code == 422
        line = {"operator": "op-manager", "since": "08:00", "until": "20:00", "rank": "1"}
        no_day = await pages.post("/notices/roster", data=line)
        assert (no_day.status_code, "at least one day" in no_day.text) == (422, True)
        stranger = await pages.post(
            "/notices/roster", data={**line, "operator": "op-x", "weekdays": "3"}
        )
        assert (stranger.status_code, "who has an account" in stranger.text) == (422, True)
        looker = {**line, "operator": "op-read_only", "weekdays": "3"}
        refused = await pages.post("/notices/roster", data=looker)
        assert (refused.status_code, "may only look" in refused.text) == (422, True)
        assert 'value="op-read_only"' not in refused.text
        days = {"weekdays": ["0", "1", "2", "3", "4"]}
        page = await followed(pages, await pages.post("/notices/roster", data=line | days))
        assert "Camille · Monday to Friday, 08:00–20:00" in page
        assert "no one has said how to be reached" in page
        assert "Sunday 00:00–24:00" in page and "Monday 20:00–24:00" in page
        odd = await pages.post("/notices/terms", data={"escalate": "900", "digest_at": "8h"})
        assert odd.status_code == 422 and "such as 22:00" in odd.text
        given = {"escalate": "20", "digest_at": "09:15"}
        await followed(pages, await pages.post("/notices/terms", data=given))
        assert 'value="09:15"' in (await pages.get("/notices")).text
        gone = await pages.post("/notices/roster/1/delete")
        assert "There is no roster" in await followed(pages, gone)


async def test_both_languages_say_the_same(house: House, tmp_path: Path) -> None:
    number = await wrong(house, "lock_fault", "front")
    office, _ = make_office(house, tmp_path)
    async with browser(office, "fr") as pages:
        page = text_of((await pages.get(f"/incidents/{number}")).text)
        assert "La serrure ne fait pas ce que le boîtier commande." in page
        assert "Tour d'astreinte" in text_of((await pages.get("/notices")).text)
