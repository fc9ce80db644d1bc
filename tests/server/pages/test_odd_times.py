"""Times that no calendar has, and incidents that a hostile unit piles up, break no page."""

from datetime import UTC, datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import httpx
import pytest
from babel import Locale

from loquet_server.database import Database
from loquet_server.days import HOUR_MS, day_of
from loquet_server.models import Entry, Incident, Passage
from loquet_server.occupancy.day import draw
from loquet_server.usual.hours import Filled
from loquet_server.web.moments import Moments
from tests.server.pages import space
from tests.server.pages.desk import browser
from tests.server.pages.moulin import moulin
from tests.server.pages.reading import text_of

ODD = [-(2**62), -1, 2**52, 2**63 - 1]


@pytest.mark.parametrize("ms", ODD)
@pytest.mark.parametrize("timezone", ["Europe/Paris", "Asia/Kolkata", "Pacific/Kiritimati"])
def test_every_instant_has_words(ms: int, timezone: str) -> None:
    moments = Moments(Locale.parse("fr"), ZoneInfo(timezone))
    said = [moments.iso(ms), moments.clock(ms), moments.day(ms), moments.date(ms),
            moments.near(ms, space.NOW)]  # fmt: skip
    assert all(said)
    assert day_of(ms, timezone)[:4] in ("1969", "1970", "9999")


def test_a_moment_of_another_year_says_which() -> None:
    moments = Moments(Locale.parse("fr"), ZoneInfo("Europe/Paris"))
    assert "2025" in moments.near(space.NOW - 366 * 24 * HOUR_MS, space.NOW)
    assert "2026" not in moments.near(space.NOW - 30 * 24 * HOUR_MS, space.NOW)


@pytest.mark.parametrize(
    ("language", "first", "second"),
    [("fr", "1er novembre 2026", "2 novembre 2026"), ("en", "1 November 2026", "2 November 2026")],
)
def test_a_date_is_said_as_people_say_it(language: str, first: str, second: str) -> None:
    moments = Moments(Locale.parse(language), ZoneInfo("Europe/Paris"))
    noon = int(datetime(2026, 11, 1, 12, tzinfo=UTC).timestamp() * 1000)
    assert (moments.date(noon), moments.date(noon + 24 * HOUR_MS)) == (first, second)
    assert first.removesuffix(" 2026") in moments.day(noon)


@pytest.mark.parametrize("path", ["/", "/journal", "/occupancy", "/evacuation"])
async def test_pages_show_a_fact_of_any_time(
    furnished: Database, tmp_path: Path, path: str
) -> None:
    async with furnished.with_transaction() as session:
        session.add(
            Entry(journal="j9", sequence=1, unit="entree", utc=2**52, monotonic=1, boot="b",
                  trusted=True, kind="door_closed", salt="s", body='{"door":"entree"}',
                  chain="c", received_at=space.NOW)
        )  # fmt: skip
        session.add(
            Passage(journal="j9", sequence=1, site="moulin", unit="entree", door="entree",
                    access_point="in", at=2**52, day="9999-12-30", outcome="denied",
                    reason="not_permitted_now", when=2**62)
        )  # fmt: skip
    _, office = await moulin(furnished, tmp_path)
    async with browser(office) as found:
        assert (await found.get(path)).status_code == 200


async def test_an_alarm_is_shown_before_any_number_of_odd_messages(
    client: httpx.AsyncClient, furnished: Database
) -> None:
    async with furnished.with_transaction() as session:
        session.add(_incident("door_forced_open", "jardin", space.NOW - HOUR_MS))
        session.add_all(_incident("message_refused", f"p{at}", space.NOW) for at in range(40))
    page = text_of((await client.get("/?lang=en")).text)
    assert "Opened without a release" in page


def _incident(kind: str, subject: str, at: int) -> Incident:
    return Incident(site="moulin", unit="entree", kind=kind, subject=subject, first_at=at,
                    last_at=at)  # fmt: skip


def test_the_peak_of_an_hour_is_never_below_its_mean() -> None:
    hour = space.NOW - space.NOW % HOUR_MS
    filled = Filled(desks=4, occupied=12_600.0, known=14_400.0, peak=1)
    chart = draw("a", "A", 4, {hour: filled}, [hour], {hour: True}, hour + HOUR_MS)
    (bar,) = chart.bars
    assert (bar.mean, bar.peak) == (3.5, 4)
