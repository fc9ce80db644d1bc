"""Who may be inside, by name; corrections; and the pages that show them."""

from collections.abc import AsyncIterator
from pathlib import Path

import httpx
import pytest
from sqlalchemy.ext.asyncio import AsyncSession

from loquet_server.days import day_of
from loquet_server.models import (
    AccessPoint,
    Area,
    Audit,
    CountReset,
    EvacuationPlan,
    ExtraWindow,
    Holder,
    Look,
    Passage,
    PeopleCorrection,
    UnitState,
)
from loquet_server.office import Office
from tests.server.desk import Recorder, client, make_office
from tests.server.house import SITE, START, UNIT, House
from tests.server.pages.desk import browser
from tests.server.pages.forms import submit
from tests.server.pages.reading import text_of

MINUTE = 60_000


@pytest.fixture
def database_kind() -> str:
    """Nothing here depends on the database."""
    return "sqlite"


def passage(number: int, holder: str, area_from: str, area_to: str, minute: int) -> Passage:
    at = START + minute * MINUTE
    return Passage(
        id=number, journal="j", sequence=number, site=SITE, unit=UNIT, door="quiet",
        access_point="quiet", area_from=area_from, area_to=area_to, holder=holder, at=at,
        day=day_of(at, "Europe/Paris"), outcome="taken",
    )  # fmt: skip


async def furnish(session: AsyncSession) -> None:
    """Six members, of whom some came, some left, and a guest who is announced."""
    session.add_all(
        Holder(id=f"m{at}", site=SITE, name=name, kind="guest" if at == 5 else "member")
        for at, name in enumerate(("Agathe", "Bruno", "Chloé", "Denis", "Élise", "Farid"))
    )
    session.add(UnitState(unit=UNIT, online=True, seen_at=START))
    session.add(AccessPoint(id="out", door="quiet", reader="out", exit=True,
                            area_from="calme", area_to="salle"))  # fmt: skip
    session.add(AccessPoint(id="leave", door="front", reader="leave", exit=True,
                            area_from="salle", area_to="outside"))  # fmt: skip
    await session.flush()
    session.add_all([
        passage(1, "m0", "outside", "salle", 0), passage(2, "m0", "salle", "calme", 1),
        passage(3, "m1", "outside", "salle", 2), passage(4, "m2", "outside", "salle", 3),
        passage(5, "m2", "salle", "outside", 30), passage(6, "m3", "salle", "calme", 5),
        passage(7, "m3", "calme", "salle", 40),
        ExtraWindow(id="w1", site=SITE, holder="m5", area="salle", starts_at=START,
                    ends_at=START + 90 * MINUTE, host="Agathe"),
        ExtraWindow(id="w2", site=SITE, holder="m4", area="salle", starts_at=START,
                    ends_at=START + 90 * MINUTE, cancelled_at=START),
    ])  # fmt: skip


@pytest.fixture
async def office(house: House, tmp_path: Path) -> tuple[Office, Recorder]:
    async with house.database.with_transaction() as session:
        await furnish(session)
    house.now = (START + 60 * MINUTE) / 1000
    return make_office(house, tmp_path)


@pytest.fixture
async def api(office: tuple[Office, Recorder]) -> AsyncIterator[httpx.AsyncClient]:
    async with client(office[0]) as found:
        yield found


@pytest.fixture
async def pages(office: tuple[Office, Recorder]) -> AsyncIterator[httpx.AsyncClient]:
    async with browser(office[0]) as found:
        yield found


async def shown(pages: httpx.AsyncClient, address: str) -> str:
    """Return what a page says."""
    return text_of((await pages.get(address)).text)


async def test_everybody_who_may_be_inside_is_listed_once(
    api: httpx.AsyncClient, house: House
) -> None:
    found = (await api.get(f"/api/v1/sites/{SITE}/evacuation")).json()
    named = {
        area["area"]: [(each["name"], each["sure"]) for each in area["people"]]
        for area in found["areas"]
    }
    assert named == {"calme": [("Agathe", True)], "salle": [("Bruno", False), ("Denis", False)]}
    quiet = next(area for area in found["areas"] if area["area"] == "calme")
    assert (quiet["present"], quiet["unnamed"]) == (1, 0)
    assert [each["name"] for each in found["visits"]] == ["Farid"]
    assert found["certain"] is False
    looks = [each for each in await house.all(Look) if each.what == "evacuation"]
    assert {each.holder for each in looks} == {"m0", "m1", "m3", "m5"}
    assert [each.action for each in await house.all(Audit)] == ["evacuation:list:read"]


async def test_people_without_a_badge_are_counted_in(
    api: httpx.AsyncClient, house: House, office: tuple[Office, Recorder]
) -> None:
    answer = await api.post("/api/v1/areas/calme/people", json={"people": 4, "reason": "visite"})
    assert (answer.status_code, answer.json()["estimated"]) == (201, 1)
    assert any("people" not in each[0] and "calme" in each[0] for each in office[1].published)
    found = (await api.get(f"/api/v1/sites/{SITE}/evacuation")).json()
    quiet = next(area for area in found["areas"] if area["area"] == "calme")
    assert (quiet["present"], quiet["unnamed"], quiet["unnamed_most"]) == (4, 3, 3)
    (counts,) = [each for each in (await api.get("/api/v1/headcounts")).json()
                 if each["area"] == "calme"]  # fmt: skip
    assert (counts["present"], counts["low"], counts["high"]) == (4, 4, 4)
    assert counts["reasons"][0]["kind"] == "corrected"
    assert [each["people"] for each in (await api.get("/api/v1/areas/calme/corrections")).json()] \
        == [4]  # fmt: skip
    assert "people:count:correct" in {each.action for each in await house.all(Audit)}


async def test_nobody_is_counted_where_leaving_is_not_sensed(api: httpx.AsyncClient) -> None:
    answer = await api.post("/api/v1/areas/salle/people", json={"people": 4})
    assert (answer.status_code, answer.json()["field"]) == (422, "people")
    settings = (await api.get("/api/v1/areas/salle")).json()
    given = {key: settings[key] for key in settings if key not in ("id", "site")}
    refused = await api.put("/api/v1/areas/salle", json=given | {"warn_at": 5})
    assert (refused.status_code, refused.json()["field"]) == (422, "warn_at")
    quiet = (await api.get("/api/v1/areas/calme")).json()
    given = {key: quiet[key] for key in quiet if key not in ("id", "site")}
    late = await api.put("/api/v1/areas/calme", json=given | {"warn_at": 9, "capacity": 5})
    assert late.status_code == 422
    kept = await api.put("/api/v1/areas/calme", json=given | {"warn_at": 4, "reset_at": 240})
    assert (kept.json()["warn_at"], kept.json()["reset_at"]) == (4, 240)


async def test_the_list_on_a_page(pages: httpx.AsyncClient, house: House) -> None:
    page = await shown(pages, "/evacuation")
    for said in ("Agathe", "may be present: leaving is not sensed here", "Farid", "visits Agathe",
                 "seen coming in at", "Nobody has said yet where people meet."):  # fmt: skip
        assert said in page
    assert "Chloé" not in page, "she left"
    form = await pages.get("/evacuation/plan")
    await submit(pages, form, "/evacuation/plan", meeting_point="Under the lime tree")
    assert "Under the lime tree" in await shown(pages, "/evacuation?lang=fr")
    (row,) = await house.all(EvacuationPlan)
    assert row.site == SITE
    worker = await pages.get("/evacuation/worker.js")
    assert worker.headers["service-worker-allowed"] == "/evacuation"
    assert "Agathe" not in (await pages.get("/evacuation/gone")).text
    before = len(await house.all(Audit))
    await pages.get("/evacuation", headers={"x-loquet-again": "1"})
    assert len(await house.all(Audit)) == before, "an open page that asks again is one look"


async def test_a_correction_on_a_page(pages: httpx.AsyncClient, house: House) -> None:
    async with house.database.with_transaction() as session:
        session.add(CountReset(area="calme", at=START - 6 * 60 * MINUTE, people=4, low=3, high=6,
                               crossings=12))  # fmt: skip
    form = await pages.get("/areas/calme/people")
    now = text_of(form.text)
    for said in ("person inside", "counted since", "4 much", "Have you counted?"):
        assert said.casefold() in now.casefold()
    wrong = await submit(pages, form, "/areas/calme/people", people="many", reason="looked")
    assert (wrong.status_code, "looked" in wrong.text) == (422, True)
    done = await submit(pages, form, "/areas/calme/people", people="3", reason="looked around")
    assert done.status_code == 303
    after = await shown(pages, done.headers["location"])
    assert "Thank you. The count goes on from there." in after
    assert "1 estimated, 3 counted" in after
    (row,) = await house.all(PeopleCorrection)
    assert (row.people, row.reason) == (3, "looked around")
    unsensed = await shown(pages, "/areas/salle/people")
    assert "seen today" in unsensed
    assert "Have you counted?" not in unsensed


async def test_the_form_says_why_nobody_can_be_warned(
    pages: httpx.AsyncClient, house: House
) -> None:
    form = await pages.get("/areas/salle")
    told = await submit(pages, form, "/areas/salle", warn_at="5", step="save")
    assert (told.status_code, "Nobody can be warned here" in told.text) == (422, True)
    form = await pages.get("/areas/calme")
    done = await submit(
        pages, form, "/areas/calme", warn_at="3", capacity="9", reset_at="4:30", step="save"
    )
    assert done.status_code == 303
    area = await house.get(Area, "calme")
    assert (area.warn_at, area.capacity, area.reset_at) == (3, 9, 270)


async def test_signing_out_lets_go_of_copies(pages: httpx.AsyncClient) -> None:
    answer = await pages.post("/logout")
    assert '"storage"' in answer.headers["clear-site-data"]
