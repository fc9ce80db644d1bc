"""The pages of a badge's number, and of what readers make of it."""

from pathlib import Path

from loquet_server.models import Audit
from tests.server.desk import make_office
from tests.server.house import House
from tests.server.pages.desk import browser
from tests.server.pages.reading import text_of
from tests.server.test_badge_readers import SHORT, TWIN, add


async def test_a_space_says_what_its_readers_do(house: House, tmp_path: Path) -> None:
    office, _ = make_office(house, tmp_path)
    async with browser(office) as pages:
        shown = text_of((await pages.get("/badges/readers")).text)
        assert "04:A1:B2:C3 becomes C3:B2:A1:04" in shown
        done = await pages.post("/badges/readers", data={"forms": ["w34_back", "w26"]})
        assert done.status_code == 303
        page = (await pages.get(done.headers["location"])).text
        assert "The choice is saved" in text_of(page)
        assert page.count(" checked>") == 2
        assert (await pages.post("/badges/readers", data={})).status_code == 303
        assert " checked>" not in (await pages.get("/badges/readers")).text
        assert (await pages.post("/badges/readers", data={"forms": "w99"})).status_code == 422


async def test_both_badges_that_a_door_could_not_tell_apart_are_named(
    house: House, tmp_path: Path
) -> None:
    office, _ = make_office(house, tmp_path)
    for number, holder in ((SHORT, "h1"), (TWIN, None)):
        assert (await add(office, number, holder)).status_code == 201
    async with browser(office) as pages:
        refused = await pages.post("/badges/readers", data={"forms": ["w26"]})
        assert refused.status_code == 409
        said = text_of(refused.text)
        assert "Nothing was changed" in said
        assert "No 14 (Camille)" in said and "No 99" in said
        assert 'aria-describedby="w26-help" checked' in refused.text


async def test_a_number_is_shown_to_who_asks_and_that_is_recorded(
    house: House, tmp_path: Path
) -> None:
    office, _ = make_office(house, tmp_path)
    badge = (await add(office, SHORT)).json()["id"]
    async with browser(office) as pages:
        page = (await pages.get(f"/badges/{badge}")).text
        assert "Show its number" in text_of(page)
        assert "14:C2:D6:E8" not in page
        await pages.post("/badges/readers", data={"forms": ["w26_back"]})
        shown = await pages.post(f"/badges/{badge}/number")
        assert shown.headers["cache-control"] == "no-store"
        words = text_of(shown.text)
        for each in (
            "14:C2:D6:E8",
            "0348313320",
            "194,55016",
            "E8:D6:C2:14",
            "3906388500",
            "214,49684",
        ):
            assert each in words, each
    assert [row.action for row in await house.all(Audit)][-1] == "badge:number:show"
