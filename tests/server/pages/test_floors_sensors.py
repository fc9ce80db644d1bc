"""The space's own sensors on a floor plan: placed by typing, and shown working, lost or unknown."""

from pathlib import Path

import httpx
import pytest

from loquet_server.database import Database
from loquet_server.models import Floor, Sensor, SensorWord, UnitState
from tests.server.desk import make_office
from tests.server.house import SITE, UNIT, House
from tests.server.pages.desk import browser
from tests.server.pages.forms import submit
from tests.server.pages.reading import text_of

SENSOR = {
    "id": "window", "name": "Window", "watches": "pir", "topic": "z/window", "active": ["ON"],
    "idle": ["OFF"],
}  # fmt: skip
PLAN = {"shapes": [], "marks": [{"kind": "sensor", "subject": "window", "points": [[100, 200]]}]}


async def test_a_sensor_is_placed_by_typing(house: House, tmp_path: Path) -> None:
    async with house.database.with_transaction() as session:
        session.add(Sensor(**SENSOR, site=SITE, unit=UNIT, desk="d1"))
    office, _ = make_office(house, tmp_path)
    async with browser(office) as http:
        made = await submit(http, await http.get("/floors"), "/floors", name="Ground")
        path = made.headers["location"]
        page = await http.get(path)
        assert "Sensors" in text_of(page.text)
        typed = {"x:sensor:window": "12.5", "y:sensor:window": "20"}
        assert (await submit(http, page, path, **typed)).status_code == 303
    (row,) = await house.all(Floor)
    assert row.plan["marks"] == [{"kind": "sensor", "subject": "window", "points": [[125, 200]]}]


@pytest.mark.parametrize(
    ("online", "hearing", "state", "words"),
    [
        (True, "active", "well", "working"),
        (True, "idle", "well", "working"),
        (True, "lost", "lost", "does not answer"),
        (True, "unheard", "unknown", "not known"),
        (False, "idle", "unknown", "not known"),
    ],
)
async def test_a_sensor_on_the_plan_says_whether_it_is_heard(
    client: httpx.AsyncClient, furnished: Database, online: bool, hearing: str, state: str,
    words: str,
) -> None:  # fmt: skip
    async with furnished.with_transaction() as session:
        session.add(Sensor(**SENSOR, site="moulin", unit="entree", desk="g01"))
        said = {"window": {"hearing": hearing, "at": 0, "detail": ""}}
        session.add(SensorWord(unit="entree", version=1, sensors=said, topics=[]))
        session.add(Floor(id="rez", site="moulin", name="Rez", height=600, plan=PLAN))
        await session.merge(UnitState(unit="entree", online=online))
    page = (await client.get("/?lang=en")).text
    mark = page.split('id="plan-sensor-window"')[1].split(">")[0]
    assert f"is-{state}" in mark and f'aria-label="Sensor Window, {words}"' in mark
    french = (await client.get("/?lang=fr")).text
    assert 'aria-label="Capteur Window, ' in french


async def test_a_sensor_that_is_gone_is_not_on_the_plan(
    client: httpx.AsyncClient, furnished: Database
) -> None:
    async with furnished.with_transaction() as session:
        session.add(Floor(id="rez", site="moulin", name="Rez", height=600, plan=PLAN))
    assert "plan-sensor" not in (await client.get("/")).text
