"""The space, its calendar, its areas and doors over the API: what holds, and what is refused."""

from pathlib import Path
from typing import Any

import httpx
import pytest

from loquet_server.departments import DEPARTMENTS, ZONE_OF
from loquet_server.models import (
    AccessPoint,
    Area,
    Audit,
    CalendarEntry,
    Desk,
    Door,
    DoorState,
    Lockdown,
    Plan,
    Site,
)
from loquet_server.office import Office
from tests.server.desk import client, make_office
from tests.server.house import SITE, House

CHRISTMAS = {
    "site": SITE, "kind": "closure", "name": "Noël",
    "starts": "2025-12-24T14:00", "ends": "2026-01-02T00:00",
}  # fmt: skip


async def ask(office: Office, method: str, path: str, body: Any = None) -> httpx.Response:
    async with client(office) as http:
        return await http.request(method, f"/api/v1{path}", json=body)


async def actions(house: House) -> list[str]:
    return [row.action for row in await house.all(Audit)]


async def test_a_closure_is_added_changed_and_deleted(house: House, tmp_path: Path) -> None:
    office, _ = make_office(house, tmp_path)
    made = await ask(office, "POST", "/calendar", CHRISTMAS)
    assert made.status_code == 201
    path = f"/calendar/{made.json()['id']}"
    body = {name: value for name, value in CHRISTMAS.items() if name != "site"}
    changed = await ask(office, "PUT", path, {**body, "ends": "2026-01-05T00:00"})
    assert changed.json()["ends"] == "2026-01-05T00:00"
    assert changed.json()["lead_minutes"] == 0
    assert len((await ask(office, "GET", f"/calendar?site={SITE}")).json()) == 1
    assert (await ask(office, "DELETE", path)).status_code == 204
    assert (await ask(office, "GET", path)).status_code == 404
    assert await actions(house) == [
        "calendar:entry:create", "calendar:entry:change", "calendar:entry:delete",
    ]  # fmt: skip


@pytest.mark.parametrize("database_kind", ["sqlite"])
@pytest.mark.parametrize(
    "wrong",
    [
        {"ends": "2025-12-24T14:00"},
        {"ends": "2035-01-01T00:00"},
        {"starts": "tomorrow"},
        {"starts": "2025-12-24T14:00+01:00"},
        {"kind": "party"},
        {"kind": "event"},
        {"kind": "event", "plans": ["none"]},
        {"area": "none"},
        {"name": " "},
        {"colour": "red"},
    ],
)
async def test_a_calendar_entry_that_means_nothing(
    house: House, tmp_path: Path, wrong: dict[str, Any]
) -> None:
    office, _ = make_office(house, tmp_path)
    assert (await ask(office, "POST", "/calendar", {**CHRISTMAS, **wrong})).status_code == 422
    assert await house.all(CalendarEntry) == []


async def test_what_an_entry_would_change_is_said_before(house: House, tmp_path: Path) -> None:
    office, _ = make_office(house, tmp_path)
    async with house.database.with_transaction() as session:
        door = await session.get(Door, "front")
        assert door is not None
        door.unlock_schedule = "always"
    opening = {**CHRISTMAS, "kind": "event", "everybody": True, "area": "calme"}
    assert (await ask(office, "POST", "/calendar/effect", opening)).json() == []  # always there
    lines = (await ask(office, "POST", "/calendar/effect", CHRISTMAS)).json()
    doors = {line["kind"]: line["dates"] for line in lines if line["audience"] == "doors"}
    assert doors.keys() == {"shorter", "lost", "later"}  # the eve, the days, the last morning
    assert (doors["shorter"], doors["later"]) == (["2025-12-24"], ["2026-01-01"])
    nowhere = await ask(office, "POST", "/calendar/effect", {**CHRISTMAS, "site": "none"})
    assert nowhere.status_code == 404
    assert await house.all(CalendarEntry) == []


async def test_an_event_keeps_its_audience(house: House, tmp_path: Path) -> None:
    office, _ = make_office(house, tmp_path)
    event = {**CHRISTMAS, "kind": "event", "plans": ["resident"], "area": "calme"}
    made = (await ask(office, "POST", "/calendar", event)).json()
    assert (made["plans"], made["area"], made["lead_minutes"]) == (["resident"], "calme", 15)


async def test_an_event_keeps_a_plan_that_was_archived_since(house: House, tmp_path: Path) -> None:
    office, _ = make_office(house, tmp_path)
    event = {**CHRISTMAS, "kind": "event", "plans": ["resident"]}
    made = (await ask(office, "POST", "/calendar", event)).json()
    async with house.database.with_transaction() as session:
        plan = await session.get(Plan, "resident")
        assert plan is not None
        plan.archived_at = 1
    body = {name: value for name, value in event.items() if name != "site"}
    kept = await ask(office, "PUT", f"/calendar/{made['id']}", {**body, "name": "Fête"})
    assert (kept.status_code, kept.json()["plans"]) == (200, ["resident"])
    assert (await ask(office, "POST", "/calendar", event)).status_code == 422


async def test_the_space_is_described_anew(house: House, tmp_path: Path) -> None:
    office, _ = make_office(house, tmp_path)
    given = {"department": "67", "school_zone": "B", "timezone": "Europe/Berlin"}
    changed = await ask(office, "PATCH", f"/sites/{SITE}", given)
    assert changed.status_code == 200
    assert changed.json()["name"] == "La Maison"
    row = await house.get(Site, SITE)
    assert (row.department, row.timezone, row.day_starts) == ("67", "Europe/Berlin", 180)
    (audit,) = await house.all(Audit)
    assert audit.detail["before"] == {
        "department": "", "school_zone": "", "timezone": "Europe/Paris",
    }  # fmt: skip
    assert [each["id"] for each in (await ask(office, "GET", "/sites")).json()] == [SITE]
    for wrong in (
        {"timezone": "Mars/Olympus"}, {"department": "00"}, {"school_zone": "D"},
        {"opening": "none"}, {"day_starts": 800}, {"name": ""}, {"country": "France"},
    ):  # fmt: skip
        answer = await ask(office, "PATCH", f"/sites/{SITE}", wrong)
        assert answer.status_code == 422, wrong
    assert (await ask(office, "PATCH", "/sites/none", {})).status_code == 404


async def test_an_area_refuses_when_full_only_where_exits_are_sensed(
    house: House, tmp_path: Path
) -> None:
    office, _ = make_office(house, tmp_path)
    body = {"name": "Salle", "capacity": 12, "when_full": "refuse"}
    refused = await ask(office, "PUT", "/areas/salle", body)
    assert refused.status_code == 422
    assert "exits are sensed" in refused.json()["detail"]
    taken = await ask(office, "PUT", "/areas/salle", {**body, "exit_sensing": True})
    assert (taken.json()["when_full"], taken.json()["capacity"]) == ("refuse", 12)
    bad = await ask(office, "PUT", "/areas/salle", {"name": "Salle", "opening": "none"})
    assert bad.status_code == 422


async def test_an_area_is_added_and_deleted_when_nothing_is_in_it(
    house: House, tmp_path: Path
) -> None:
    office, _ = make_office(house, tmp_path)
    made = (await ask(office, "POST", "/areas", {"site": SITE, "name": "Labo"})).json()
    settings = (await ask(office, "GET", "/area-settings?limit=1000")).json()
    assert made["id"] in {each["id"] for each in settings}
    assert (await ask(office, "DELETE", f"/areas/{made['id']}")).status_code == 204
    used = await ask(office, "DELETE", "/areas/salle")
    assert used.status_code == 409
    assert "Front" in used.json()["detail"]
    assert await house.get(Area, made["id"]) is None
    assert (await house.get(Desk, "d1")) is not None


async def test_a_door_is_set_and_its_ways(house: House, tmp_path: Path) -> None:
    office, _ = make_office(house, tmp_path)
    body = {"name": "Front door", "unlock_schedule": "always", "first_card": True}
    changed = await ask(office, "PUT", "/doors/front", {**body, "rank": 3})
    assert (changed.json()["unlock_schedule"], changed.json()["first_card"]) == ("always", True)
    assert changed.json()["rank"] == 3
    wrong = await ask(office, "PUT", "/doors/front", {"name": "x", "unlock_schedule": "none"})
    assert wrong.status_code == 422
    way = {"minimum_assurance": 2, "anti_passback": "timed", "anti_passback_minutes": 10}
    set_way = await ask(office, "PUT", "/access-points/in", way)
    assert (set_way.json()["minimum_assurance"], set_way.json()["anti_passback_minutes"]) == (2, 10)
    lower = await ask(office, "PUT", "/access-points/in", {"minimum_assurance": 1})
    assert lower.status_code == 422
    assert "copied" in lower.json()["detail"]
    said = {"minimum_assurance": 1, "accepts_copies": True}
    assert (await ask(office, "PUT", "/access-points/in", said)).status_code == 200
    chosen = [
        row for row in await house.all(Audit) if row.action == "access_point:assurance:choose"
    ]
    assert [row.detail["minimum_assurance"] for row in chosen] == [2, 1]
    listed = (await ask(office, "GET", "/doors/front/access-points")).json()
    assert [each["id"] for each in listed] == ["in"]


async def test_a_changed_door_still_says_how_it_stands(house: House, tmp_path: Path) -> None:
    office, _ = make_office(house, tmp_path)
    async with house.database.with_transaction() as session:
        session.add(DoorState(door="front", leaf="open", lock="locked", mode="locked"))
    for method, path, body in (
        ("PUT", "/doors/front", {"name": "Front"}),
        ("POST", "/doors/front/block", {"reason": "wet floor"}),
        ("POST", "/doors/front/unblock", {"reason": "dry"}),
    ):
        door = (await ask(office, method, path, body)).json()
        assert (door["leaf"], door["lock"]) == ("open", "locked"), path


async def test_hard_anti_passback_needs_exits_that_are_sensed(house: House, tmp_path: Path) -> None:
    office, _ = make_office(house, tmp_path)
    hard = {"minimum_assurance": 1, "accepts_copies": True, "anti_passback": "hard"}
    refused = await ask(office, "PUT", "/access-points/in", hard)
    assert refused.status_code == 422
    assert "could not come back" in refused.json()["detail"]
    assert (await ask(office, "PUT", "/access-points/quiet", hard)).status_code == 200
    kept = await ask(office, "PUT", "/areas/calme", {"name": "Calme", "exit_sensing": False})
    assert kept.status_code == 422
    assert (await house.get(Area, "calme")).exit_sensing is True
    out = await ask(office, "PUT", "/access-points/quiet", {**hard, "exit": True})
    assert out.status_code == 422
    timed = {**hard, "anti_passback": "timed"}
    assert (await ask(office, "PUT", "/access-points/quiet", timed)).status_code == 422
    assert (await house.get(AccessPoint, "quiet")).anti_passback == "hard"


async def test_an_area_is_locked_down_by_the_doors_into_it(house: House, tmp_path: Path) -> None:
    office, _ = make_office(house, tmp_path)
    locked = await ask(office, "POST", "/areas/calme/lock-down", {"reason": "leak"})
    assert [row["door"] for row in locked.json()] == ["quiet"]
    lifted = await ask(office, "POST", "/areas/calme/lift", {"reason": "dry"})
    assert lifted.json()[0]["lifted_at"] is not None
    assert (await ask(office, "POST", "/areas/none/lift", {"reason": "x"})).status_code == 404
    assert [row.door for row in await house.all(Lockdown)] == ["quiet"]


def test_every_department_of_a_zone_is_known() -> None:
    assert len(DEPARTMENTS) == 101
    assert set(ZONE_OF) <= set(DEPARTMENTS)
    assert set(DEPARTMENTS) - set(ZONE_OF) == {"2A", "2B", "971", "972", "973", "974", "976"}
    assert (ZONE_OF["35"], ZONE_OF["75"], ZONE_OF["69"]) == ("B", "C", "A")
