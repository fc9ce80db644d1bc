"""What is asked of a few hours alone is what all hours between them would have said."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from sqlalchemy import insert

from loquet_server.database import Database
from loquet_server.days import DAY_MS, HOUR_MS
from loquet_server.models import DeskHour, PeopleHour
from loquet_server.occupancy.figures import People
from loquet_server.occupancy.repository import OccupancyRepository
from loquet_server.usual.hours import together
from loquet_server.usual.repository import UsualRepository
from tests.server.pages import space

NOW = space.NOW - space.NOW % HOUR_MS
STARTS = [NOW - week * 7 * DAY_MS for week in (1, 2, 3)]
ASIDE = NOW - 10 * DAY_MS
"""Between these hours, but none of them."""


@pytest.fixture
async def database(tmp_path: Path) -> AsyncIterator[Database]:
    """A space: one area told of all hours, one of a single other one, one of none."""
    found = await space.database(tmp_path)
    await space.furnish(found)
    hours = [
        {"area": "openspace", "hour_utc": at, "occupied_seconds": 7200, "known_seconds": 36_000,
         "peak": 2, "revision": 1}
        for at in (*STARTS, ASIDE)
    ]  # fmt: skip
    calm = {**hours[0], "area": "calme", "hour_utc": ASIDE}
    people = {"people_seconds": 1800, "known_seconds": 3600, "entries": 1}
    async with found.with_transaction() as session:
        await session.execute(insert(DeskHour), [*hours, calm])
        await session.execute(
            insert(PeopleHour),
            [{"area": "openspace", "hour_utc": at, "peak": at % 7, **people} for at in STARTS],
        )
    yield found
    await found.close()


async def test_hours_asked_for_alone_say_what_they_say_among_the_others(
    database: Database,
) -> None:
    async with database.reading() as session:
        repository = UsualRepository(session)
        some = await repository.hours_at("moulin", STARTS, NOW)
        every = await repository.hours("moulin", min(STARTS), max(STARTS) + HOUR_MS, NOW)
    assert {hour for _, hour in some} == set(STARTS)
    for areas in (["openspace"], ["calme"], ["openspace", "calme", "atelier"]):
        whole = together(every, areas)
        expected = {at: whole[at] for at in STARTS if at in whole}
        assert together(some, areas) == expected, areas
    alone, with_calm = (together(some, areas) for areas in (["openspace"], ["openspace", "calme"]))
    assert with_calm[STARTS[0]].desks > alone[STARTS[0]].desks, "unknown, but not away"


async def test_people_of_an_area_are_added_up(database: Database) -> None:
    async with database.reading() as session:
        repository = OccupancyRepository(session)
        found = await repository.people("moulin", STARTS[2], STARTS[0])
        assert await repository.people("moulin", NOW, NOW + DAY_MS) == {}
    counted = STARTS[1:]
    assert found == {"openspace": People(2, 0.5, max(at % 7 for at in counted))}
