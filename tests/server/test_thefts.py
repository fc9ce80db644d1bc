"""A unit is reported stolen: shut out at once, what it knew replaced, and said plainly."""

from __future__ import annotations

import asyncio
import shutil
from pathlib import Path

import pytest
from click.testing import CliRunner

from loquet_contract.access.credential import from_uid
from loquet_contract.wire.commands import What
from loquet_contract.wire.events import UnitStarted
from loquet_contract.wire.signing import SigningKey
from loquet_server import shell_office
from loquet_server.cli import main
from loquet_server.commands import Order, address
from loquet_server.database import Database
from loquet_server.errors import Conflict
from loquet_server.models import (
    Action,
    Audit,
    CardKey,
    Entry,
    Incident,
    Site,
    SitePepper,
    Theft,
    Unit,
    UnitState,
)
from loquet_server.office import Office, committed
from loquet_server.peppers.repository import pepper_of
from loquet_server.rotation.keeping import go_on
from loquet_server.rotation.masters import MasterService
from loquet_server.settings import Settings
from loquet_server.thefts.service import TheftService
from loquet_server.who import PERMISSIONS, Actor, Role
from tests.server.desk import client, make_office
from tests.server.fleet import WallUnit
from tests.server.house import SITE, UID, UNIT, House
from tests.server.pages.desk import browser
from tests.server.pages.reading import text_of

CHIEF = Actor("Anna", Role.MANAGER, PERMISSIONS[Role.MANAGER])
WHY = "gone on Sunday night"


@pytest.fixture
def office(house: House, tmp_path: Path) -> Office:
    return make_office(house, tmp_path)[0]


async def report(office: Office, unit: str = UNIT) -> Theft:
    async with committed(office) as transaction:
        return await TheftService(office, transaction, CHIEF).report(unit, WHY)


async def test_the_thief_is_shut_out_and_the_others_open_all_along(
    house: House, office: Office, tmp_path: Path
) -> None:
    stolen = WallUnit(house, tmp_path / "hall", "hall", house.unit_key)
    other = WallUnit(house, tmp_path / "other", "other", SigningKey(b"o" * 32))
    badge = from_uid(UID)
    async with committed(office) as transaction:
        await MasterService(office, transaction, "Anna", SITE).make(2)
    async with client(office) as http:
        for each in (stolen, other):
            await each.turn(http)
        row = await report(office)
        secret = stolen.store.in_force
        for _ in range(4):
            await go_on(office)
            assert other.knows(badge)
            await other.turn(http)
            assert other.knows(badge)
            await stolen.hear()
            await stolen.ask_peppers(http)
            await stolen.fetch(http)
        wish = stolen.store.wish(1e9)
        assert (
            wish is None
            or (await http.post(f"/api/v1/units/{UNIT}/peppers", content=wish)).status_code == 403
        )
        shown = (await http.get(f"/api/v1/thefts/{row.id}")).json()
    assert stolen.store.in_force == secret, "it has learned nothing more"
    assert not set(other.store.in_force) & set(secret)
    assert (shown["pepper_retired"], shown["waits_for"]) == (True, [])
    keys = await house.all(CardKey)
    assert [each.retired_at for each in keys] == [None, None], "encoded cards go on opening"
    assert (row.card_key, row.doors) == (1, ["Front", "Quiet"])
    assert row.known["badges"] == row.known["members"] == 1
    stolen.journal.write(UnitStarted("0.1", "b1", "c", {}))  # type: ignore[arg-type]
    await house.take(stolen.journal.message())
    assert await house.all(Entry) == [], "nothing that it signs is believed"
    before = [each.count for each in await house.all(Incident)]
    await stolen.online(False)
    assert [each.count for each in await house.all(Incident)] == before, "a last will is no attack"
    for each in (stolen, other):
        each.stop()


async def test_it_is_written_down_told_and_done_once(house: House, office: Office) -> None:
    row = await report(office)
    with pytest.raises(Conflict, match="already"):
        await report(office)
    unit = await house.get(Unit, UNIT)
    assert unit.revoked_at is not None
    (incident,) = [each for each in await house.all(Incident) if each.kind == "unit_stolen"]
    assert (incident.unit, row.unit) == (UNIT, UNIT)
    audits = [each for each in await house.all(Audit) if each.action == Action.UNIT_STOLEN.value]
    assert [(each.subject, each.actor, each.reason) for each in audits] == [(UNIT, "Anna", WHY)]
    state = UnitState(unit=UNIT, online=True, boot="b1", challenge="c1")
    with pytest.raises(Conflict):
        address(unit, state, What.IDENTIFY, Order(actor="Anna", reason="where is it?"))


async def test_sites_that_share_the_pepper_replace_it_too(house: House, office: Office) -> None:
    async with committed(office) as transaction:
        transaction.session.add(
            Site(id="annexe", name="Annexe", timezone="Europe/Paris", locale="fr", contact="")
        )
    await report(office)
    for _ in range(3):
        await go_on(office)
    newest = {row.site: row for row in await house.all(SitePepper) if row.version == 2}
    assert newest.keys() == {SITE, "annexe"}
    assert newest[SITE].name != newest["annexe"].name, "from now on each has its own"
    async with committed(office) as transaction:
        transaction.session.add(
            Site(id="later", name="Later", timezone="Europe/Paris", locale="fr", contact="")
        )
        await transaction.session.flush()
        fresh = await pepper_of(transaction.session, office.keys, "later")
    assert fresh.name not in {row.name for row in await house.all(SitePepper)}
    assert fresh.name != office.keys.pepper_id, "a new space does not get what the thief has"


async def test_the_page_asks_says_and_is_printed(house: House, office: Office) -> None:
    async with browser(office) as pages:
        asked = text_of((await pages.get(f"/units/{UNIT}/stolen")).text)
        assert "Front, Quiet" in asked and "What happens now" in asked
        unsure = await pages.post(f"/units/{UNIT}/stolen", data={"reason": WHY})
        assert (unsure.status_code, "tick the box" in text_of(unsure.text)) == (422, True)
        nameless = await pages.post(f"/units/{UNIT}/stolen", data={"reason": "", "sure": "true"})
        assert nameless.status_code == 422
        assert await house.all(Theft) == []
        done = await pages.post(f"/units/{UNIT}/stolen", data={"reason": WHY, "sure": "true"})
        assert done.status_code == 303, text_of(done.text)
        shown = text_of((await pages.get(done.headers["location"])).text)
        for each in (WHY, "The number of 1 badge", "Go to the door: Front, Quiet", "to the police"):
            assert each in shown
        again = await pages.get(f"/units/{UNIT}/stolen")
        assert again.headers["location"] == done.headers["location"].partition("?")[0]
        assert "Hall" in text_of((await pages.get("/thefts")).text)
        key = text_of((await pages.get("/badge-key")).text)
        assert "A replacement is under way" in key


async def test_the_key_is_replaced_and_a_unit_left_behind_on_the_page(
    house: House, office: Office, tmp_path: Path
) -> None:
    hall = WallUnit(house, tmp_path / "hall", "hall", house.unit_key)
    async with browser(office) as pages, client(office) as http:
        await hall.turn(http)
        assert "never been replaced" in text_of((await pages.get("/badge-key")).text)
        assert (await pages.post("/badge-key/replace", data={"reason": ""})).status_code == 422
        begun = await pages.post("/badge-key/replace", data={"reason": WHY})
        assert begun.status_code == 303
        twice = await pages.post("/badge-key/replace", data={"reason": WHY})
        assert (twice.status_code, "under way already" in text_of(twice.text)) == (409, True)
        await go_on(office)
        page = text_of((await pages.get(begun.headers["location"])).text)
        assert "Do not wait for it Hall" in page and "was never in touch" in page
        assert (await pages.post("/badge-key/units/hall/leave")).status_code == 303
        wrong = await pages.post("/badge-key/units/hall/leave")
        assert (wrong.status_code, "Nobody waits" in text_of(wrong.text)) == (409, True)
        await go_on(office)
        page = text_of((await pages.get("/badge-key")).text)
        assert "All units in touch had it" in page
    hall.stop()


def test_the_command_says_what_to_do(
    tmp_path: Path, sqlite_template: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    shutil.copy(sqlite_template, tmp_path / "loquet.db")
    monkeypatch.setenv("LOQUET_DATA", str(tmp_path))
    monkeypatch.setenv("LOQUET_BROKER_PORT", "1")
    monkeypatch.setattr(shell_office, "TELL_SECONDS", 0.05)

    async def build() -> None:
        database = Database(Settings(data=tmp_path).database)
        await House(database).build()
        await database.close()

    asyncio.run(build())
    arguments = ["report-stolen", UNIT, "--reason", WHY]
    assert CliRunner().invoke(main, arguments, input="n\n").exit_code == 1
    found = CliRunner().invoke(main, [*arguments, "--yes"])
    assert found.exit_code == 1, "nobody was told"
    assert "unit 'hall' is shut out; doors without a unit: Front, Quiet" in found.output
    assert "1 badge numbers" in found.output and "/thefts/t" in found.output
    again = CliRunner().invoke(main, [*arguments, "--yes"])
    assert (again.exit_code, "already" in again.output) == (2, True)
