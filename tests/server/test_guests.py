"""Guests: a pass that begins and ends by itself, in a window of its own."""

from datetime import datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st

from loquet_server.guests.repository import GuestRepository
from loquet_server.guests.service import instant_of, visits
from loquet_server.models import Audit, Credential, ExtraWindow, Holder, Site
from loquet_server.office import Office
from tests.server.desk import client, make_office
from tests.server.house import SITE, START, House
from tests.server.pages.desk import browser
from tests.server.pages.reading import text_of

VISIT = {
    "name": "Marguerite", "areas": ["salle", "calme"], "starts": "2025-10-09T14:00",
    "ends": "2025-10-09T18:00", "host": "Camille",
}  # fmt: skip
PARIS = Site(id="paris", name="Paris", timezone="Europe/Paris")


async def invite(office: Office, **changes: Any) -> httpx.Response:
    async with client(office) as http:
        return await http.post("/api/v1/guests", json=VISIT | changes)


async def test_a_guest_is_invited_and_cancelled(house: House, tmp_path: Path) -> None:
    office, recorder = make_office(house, tmp_path)
    answer = await invite(office)
    assert answer.status_code == 201
    rows = await house.all(ExtraWindow)
    assert {row.area for row in rows} == {"salle", "calme"}
    starts = int(datetime(2025, 10, 9, 14, tzinfo=ZoneInfo("Europe/Paris")).timestamp()) * 1000
    assert {(row.starts_at, row.lead_minutes, row.source) for row in rows} == {
        (starts, 15, "guest")
    }
    guest = await house.get(Holder, rows[0].holder)
    assert (guest.kind, guest.name, guest.language) == ("guest", "Marguerite", "fr")
    recorder.published.clear()
    async with client(office) as http:
        assert len((await http.get("/api/v1/guests")).json()) == 2
        ended = await http.post(f"/api/v1/guests/{rows[0].id}/cancel")
        assert len(ended.json()) == 2
        assert (await http.post(f"/api/v1/guests/{rows[0].id}/cancel")).status_code == 409
        assert (await http.post("/api/v1/guests/none/cancel")).status_code == 404
    assert {row.cancelled_at for row in await house.all(ExtraWindow)} == {START}
    actions = [row.action for row in await house.all(Audit)]
    assert actions == ["guest:visit:create", "guest:visit:cancel"]


@pytest.mark.parametrize(
    "changes",
    [
        {"ends": "2025-10-09T13:00"}, {"ends": "2026-10-09T13:00"}, {"areas": []},
        {"starts": "2025-10-08T08:00", "ends": "2025-10-09T10:00"}, {"areas": ["cellar"]},
        {"name": None}, {"starts": "2025-10-09T14:00+02:00"}, {"starts": "9999-10-09T14:00"},
        {"site": "elsewhere"}, {"lead_minutes": -1},
    ],
)  # fmt: skip
async def test_what_cannot_be_is_refused(
    house: House, tmp_path: Path, changes: dict[str, Any]
) -> None:
    office, _ = make_office(house, tmp_path)
    assert (await invite(office, **changes)).status_code == 422
    assert await house.all(ExtraWindow) == []


async def test_a_guest_takes_a_badge_of_the_stock_and_is_reminded_of_it(
    house: House, tmp_path: Path
) -> None:
    office, recorder = make_office(house, tmp_path)
    async with client(office) as http:
        given = {"form": "uid7", "number": "04aabbccddeeff", "label": "Visitor 1"}
        badge = (await http.post("/api/v1/badges", json=given)).json()["id"]
    data = {**VISIT, "badge": badge, "deposit": "10"}
    async with browser(office) as pages:
        form = await pages.get("/guests/new")
        assert "Visitor 1 …EEFF" in form.text
        assert (await pages.post("/guests/new", data=data)).status_code == 303
        assert recorder.published != []
        today = text_of((await pages.get("/guests")).text)
        assert "Marguerite" in today
        assert "received by Camille" in today
        assert "Badges to ask back" not in today
        house.now += 86_400
        after = text_of((await pages.get("/guests")).text)
        assert "Badges to ask back" in after
        assert "Marguerite · Visitor 1 …EEFF · deposit 10 €" in after
        await pages.post(f"/badges/{badge}/returned", data={"deposit_back": "true"})
        assert "Badges to ask back" not in text_of((await pages.get("/guests")).text)
    row = await house.get(Credential, badge)
    assert (row.status, row.deposit_cents, row.deposit_back_at) == (
        "returned", 1000, int(house.now * 1000),
    )  # fmt: skip


async def test_a_refused_badge_invites_nobody(house: House, tmp_path: Path) -> None:
    office, recorder = make_office(house, tmp_path)
    before = len(await house.all(Holder))
    async with browser(office) as pages:
        answer = await pages.post("/guests/new", data={**VISIT, "badge": "c1"})
        assert answer.status_code == 422
        assert "This badge is not in stock." in text_of(answer.text)
        assert 'value="Marguerite"' in answer.text
    assert await house.all(ExtraWindow) == []
    assert len(await house.all(Holder)) == before
    assert await house.all(Audit) == []
    assert recorder.published == []


async def test_of_too_many_visits_the_oldest_are_left_out(house: House, tmp_path: Path) -> None:
    office, _ = make_office(house, tmp_path)
    for at in (10, 14, 12):
        await invite(office, starts=f"2025-10-09T{at}:00", areas=["salle"])
    async with house.database.reading() as session:
        rows = await GuestRepository(session).between(SITE, 0, START * 2, 2)
    hours = [datetime.fromtimestamp(row[0].starts_at / 1000, ZoneInfo("Europe/Paris")).hour
             for row in rows]  # fmt: skip
    assert hours == [12, 14]


async def test_a_deposit_is_shown_to_the_cent(house: House, tmp_path: Path) -> None:
    office, _ = make_office(house, tmp_path)
    async with house.database.with_transaction() as session:
        badge = await session.get(Credential, "c1")
        assert badge is not None
        badge.deposit_cents = 725
    async with browser(office, "fr") as pages:
        assert "7,25 €" in text_of((await pages.get("/badges/c1")).text)


async def test_a_guest_comes_again(house: House, tmp_path: Path) -> None:
    office, _ = make_office(house, tmp_path)
    await invite(office)
    (guest,) = [row for row in await house.all(Holder) if row.kind == "guest"]
    async with browser(office) as pages:
        form = await pages.get(f"/guests/new?guest={guest.id}")
        assert "Invite Marguerite again" in form.text
        data = {key: value for key, value in VISIT.items() if key != "name"}
        data |= {"holder": guest.id, "starts": "2025-10-20T09:00", "ends": "2025-10-20T12:00"}
        assert (await pages.post("/guests/new", data=data)).status_code == 303
        coming = text_of((await pages.get("/guests")).text)
        assert coming.count("Marguerite") == 2
        (window,) = {row.id for row in await house.all(ExtraWindow) if row.area == "salle"} - {
            row.id for row in await house.all(ExtraWindow) if row.starts_at < START + 86_400_000
        }
        assert "Marguerite" in (await pages.get(f"/guests/{window}/cancel")).text
        assert (await pages.post(f"/guests/{window}/cancel")).status_code == 303
        assert len([row for row in await house.all(Holder) if row.kind == "guest"]) == 1
        wrong = await pages.post("/guests/new", data=data | {"ends": "2025-10-19T12:00"})
        assert "The end is before the beginning." in wrong.text


def test_the_nights_when_clocks_change() -> None:
    spring = instant_of(datetime(2026, 3, 29, 2, 30), PARIS)
    assert spring == int(datetime(2026, 3, 29, 1, 30, tzinfo=ZoneInfo("UTC")).timestamp()) * 1000
    autumn = instant_of(datetime(2026, 10, 25, 2, 30), PARIS)
    assert autumn == int(datetime(2026, 10, 25, 0, 30, tzinfo=ZoneInfo("UTC")).timestamp()) * 1000


@given(st.lists(st.tuples(st.sampled_from("ab"), st.integers(0, 2), st.sampled_from("xyz"))))
def test_windows_of_one_time_are_one_visit(found: list[tuple[str, int, str]]) -> None:
    rows = [
        (
            ExtraWindow(id=str(at), site=str(SITE), holder=who, area=area, starts_at=day,
                        ends_at=day + 1),
            Holder(id=who, name=who), area,
        )
        for at, (who, day, area) in enumerate(found)
    ]  # fmt: skip
    made = visits(rows)
    assert len(made) == len({(who, day) for who, day, _ in found})
    assert sum(len(each.areas) for each in made) == len(found)
