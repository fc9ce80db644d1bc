"""A door that has lost its unit goes over to a new one as it is."""

import tomllib
from pathlib import Path
from typing import Any

import pytest

from loquet_edge.config import load
from loquet_server.admission.suggestion import MOST_DOORS, Way, WiredDoor, unit_toml
from loquet_server.models import AccessPoint, Action, Audit, Door, Policy, Unit
from loquet_server.office import Office
from tests.server.boxes import FAR, Box
from tests.server.desk import client, make_office
from tests.server.front_desk import add_operator, browser, front_desk, sign_in
from tests.server.house import START, UNIT, House
from tests.server.test_adoption import adopt, ask, card

HERE = "/units/waiting"
ON_SQLITE = pytest.mark.parametrize("database_kind", ["sqlite"], indirect=True)


@pytest.fixture
def office(house: House, tmp_path: Path) -> Office:
    return make_office(house, tmp_path)[0]


async def lose(house: House, *doors: str, to: str | None = None) -> None:
    """Take their unit from doors; or, ``to`` a unit, shut that out with them."""
    async with house.database.with_transaction() as session:
        for door in doors:
            (await session.get_one(Door, door)).unit = to
        if to is not None:
            (await session.get_one(Unit, to)).revoked_at = START


async def waiting_box(house: House, office: Office) -> Box:
    box = Box(house.keys, token=await card(house, office))
    await ask(office, box)
    return box


@pytest.mark.parametrize("shut_out", [False, True], ids=["removed", "shut out"])
async def test_a_door_keeps_all_but_its_unit(house: House, office: Office, shut_out: bool) -> None:
    await lose(house, "front", to=UNIT if shut_out else None)
    before = [(row.id, row.reader, row.area_to) for row in await house.all(AccessPoint)]
    box = await waiting_box(house, office)
    answer = await adopt(office, box, name="Neuf", doors=["front"], door="")
    assert answer.json() == {"unit": "neuf", "replaced": False}
    front = await house.get(Door, "front")
    assert (front.unit, front.name) == ("neuf", "Front")
    assert [(row.id, row.reader, row.area_to) for row in await house.all(AccessPoint)] == before
    wired = tomllib.loads((await house.get(Unit, "neuf")).hardware["unit_toml"])
    ways = {each["access_point"]: each["id"] for each in wired["readers"]}
    assert ways == {each: reader for each, reader, _ in before if each in ways}
    assert ways, "its readers have their places"
    rows = [row for row in await house.all(Audit) if row.action == Action.DOOR_CHANGED]
    assert [row.detail["unit"] for row in rows] == [[UNIT if shut_out else None, "neuf"]]
    assert "neuf" in {row.unit for row in await house.all(Policy)}


@ON_SQLITE
@pytest.mark.parametrize("doors", [["front"], ["nobody"], ["front", "quiet", "x"]])
async def test_a_door_that_has_a_unit_is_nobodys_to_take(
    house: House, office: Office, doors: list[str]
) -> None:
    box = await waiting_box(house, office)
    refused = await adopt(office, box, name="Neuf", doors=doors)
    assert (refused.status_code, refused.json()["field"]) == (422, "doors")
    assert (await house.get(Door, "front")).unit == UNIT
    assert await house.get(Unit, "neuf") is None


@ON_SQLITE
async def test_a_manager_gives_a_lost_door_a_unit(house: House, tmp_path: Path) -> None:
    office, app = front_desk(house, tmp_path)
    await add_operator(house, "manager")
    box = Box(house.keys, token=await card(house, office))
    async with client(office, FAR, "loquet.example") as unit:
        await box.ask(unit)
    one, data = f"{HERE}/{box.name}", {"same": "true", "name": "Neuf", "doors": "front"}
    async with browser(app) as http:
        await sign_in(http, "manager")
        assert "Doors that have lost their unit" not in (await http.get(one)).text
        taken = await http.post(one, data=data)
        assert (taken.status_code, "Choose one or two doors" in taken.text) == (422, True)
        await lose(house, "front")
        door = await http.get("/doors/front")
        assert f'href="{HERE}?door=front"' in door.text
        choose = await http.get(HERE, params={"door": "front"})
        assert "takes over the door Front" in choose.text
        assert f'href="{one}?door=front"' in choose.text
        form = (await http.get(one, params={"door": "front"})).text
        assert 'name="doors" value="front" checked' in form
        done = await http.post(one, data=data)
        assert done.headers["location"] == f"{HERE}?done=adopted"
    assert (await house.get(Door, "front")).unit == "neuf"


DOORS: list[tuple[Any, ...]] = [
    (WiredDoor("a"), WiredDoor("b", "motor_bolt", "unseen", contact=False)),
    (WiredDoor("a", "maglock", "sensor"),),
    (WiredDoor("a", "strike", "reader", ways=(Way("a-in", "r1"), Way("a-out", "r2", exit=True))),
     WiredDoor("b", "of tomorrow", "of tomorrow", ways=(Way("b-in", "r3"),))),
]  # fmt: skip


@pytest.mark.parametrize("doors", DOORS)
@pytest.mark.parametrize("simulated", [False, True])
def test_what_is_suggested_is_a_configuration(
    doors: tuple[WiredDoor, ...], simulated: bool, tmp_path: Path
) -> None:
    file = tmp_path / "unit.toml"
    file.write_text(unit_toml("maison", "u1", doors, simulated=simulated), "utf-8")
    unit = load(file)
    assert [each.id for each in unit.doors] == [each.id for each in doors]
    assert len(doors) <= MOST_DOORS
    readers = [way.reader for each in doors for way in each.ways or (Way("", f"{each.id}-reader"),)]
    assert [each.id for each in unit.readers] == (readers if simulated else readers[:2])
    assert [each.contact is not None for each in unit.doors] == [each.contact for each in doors]
