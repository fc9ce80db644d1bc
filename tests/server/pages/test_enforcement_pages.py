"""The pages of what doors enforce, and of the proof for one badge."""

from pathlib import Path

from loquet_server.models import Unit
from tests.server.house import House
from tests.server.pages.desk import browser
from tests.server.pages.reading import text_of
from tests.server.test_enforcement import begin, change, say


async def test_each_door_says_what_it_enforces(house: House, tmp_path: Path) -> None:
    office = await begin(house, tmp_path)
    house.now += 0.2
    await say(house, 1)
    async with browser(office) as pages:
        shown = text_of((await pages.get("/enforcement?lang=en")).text)
        french = text_of((await pages.get("/enforcement?lang=fr")).text)
    assert "Enforces version 1, the newest" in shown
    assert "0.2 s after it was made" in shown
    assert "None yet: this unit opens no door." in shown
    assert "1 unit does not have the newest rules yet." in shown
    assert "How long will it still open?" in shown
    assert "Resident 29" in shown
    assert "Applique la version 1, la plus récente" in french
    assert "0,2 s après sa création" in french


async def test_a_unit_that_lags_is_shown_first(house: House, tmp_path: Path) -> None:
    office = await begin(house, tmp_path)
    await say(house, 1)
    await change(house, office, "h1", suspended=True)
    async with browser(office) as pages:
        shown = text_of((await pages.get("/enforcement?lang=en")).text)
    assert "Enforces version 1; version 2 waits" in shown
    assert "2 units do not have the newest rules yet." in shown


async def test_the_proof_for_a_badge(house: House, tmp_path: Path) -> None:
    office = await begin(house, tmp_path)
    await say(house, 1)
    async with browser(office) as pages:
        path = "/enforcement/badges/c1?lang=en"
        assert "This badge is not blocked" in text_of((await pages.get(path)).text)
        await change(house, office, "c1", status="lost")
        waiting = text_of((await pages.get(path)).text)
        assert "It is blocked, but 2 units have not confirmed it yet." in waiting
        assert "It could open at the latest until" in waiting
        assert "8 Nov" in waiting
        house.now += 0.4
        await say(house, 2)
        async with house.database.with_transaction() as session:
            row = await session.get(Unit, "other")
            assert row is not None
            row.revoked_at = 1
        proved = text_of((await pages.get(path)).text)
        assert "every unit has confirmed it with its signature" in proved
        assert "0.4 s after it was made" in proved
        assert (await pages.get("/enforcement/badges/none")).status_code == 404
