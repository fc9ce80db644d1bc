"""Schedules over the API: written, looked at, changed, refused; units follow."""

from pathlib import Path
from typing import Any

import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st

from loquet_server.models import Audit, Plan, Rule, Schedule, Site, Subscription
from loquet_server.office import Office
from loquet_server.schedules.form import HoursForm, UnclearDay, read_spans, weekly, write_spans
from tests.server.desk import client, make_office
from tests.server.house import SITE, House

WORK = "Mo-Sa 09:00-18:00; PH off"


async def ask(office: Office, method: str, path: str, body: Any = None) -> httpx.Response:
    async with client(office) as http:
        return await http.request(method, f"/api/v1{path}", json=body)


async def open_space(house: House) -> None:
    """Let Camille come in opening hours instead of always."""
    async with house.database.with_transaction() as session:
        session.add(Schedule(id="open", site=SITE, name="Open", hours=WORK))
        session.add(Plan(id="full", site=SITE, name_fr="Temps plein", name_en="Full time"))
        await session.flush()
        session.add(Rule(id="r2", plan="full", areas=["salle"]))
        site = await session.get(Site, SITE)
        subscription = await session.get(Subscription, "s1")
        assert site is not None
        assert subscription is not None
        site.opening = "open"
        subscription.plan = "full"


async def test_hours_are_written_changed_and_deleted(house: House, tmp_path: Path) -> None:
    office, _ = make_office(house, tmp_path)
    made = await ask(office, "POST", "/schedules", {"site": SITE, "name": "Work", "hours": WORK})
    assert made.status_code == 201
    schedule = made.json()["id"]
    body = {"name": "Work", "hours": "Mo-Fr 08:00-12:00", "follows_calendar": False}
    changed = await ask(office, "PUT", f"/schedules/{schedule}", body)
    assert changed.json() == {
        "id": schedule, "site": SITE, "name": "Work", "always": False,
        "hours": "Mo-Fr 08:00-12:00", "intervals": [], "follows_calendar": False,
    }  # fmt: skip
    listed = (await ask(office, "GET", f"/schedules?site={SITE}&limit=1")).json()
    assert [each["id"] for each in listed] == ["always"]
    after = (await ask(office, "GET", "/schedules?after=always")).json()
    assert [each["id"] for each in after] == [schedule]
    assert (await ask(office, "DELETE", f"/schedules/{schedule}")).status_code == 204
    assert (await ask(office, "GET", f"/schedules/{schedule}")).status_code == 404
    rows = await house.all(Audit)
    assert [row.action for row in rows] == [
        "schedule:record:create", "schedule:record:change", "schedule:record:delete",
    ]  # fmt: skip
    assert rows[1].detail["before"]["hours"] == WORK


async def test_what_cannot_be_read_is_never_saved_and_says_where(
    house: House, tmp_path: Path
) -> None:
    office, _ = make_office(house, tmp_path)
    for hours in ("Mo-Fr 9h-18h", "", "Mo-Fr 09:00-18:00; Xy 10:00"):
        body = {"site": SITE, "name": "Bad", "hours": hours}
        answer = await ask(office, "POST", "/schedules", body)
        assert answer.status_code == 422
        assert answer.json()["hint"]
        assert (await ask(office, "POST", "/schedules/effect", body)).status_code == 422
        kept = await ask(office, "PUT", "/schedules/always", {"name": "Bad", "hours": hours})
        assert kept.status_code == 422
    assert (await house.get(Schedule, "always")).always is True
    assert [row.id for row in await house.all(Schedule)] == ["always"]


async def test_hours_that_are_used_are_not_deleted(house: House, tmp_path: Path) -> None:
    await open_space(house)
    office, _ = make_office(house, tmp_path)
    used = await ask(office, "DELETE", "/schedules/always")
    assert used.status_code == 409
    assert used.json()["plans"] == ["Resident"]
    opening = (await ask(office, "DELETE", "/schedules/open")).json()
    assert opening["opening"] is True
    assert "opening hours of the space" in opening["detail"]


async def test_the_effect_is_said_before_and_nothing_is_saved(house: House, tmp_path: Path) -> None:
    await open_space(house)
    office, recorder = make_office(house, tmp_path)
    body = {"site": SITE, "name": "Open", "hours": "Mo-Fr 09:00-18:00"}
    async with client(office) as http:
        answer = await http.post(
            "/api/v1/schedules/effect?schedule=open", json=body, headers={"accept-language": "en"}
        )
    found = answer.json()
    assert "1 member loses every Saturday" in [each["text"] for each in found["changes"]]
    (saturday,) = [each for each in found["changes"] if each["weekdays"] == [5]]
    assert (saturday["kind"], saturday["before"], saturday["names"]) == (
        "lost", [[540, 1080]], ["full"],
    )  # fmt: skip
    assert "holidays_not_mentioned" in {each["code"] for each in found["warnings"]}
    assert (await house.get(Schedule, "open")).hours == WORK
    assert recorder.published == []


async def test_a_change_reaches_the_units(house: House, tmp_path: Path) -> None:
    await open_space(house)
    office, recorder = make_office(house, tmp_path)
    async with house.database.with_transaction() as session:
        await office.policies.advance_site(session, SITE, office.now_ms())
    answer = await ask(
        office, "PUT", "/schedules/open", {"name": "Open", "hours": "Mo 09:00-12:00"}
    )
    assert answer.status_code == 200
    assert any("/policy" in topic or "/delta" in topic for topic, _, _ in recorder.published)


async def test_a_year_day_by_day(house: House, tmp_path: Path) -> None:
    await open_space(house)
    office, _ = make_office(house, tmp_path)
    days = (await ask(office, "GET", "/schedules/open/year/2024")).json()
    assert len(days) == 366
    by_date = {each["date"]: each for each in days}
    assert by_date["2024-02-29"]["spans"] == [[540, 1080]]
    assert by_date["2024-07-14"]["holiday"]
    assert by_date["2024-05-01"]["spans"] == []
    assert (await ask(office, "GET", "/schedules/open/year/1066")).status_code == 422


async def test_strangers_and_nonsense(house: House, tmp_path: Path) -> None:
    office, _ = make_office(house, tmp_path)
    body = {"site": "elsewhere", "name": "x", "hours": WORK}
    assert (await ask(office, "POST", "/schedules", body)).status_code == 404
    assert (await ask(office, "GET", "/schedules/none")).status_code == 404
    assert (await ask(office, "GET", "/schedules/%00")).status_code == 422
    assert (await ask(office, "GET", "/schedules?site=%00")).status_code == 422
    wrong = {"site": SITE, "name": "\x00", "hours": WORK}
    assert (await ask(office, "POST", "/schedules", wrong)).status_code == 422


@pytest.mark.parametrize(
    ("typed", "spans"),
    [
        ("", ()),
        ("fermé", ()),
        ("closed", ()),
        ("9-18", ((540, 1080),)),
        ("9h-12h30, 14h-18h", ((540, 750), (840, 1080))),
        ("9h à 12h et 14h à 18h", ((540, 720), (840, 1080))),
        ("09:00–12:30;14:00–18:00", ((540, 750), (840, 1080))),
        ("14-18, 9-12", ((540, 720), (840, 1080))),
        ("20-2", ((1200, 1560),)),
        ("0-24", ((0, 1440),)),
        ("24/24", ((0, 1440),)),
        ("8.30 - 19.00", ((510, 1140),)),
        ("9-12, 11-14", None),
        ("9-12 lunch 14-18", None),
        ("9", None),
        ("25-26", None),
        ("9:75-12", None),
        ("8-9, 10-11, 12-13, 14-15", None),
        ("Mo-Fr 9-18", None),
        ("-9-18", None),
    ],
)
def test_a_day_is_read_as_people_write_it(typed: str, spans: Any) -> None:
    assert read_spans(typed) == spans


@given(st.lists(st.integers(0, 48), min_size=2, max_size=6, unique=True))
def test_what_the_form_shows_it_reads_again(halves: list[int]) -> None:
    edges = [each * 30 for each in sorted(halves)]
    spans = tuple(zip(edges[::2], edges[1::2], strict=False))
    assert read_spans(write_spans(spans)) == spans


def test_the_weekly_form_and_the_text_say_the_same() -> None:
    text = "Mo-Fr 09:00-12:00,14:00-18:00; Sa 20:00-02:00; PH off"
    shown = weekly(text)
    assert shown is not None
    form = HoursForm(name="x", **shown)
    assert weekly(form.schedule().hours) == shown
    assert weekly("Jan-Mar Mo 09:00-12:00") is None
    with pytest.raises(UnclearDay):
        HoursForm(name="x", mo="soon").schedule()
