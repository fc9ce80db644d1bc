"""``/units`` and ``/units/{unit}`` as people read and use them, in both languages."""

import re
from collections.abc import AsyncIterator
from pathlib import Path

import httpx
import pytest
from sqlalchemy import update

from loquet_contract.wire.commands import Outcome, What
from loquet_contract.wire.events import ProcessRestarted, UnitStopped
from loquet_server.models import Audit, Door, Unit, UnitLogOrder, UnitState
from loquet_server.office import Office
from loquet_server.units import words
from loquet_server.units.signs import Sign
from loquet_server.web.i18n import translations
from tests.server.desk import make_office
from tests.server.house import START, UNIT, House
from tests.server.pages.desk import browser
from tests.server.pages.forms import submit
from tests.server.pages.reading import text_of
from tests.server.test_badges import Enrolling, connect
from tests.server.test_fleet import TEXT, log_of, send

PATH = f"/units/{UNIT}"


@pytest.fixture
async def desk(house: House, tmp_path: Path) -> tuple[Office, Enrolling]:
    await connect(house)
    office, _ = make_office(house, tmp_path)
    office.exchange = exchange = Enrolling(house)
    return office, exchange


@pytest.fixture
async def pages(desk: tuple[Office, Enrolling]) -> AsyncIterator[httpx.AsyncClient]:
    async with browser(desk[0]) as found:
        yield found


async def offline(house: House) -> None:
    async with house.database.with_transaction() as session:
        await session.execute(update(UnitState).values(online=False))


async def test_what_needs_care_comes_first_and_lists_can_be_narrowed(
    house: House, desk: tuple[Office, Enrolling], pages: httpx.AsyncClient
) -> None:
    said = text_of((await pages.get("/units")).text)
    assert said.index("Other") < said.index("Hall"), "never heard of is to be watched"
    await house.take(
        house.journal.state(
            health={"temperature_c": 84}, readers={"in": "well", "quiet": "lost"}, backlog=3,
            model="Raspberry Pi 4 Model B Rev 1.5", address="192.168.1.20",
        )
    )  # fmt: skip
    said = text_of((await pages.get("/units")).text)
    assert said.index("Hall") < said.index("Other")
    for each in (
        "2 units, 1 needs care, 1 to watch", "Too hot: 84 °C", "The reader “Quiet” does not answer",
        "192.168.1.20", "Raspberry Pi 4", "1 of 2 answer", "Never heard of yet",
    ):  # fmt: skip
        assert each in said, each
    assert "Other" not in text_of((await pages.get("/units?q=1.20&part=true")).text)
    assert "Hall" not in text_of((await pages.get("/units?show=offline&part=true")).text)
    assert "No unit is like that." in (await pages.get("/units?q=nobody")).text
    assert "<html" not in (await pages.get("/units?part=true")).text
    async with browser(desk[0], "fr") as french:
        said = text_of((await french.get("/units")).text)
        assert "Trop chaud : 84 °C" in said and "à dépanner" in said
    await house.take(
        house.journal.state(readers={"b-1": "lost"}, desk_readers={"b-1": "d1", "b-2": "gone"})
    )
    said = text_of((await pages.get("/units")).text)
    assert "The reader “desk 1” does not answer" in said, "by its desk, not by its id"


@pytest.mark.parametrize(
    ("days", "english", "french"), [("1", "in 1 day", "dans 1 jour"), ("2", "2 days", "2 jours")]
)
def test_days_left_are_counted_as_one_says_it(days: str, english: str, french: str) -> None:
    for language, wanted in (("en", english), ("fr", french)):
        assert words.sign(Sign.CERTIFICATE, days, translations(language)).endswith(wanted)


async def test_a_house_without_units_says_how_to_get_one(
    house: House, pages: httpx.AsyncClient
) -> None:
    async with house.database.with_transaction() as session:
        await session.execute(update(Unit).values(archived_at=1))
    assert "No unit is like that." in (await pages.get("/units")).text
    gone = (await pages.get("/units?show=archived")).text
    assert "Hall" in text_of(gone) and "gone" in text_of(gone)
    assert 'href="/doors" aria-current="true"' in gone, "units are in the room of the doors"


async def test_a_unit_that_was_shut_out_is_not_said_to_go_on(
    house: House, pages: httpx.AsyncClient
) -> None:
    await offline(house)
    assert "Its doors go on with the rights it has." in text_of((await pages.get(PATH)).text)
    async with house.database.with_transaction() as session:
        await session.execute(update(Unit).values(revoked_at=1))
    said = text_of((await pages.get(PATH)).text)
    assert "This unit is shut out" in said and "Its doors go on" not in said
    assert "What you can do" not in said, "nothing is told to it any more"
    assert "shut out" in text_of((await pages.get("/units")).text)


async def test_a_door_whose_unit_was_shut_out_says_so_and_what_to_do(
    house: House, pages: httpx.AsyncClient
) -> None:
    away = "Unit offline: this is the last that is known"
    await offline(house)
    assert away in text_of((await pages.get("/")).text)
    async with house.database.with_transaction() as session:
        await session.execute(update(Unit).where(Unit.id == UNIT).values(revoked_at=START))
        await session.execute(update(Door).where(Door.id == "far").values(unit=None))
    for path in ("/", "/doors", "/doors/front", "/live/doors/front/release"):
        page = (await pages.get(path)).text
        said = text_of(page)
        assert re.search(r"Its unit( “Hall”)? was shut out on \d+ \w+ \d+: the door", said), path
        assert 'href="/units/waiting?door=front">Give it to another unit' in page, path
        assert "offline" not in said and 'action="/live/doors/front/release"' not in page, path
    assert "This door has no unit." in text_of((await pages.get("/doors/far")).text)


async def test_how_a_unit_fares_comes_before_what_it_may_be_told(
    house: House, pages: httpx.AsyncClient
) -> None:
    await house.take(house.journal.state(health={"temperature_c": 84, "load_percent": 1076}))
    page = (await pages.get(PATH)).text
    said = text_of(page)
    order = ("Standing", "Too hot: 84", "Now", "Show itself", "If it is broken or gone", "Report s")
    places = [said.index(each) for each in order]
    assert places == sorted(places)
    assert "overloaded: 10.8 times what it can do at once" in said and "1076" not in said


async def test_one_unit_tells_all_and_its_story(house: House, pages: httpx.AsyncClient) -> None:
    house.journal.write(UnitStopped("restarted by order of the server"))
    house.journal.write(ProcessRestarted("link", "killed by SIGKILL"))
    house.journal.write(ProcessRestarted("door", "it burst like a balloon"))
    await house.take(house.journal.message())
    await house.take(
        house.journal.state(
            health={
                "temperature_c": 61, "under_voltage": 1, "under_voltage_now": 0,
                "disk_free_mb": 3277, "disk_total_mb": 15258, "memory_free_mb": 210,
                "memory_total_mb": 432, "uptime_s": 7300, "wifi_dbm": -58, "load_percent": 12,
            },
            model="simulated",
        )
    )  # fmt: skip
    said = text_of((await pages.get(PATH)).text)
    for each in (
        "restarted from the office", "the connection to this server, it was killed (SIGKILL)",
        "the part that reads badges and decides, it burst like a balloon",
        "61 °C", "was too low since the start", "3.2 / 14.9 GB", "2 hours", "-58 dBm", "12 %",
        "This unit is simulated", "Front", "Quiet", "No incident so far.",
    ):  # fmt: skip
        assert each in said, each
    assert (await pages.get("/units/none")).status_code == 404


async def test_a_unit_is_identified_fetches_and_restarts_from_its_page(
    house: House, desk: tuple[Office, Enrolling], pages: httpx.AsyncClient
) -> None:
    page = await pages.get(PATH)
    for action, done in (("identify", "shows itself now"), ("fetch", "fetches its rights anew")):
        went = await submit(pages, page, f"{PATH}/{action}")
        assert went.status_code == 303
        assert done in text_of((await pages.get(went.headers["location"])).text)
    ask = await pages.get(f"{PATH}/restart")
    assert "held by a magnet" in ask.text
    assert (await submit(pages, ask, f"{PATH}/restart", reason=" ")).status_code == 422
    went = await submit(pages, ask, f"{PATH}/restart", reason="the reader hangs")
    assert "starts anew" in text_of((await pages.get(went.headers["location"])).text)
    assert [each.what for each in desk[1].commands] == [What.IDENTIFY, What.FETCH, What.RESTART]
    assert [each.reason for each in await house.all(Audit)] == [
        "which one is it?", "to be sure that it has the newest rights", "the reader hangs",
    ]  # fmt: skip


async def test_a_refusal_and_a_unit_that_is_away_are_said_in_plain_words(
    house: House, desk: tuple[Office, Enrolling], pages: httpx.AsyncClient
) -> None:
    desk[1].outcome = Outcome.REFUSED
    desk[1].detail = "door front is locked down: lift that first"
    ask = await pages.get(f"{PATH}/restart")
    refused = await submit(pages, ask, f"{PATH}/restart", reason="the reader hangs")
    assert refused.status_code == 409
    assert "The unit has refused: the door “Front” is locked down; lift that first." in text_of(
        refused.text
    )
    assert 'value="the reader hangs"' in refused.text, "what was typed is kept"
    async with browser(desk[0], "fr") as french:
        page = await french.get(PATH)
        said = text_of((await submit(french, page, f"{PATH}/identify")).text)
        assert "la porte « Front » est en verrouillage d'urgence ; levez-le d'abord." in said
    await offline(house)
    away = await submit(pages, await pages.get(PATH), f"{PATH}/identify")
    assert away.status_code == 409
    assert "The unit is not connected, so it was told nothing." in text_of(away.text)


async def test_a_log_is_asked_for_awaited_and_shown_once(
    house: House, desk: tuple[Office, Enrolling], pages: httpx.AsyncClient
) -> None:
    path = f"{PATH}/logs"
    went = await submit(pages, await pages.get(path), path, reason="it comes and goes")
    waits = await pages.get(went.headers["location"])
    assert "The unit was asked." in waits.text and "data-fresh-page" in waits.text
    (row,) = await house.all(UnitLogOrder)
    assert await send(desk[0], log_of(house, row.command, TEXT + "<b>bold</b>\n")) == 204
    come = await pages.get(path)
    shown = await submit(pages, come, f"{path}/{row.command}")
    assert shown.headers["cache-control"] == "no-store"
    assert "session with the broker is open" in shown.text and "<b>bold" not in shown.text
    assert (await submit(pages, come, f"{path}/{row.command}")).status_code == 404
    assert "data-fresh-page" not in (await pages.get(path)).text


async def test_a_log_that_does_not_come_is_waited_for_no_longer(
    house: House, pages: httpx.AsyncClient
) -> None:
    path = f"{PATH}/logs"
    await submit(pages, await pages.get(path), path, reason="it comes and goes")
    house.now += 61
    assert "The unit was asked." not in (await pages.get(path)).text


async def test_name_notes_and_putting_aside(house: House, pages: httpx.AsyncClient) -> None:
    edit = await pages.get(f"{PATH}/edit")
    assert (await submit(pages, edit, f"{PATH}/edit", name=" ")).status_code == 422
    went = await submit(pages, edit, f"{PATH}/edit", name="Front hall", notes="behind the coats")
    said = text_of((await pages.get(went.headers["location"])).text)
    assert "Front hall" in said and "behind the coats" in said and "was changed" in said
    ask = await pages.get(f"{PATH}/remove")
    assert "These doors then have no unit: Front, Quiet." in text_of(ask.text)
    still = await submit(pages, ask, f"{PATH}/remove", reason="sold")
    assert still.status_code == 409 and "switch it off first" in still.text
    await offline(house)
    went = await submit(pages, ask, f"{PATH}/remove", reason="sold")
    assert went.headers["location"] == "/units?done=removed"
    aside = await pages.get(PATH)
    assert "was put aside" in aside.text and "/restart" not in aside.text
    assert (await pages.post(f"{PATH}/identify")).status_code in (403, 404)
