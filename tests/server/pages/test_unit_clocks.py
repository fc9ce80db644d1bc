"""By whose word a unit knows the time, and a server's clock that a unit doubts, as people read."""

from pathlib import Path

from loquet_contract.wire.clock import ClockSource
from loquet_contract.wire.events_clock import ServerTimeDoubted, ServerTimeSettled
from loquet_server.models import Incident
from loquet_server.units import words
from loquet_server.web import details
from loquet_server.web.i18n import translations
from tests.server.desk import make_office
from tests.server.house import START, UNIT, House
from tests.server.pages.desk import browser
from tests.server.pages.reading import text_of


def test_every_source_has_words_and_one_of_tomorrow_has_none() -> None:
    assert words.CLOCK.keys() == set(map(str, ClockSource))
    assert {words.clock(each, translations("fr")) for each in ("of tomorrow", None)} == {""}


async def test_a_unit_says_by_whose_word_it_knows_the_time(house: House, tmp_path: Path) -> None:
    office, _ = make_office(house, tmp_path)
    async with browser(office) as pages:
        for said, told in (
            (ClockSource.HARDWARE, "right From the clock chip with a battery"),
            ("of-tomorrow-and-the-day-after", "Clock right"),
        ):
            house.now += 1
            await house.take(house.journal.state(clock_source=said))
            assert told in text_of((await pages.get(f"/units/{UNIT}")).text)
        await house.take(house.journal.state(clock_trusted=False, clock_source="signed"))
        said = text_of((await pages.get(f"/units/{UNIT}", params={"lang": "fr"})).text)
        assert "incertaine Il sait seulement qu'il n'est pas plus tôt" in said
        shown = (await pages.get(f"/api/v1/units/{UNIT}")).json()
        assert shown["clock_source"] == "signed"


async def test_a_server_that_is_doubted_is_an_incident_until_that_is_settled(house: House) -> None:
    year = 365 * 86_400_000
    house.journal.write(ServerTimeDoubted(START + year, START))
    await house.take(house.journal.message())
    [found] = await house.all(Incident)
    assert (found.kind, found.detail) == ("server_time_doubted", details.AHEAD % {"days": 365})
    assert "365 jours" in details.said(translations("fr"), found.detail)
    house.journal.write(ServerTimeSettled(taken=True))
    await house.take(house.journal.message(2))
    assert await house.kinds() == []


async def test_a_doubt_out_of_all_bounds_is_written_down_as_any_other(house: House) -> None:
    house.journal.write(ServerTimeDoubted(2**62, -(2**62)))
    await house.take(house.journal.message())
    assert await house.kinds() == ["server_time_doubted"]
