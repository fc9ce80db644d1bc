"""Desks that have lost their unit go over to another one as they are, at its start or later."""

import tomllib
from pathlib import Path
from typing import Any

import pytest

from loquet_contract.wire.codec import decode_text
from loquet_contract.wire.sensors import MAX_SENSORS, SensorPlan
from loquet_contract.wire.signing import Purpose, Verifier
from loquet_edge.config import load
from loquet_server.admission.suggestion import PlacedDesk, WiredDoor, unit_toml
from loquet_server.models import Action, Audit, Counter, Desk, DeskState, Door, Policy, Sensor, Unit
from loquet_server.office import Office
from tests.server.boxes import Box
from tests.server.desk import Recorder, client, make_office
from tests.server.front_desk import add_operator, browser, front_desk, sign_in
from tests.server.house import SITE, START, UNIT, House
from tests.server.test_adoption import adopt, ask, card

ON_SQLITE = pytest.mark.parametrize("database_kind", ["sqlite"], indirect=True)
HERE = "/units/other/take-over"
HEARD = {
    "site": SITE, "unit": UNIT, "desk": "d1", "name": "Window", "watches": "pir", "topic": "t",
    "active": ["on"], "idle": ["off"], "hold": 60,
}  # fmt: skip


@pytest.fixture
def desk(house: House, tmp_path: Path) -> tuple[Office, Recorder]:
    return make_office(house, tmp_path)


async def lose(house: House, **gone: int) -> None:
    """Shut the hall's unit out; d1 was occupied, as a sensor with messages had told."""
    async with house.database.with_transaction() as session:
        unit = await session.get_one(Unit, UNIT)
        for name, at in (gone or {"revoked_at": START}).items():
            setattr(unit, name, at)
        session.add(DeskState(desk="d1", state="occupied", evidence="seat", since=5, revision=3))
        session.add(Counter(door="front", counter="beams", known_at=START))
        session.add(Sensor(id="s1", **HEARD))
        row = await session.get_one(Desk, "d1")
        row.bookable, row.x, row.y = True, 0.25, 0.5


def plans(house: House, recorder: Recorder) -> dict[str, SensorPlan]:
    """Return what each unit was told last of its sensors; the signatures hold."""
    verifier = Verifier(house.keys.signing.public)
    return {
        topic.split("/")[4]: decode_text(SensorPlan, verifier.payload(Purpose.SENSORS, payload))
        for topic, payload, _ in recorder.published
        if topic.endswith("/sensors")
    }


async def judge(house: House, unit: str, recorder: Recorder) -> None:
    """All that was decided about d1 stays; how it stood, nobody knows."""
    row, state = await house.get(Desk, "d1"), await house.get(DeskState, "d1")
    assert (row.unit, row.area, row.name, row.bookable) == (unit, "salle", "1", True)
    assert (row.x, row.y) == (0.25, 0.5)
    assert (state.state, state.evidence, state.revision) == ("unknown", "started", 4)
    sensor = await house.get(Sensor, "s1")
    assert (sensor.unit, sensor.hold, sensor.topic) == (unit, 60, "t")
    told = plans(house, recorder)
    assert [each.desk for each in told[unit].sensors] == ["d1"]
    assert told[UNIT].sensors == ()
    rows = [each for each in await house.all(Audit) if each.action == Action.DESK_CHANGED]
    assert {each.subject: each.detail["unit"] for each in rows} == {
        "d1": [UNIT, unit], "d2": [UNIT, unit],
    }  # fmt: skip


async def test_a_new_unit_takes_desks_with_all_that_was_decided_about_them(
    house: House, desk: tuple[Office, Recorder]
) -> None:
    office, recorder = desk
    await lose(house)
    box = Box(house.keys, token=await card(house, office))
    await ask(office, box)
    answer = await adopt(
        office, box, name="Neuf", doors=["front"], lost_desks=["d1", "d2"], seats=True
    )
    assert answer.json() == {"unit": "neuf", "replaced": False}, answer.text
    await judge(house, "neuf", recorder)
    wired = tomllib.loads((await house.get(Unit, "neuf")).hardware["unit_toml"])
    assert [each["id"] for each in wired["desks"]] == ["d2"], "d1 is heard, and needs no line"
    assert "seat_line" in wired["desks"][0]
    beams = [(each["id"], each["outer_line"], each["inner_line"]) for each in wired["counters"]]
    assert beams == [("beams", 26, 27)]


@pytest.mark.parametrize("gone", ["revoked_at", "archived_at"])
async def test_a_unit_that_works_takes_desks_and_doors(
    house: House, desk: tuple[Office, Recorder], gone: str
) -> None:
    office, recorder = desk
    await lose(house, **{gone: START})
    async with client(office) as http:
        offer = (await http.get(f"/api/v1{HERE}")).json()
        assert [each["id"] for each in offer["desks"]] == ["d1", "d2"]
        assert offer["desks"][0] == {"id": "d1", "name": "1", "unit": UNIT}
        wanted = {"doors": ["front"], "desks": ["d1", "d2"]}
        assert (await http.post(f"/api/v1{HERE}", json=wanted)).status_code == 204
        left = (await http.get(f"/api/v1{HERE}")).json()
    assert ([each["id"] for each in left["doors"]], left["desks"]) == (["quiet"], [])
    await judge(house, "other", recorder)
    assert (await house.get(Door, "front")).unit == "other"
    assert "other" in {row.unit for row in await house.all(Policy)}


REFUSED: list[tuple[dict[str, Any], str]] = [
    ({}, ""),
    ({"desks": ["d1", "nobody"]}, "desks"),
    ({"doors": ["far"], "desks": ["d1"]}, "doors"),
    ({"desks": ["d1"]}, "desks"),
]


@ON_SQLITE
@pytest.mark.parametrize(("wanted", "field"), REFUSED)
async def test_what_cannot_go_over_leaves_all_as_it_was(
    house: House, desk: tuple[Office, Recorder], wanted: dict[str, Any], field: str
) -> None:
    await lose(house)
    async with house.database.with_transaction() as session:
        full = [HEARD | {"id": f"o{at}", "unit": "other"} for at in range(MAX_SENSORS)]
        session.add_all(Sensor(**each) for each in full)
    async with client(desk[0]) as http:
        refused = await http.post(f"/api/v1{HERE}", json=wanted)
        gone = await http.post(f"/api/v1/units/{UNIT}/take-over", json={"desks": ["d1"]})
    assert (refused.status_code, refused.json()["field"]) == (422, field)
    assert gone.status_code == 409, "a unit that is shut out takes nothing"
    assert (await house.get(Desk, "d1")).unit == UNIT
    assert (await house.get(DeskState, "d1")).state == "occupied"


@ON_SQLITE
async def test_a_manager_gives_lost_desks_to_a_unit_on_its_page(
    house: House, tmp_path: Path
) -> None:
    _, app = front_desk(house, tmp_path)
    await add_operator(house, "manager")
    async with browser(app) as http:
        await sign_in(http, "manager")
        assert f'href="{HERE}"' in (await http.get("/units/other")).text
        assert "has lost its unit" in (await http.get(HERE)).text
        await lose(house)
        page = (await http.get(HERE)).text
        assert "1 (Hall, shut out)" in page
        nothing = await http.post(HERE, data={})
        assert (nothing.status_code, "Tick what this unit" in nothing.text) == (422, True)
        late = await http.post(HERE, data={"desks": ["d1", "gone"]})
        assert (late.status_code, "cannot be taken over" in late.text) == (422, True)
        assert 'name="desks" value="d1" checked' in late.text
        done = await http.post(HERE, data={"desks": ["d1", "d2"]})
        assert done.headers["location"] == f"{HERE}?done=taken"
        after = (await http.get(done.headers["location"])).text
        assert "They hang on this unit now" in after
        assert "id = &#34;d2&#34;" in after, "the wired one is to be named in unit.toml"
        assert "table [sensors]" in after
        assert "1, 2" in (await http.get("/units/other")).text
        assert (await http.get(f"/units/{UNIT}/take-over")).headers["location"] == f"/units/{UNIT}"


DESKS = tuple(PlacedDesk(f"d{at}", "salle", heard=at == 1) for at in range(12))


@pytest.mark.parametrize("count", [0, 1, 2])
@pytest.mark.parametrize("seats", [False, True])
def test_what_is_suggested_for_doors_beams_and_desks_is_a_configuration(
    count: int, seats: bool, tmp_path: Path
) -> None:
    file = tmp_path / "unit.toml"
    doors = [WiredDoor(each, beams=(f"{each}-beams",)) for each in ("a", "b")[:count]]
    text = unit_toml("maison", "u1", doors, DESKS, seats=seats)
    file.write_text(text, "utf-8")
    unit = load(file)
    assert [len(unit.counters), len(unit.desks)] == [[0, 10], [1, 5], [1, 0]][count]
    assert text.count("# No lines are left") == [1, 6, 12][count]
    assert "Desk d1 needs no line" in text
