"""What a page says a plan means is what units are given: bounds against bounds."""

import json
from pathlib import Path

import pytest

from loquet_server.models import CalendarEntry, Plan, PolicyRecord, Rule, Schedule, Site
from loquet_server.timetable.repository import TimetableRepository
from loquet_server.timetable.rows import Bounds, Expansion
from tests.server.desk import make_office
from tests.server.house import SITE, START, House

pytestmark = pytest.mark.parametrize("database_kind", ["sqlite"])
DAY = 86_400
FIRST, LAST = START // 1000 + 2 * DAY, START // 1000 + 300 * DAY


def inside(bounds: Bounds | list[int]) -> Bounds:
    """Return bounds clipped to the days that both sides know."""
    found = []
    for at in range(0, len(bounds), 2):
        begin, end = max(bounds[at], FIRST), min(bounds[at + 1], LAST)
        if begin < end:
            found += [begin, end]
    return tuple(found)


async def test_a_plan_opens_when_its_page_says(house: House, tmp_path: Path) -> None:
    office, _ = make_office(house, tmp_path)
    async with house.database.with_transaction() as session:
        session.add_all([
            Schedule(id="open", site=SITE, name="Open", hours="Mo-Sa 09:00-18:00; PH off"),
            Schedule(id="late", site=SITE, name="Late", hours="Fr,Sa 20:00-02:00"),
            Plan(id="full", site=SITE, name_fr="F", name_en="F"),
            Plan(id="night", site=SITE, name_fr="N", name_en="N"),
        ])  # fmt: skip
        await session.flush()
        session.add_all([
            Rule(id="r2", plan="full", areas=["salle"]),
            Rule(id="r3", plan="night", areas=["calme"], schedule="late"),
            CalendarEntry(id="k1", site=SITE, kind="closure", name="Noël",
                          starts="2025-12-24T14:00", ends="2026-01-02T00:00"),
            CalendarEntry(id="k2", site=SITE, kind="opening", name="Marché",
                          starts="2025-12-07T10:00", ends="2025-12-07T16:00"),
            CalendarEntry(id="k3", site=SITE, kind="closure", name="Peinture", area="calme",
                          starts="2026-03-28T00:00", ends="2026-03-29T12:00"),
        ])  # fmt: skip
        site = await session.get(Site, SITE)
        assert site is not None
        site.opening = "open"
        await session.flush()
        await office.policies.advance_site(session, SITE, office.now_ms())
    async with house.database.reading() as session:
        site = await session.get(Site, SITE)
        assert site is not None
        timetable = await TimetableRepository(session).of(site, "2025-10-09")
    expansion = Expansion(timetable, START // 1000, 320)
    said = {
        (rule.plan, area): inside(expansion.right(rule, area, None))
        for rule in timetable.rules
        for area in rule.areas
        if rule.plan != "resident"
    }
    assert said.keys() == {("full", "salle"), ("night", "calme")}
    assert all(len(bounds) > 100 for bounds in said.values())
    rows = await house.all(PolicyRecord)
    compiled = {
        inside(json.loads(row.line)["bounds"])
        for row in rows
        if row.key.startswith("schedule/") and json.loads(row.line).get("bounds")
    }
    assert set(said.values()) <= compiled
