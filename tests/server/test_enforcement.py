"""What doors enforce, how long it lasts, and the proof that a badge opens nothing any more."""

from pathlib import Path
from typing import Any

from loquet_server.models import AccessPoint, Credential, Holder, Policy, Unit
from loquet_server.office import Office
from tests.server.desk import client, make_office
from tests.server.house import SITE, START, UNIT, House

DAY = 86_400_000


async def ask(office: Office, path: str) -> Any:
    async with client(office) as web:
        answer = await web.get(f"/api/v1/{path}")
    assert answer.status_code == 200, answer.text
    return answer.json()


async def begin(house: House, folder: Path) -> Office:
    """Make the first version of both units."""
    office, _ = make_office(house, folder)
    async with house.database.with_transaction() as session:
        session.add(
            AccessPoint(id="far", door="far", reader="far", area_from="outside", area_to="salle")
        )
        await session.flush()
        await office.policies.advance_site(session, SITE, START)
    return office


async def say(house: House, version: int, **more: Any) -> None:
    """Let the unit say which version it enforces."""
    row = await house.get(Policy, (UNIT, version))
    await house.take(house.journal.state(policy_version=version, policy_digest=row.digest, **more))


async def change(house: House, office: Office, what: str, **values: Any) -> None:
    async with house.database.with_transaction() as session:
        row = await session.get({"h": Holder, "c": Credential}[what[0]], what)
        assert row is not None
        for name, value in values.items():
            setattr(row, name, value)
        now = int(house.now * 1000)
        await office.policies.advance_holders(session, SITE, ["h1"], now)


async def test_a_unit_says_which_version_it_enforces(house: House, tmp_path: Path) -> None:
    office = await begin(house, tmp_path)
    house.now += 0.2
    await say(house, 1)
    hall, other = await ask(office, "enforcement")
    assert (hall["unit"], hall["doors"]) == (UNIT, ["Front", "Quiet"])
    assert (hall["version"], hall["newest"], hall["took_ms"]) == (1, 1, 200)
    assert hall["behind_since"] is None
    assert (other["version"], other["newest"], other["behind_since"]) == (None, 1, START)


async def test_a_unit_that_lags_says_since_when(house: House, tmp_path: Path) -> None:
    office = await begin(house, tmp_path)
    await say(house, 1)
    for number in (1, 2):
        house.now += 60
        await change(house, office, "h1", suspended=number == 1)
    hall, _ = await ask(office, "enforcement")
    assert (hall["version"], hall["newest"]) == (1, 3)
    assert hall["behind_since"] == START + 60_000


async def test_it_lasts_as_long_as_each_plan_says(house: House, tmp_path: Path) -> None:
    office = await begin(house, tmp_path)
    await say(house, 1)
    hall, _ = await ask(office, "enforcement")
    found = {each["plan"]: each for each in hall["lasting"]}
    assert found["resident"]["ends_at"] == START + 30 * DAY
    assert found["resident"]["warns_at"] == START + 7 * DAY
    assert found[None]["ends_at"] == START + 30 * DAY
    assert found["resident"]["name_fr"] == "Résident"


async def test_a_lost_badge_is_proved_blocked_unit_by_unit(house: House, tmp_path: Path) -> None:
    office = await begin(house, tmp_path)
    await say(house, 1)
    open_ = await ask(office, "badges/c1/proof")
    assert (open_["why"], open_["everywhere"], open_["doors"]) == (None, False, [])
    house.now += 10
    await change(house, office, "c1", status="lost")
    proof = await ask(office, "badges/c1/proof")
    assert (proof["why"], proof["member"], proof["everywhere"]) == ("blocked", "Camille", False)
    hall, other = proof["doors"]
    assert (hall["unit"], hall["version"], hall["confirmed_at"]) == (UNIT, 2, None)
    assert hall["opens_until"] == START + 30 * DAY, "by the version that it was given then"
    assert other["opens_until"] == 0, "it never had a policy"
    house.now += 0.3
    await say(house, 2)
    hall, _ = (await ask(office, "badges/c1/proof"))["doors"]
    assert (hall["confirmed_at"], hall["opens_until"]) == (START + 10_300, None)
    await revoke(house, "other")
    assert (await ask(office, "badges/c1/proof"))["everywhere"] is True


async def revoke(house: House, unit: str) -> None:
    async with house.database.with_transaction() as session:
        row = await session.get(Unit, unit)
        assert row is not None
        row.revoked_at = START


async def test_later_versions_confirm_an_earlier_one(house: House, tmp_path: Path) -> None:
    office = await begin(house, tmp_path)
    await change(house, office, "h1", suspended=True)
    await change(house, office, "h1", extended_release=True)
    await say(house, 3)
    proof = await ask(office, "badges/c1/proof")
    hall = proof["doors"][0]
    assert proof["why"] == "suspended"
    assert hall["version"] == 3, "its member's record changed once more"
    assert hall["confirmed_at"] == START


async def test_a_badge_that_went_back_into_the_drawer(house: House, tmp_path: Path) -> None:
    office = await begin(house, tmp_path)
    house.now += 10
    ended = int(house.now * 1000)
    await change(house, office, "c1", status="stock", holder=None, ended_at=ended)
    proof = await ask(office, "badges/c1/proof")
    assert (proof["why"], proof["member"]) == ("blocked", None)
    assert proof["doors"][0]["version"] == 2


async def test_nobody_can_say_how_long_without_a_clock(house: House, tmp_path: Path) -> None:
    office = await begin(house, tmp_path)
    await say(house, 1, clock_trusted=False)
    await change(house, office, "c1", status="blocked")
    hall, _ = (await ask(office, "badges/c1/proof"))["doors"]
    assert (hall["confirmed_at"], hall["opens_until"]) == (None, None)


async def test_another_badge_is_not_there(house: House, tmp_path: Path) -> None:
    office, _ = make_office(house, tmp_path)
    async with client(office) as web:
        assert (await web.get("/api/v1/badges/none/proof")).status_code == 404
