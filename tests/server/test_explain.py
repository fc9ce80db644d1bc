"""Why, who and when: on real tables, through compiled policies and the real application."""

import re
from datetime import datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import httpx

from loquet_contract.access.reasons import Reason
from loquet_contract.ids import AccessPointId, CredentialDigest, DoorId, HolderId
from loquet_contract.wire.events import AccessDenied
from loquet_server.models import Audit, Base, Credential, Holder, Plan, Rule, Schedule, Subscription
from loquet_server.office import Office
from tests.server.desk import make_office
from tests.server.house import SITE, UNIT, House
from tests.server.pages.desk import browser

HOURS = "Mo-Fr 09:00-18:00; Sa 10:00-12:00"
PARIS = ZoneInfo("Europe/Paris")
TITLE = re.compile(r"<[^>]+>")


def text_of(answer: httpx.Response) -> str:
    return " ".join(TITLE.sub(" ", answer.text).split())


async def give(house: House, *rows: Base) -> None:
    for row in rows:
        async with house.database.with_transaction() as session:
            session.add(row)


async def change(house: House, model: type[Any], key: str, **values: Any) -> None:
    async with house.database.with_transaction() as session:
        row = await session.get(model, key)
        for name, value in values.items():
            setattr(row, name, value)


def at(text: str) -> int:
    """Return local time as UTC milliseconds."""
    return int(datetime.fromisoformat(text).replace(tzinfo=PARIS).timestamp()) * 1000


async def with_hours(house: House) -> None:
    """Let the member come by a plan with hours, in the room alone."""
    await give(
        house,
        Schedule(id="day", site=SITE, name="Day", hours=HOURS),
        Plan(id="full", site=SITE, name_fr="Temps plein", name_en="Full time"),
        Rule(id="r2", plan="full", areas=["salle"], schedule="day"),
    )
    await change(house, Subscription, "s1", plan="full")


async def refused(house: House, office: Office, reason: Reason, when: int | None = None) -> None:
    """Let the unit write a refusal, under the policy of now."""
    async with house.database.with_transaction() as session:
        await office.policies.advance(session, UNIT, office.now_ms())
    badge = await digest(house)
    fact = AccessDenied(
        DoorId("front"), AccessPointId("in"), reason, 1, HolderId("h1"), badge, when=when
    )
    house.journal.write(fact, office.now_ms())
    await house.take(house.journal.message())


async def digest(house: House) -> CredentialDigest:
    return CredentialDigest((await house.all(Credential))[0].digest)


async def explained(house: House, folder: Path, reason: Reason, **asked: Any) -> dict[str, Any]:
    office, _ = make_office(house, folder)
    await refused(house, office, reason)
    async with browser(office) as http:
        answer = await http.get("/api/v1/explain/passages/1", params={"lang": "en", **asked})
    assert answer.status_code == 200
    found: dict[str, Any] = answer.json()
    return found


async def test_outside_of_hours_it_says_which_plan_and_when_it_opens_again(
    house: House, tmp_path: Path
) -> None:
    await with_hours(house)
    house.now = at("2025-10-11T13:00") / 1000  # a Saturday
    found = await explained(house, tmp_path, Reason.NOT_PERMITTED_NOW)
    assert (found["agrees"], found["reason"]) == (True, "not_permitted_now")
    assert found["exact"] == (
        "“Full time” opens Salle on this Saturday only 10:00 – 12:00."
        " It opens again Monday 13 October 2025 at 09:00."
    )
    assert found["said"] == "Revenez lundi à 9 h"
    assert [(each["name"], each["words"]) for each in found["ways"]] == [
        ("Full time", "Outside the hours of the plan")
    ]
    assert {each["href"] for each in found["advice"]} == {
        "/explain/members/h1", "/hours", "/members/h1/plans",
    }  # fmt: skip
    failed = [each["rung"] for each in found["ladder"] if each["step"] == "failed"]
    assert failed == ["hours"]


async def test_what_else_stands_in_the_way_is_said_too(house: House, tmp_path: Path) -> None:
    await with_hours(house)
    await change(house, Holder, "h1", suspended=True, suspended_reason="unpaid since August")
    house.now = at("2025-10-12T13:00") / 1000
    found = await explained(house, tmp_path, Reason.MEMBER_SUSPENDED)
    assert found["exact"] == "Camille is suspended: unpaid since August"
    assert found["also"] == ["Outside the hours of the plan"]


async def test_a_page_says_why_and_every_look_is_recorded(house: House, tmp_path: Path) -> None:
    await with_hours(house)
    house.now = at("2025-10-11T13:00") / 1000
    office, _ = make_office(house, tmp_path)
    await refused(house, office, Reason.NOT_PERMITTED_NOW)
    async with browser(office) as http:
        page = await http.get("/explain/passages/1")
        french = await http.get("/explain/passages/1?lang=fr")
        assert (await http.get("/explain/passages/2")).status_code == 404
        asked = {"access_point": "in"}
        assert (await http.get("/api/v1/explain/passages/1")).status_code == 200
        assert (await http.get("/api/v1/explain/holders/h1", params=asked)).status_code == 200
    text = text_of(page)
    assert "Why was this badge refused?" in text
    assert "It opens again Monday 13 October 2025 at 09:00." in text
    assert "no: this decided" in text
    assert "Pourquoi ce badge a-t-il été refusé" in text_of(french)
    looks = [each for each in await house.all(Audit) if each.action == "passage:reason:explain"]
    assert [(each.subject, each.site) for each in looks] == [
        ("1", SITE), ("1", SITE), ("1", SITE), ("h1", SITE),
    ]  # fmt: skip


async def test_a_unit_that_did_otherwise_is_named(house: House, tmp_path: Path) -> None:
    found = await explained(house, tmp_path, Reason.UNAUTHORIZED)
    assert (found["answer"], found["recorded"], found["agrees"]) == (
        "granted", "unauthorized", False,
    )  # fmt: skip
    assert "judged otherwise" in found["doubt"]


async def test_who_may_enter_on_sunday_and_who_nearly(house: House, tmp_path: Path) -> None:
    await with_hours(house)
    await give(
        house,
        Holder(id="h2", site=SITE, name="Ada"),
        Subscription(id="s2", site=SITE, holder="h2", plan="resident", starts_on="2025-01-01"),
        Holder(id="h3", site=SITE, name="Zoé"),
    )
    office, _ = make_office(house, tmp_path)
    sunday = at("2025-10-12T10:00")
    async with browser(office) as http:
        answer = await http.get(
            "/api/v1/explain/areas/salle", params={"at": str(sunday), "lang": "en"}
        )
        page = await http.get("/explain/area?area=salle&day=2025-10-12&time=10:00")
        assert (await http.get("/explain/area")).status_code == 200
    looks = [each for each in await house.all(Audit) if each.action == "area:entrants:explain"]
    assert [each.subject for each in looks] == ["salle", "salle", "calme"]  # the first by name
    assert {each.site for each in looks} == {SITE}
    found = answer.json()
    assert found["may"] == []
    assert [(each["name"], each["reason"], each["badge"]) for each in found["may_not"]] == [
        ("Ada", None, False),
        ("Camille", "not_permitted_now", True),
        ("Zoé", "unauthorized", False),
    ]
    assert "Ada Has no badge; would be let in by “Resident”" in text_of(page)
    assert "opens Monday 13 October 2025 at 09:00" in text_of(page)
    async with browser(office) as http:
        monday: dict[str, str | int] = {"at": at("2025-10-13T10:00"), "lang": "fr"}
        found = (await http.get("/api/v1/explain/areas/salle", params=monday)).json()
    assert [(each["name"], each["by"], each["doors"]) for each in found["may"]] == [
        ("Camille", "Temps plein", ["Front"])
    ]


async def test_when_a_member_may_enter_what(house: House, tmp_path: Path) -> None:
    await with_hours(house)
    office, _ = make_office(house, tmp_path)
    asked: dict[str, str | int] = {"from": "2025-10-11", "days": 3, "lang": "en"}
    async with browser(office) as http:
        found = (await http.get("/api/v1/explain/members/h1", params=asked)).json()
        page = await http.get("/explain/members/h1?from=2025-10-08")
        odd = await http.get("/explain/members/h1?from=yesterday")
    looks = [each for each in await house.all(Audit) if each.action == "member:hours:explain"]
    assert [(each.subject, each.site) for each in looks] == [("h1", SITE)] * 3
    spans = {each["area"]: each["spans"] for each in found["areas"]}
    assert spans["calme"] == []
    assert [(each["start"] * 1000, each["end"] * 1000) for each in spans["salle"]] == [
        (at("2025-10-11T10:00"), at("2025-10-11T12:00")),
        (at("2025-10-13T09:00"), at("2025-10-13T18:00")),
    ]
    assert {each["by"] for each in spans["salle"]} == {"Full time"}
    text = text_of(page)
    assert "Monday 6 October 2025 – 09:00 – 18:00 Full time" in text
    assert "Sunday 12 October 2025 – –" in text
    assert odd.status_code == 200


async def test_what_other_hours_would_change(house: House, tmp_path: Path) -> None:
    await with_hours(house)
    office, _ = make_office(house, tmp_path)
    wish = {"schedule": "day", "hours": "Mo-Fr 09:00-18:00; Su 10:00-12:00", "days": 14}
    async with browser(office) as http:
        found = (await http.post("/api/v1/explain/what-if", json=wish)).json()
        wrong = await http.post("/api/v1/explain/what-if", json=wish | {"hours": "Mo-Fr 9h-18h"})
        none = await http.post("/api/v1/explain/what-if", json=wish | {"schedule": "nope"})
    assert found["weekdays"] == [
        {"weekday": 5, "gain": 0, "lose": 1}, {"weekday": 6, "gain": 1, "lose": 0},
    ]  # fmt: skip
    (one,) = found["members"]
    assert (one["name"], len(one["gained"]), len(one["lost"])) == ("Camille", 2, 2)
    assert (wrong.status_code, none.status_code) == (422, 404)
    assert (await house.get(Schedule, "day")).hours == HOURS


async def test_an_odd_time_is_complained_about(house: House, tmp_path: Path) -> None:
    office, _ = make_office(house, tmp_path)
    async with browser(office) as http:
        for day, hour in (("2025-13-45", "10:00"), ("9999-01-01", "10:00"), ("x", "y")):
            answer = await http.get("/explain/area", params={"day": day, "time": hour})
            assert answer.status_code == 422
            assert "Please write a day and a time." in text_of(answer)
