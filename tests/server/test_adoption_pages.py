"""The pages of units that wait: what is told, what is asked, what is refused in words."""

from pathlib import Path

import pytest

from loquet_server.models import Site, Unit, WaitingUnit
from tests.server.boxes import FAR, NEAR, Box
from tests.server.desk import client
from tests.server.front_desk import add_operator, browser, front_desk, sign_in
from tests.server.house import UNIT, House
from tests.server.test_adoption import card

HERE = "/units/waiting"


@pytest.mark.parametrize("database_kind", ["sqlite"], indirect=True)
async def test_a_manager_lets_a_unit_in(house: House, tmp_path: Path) -> None:
    office, app = front_desk(house, tmp_path)
    await add_operator(house, "manager")
    box = Box(house.keys, token=await card(house, office))
    async with browser(app) as http:
        await sign_in(http, "manager")
        empty = await http.get(HERE)
        assert "No unit waits" in empty.text
        async with client(office, FAR, "loquet.example") as unit:
            await box.ask(unit)
        shown = await http.get(HERE)
        assert box.code.text in shown.text
        assert "with an SD card of this space" in shown.text
        one = f"{HERE}/{box.name}"
        form = await http.get(one)
        assert "The unit shows this code" in form.text

        bad = await http.post(one, data={"name": "Cave", "door": "Porte"})
        assert bad.status_code == 422
        assert "Compare the code first" in bad.text
        assert 'value="Cave"' in bad.text
        bad = await http.post(one, data={"same": "true", "name": "Cave"})
        assert (bad.status_code, "Please give the door a name." in bad.text) == (422, True)
        assert await house.get(Unit, "cave") is None
        good = await http.post(one, data={"same": "true", "name": "Cave", "door": "Porte"})
        assert (good.status_code, good.headers["location"]) == (303, f"{HERE}?done=adopted")
        after = await http.get(good.headers["location"])
        assert "is being set up" in after.text
        assert (await http.get(one)).headers["location"] == HERE
    assert (await house.get(Unit, "cave")).public_key == box.key.public.text


@pytest.mark.parametrize("database_kind", ["sqlite"], indirect=True)
async def test_without_a_card_the_code_is_read_off_the_box(house: House, tmp_path: Path) -> None:
    office, app = front_desk(house, tmp_path)
    await add_operator(house, "installer")
    box = Box(house.keys)
    async with browser(app) as http:
        await sign_in(http, "installer")
        opened = await http.post(f"{HERE}/look", data={})
        assert opened.headers["location"] == f"{HERE}?done=looking"
        async with client(office, NEAR, "loquet.example") as unit:
            await box.ask(unit)
        shown = (await http.get(HERE)).text
        assert box.code.text[:4] in shown
        assert box.code.text not in shown
        one, place = f"{HERE}/{box.name}", {"replaces": UNIT}
        bad = await http.post(one, data=place | {"code": "2A9"})
        assert (bad.status_code, "shows another code" in bad.text) == (422, True)
        good = await http.post(one, data=place | {"code": box.code.text[4:].lower()})
        assert good.headers["location"] == f"{HERE}?done=replaced"
    assert (await house.get(Unit, UNIT)).public_key == box.key.public.text


@pytest.mark.parametrize("database_kind", ["sqlite"], indirect=True)
async def test_a_unit_is_turned_away_in_french(house: House, tmp_path: Path) -> None:
    office, app = front_desk(house, tmp_path)
    await add_operator(house, "owner", language="fr")
    box = Box(house.keys)
    async with browser(app) as http:
        http.headers["accept-language"] = "fr"
        await sign_in(http, "owner")
        await http.post(f"{HERE}/look", data={})
        async with client(office, NEAR, "loquet.example") as unit:
            await box.ask(unit)
        done = await http.post(f"{HERE}/{box.name}/refuse", data={})
        page = await http.get(done.headers["location"])
        assert "Le boîtier a été refusé." in page.text
        assert "Associer<" not in page.text
    assert (await house.get(WaitingUnit, box.name)).state == "refused"


@pytest.mark.parametrize("database_kind", ["sqlite"], indirect=True)
async def test_the_units_of_another_space_are_not_there(house: House, tmp_path: Path) -> None:
    office, app = front_desk(house, tmp_path)
    async with house.database.with_transaction() as session:
        session.add(Site(id="ailleurs", name="Ailleurs"))
    await add_operator(house, "manager", site="ailleurs")
    box = Box(house.keys, token=await card(house, office))
    async with client(office, FAR, "loquet.example") as unit:
        await box.ask(unit)
    async with browser(app) as http:
        await sign_in(http, "manager")
        assert box.code.text not in (await http.get(HERE)).text
        assert (await http.get(f"{HERE}/{box.name}")).status_code == 404
        for path in (f"{HERE}/{box.name}", f"{HERE}/{box.name}/refuse"):
            assert (await http.post(path, data={"same": "true"})).status_code == 404
        api = f"/api/v1/waiting-units/{box.name}/adopt"
        taken = await http.post(api, json={"code": box.code.text, "name": "A", "door": "B"})
        assert taken.status_code == 404
    assert (await house.get(WaitingUnit, box.name)).state == "waiting"
