"""How the space was used: what is drawn is what the table says, and nobody stands alone in it."""

import asyncio
import csv
import io
import re
import shutil
from collections.abc import AsyncIterator
from datetime import date, timedelta
from pathlib import Path
from xml.etree import ElementTree

import httpx
import pytest
from sqlalchemy import insert, text

from loquet_server.database import Database
from loquet_server.days import HOUR_MS
from loquet_server.models import BookingDay, DeskDay, DeskHour, SiteDay, UnitState, YearCount
from loquet_server.usual.repository import UsualRepository
from tests.server.pages import space
from tests.server.pages.desk import browser
from tests.server.pages.moulin import moulin
from tests.server.pages.reading import text_of

TODAY = date(2026, 11, 16)


@pytest.fixture(scope="module")
def seeded(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The file of a space with five weeks of history; made once, as it is long."""
    folder = tmp_path_factory.mktemp("history")
    asyncio.run(_seed(folder))
    return folder / "pages.db"


async def _seed(folder: Path) -> None:
    found = await space.database(folder)
    await space.furnish(found)
    start = space.NOW - space.NOW % HOUR_MS
    hours = [
        {
            "area": area, "hour_utc": start - back * HOUR_MS, "known_seconds": desks * 3600,
            "occupied_seconds": desks * 1800 * busy, "peak": desks // 2 * busy, "revision": 1,
        }
        for back in range(24, 35 * 24)
        for busy in (back % 24 < 6 and back % 168 > 48,)
        for area, desks in (("openspace", 12), ("calme", 6), ("atelier", 2))
    ]  # fmt: skip
    async with found.with_transaction() as session:
        await session.execute(insert(DeskHour), hours)
        for back in range(1, 35):
            day = (TODAY - timedelta(back)).isoformat()
            session.add(SiteDay(site="moulin", day=day, visits=8, half_days=12, entries=20))
        session.add(DeskDay(desk="g01", day="2026-11-10", occupied_seconds=7200, sessions=2))
        session.add(
            BookingDay(site="moulin", day="2026-11-10", kind="desk", resource="g02", made=4,
                       kept=2, no_shows=1, cancelled=1)
        )  # fmt: skip
        session.add(YearCount(site="moulin", year=2026, members=2))
    await found.close()


@pytest.fixture
async def pages(seeded: Path, tmp_path: Path) -> AsyncIterator[httpx.AsyncClient]:
    """A browser in English, at a space with five weeks of history."""
    shutil.copy(seeded, tmp_path / "history.db")
    database = Database(f"sqlite+aiosqlite:///{tmp_path / 'history.db'}")
    _, office = await moulin(database, tmp_path)
    async with browser(office) as found:
        yield found
    await database.close()


def rows_of(answer: httpx.Response) -> list[list[str]]:
    """Return a CSV as rows; it begins with its mark."""
    assert answer.headers["content-type"].startswith("text/csv")
    return list(csv.reader(io.StringIO(answer.content.decode("utf-8-sig"))))


async def test_the_week_is_drawn_said_in_a_table_and_can_be_taken_away(
    pages: httpx.AsyncClient,
) -> None:
    page = (await pages.get("/occupancy")).text
    table = page[page.index('id="heat-table"') :]
    cells = table[: table.index("</table>")].count("<td")
    assert cells == len(re.findall('class="cell-text', page)) > 7 * 10
    said = text_of(page)
    assert "28 Sep 2026 to 16 Nov 2026" in said
    assert "Desks taken while open" in said
    assert "Shared desks only" in said
    assert "G1 Grande salle 2 1 2" in said
    assert "Desks 4 2 1 25% 1" in said  # what became of bookings
    drawing = await pages.get("/occupancy/heat.svg?period=month")
    assert drawing.headers["content-type"] == "image/svg+xml"
    assert "style=" not in drawing.text
    ElementTree.fromstring(drawing.text)
    lines = rows_of(await pages.get("/occupancy/heat.csv"))
    assert lines[0][:2] == ["Weekday", "Hour"]
    assert (len(lines) - 1) % 7 == 0


async def test_an_area_with_two_desks_is_in_no_figure_at_all(pages: httpx.AsyncClient) -> None:
    for address in ("/occupancy", "/occupancy?area=atelier", "/occupancy/day"):
        page = text_of((await pages.get(address)).text)
        assert "Atelier" not in page.replace("too few desks: Atelier", "")
    page = text_of((await pages.get("/occupancy")).text)
    assert "Desks occupied on average, of 18." in page
    assert "too few desks: Atelier" in page
    lines = rows_of(await pages.get("/occupancy/hours.csv?period=month&area=atelier"))
    assert {line[0] for line in lines[1:]} == {"Grande salle", "Salle calme"}
    assert (await pages.get("/occupancy/day.svg?area=atelier")).status_code == 404


async def test_an_hour_is_a_line_and_the_unknown_is_empty(pages: httpx.AsyncClient) -> None:
    lines = rows_of(await pages.get("/occupancy/hours.csv?from=2026-11-10&to=2026-11-10"))
    assert lines[0][0] == "Area"
    assert len(lines) == 1 + 2 * 24
    assert all(line[1] == "2026-11-10" for line in lines[1:])
    french = await pages.get("/occupancy/hours.csv?from=2026-11-10&to=2026-11-10&lang=fr")
    assert french.text.splitlines()[0].count(";") == 7


async def test_two_periods_stand_beside_each_other(pages: httpx.AsyncClient) -> None:
    page = text_of((await pages.get("/occupancy?from=2026-11-09&to=2026-11-15&with=before")).text)
    assert "compared with 2 Nov 2026 to 8 Nov 2026" in page
    assert "Visits 56 56 ±0%" in page
    assert "Beside each other" in page
    far = text_of((await pages.get("/occupancy?period=month&with=year")).text)
    assert "Less than half of the open time is known" in far
    assert "±" not in far  # over what is unknown nothing has grown


async def test_nonsense_and_days_before_the_history(pages: httpx.AsyncClient) -> None:
    for query in ("period=x&with=y&area=z", "from=x&to=y", "from=&to="):
        answer = await pages.get(f"/occupancy?{query}")
        assert answer.status_code == 200
        assert "28 Sep 2026 to 16 Nov 2026" in text_of(answer.text)
    page = text_of((await pages.get("/occupancy?from=2025-01-05&to=2025-01-06")).text)
    assert "Nothing is known of these days. The history begins on 12 Oct 2026." in page


async def test_a_space_without_desks_says_so(database: Database, tmp_path: Path) -> None:
    await space.furnish(database)
    async with database.with_transaction() as session:
        for name in ("desk_states", "desks", "desk_hours"):
            await session.execute(text(f"DELETE FROM {name}"))
    _, office = await moulin(database, tmp_path)
    async with browser(office) as pages:
        assert "No desk has a sensor yet" in text_of((await pages.get("/occupancy")).text)
        assert (await pages.get("/occupancy/report/2026")).status_code == 200
        assert (await pages.get("/occupancy/heat.svg")).status_code == 200


# ---- one day --------------------------------------------------------------------------------


async def test_the_day_has_the_same_hours_in_its_table(pages: httpx.AsyncClient) -> None:
    page = (await pages.get("/occupancy/day?day=2026-11-12")).text
    bars = len(re.findall(r'class="chart-bar"', page))
    rows = len(re.findall(r'<th scope="row">', page))
    assert bars == rows == 2 * 16
    assert "Grande salle 12 desks Busiest at" in text_of(page)
    page = text_of((await pages.get("/occupancy/day?day=2025-01-05")).text)
    assert "Sunday 5 January" in page
    assert page.count("Nothing is known of that day") == 2
    assert "Nobody sat here" not in page
    today = text_of((await pages.get("/occupancy/day")).text)
    assert "21:00 – closed" in today  # what lies ahead is neither known nor unknown


async def test_any_day_is_answered(pages: httpx.AsyncClient) -> None:
    for day in ("0001-01-01", "1969-12-31", "9999-12-31"):
        assert (await pages.get(f"/occupancy/day?day={day}")).status_code == 200
    for day in ("2030-01-01", "yesterday", ""):
        page = await pages.get(f"/occupancy/day?day={day}")
        assert "Monday 16 November" in text_of(page.text)
        assert "Day after" not in page.text
    page = (await pages.get("/occupancy/day?day=2026-10-25")).text
    hours = re.findall(r'<th scope="row">(\d\d:\d\d)</th>', page)
    assert hours[:16] == [f"{hour:02d}:00" for hour in range(7, 23)]  # a day of 25 hours


async def test_a_desk_of_an_offline_unit_is_known_until_it_went(furnished: Database) -> None:
    away = space.NOW - HOUR_MS
    async with furnished.with_transaction() as session:
        row = await session.get(UnitState, "entree")
        assert row is not None
        row.online, row.seen_at = False, away
        await session.flush()
        found = await UsualRepository(session).running("moulin", space.NOW)
    assert {each.until for each in found if each.area != "atelier"} == {away}
    assert {each.until for each in found if each.area == "atelier"} == {space.NOW}


# ---- the yearly report ----------------------------------------------------------------------


async def test_a_year_in_numbers_with_its_method(pages: httpx.AsyncClient) -> None:
    page = text_of((await pages.get("/occupancy/report/2026?lang=fr")).text)
    assert "Comment l'espace a été utilisé en 2026" in page
    assert "Membres différents venus moins de 3" in page
    assert "l'année n'est pas finie" in page
    assert "Visites 272" in page
    assert "L'historique des postes commence le 12 oct. 2026" in page
    assert "Atelier" in page
    lines = rows_of(await pages.get("/occupancy/report/2026/months.csv?lang=en"))
    assert [line[0] for line in lines[1:]] == [f"2026-{month:02d}" for month in range(1, 12)]
    drawing = await pages.get("/occupancy/report/2026/months.svg")
    rects = 1 + 11 + 9  # the ground, a bar each, hatched where little is known
    assert drawing.text.count("<rect") == rects
    ElementTree.fromstring(drawing.text)
    assert (await pages.get("/occupancy/report/2027")).status_code == 404
    answer = await pages.get("/occupancy/report")
    assert answer.headers["location"] == "/occupancy/report/2026"
    empty = text_of((await pages.get("/occupancy/report/2024?lang=en")).text)
    assert "Nothing is known of this year" in empty


async def test_nothing_of_the_history_holds_a_name(pages: httpx.AsyncClient) -> None:
    for address in (
        "/occupancy", "/occupancy/day", "/occupancy/report/2026", "/occupancy/hours.csv",
        "/occupancy/desks.csv",
    ):  # fmt: skip
        said = (await pages.get(address)).text
        assert not re.search("Morvan|Benali|Garnier|Le Gall|Haddad", said)
