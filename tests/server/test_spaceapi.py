"""The public state, by the rules of https://schema.spaceapi.io/15.json; and what it never says."""

import json
from pathlib import Path
from typing import Any

import httpx
import pytest
from jsonschema import Draft7Validator

from loquet_server.models import Schedule, Site
from loquet_server.office import Office
from loquet_server.spaceapi.schemas import PublicSpace
from loquet_server.spaceapi.service import document, load, rounded, store
from tests.server.desk import client, make_office
from tests.server.front_desk import add_operator, browser, front_desk, sign_in
from tests.server.house import SITE, House

pytestmark = pytest.mark.parametrize("database_kind", ["sqlite"])

TEXT: dict[str, Any] = {"type": "string"}
NUMBER: dict[str, Any] = {"type": "number"}
SCHEMA: dict[str, Any] = {
    "$schema": "http://json-schema.org/draft-07/schema#",
    "type": "object",
    "required": ["api_compatibility", "space", "logo", "url", "contact"],
    "properties": {
        "api_compatibility": {"type": "array", "items": TEXT, "contains": {"const": "15"}},
        "space": TEXT,
        "logo": TEXT,
        "url": TEXT,
        "location": {
            "type": "object",
            "minProperties": 1,
            "properties": {
                "address": TEXT, "lat": NUMBER, "lon": NUMBER, "timezone": TEXT,
                "country_code": TEXT, "hint": TEXT,
            },
            "dependencies": {"lat": ["lon"], "lon": ["lat"]},
        },
        "contact": {"type": "object", "properties": {"email": TEXT, "phone": TEXT}},
        "state": {
            "type": "object",
            "properties": {"open": {"type": "boolean"}, "lastchange": NUMBER, "message": TEXT},
        },
        "sensors": {
            "type": "object",
            "properties": {
                "people_now_present": {
                    "type": "array",
                    "items": {
                        "type": "object",
                        "required": ["value"],
                        "properties": {"value": NUMBER, "location": TEXT, "description": TEXT},
                    },
                },
            },
        },
    },
}  # fmt: skip
"""The schema's rules for the keys that we use; all of its required ones."""
FORM = {
    "enabled": "true", "url": "https://maison.example/", "logo": "https://maison.example/logo.png",
    "latitude": "48,117", "longitude": "-1.677", "mail": "bonjour@maison.example", "people": "true",
}  # fmt: skip
PATH = "/settings/spaceapi"
LOCAL_10H = 1_760_083_200
"""Friday, 10 October 2025, 10:00 in Paris."""


async def open_hours(house: House) -> None:
    """Let the house be open from 9 to 18 on weekdays."""
    async with house.database.with_transaction() as session:
        session.add(
            Schedule(id="hours", site=SITE, name="Hours", hours="Mo-Fr 09:00-18:00", always=False)
        )
        site = await session.get(Site, SITE)
        assert site is not None
        site.opening, site.address = "hours", "1 place du Marché, 35000 Rennes"


async def told(office: Office, query: str = "") -> httpx.Response:
    async with client(office, "203.0.113.9", "maison.example") as http:
        return await http.get(f"/spaceapi.json{query}")


async def test_it_is_off_until_a_manager_fills_in_the_page(house: House, tmp_path: Path) -> None:
    await open_hours(house)
    await add_operator(house, "owner")
    _, app = front_desk(house, tmp_path)
    async with browser(app) as http:
        off = await http.get("/spaceapi.json")
        assert (off.status_code, off.json()["type"]) == (404, "urn:loquet:problem:not-found")
        assert off.headers["access-control-allow-origin"] == "*"
        await sign_in(http, "owner")
        bad = await http.post(PATH, data=FORM | {"latitude": "north", "logo": "logo.png"})
        assert bad.status_code == 422
        assert "Write a number of degrees" in bad.text
        assert "Write a whole address" in bad.text
        assert (await http.post(PATH, data=FORM)).headers["location"] == f"{PATH}?done=on"
        assert "api_compatibility" in (await http.get(PATH)).text
        answer = await http.get("/spaceapi.json")
        assert answer.status_code == 200
        await http.post(PATH, data=FORM | {"enabled": ""})
        assert (await http.get("/spaceapi.json")).status_code == 404, "at once"


async def test_everybody_may_read_it_and_it_keeps_the_rules(house: House, tmp_path: Path) -> None:
    await open_hours(house)
    house.now = LOCAL_10H
    office, _ = make_office(house, tmp_path)
    await fill_in(house)
    answer = await told(office)
    assert answer.headers["access-control-allow-origin"] == "*"
    found = answer.json()
    assert list(Draft7Validator(SCHEMA).iter_errors(found)) == []
    assert found["state"] == {"open": True, "lastchange": LOCAL_10H - 3600}
    assert found["location"]["lat"] == 48.117
    assert found["location"]["country_code"] == "FR"
    house.now = LOCAL_10H + 9 * 3600
    closed = (await said(house))["state"]
    assert closed == {"open": False, "lastchange": LOCAL_10H + 8 * 3600}
    assert (await told(office, "?site=elsewhere")).status_code == 404


async def fill_in(house: House) -> None:
    async with house.database.with_transaction() as session:
        await store(session, SITE, PublicSpace.model_validate(FORM))


async def said(house: House) -> dict[str, Any]:
    async with house.database.reading() as session:
        site, space = await session.get(Site, SITE), await load(session, SITE)
        assert site is not None
        assert space is not None
        return await document(session, site, space, int(house.now * 1000))


async def test_without_hours_it_says_nothing_of_the_state(house: House, tmp_path: Path) -> None:
    await fill_in(house)
    found = await said(house)
    assert "state" not in found
    assert list(Draft7Validator(SCHEMA).iter_errors(found)) == []


def test_a_few_people_are_never_told_of(database_kind: str) -> None:
    assert [rounded(n) for n in (0, 1, 2)] == [None] * 3
    assert [rounded(n) for n in (3, 7, 8, 12, 13, 41)] == [5, 5, 10, 10, 15, 40]


async def test_nobody_is_in_it(house: House, tmp_path: Path) -> None:
    await open_hours(house)
    await fill_in(house)
    text = json.dumps(await said(house), ensure_ascii=False)
    assert "Camille" not in text
    assert '"h1"' not in text
    assert "sensors" not in text, "nobody is inside"


async def test_rules_that_are_broken_are_seen(house: House) -> None:
    """A checker that lets everything pass would be no check."""
    await open_hours(house)
    await fill_in(house)
    found = await said(house)
    for broken in (
        {key: value for key, value in found.items() if key != "contact"},
        found | {"api_compatibility": ["14"]},
        found | {"location": {"lat": 1.0}},
        found | {"state": {"open": "yes"}},
        found | {"sensors": {"people_now_present": [{}]}},
    ):
        assert list(Draft7Validator(SCHEMA).iter_errors(broken)) != []
