"""Occupancy by the hour: what is drawn is what the table says."""

import re

import httpx
import pytest

from loquet_server.database import Database
from loquet_server.models import DeskHour, UnitState
from loquet_server.occupancy.chart import HEIGHT, HOUR, draw, seconds_in
from loquet_server.occupancy.page_repository import OccupancyPageRepository
from tests.server.pages import space
from tests.server.pages.reading import text_of


async def test_the_table_has_the_same_hours_as_the_chart(
    client: httpx.AsyncClient, furnished: Database
) -> None:
    page = (await client.get("/occupancy?lang=en")).text
    bars = len(re.findall(r'class="chart-bar"', page))
    rows = len(re.findall(r'<th scope="row">', page))
    assert bars == rows == 3 * 16
    assert "Grande salle 12 desks Busiest at 11:00: 4.7 desks on average" in text_of(page)


async def test_a_day_without_anybody_says_so(
    client: httpx.AsyncClient, furnished: Database
) -> None:
    page = (await client.get("/occupancy?day=2025-01-05&lang=en")).text
    assert "Sunday 5 January" in text_of(page)
    assert text_of(page).count("Nobody sat here that day") == 3


async def test_tomorrow_and_nonsense_show_today(
    client: httpx.AsyncClient, furnished: Database
) -> None:
    for day in ("2030-01-01", "yesterday", ""):
        page = (await client.get(f"/occupancy?day={day}&lang=en")).text
        assert "Monday 16 November" in text_of(page)
        assert "Day after" not in page


async def test_a_day_with_a_change_of_clocks_has_its_hours_once(
    client: httpx.AsyncClient, furnished: Database
) -> None:
    page = (await client.get("/occupancy?day=2026-10-25")).text
    hours = re.findall(r'<th scope="row">(\d\d:\d\d)</th>', page)
    assert hours[:16] == [f"{hour:02d}:00" for hour in range(7, 23)]


async def test_an_early_bird_widens_the_day_without_a_gap(
    client: httpx.AsyncClient, furnished: Database
) -> None:
    four = space.NOW - space.NOW % HOUR - 10 * HOUR  # 04:00 in Paris
    async with furnished.with_transaction() as session:
        session.add(DeskHour(area="openspace", hour_utc=four + HOUR, occupied_seconds=60, peak=1))
    page = (await client.get("/occupancy")).text
    hours = re.findall(r'<th scope="row">(\d\d:\d\d)</th>', page)
    assert hours[:18] == [f"{hour:02d}:00" for hour in range(5, 23)]


def test_a_minute_is_not_worth_a_sentence() -> None:
    assert draw("a", "A", 2, {0: (60, 1)}, [], [0], HOUR).busiest is None
    busiest = draw("a", "A", 2, {0: (1800, 1)}, [], [0], HOUR).busiest
    assert busiest is not None
    assert busiest.mean == 0.5


def test_what_is_occupied_now_counts_up_to_now() -> None:
    assert seconds_in(0, [HOUR // 2], now=HOUR * 2) == 1800
    assert seconds_in(HOUR, [HOUR // 2], now=HOUR * 3 // 2) == 1800
    assert seconds_in(HOUR * 5, [HOUR // 2], now=HOUR) == 0


def test_a_bar_never_leaves_the_drawing() -> None:
    chart = draw("a", "A", 2, {0: (3600 * 9, 2)}, [0, 0], [0], HOUR)
    assert chart.bars[0].height == HEIGHT
    assert chart.bars[0].y == 0


@pytest.mark.parametrize("day", ["0001-01-01", "0001-01-02", "1969-12-31", "9999-12-31"])
async def test_a_day_at_the_end_of_the_calendar_is_shown(
    client: httpx.AsyncClient, furnished: Database, day: str
) -> None:
    assert (await client.get(f"/occupancy?day={day}")).status_code == 200


async def test_a_desk_of_an_offline_unit_adds_nothing_to_now(furnished: Database) -> None:
    start = space.NOW - 24 * HOUR
    async with furnished.with_transaction() as session:
        before = await OccupancyPageRepository(session).areas("moulin", start, space.NOW)
        row = await session.get(UnitState, "entree")
        assert row is not None
        row.online = False
        await session.flush()
        after = await OccupancyPageRepository(session).areas("moulin", start, space.NOW)
    assert sum(len(area.since) for area in before) > 0
    assert [area.since for area in after if area.id != "atelier"] == [[], []]
