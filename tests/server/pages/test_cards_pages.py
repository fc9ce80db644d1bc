"""The pages of cards that prove a key."""

from pathlib import Path

import pytest

from loquet_contract.wire.commands import Outcome, What
from loquet_server.models import BadgeEncoding, CardKey, Credential, UnitState
from tests.server.desk import make_office
from tests.server.house import START, UNIT, House
from tests.server.pages.desk import browser
from tests.server.pages.reading import text_of
from tests.server.test_badges import NEW, Enrolling, connect, post

PLACE = f"{UNIT}/desk"


async def readers(house: House, **states: str) -> None:
    await connect(house)
    async with house.database.with_transaction() as session:
        row = await session.get(UnitState, UNIT)
        assert row is not None
        row.readers = states


async def test_keys_are_made_rolled_over_and_retired(house: House, tmp_path: Path) -> None:
    office, _ = make_office(house, tmp_path)
    async with browser(office) as pages:
        empty = text_of((await pages.get("/card-keys")).text)
        assert "There is no card key yet" in empty
        assert "Make the first key" in empty
        made = await pages.post("/card-keys/new")
        assert made.status_code == 303
        assert "The key is made" in text_of((await pages.get(made.headers["location"])).text)
        assert (await pages.post("/card-keys/new")).status_code == 303
        both = text_of((await pages.get("/card-keys")).text)
        assert "encodes new badges" in both and "still believed" in both
        refused = await pages.post("/card-keys/new")
        assert (refused.status_code, "Retire the older one" in refused.text) == (409, True)
        assert (await pages.get("/card-keys/2/retire")).status_code == 303, "not the newest"
        asked = text_of((await pages.get("/card-keys/1/retire")).text)
        assert "0 badges still have this key" in asked
        gone = await pages.post("/card-keys/1/retire")
        assert "The key is retired" in text_of((await pages.get(gone.headers["location"])).text)
        newest = await pages.post("/card-keys/2/retire")
        assert (newest.status_code, "Make the next one first" in newest.text) == (409, True)
    assert len([row for row in await house.all(CardKey) if row.retired_at is None]) == 1


async def test_a_badge_is_encoded_at_a_reader(house: House, tmp_path: Path) -> None:
    await readers(house, desk="well", front="lost")
    office, _ = make_office(house, tmp_path)
    office.exchange = exchange = Enrolling(house)
    async with browser(office) as pages:
        await pages.post("/card-keys/new")
        assert "a number only" in text_of((await pages.get("/badges/c1")).text)
        asked = (await pages.get("/badges/c1/card/new")).text
        assert asked.index(PLACE) < asked.index(f"{UNIT}/front"), "those that answer come first"
        assert "does not answer" in text_of(asked)
        begun = await pages.post("/badges/c1/card/new", data={"reader": PLACE})
        assert begun.status_code == 303, text_of(begun.text)
        where = begun.headers["location"]
        waiting = (await pages.get(where)).text
        assert "Hold the card flat to the reader: desk" in text_of(waiting)
        assert 'http-equiv="refresh"' in waiting
    (command,) = exchange.commands
    badge = await house.get(Credential, "c1")
    assert (command.what, command.reader, command.credential) == (What.ENCODE, "desk", badge.digest)
    assert command.access_point is None

    async with house.database.with_transaction() as session:
        row = await session.get(BadgeEncoding, command.command)
        assert row is not None
        row.outcome, row.said_at = "interrupted", START
    async with browser(office) as pages:
        again = text_of((await pages.get(where)).text)
        assert "taken away too soon" in again and "Hold the card flat" in again
    async with house.database.with_transaction() as session:
        row = await session.get(BadgeEncoding, command.command)
        badge_row = await session.get(Credential, "c1")
        assert row is not None
        assert badge_row is not None
        row.outcome, badge_row.key_version = "done", 1
    async with browser(office) as pages:
        assert "The badge is encoded" in text_of((await pages.get(where)).text)
        assert "proves card key 1" in text_of((await pages.get("/badges/c1")).text)
        assert "proves key 1 already" in text_of((await pages.get("/badges/c1/card/new")).text)


@pytest.mark.parametrize(
    ("outcome", "words"),
    [
        ("not_blank", "Somebody else's key"),
        ("locked", "cannot be written any more"),
        ("unsuitable", "cannot prove a key"),
        ("old_key_locked", "keeps an older key"),
        ("failed", "does not prove what was written"),
    ],
)
async def test_each_failure_says_what_to_do(
    house: House, tmp_path: Path, outcome: str, words: str
) -> None:
    office, _ = make_office(house, tmp_path)
    async with house.database.with_transaction() as session:
        session.add(
            BadgeEncoding(
                id="e1", site="maison", badge="c1", unit=UNIT, reader="desk", actor="Anna",
                asked_at=START, expires_at=START + 60_000, outcome=outcome, said_at=START,
            )
        )  # fmt: skip
    async with browser(office) as pages:
        shown = text_of((await pages.get("/badges/c1/card/e1")).text)
        assert words in shown and "Try again" in shown
        assert (await pages.get("/badges/c1/card/e2")).status_code == 404


async def test_what_cannot_work_is_said_before(house: House, tmp_path: Path) -> None:
    office, _ = make_office(house, tmp_path)
    async with browser(office) as pages:
        assert "There is no card key yet" in text_of((await pages.get("/badges/c1/card/new")).text)
        await pages.post("/card-keys/new")
        assert "There is no reader yet" in text_of((await pages.get("/badges/c1/card/new")).text)
        for reader in ("", "nowhere", f"{UNIT}/desk/x", "../x"):
            refused = await pages.post("/badges/c1/card/new", data={"reader": reader})
            assert refused.status_code == 422
        gone = await pages.post("/badges/c1/card/new", data={"reader": PLACE})
        assert (gone.status_code, "no such reader" in text_of(gone.text)) == (404, True)
    short = await post(office, "/badges", {"form": "uid4", "number": NEW[:8]})
    async with browser(office) as pages:
        shown = text_of((await pages.get(f"/badges/{short.json()['id']}/card/new")).text)
        assert "no number of 7 bytes" in shown


async def test_a_unit_that_refuses_or_is_away_is_said(house: House, tmp_path: Path) -> None:
    await readers(house, desk="well")
    office, _ = make_office(house, tmp_path)
    office.exchange = Enrolling(house, Outcome.REFUSED)
    async with browser(office) as pages:
        await pages.post("/card-keys/new")
        refused = await pages.post("/badges/c1/card/new", data={"reader": PLACE})
        assert (refused.status_code, "it has refused" in text_of(refused.text)) == (409, True)
