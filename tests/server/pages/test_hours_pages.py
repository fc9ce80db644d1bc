"""Pages of hours and calendar: nothing is saved before it was looked at, nothing typed is lost."""

import re
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from pathlib import Path

import httpx
import pytest

from loquet_server.models import (
    CalendarEntry,
    Door,
    Holder,
    Plan,
    Rule,
    Schedule,
    Site,
    Subscription,
)
from loquet_server.office import Office
from tests.server.desk import make_office
from tests.server.house import SITE, House
from tests.server.pages.desk import browser
from tests.server.pages.forms import forms_of, submit
from tests.server.pages.reading import text_of

SUNDAY = datetime(2026, 11, 22, 9, tzinfo=UTC).timestamp()
WEEK = {"mo": "9-18", "tu": "9-18", "we": "9-18", "th": "9-18", "fr": "9-18"}


@pytest.fixture
async def office(house: House, tmp_path: Path) -> Office:
    """A space with twelve members who go by opening hours that nobody has written yet."""
    house.now = SUNDAY
    async with house.database.with_transaction() as session:
        session.add(Plan(id="full", site=SITE, name_fr="Temps plein", name_en="Full time"))
        members = [Holder(id=f"m{at}", site=SITE, name=f"M{at}") for at in range(12)]
        session.add_all(members)
        await session.flush()
        session.add(Rule(id="r2", plan="full", areas=["salle"]))
        session.add_all(
            Subscription(id=f"t{each.id}", site=SITE, holder=each.id, plan="full",
                         starts_on="2026-01-01")
            for each in members
        )  # fmt: skip
    return make_office(house, tmp_path)[0]


@pytest.fixture
async def pages(office: Office) -> AsyncIterator[httpx.AsyncClient]:
    """A browser in English."""
    async with browser(office) as found:
        yield found


async def written(pages: httpx.AsyncClient, **days: str) -> None:
    """Write and save the opening hours."""
    form = await pages.get("/hours/new?opening=1")
    look = await submit(pages, form, "/hours/new", **{**WEEK, **days})
    saved = await submit(pages, look, "/hours/new", step="save")
    assert saved.status_code == 303


async def test_opening_hours_are_written_looked_at_and_saved(
    house: House, pages: httpx.AsyncClient
) -> None:
    assert "Write the opening hours" in text_of((await pages.get("/hours")).text)
    form = await pages.get("/hours/new?opening=1")
    look = await submit(pages, form, "/hours/new", **WEEK, sa="9-12")
    shown = text_of(look.text)
    assert look.status_code == 200
    assert "12 members gain Monday to Saturday" in shown
    assert "Mo-Fr 09:00-18:00; Sa 09:00-12:00; PH off" in shown
    assert "25 Noël closed" in shown
    assert (await house.get(Site, SITE)).opening is None
    saved = await submit(pages, look, "/hours/new", step="save")
    assert saved.headers["location"] == "/hours?done=added"
    row = await house.get(Schedule, (await house.get(Site, SITE)).opening)
    assert row.hours == "Mo-Fr 09:00-18:00; Sa 09:00-12:00; PH off"
    listed = text_of((await pages.get("/hours")).text)
    assert "Saturday 21 Nov 09:00–12:00" in listed


async def test_twelve_members_lose_saturday(house: House, pages: httpx.AsyncClient) -> None:
    await written(pages, sa="9-12")
    path = f"/hours/{(await house.get(Site, SITE)).opening}/edit"
    look = await submit(pages, await pages.get(path), path, sa="")
    assert "12 members lose every Saturday was: 09:00–12:00 Full time" in text_of(look.text)
    back = await submit(pages, look, path, step="back")
    assert 'id="sa" name="sa" value=""' in back.text
    french = await pages.get("/hours?lang=fr")
    look = await submit(pages, await pages.get(path), path, sa="")
    assert french.status_code == 200
    assert "12 membres perdent le samedi" in text_of(look.text)


async def test_a_day_that_is_not_understood_is_said_beside_it(
    house: House, pages: httpx.AsyncClient
) -> None:
    form = await pages.get("/hours/new")
    bad = await submit(pages, form, "/hours/new", name="x", mo="soon", tu="9-18")
    assert bad.status_code == 422
    assert 'id="mo-bad"' in bad.text
    assert 'value="soon"' in bad.text
    assert 'value="9-18"' in bad.text
    assert [row.id for row in await house.all(Schedule)] == ["always"]


async def test_text_shows_where_the_mistake_is_and_is_never_saved(
    house: House, pages: httpx.AsyncClient
) -> None:
    form = await pages.get("/hours/new")
    text = await submit(pages, form, "/hours/new", name="x", mo="9-12", step="text")
    assert "Mo 09:00-12:00; PH off</textarea>" in text.text
    for step in ("look", "save"):
        bad = await submit(pages, text, "/hours/new", text="Mo-Fr 9h-18h; PH off", step=step)
        assert bad.status_code == 422
        assert "Mo-Fr <mark>9h-18h" in bad.text
        assert "09:00-18:00" in text_of(bad.text)
    assert [row.id for row in await house.all(Schedule)] == ["always"]


async def test_switching_keeps_what_can_be_kept(pages: httpx.AsyncClient) -> None:
    form = await pages.get("/hours/new")
    text = await submit(
        pages, form, "/hours/new", name="x", text=None, mo="9h-12h, 14h-18h", step="text"
    )
    week = await submit(pages, text, "/hours/new", step="week")
    assert 'name="mo" value="09:00-12:00, 14:00-18:00"' in week.text
    rich = await submit(pages, text, "/hours/new", text="Jan-Mar Mo 09:00-12:00", step="week")
    assert "says more than the weekly form can hold" in text_of(rich.text)
    assert "Jan-Mar Mo 09:00-12:00</textarea>" in rich.text
    always = await submit(pages, week, "/hours/new", step="always")
    look = await submit(pages, always, "/hours/new", step="look")
    assert "Day and night, every day." in text_of(look.text)


async def test_a_trap_is_warned_of_before_it_is_saved(pages: httpx.AsyncClient) -> None:
    form = await pages.get("/hours/new")
    text = await submit(pages, form, "/hours/new", name="x", step="text")
    look = await submit(pages, text, "/hours/new", text="PH off; Mo-Fr 09:00-18:00", step="look")
    assert "does not count on holidays" in text_of(look.text)


async def test_used_hours_say_who_goes_by_them(pages: httpx.AsyncClient) -> None:
    page = await pages.get("/hours/always/delete")
    assert "Plan: Resident" in text_of(page.text)
    proof = forms_of((await pages.get("/hours/new")).text)[0].values["csrf"]
    forced = await pages.post("/hours/always/delete", data={"csrf": proof})
    assert forced.status_code == 409
    assert "Plan: Resident" in text_of(forced.text)
    assert "Day and night" in text_of((await pages.get("/hours/always")).text)
    assert (await pages.get("/hours/none")).status_code == 404


async def test_a_closure_is_looked_at_and_wins_over_what_overlaps(
    house: House, pages: httpx.AsyncClient
) -> None:
    await written(pages)
    form = await pages.get("/calendar/new?kind=closure")
    look = await submit(
        pages, form, "/calendar/new", name="Noël", first="2026-12-24", last="2027-01-01"
    )
    shown = text_of(look.text)
    assert "From Thursday 24 December 2026 to Friday 1 January 2027" in shown
    assert "12 members lose 5 days" in shown
    assert (await submit(pages, look, "/calendar/new", step="save")).status_code == 303
    (row,) = await house.all(CalendarEntry)
    assert (row.starts, row.ends) == ("2026-12-24T00:00", "2027-01-02T00:00")
    form = await pages.get("/calendar/new?kind=opening")
    look = await submit(
        pages, form, "/calendar/new", name="Marché", first="2026-12-26", begins="10:00",
        finishes="12:00",
    )  # fmt: skip
    assert "A closure wins" in text_of(look.text)
    listed = text_of((await pages.get("/calendar")).text)
    assert "December 2026 Noël Closure" in listed
    removed = await pages.get(f"/calendar/{row.id}/delete")
    assert "12 members gain 5 days" in text_of(removed.text)
    assert (await submit(pages, removed, f"/calendar/{row.id}/delete")).status_code == 303
    assert await house.all(CalendarEntry) == []


async def test_an_event_needs_guests_and_may_last_past_midnight(
    house: House, pages: httpx.AsyncClient
) -> None:
    form = await pages.get("/calendar/new?kind=event")
    typed = {"name": "Jeux", "first": "2026-12-05", "begins": "20:00", "finishes": "02:00"}
    bad = await submit(pages, form, "/calendar/new", **typed)
    assert bad.status_code == 422
    assert "Choose who may come" in text_of(bad.text)
    look = await submit(pages, bad, "/calendar/new", everybody="true")
    assert "13 members" not in text_of(look.text)  # Camille may always come
    assert "12 members gain Saturday 5 December 2026 19:45–02:15" in text_of(look.text)
    assert (await submit(pages, look, "/calendar/new", step="save")).status_code == 303
    (row,) = await house.all(CalendarEntry)
    assert (row.starts, row.ends, row.everybody) == ("2026-12-05T20:00", "2026-12-06T02:00", True)
    edit = await pages.get(f"/calendar/{row.id}")
    assert 'name="last" type="date" value="2026-12-05"' in edit.text
    assert 'value="02:00"' in edit.text


@pytest.mark.parametrize(
    ("starts", "ends", "said"),
    [
        ("2026-12-01T20:00", "2026-12-02T02:00", "Tuesday 1 December 2026, 20:00 to 02:00"),
        (
            "2026-12-01T08:00", "2026-12-02T11:00",
            "from Tuesday 1 December 2026, 08:00 to Wednesday 2 December 2026, 11:00",
        ),
        (
            "2026-12-01T18:00", "2026-12-03T00:00",
            "from Tuesday 1 December 2026, 18:00 to Wednesday 2 December 2026, 24:00",
        ),
        ("2026-12-01T18:00", "2026-12-02T00:00", "Tuesday 1 December 2026, 18:00 to 24:00"),
    ],
)  # fmt: skip
async def test_a_form_that_is_saved_as_it_is_shown_changes_no_hours(
    house: House, pages: httpx.AsyncClient, starts: str, ends: str, said: str
) -> None:
    async with house.database.with_transaction() as session:
        session.add(
            CalendarEntry(id="k", site=SITE, kind="closure", name="x", starts=starts, ends=ends)
        )
    assert said in text_of((await pages.get("/calendar")).text)
    look = await submit(pages, await pages.get("/calendar/k"), "/calendar/k", step="look")
    assert (await submit(pages, look, "/calendar/k", step="save")).status_code == 303
    row = await house.get(CalendarEntry, "k")
    assert (row.starts, row.ends) == (starts, ends)


async def test_an_event_names_a_plan_that_was_archived_since(
    house: House, pages: httpx.AsyncClient
) -> None:
    async with house.database.with_transaction() as session:
        session.add(
            CalendarEntry(id="k", site=SITE, kind="event", name="Jeux", plans=["full"],
                          starts="2026-12-05T20:00", ends="2026-12-06T02:00")
        )  # fmt: skip
        plan = await session.get(Plan, "full")
        assert plan is not None
        plan.archived_at = 1
    assert "Full time" in text_of((await pages.get("/calendar")).text)
    assert 'value="full" checked' in (await pages.get("/calendar/k")).text
    assert "Full time" not in text_of((await pages.get("/calendar/new?kind=event")).text)


async def test_the_space_looks_before_it_changes_its_days(
    house: House, pages: httpx.AsyncClient
) -> None:
    await written(pages, sa="9-12")
    page = await pages.get("/space")
    look = await submit(pages, page, "/space", department="67", timezone="Europe/Berlin")
    assert "The time zone changes" in text_of(look.text)
    assert "The school zone B goes with this department." in text_of(look.text)
    assert "12 members lose 2 days" in text_of(look.text)  # 26 December, Good Friday
    assert (await house.get(Site, SITE)).department == ""
    saved = await submit(pages, look, "/space", step="save")
    assert saved.status_code == 303
    row = await house.get(Site, SITE)
    assert (row.department, row.school_zone, row.timezone) == ("67", "B", "Europe/Berlin")
    bad = await submit(pages, page, "/space", timezone="Mars/Olympus", name="La Grange")
    assert bad.status_code == 422
    assert 'value="Mars/Olympus"' in bad.text
    assert "There is no such time zone" in text_of(bad.text)
    named = await submit(pages, await pages.get("/space"), "/space", name="La Grange")
    assert named.status_code == 303
    assert (await house.get(Site, SITE)).name == "La Grange"


async def test_a_door_that_unlocks_by_itself_is_looked_at_first(
    house: House, pages: httpx.AsyncClient
) -> None:
    await written(pages)
    hours = (await house.get(Site, SITE)).opening
    page = await pages.get("/doors/front")
    look = await submit(
        pages, page, "/doors/front", unlock_schedule=hours, first_card="true", step="look"
    )
    assert "1 door stands unlocked: Monday to Friday" in text_of(look.text)
    assert (await house.get(Door, "front")).unlock_schedule is None
    assert (await submit(pages, look, "/doors/front", step="save")).status_code == 303
    row = await house.get(Door, "front")
    assert (row.unlock_schedule, row.first_card) == (hours, True)
    assert "once the first badge has come" in text_of((await pages.get("/doors")).text)


async def test_uid_is_chosen_by_somebody_and_hard_only_where_exits_are_sensed(
    house: House, pages: httpx.AsyncClient
) -> None:
    assert "Nobody has confirmed this choice yet." in text_of(
        (await pages.get("/doors/front")).text
    )
    path = "/doors/front/ways/in"
    form = await pages.get(path)
    assert 'value="hard"' not in form.text
    assert "the exits of this area are not sensed" in text_of(form.text)
    bad = await submit(pages, form, path)
    assert bad.status_code == 422
    assert "such badges can be copied" in text_of(bad.text)
    assert (await submit(pages, bad, path, accepts_copies="true")).status_code == 303
    assert "Chosen by" in text_of((await pages.get("/doors/front")).text)
    assert 'value="hard"' in (await pages.get("/doors/quiet/ways/quiet")).text
    forged = await submit(pages, form, path, accepts_copies="true", anti_passback="hard")
    assert forged.status_code == 422
    assert (await pages.get("/doors/front/ways/quiet")).status_code == 404
    out = await submit(pages, form, path, accepts_copies="true", anti_passback="hard", exit="true")
    assert "Nobody is refused on the way out" in text_of(out.text)


async def test_doors_are_told_in_the_language_of_the_page(pages: httpx.AsyncClient) -> None:
    assert "outside → Salle" in text_of((await pages.get("/doors")).text)
    french = text_of((await pages.get("/doors?lang=fr")).text)
    assert "dehors → Salle" in french
    assert "outside" not in french


DOORS_ROOM = ["/doors", "/areas", "/units", "/sensors", "/pins", "/card-keys"]


@pytest.mark.parametrize(
    ("path", "beside"),
    [
        ("/hours", ["/hours", "/calendar", "/space"]),
        ("/calendar", ["/hours", "/calendar", "/space"]),
        ("/space", ["/hours", "/calendar", "/space"]),
        *((path, DOORS_ROOM) for path in DOORS_ROOM),
    ],
)
async def test_beside_a_page_stands_its_own_room_alone(
    pages: httpx.AsyncClient, path: str, beside: list[str]
) -> None:
    page = (await pages.get(path)).text
    tabs = page.partition('<ul class="tabs">')[2].partition("</ul>")[0]
    assert re.findall(r'href="([^"]*)"', tabs) == beside
    assert f'href="{path}" aria-current="page"' in tabs


async def test_doors_are_blocked_and_areas_locked_down_with_a_reason(
    house: House, pages: httpx.AsyncClient
) -> None:
    ask = await pages.get("/doors/front/block")
    assert (await submit(pages, ask, "/doors/front/block", reason=" ")).status_code == 422
    done = await submit(pages, ask, "/doors/front/block", reason="wet floor")
    assert done.headers["location"] == "/doors/front?done=blocked"
    assert (await house.get(Door, "front")).blocked is True
    ask = await pages.get("/areas/calme/lock-down")
    assert "Quiet" in text_of(ask.text)
    assert (await submit(pages, ask, "/areas/calme/lock-down", reason="leak")).status_code == 303
    assert "locked down" in text_of((await pages.get("/doors/quiet")).text)
    assert (await pages.get("/doors/front/dance")).status_code == 404


async def test_an_area_says_why_it_cannot_refuse(house: House, pages: httpx.AsyncClient) -> None:
    form = await pages.get("/areas/salle")
    bad = await submit(pages, form, "/areas/salle", when_full="refuse", capacity="12")
    assert bad.status_code == 422
    assert "nobody knows how many people are inside" in text_of(bad.text)
    look = await submit(pages, form, "/areas/salle", opening="always", capacity="12")
    assert "12 members gain every day" in text_of(look.text)
    assert (await submit(pages, look, "/areas/salle", step="save")).status_code == 303
    assert "12 people at most" in text_of((await pages.get("/areas")).text)
    used = text_of((await pages.get("/areas/salle/delete?lang=fr")).text)
    assert "Front" in used
    assert "Forfait : Temps plein" in used
    await pages.get("/?lang=en")
    new = await pages.get("/areas/new")
    assert (await submit(pages, new, "/areas/new", name="Labo")).status_code == 303
