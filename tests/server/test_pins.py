"""PINs over the API: drawn, counted, made longer in time, removed; known to doors, told nobody."""

import json
from pathlib import Path
from typing import Any

import pytest

from loquet_contract.access.credential import Assurance
from loquet_contract.access.decision import AccessRequest, Denied, Granted, Now, decide
from loquet_contract.access.policy import (
    AccessPointRecord,
    HolderRecord,
    InMemoryPolicy,
    PolicyTerms,
)
from loquet_contract.access.presence import NOBODY
from loquet_contract.access.reasons import Reason
from loquet_contract.ids import AccessPointId, CredentialDigest, HolderId
from loquet_server.days import DAY_MS
from loquet_server.models import Audit, Credential, Holder, Pin, PinRule, Schedule
from loquet_server.office import Office
from loquet_server.policy.compiler import compile_policy
from loquet_server.policy.rows import Source
from loquet_server.policy.source_repository import SourceRepository
from tests.server.desk import client, make_office
from tests.server.house import SITE, START, UNIT, House
from tests.server.test_explain import change, give

SQLITE = pytest.mark.parametrize("database_kind", ["sqlite"])
PATH = "/api/v1/members/h1/pin"
WAY: dict[str, Any] = {"minimum_assurance": 1, "accepts_copies": True}


@pytest.fixture
async def office(house: House, tmp_path: Path) -> Office:
    found, _ = make_office(house, tmp_path)
    async with house.database.with_transaction() as session:
        await found.policies.advance(session, UNIT, found.now_ms())
    return found


async def records(house: House) -> InMemoryPolicy:
    """Return what the server would compile for the house's unit."""
    async with house.database.reading() as session:
        source = SourceRepository(session)
        start = START // 1000
        found = Source(await source.frame(SITE, start, 14), await source.people(SITE, start))
    return InMemoryPolicy.of(None, compile_policy(found, UNIT))


async def people(house: House, count: int, length: int = 6) -> None:
    """Give so many other members a PIN of that length."""
    for each in range(count):
        name = f"p{length}x{each}"
        await give(
            house,
            Holder(id=name, site=SITE, name=f"Other {each:03d}"),
            Pin(holder=name, site=SITE, digits_sealed="?", digest="d", length=length,
                made_by="member", made_at=START),
        )  # fmt: skip


async def test_a_pin_is_drawn_shown_once_and_known_to_the_doors(
    house: House, office: Office
) -> None:
    async with client(office) as http:
        assert (await http.get(PATH)).status_code == 404
        drawn = await http.post(PATH)
        assert drawn.status_code == 201
        pin = drawn.json()["pin"]
        shown = (await http.get(PATH)).json()
    assert len(pin) == shown["length"] == 6
    made_at = int(house.now * 1000)
    assert shown == {
        "holder": "h1", "length": 6, "made_by": "operator", "made_at": made_at, "ends_at": None,
    }  # fmt: skip
    (row,) = await house.all(Pin)
    assert house.keys.open_pin(row.digits_sealed) == pin
    record = (await records(house)).records["holder/h1"]
    assert isinstance(record, HolderRecord)
    assert record.pin == house.keys.unit_pin(HolderId("h1"), pin)
    for each in await house.all(Audit):
        assert pin not in json.dumps(each.detail) + each.reason
    assert pin not in f"{row.digits_sealed}{row.digest}{office.keys!r}"


@SQLITE
async def test_badge_and_pin_are_asked_by_the_rule_that_the_door_has(
    house: House, office: Office
) -> None:
    async with client(office) as http:
        pin = (await http.post(PATH)).json()["pin"]
        answer = await http.put("/api/v1/access-points/in", json=WAY | {"pin": "always"})
        assert answer.json()["pin"] == "always"
    policy, start = await records(house), START // 1000
    place = policy.access_point(AccessPointId("in"))
    assert place is not None and place.pin and place.badge_alone is None
    badge = CredentialDigest((await house.get(Credential, "c1")).digest)
    policy.terms = PolicyTerms(1, start, start + 86_400, start + 86_400)
    asked = AccessRequest(AccessPointId("in"), (badge,), Assurance.UID)
    typed = AccessRequest(
        AccessPointId("in"), (badge,), pins=(house.keys.unit_pin(HolderId("h1"), pin),)
    )
    now = Now(0.0, START / 1000)
    waits = decide(asked, policy, NOBODY, now)
    assert isinstance(waits, Denied) and waits.reason is Reason.PIN_EXPECTED
    assert isinstance(decide(typed, policy, NOBODY, now), Granted)


@SQLITE
async def test_hours_in_which_the_badge_is_enough_reach_the_unit(
    house: House, office: Office
) -> None:
    await give(house, Schedule(id="day", site=SITE, name="Day", hours="Mo-Fr 09:00-18:00"))
    way = WAY | {"pin": "outside", "badge_alone": "day"}
    async with client(office) as http:
        assert (await http.put("/api/v1/access-points/in", json=way)).status_code == 200
        refused = await http.delete("/api/v1/schedules/day")
        assert refused.status_code == 409, "a door goes by it"
    policy = await records(house)
    place = policy.records["access_point/in"]
    assert isinstance(place, AccessPointRecord) and place.pin
    assert place.badge_alone is not None
    hours = policy.schedule(place.badge_alone)
    assert hours is not None and hours.bounds


@SQLITE
@pytest.mark.parametrize(
    ("more", "field"),
    [
        ({"pin": "always", "exit": True}, "pin"),
        ({"pin": "outside"}, "badge_alone"),
        ({"pin": "outside", "badge_alone": "nowhere"}, "badge_alone"),
        ({"pin": "sometimes"}, None),
    ],
)
async def test_what_a_door_cannot_ask_is_refused(
    office: Office, more: dict[str, Any], field: str | None
) -> None:
    async with client(office) as http:
        answer = await http.put("/api/v1/access-points/in", json=WAY | more)
    assert answer.status_code == 422
    assert field is None or answer.json()["field"] == field


async def test_the_length_rises_with_the_people_and_shorter_pins_end_in_time(
    house: House, office: Office
) -> None:
    await give(house, PinRule(site=SITE, length=4))
    await people(house, 8, 4)
    async with client(office) as http:
        before = (await http.get(f"/api/v1/sites/{SITE}/pin-rule")).json()
        assert before == {"site": SITE, "length": 5, "people": 8, "enough_for": 99}
        pin = (await http.post(PATH)).json()["pin"]
    assert len(pin) == 5
    ends = int(house.now * 1000) + 30 * DAY_MS
    rows = {each.holder: each for each in await house.all(Pin)}
    assert {each.ends_at for name, each in rows.items() if name != "h1"} == {ends}
    assert rows["h1"].ends_at is None
    (row,) = [each for each in await house.all(Audit) if each.action == "pin:length:change"]
    assert row.detail == {"before": 4, "after": 5, "too_short": 8}
    other = (await records(house)).records["holder/p4x0"]
    assert isinstance(other, HolderRecord)
    assert other.pin_until == ends // 1000
    house.now += 31 * 86_400
    async with client(office) as http:
        assert (await http.get(f"/api/v1/sites/{SITE}/pin-rule")).json()["people"] == 1


@SQLITE
async def test_an_operator_chooses_the_length_but_never_too_few_digits(
    house: House, office: Office
) -> None:
    await people(house, 9)
    path = f"/api/v1/sites/{SITE}/pin-rule"
    async with client(office) as http:
        assert (await http.put(path, json={"length": 4})).status_code == 422
        assert (await http.put(path, json={"length": 9})).status_code == 422
        assert (await http.put(path, json={"length": 8})).json()["length"] == 8
        assert all(each.ends_at for each in await house.all(Pin))
        assert (await http.put(path, json={"length": 5})).json()["length"] == 5
    assert not any(each.ends_at for each in await house.all(Pin)), "long enough again"


@SQLITE
async def test_a_pin_that_is_removed_opens_nothing_and_an_archived_member_gets_none(
    house: House, office: Office
) -> None:
    async with client(office) as http:
        await http.post(PATH)
        assert (await http.delete(PATH)).status_code == 204
        assert (await http.delete(PATH)).status_code == 204, "gone is gone"
        record = (await records(house)).records["holder/h1"]
        assert isinstance(record, HolderRecord) and record.pin is None
        await change(house, Holder, "h1", archived_at=int(house.now * 1000))
        assert (await http.post(PATH)).status_code == 409


@SQLITE
async def test_an_erased_member_leaves_no_pin(house: House, office: Office) -> None:
    async with client(office) as http:
        await http.post(PATH)
        name = (await house.get(Holder, "h1")).name
        why = {"name": name, "reason": "asked for it"}
        answer = await http.post("/api/v1/members/h1/erase", json=why)
    assert answer.status_code < 300, answer.text
    assert await house.all(Pin) == []
