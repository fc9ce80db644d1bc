"""What is kept of how the space was used, on both databases: numbers, and nobody."""

from functools import partial

from sqlalchemy import update

from loquet_contract.ids import AreaId, DeskId
from loquet_contract.wire.events import (
    DeskEvidence,
    DeskFreed,
    DeskOccupied,
    UnitStarted,
)
from loquet_server.days import DAY_MS, HOUR_MS
from loquet_server.models import (
    CalendarEntry,
    Desk,
    DeskDay,
    DeskHour,
    Holder,
    Passage,
    PeopleHour,
    SiteDay,
    YearCount,
    YearMark,
)
from loquet_server.usual import usual
from loquet_server.usual.keeping import add_people, sample
from loquet_server.usual.rolling import mark, roll_up
from tests.server.house import SITE, START, UNIT, House

NINE = START - START % HOUR_MS + HOUR_MS
"""11:00 in Paris, a Thursday."""
SEAT = DeskEvidence.SEAT


def sat(house: House, desk: str, area: str, start: int, end: int) -> None:
    """Write that somebody sat at a desk."""
    named = DeskId(desk), AreaId(area)
    house.journal.write(DeskOccupied(*named, SEAT), start)
    house.journal.write(DeskFreed(*named, DeskEvidence.HOLD_ENDED), end)


async def test_hours_and_days_are_counted_and_of_ones_own_desk_only_the_hours(
    house: House,
) -> None:
    async with house.database.with_transaction() as session:
        await session.execute(update(Desk).where(Desk.id == "d2").values(assigned_holder="h1"))
    house.journal.write(DeskFreed(DeskId("d1"), AreaId("salle"), SEAT), NINE - HOUR_MS)
    sat(house, "d1", "salle", NINE, NINE + HOUR_MS * 3 // 2)
    sat(house, "d2", "calme", NINE, NINE + HOUR_MS)
    await house.take(house.journal.message())
    known = {(row.area, (row.hour_utc - NINE) // HOUR_MS): row for row in
             await house.all(DeskHour)}  # fmt: skip
    assert {key: (row.occupied_seconds, row.known_seconds) for key, row in known.items()} == {
        ("salle", -1): (0, 3600),
        ("salle", 0): (3600, 3600),
        ("salle", 1): (1800, 1800),
        ("calme", 0): (3600, 3600),
        ("calme", 1): (0, 0),
    }
    days = await house.all(DeskDay)
    assert [(row.desk, row.day, row.occupied_seconds, row.sessions) for row in days] == [
        ("d1", "2025-10-09", 5400, 1)
    ]


async def test_while_a_unit_was_off_nothing_is_known(house: House) -> None:
    house.journal.write(DeskFreed(DeskId("d1"), AreaId("salle"), SEAT), NINE)
    sat(house, "d2", "calme", NINE, NINE + HOUR_MS)
    start = house.journal.write(UnitStarted("0.1", "b2", "d"), NINE + 5 * HOUR_MS)  # type: ignore[arg-type]
    house.journal.write(DeskOccupied(DeskId("d1"), AreaId("salle"), SEAT), start.utc + HOUR_MS)
    await house.take(house.journal.message())
    known = {
        (row.hour_utc - NINE) // HOUR_MS: row.known_seconds
        for row in await house.all(DeskHour)
        if row.area == "salle" and row.known_seconds
    }
    assert known == {0: 3600, 5: 3600}  # up to the last that was heard; from the start on


async def entered(house: House, *times: int, holder: str = "h1") -> None:
    """Write that somebody badged and went in."""
    async with house.database.with_transaction() as session:
        for at in times:
            session.add(
                Passage(
                    journal=f"x{holder}", sequence=at, site=SITE, unit=UNIT, door="front",
                    access_point="in", area_from="outside", area_to="salle", holder=holder,
                    at=at, day="2025-10-09", outcome="taken",
                )
            )  # fmt: skip


async def rolled(house: House, now: int) -> None:
    """Count the last days."""
    await house.database.run(partial(roll_up, pepper=house.keys.pepper, now_ms=now))


async def test_days_are_counted_once_however_often_and_never_shrink(house: House) -> None:
    async with house.database.with_transaction() as session:
        session.add(Holder(id="g1", site=SITE, name="Ada", kind="guest"))
    await entered(house, NINE, NINE + HOUR_MS, NINE + 4 * HOUR_MS)
    await entered(house, NINE, holder="g1")
    for _ in range(2):
        await rolled(house, NINE + DAY_MS)
    async with house.database.with_transaction() as session:
        await session.execute(update(Passage).values(holder=None))  # as a purge does
    await rolled(house, NINE + DAY_MS)
    (day,) = await house.all(SiteDay)
    assert (day.day, day.visits, day.half_days, day.entries) == ("2025-10-09", 2, 3, 4)
    hours = {(row.hour_utc - NINE) // HOUR_MS: row.entries for row in await house.all(PeopleHour)}
    assert hours == {0: 2, 1: 1, 4: 1}
    (only,) = await house.all(YearMark)  # the guest is no member
    assert only.mark == mark(house.keys.pepper, SITE, 2025, "h1")
    assert "h1" not in only.mark


async def test_a_year_that_is_over_is_a_number_and_its_marks_are_gone(house: House) -> None:
    await entered(house, NINE)
    await rolled(house, NINE)
    await rolled(house, NINE + 115 * DAY_MS)  # 1 February
    assert await house.all(YearMark) == []
    (count,) = await house.all(YearCount)
    assert (count.year, count.members) == (2025, 1)


async def test_a_desk_that_becomes_somebodys_own_loses_its_days(house: House) -> None:
    sat(house, "d1", "salle", NINE, NINE + HOUR_MS)
    await house.take(house.journal.message())
    assert len(await house.all(DeskDay)) == 1
    async with house.database.with_transaction() as session:
        await session.execute(update(Desk).values(assigned_holder="h1"))
    await rolled(house, NINE)
    assert await house.all(DeskDay) == []


async def test_people_add_up_where_exits_are_sensed_and_a_gap_stays_unknown(house: House) -> None:
    for seconds in (60, 60, 600):
        await house.database.run(partial(sample, now_ms=NINE, seconds=seconds))
    (row,) = await house.all(PeopleHour)
    assert (row.area, row.known_seconds, row.people_seconds) == ("calme", 120, 0)
    more = {"area": "calme", "hour_utc": NINE, "entries": 0, "people_seconds": 180,
            "known_seconds": 60, "peak": 3}  # fmt: skip
    await house.database.run(partial(add_people, rows=[more]))
    (row,) = await house.all(PeopleHour)
    assert (row.people_seconds, row.known_seconds, row.peak) == (180, 180, 3)


async def test_usual_is_the_same_hour_of_the_weeks_before(house: House) -> None:
    async with house.database.with_transaction() as session:
        for week, taken in ((1, 3600), (2, 1800), (3, 0), (4, 7200)):
            at = NINE - 7 * week * DAY_MS
            for area, seconds in (("salle", taken // 2), ("calme", taken // 2)):
                session.add(
                    DeskHour(area=area, hour_utc=at, occupied_seconds=seconds,
                             known_seconds=3600, peak=1)
                )  # fmt: skip
        session.add(  # closed, so it does not count as a quiet Thursday
            CalendarEntry(id="e", site=SITE, kind="closure", name="Pont",
                          starts="2025-09-18T00:00", ends="2025-09-19T00:00")
        )  # fmt: skip
    async with house.database.reading() as session:
        found = await usual(session, SITE, NINE)
        assert await usual(session, SITE, NINE - 14 * DAY_MS) is None  # too few weeks
        assert await usual(session, "nowhere", NINE) is None
    assert found is not None
    assert (found.samples, found.desks_total, found.people) == (3, 2, None)
    assert found.desks is not None
    assert found.desks.median == 1
    assert found.desks.low < 1 < found.desks.high
    assert found.part == 0.5
