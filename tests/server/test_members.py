"""Members over the API: written down, changed, suspended; each change reaches every unit."""

from datetime import date
from pathlib import Path
from typing import Any

import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st

from loquet_server.members.service import a_year_from, next_year
from loquet_server.models import Audit, Credential, Holder, Site
from loquet_server.office import Office
from tests.server.desk import client, make_office
from tests.server.house import SITE, START, House

DAYS = st.dates(date(2020, 1, 1), date(2100, 1, 1))


async def ask(office: Office, method: str, path: str, body: Any = None) -> httpx.Response:
    async with client(office) as http:
        return await http.request(method, f"/api/v1{path}", json=body)


async def test_a_member_is_written_down_and_changed(house: House, tmp_path: Path) -> None:
    office, recorder = make_office(house, tmp_path)
    made = await ask(
        office, "POST", "/members",
        {"name": " Yanis ", "mail": "y@example.org", "access_until": "2025-12-31"},
    )  # fmt: skip
    assert made.status_code == 201
    row = made.json()
    assert (row["name"], row["site"], row["valid_until"]) == ("Yanis", SITE, 1_767_222_000)
    recorder.published.clear()
    member = row["id"]
    renamed = await ask(office, "PATCH", f"/members/{member}", {"name": "Yanis B."})
    assert (renamed.json()["name"], renamed.json()["mail"]) == ("Yanis B.", "y@example.org")
    assert renamed.json()["valid_until"] == 1_767_222_000
    assert recorder.published == []
    widened = await ask(office, "PATCH", f"/members/{member}", {"access_until": None})
    assert widened.json()["valid_until"] is None
    assert recorder.published != []
    details = [each.detail for each in await house.all(Audit) if each.subject == member]
    assert details == [None, {"changed": ["name"]}, {"changed": ["access_until"]}]
    assert "Yanis" not in repr(details)


async def test_a_suspended_member_reaches_all_units(house: House, tmp_path: Path) -> None:
    office, recorder = make_office(house, tmp_path)
    made = await ask(office, "POST", "/members", {"site": SITE, "name": "Yanis"})
    member = made.json()["id"]
    recorder.published.clear()
    answer = await ask(office, "POST", f"/members/{member}/suspend", {"reason": "unpaid"})
    assert answer.json()["suspended_reason"] == "unpaid"
    deltas = {payload for topic, payload, _ in recorder.published if topic.endswith("/delta")}
    assert len(deltas) == 2
    assert all(member in payload for payload in deltas)
    restored = await ask(office, "POST", f"/members/{member}/restore")
    assert (restored.json()["suspended"], restored.json()["suspended_reason"]) == (False, "")
    archived = await ask(office, "POST", f"/members/{member}/archive")
    assert archived.json()["archived_at"] == START
    assert (await ask(office, "POST", f"/members/{member}/unarchive")).json()["archived_at"] is None


async def test_members_are_listed_page_by_page(house: House, tmp_path: Path) -> None:
    office, _ = make_office(house, tmp_path)
    async with house.database.with_transaction() as session:
        session.add_all([
            Holder(id=f"m{at}", site=SITE, name=f"N{at % 3}", suspended=at == 4)
            for at in range(7)
        ])  # fmt: skip
    seen: list[str] = []
    path = "/members?limit=3"
    async with client(office) as http:
        while path:
            answer = await http.get(path if path.startswith("/api") else f"/api/v1{path}")
            seen += [row["id"] for row in answer.json()]
            path = answer.links.get("next", {}).get("url", "")
        assert seen == ["h1", "m0", "m3", "m6", "m1", "m4", "m2", "m5"]
        found = await http.get("/api/v1/members?state=suspended")
        assert [row["id"] for row in found.json()] == ["m4"]
        found = await http.get("/api/v1/members?q=n2&state=without_badge")
        assert [row["id"] for row in found.json()] == ["m2", "m5"]
        found = await http.get("/api/v1/members?q=Blue")
        assert [row["id"] for row in found.json()] == ["h1"]


async def test_years_are_written_and_renewed(house: House, tmp_path: Path) -> None:
    office, recorder = make_office(house, tmp_path)
    first = {"starts_on": "2024-11-01", "ends_on": "2025-10-31", "price": "15 €"}
    assert (await ask(office, "POST", "/members/h1/memberships", first)).status_code == 201
    assert recorder.published != []
    assert (await ask(office, "POST", "/members/h1/memberships", first)).status_code == 409
    renewed = (await ask(office, "POST", "/members/h1/memberships/renew")).json()
    assert (renewed["starts_on"], renewed["ends_on"], renewed["price"]) == (
        "2025-11-01", "2026-10-31", "15 €",
    )  # fmt: skip
    paid = await ask(office, "POST", f"/members/h1/memberships/{renewed['id']}/pay")
    assert paid.json()["paid_on"] == "2025-10-09"
    removed = await ask(office, "DELETE", f"/members/h1/memberships/{renewed['id']}")
    assert removed.status_code == 204
    listed = (await ask(office, "GET", "/members/h1/memberships")).json()
    assert [each["ends_on"] for each in listed] == ["2025-10-31"]
    wrong = {"starts_on": "2026-01-01", "ends_on": "2025-01-01"}
    assert (await ask(office, "POST", "/members/h1/memberships", wrong)).status_code == 422


@given(st.none() | DAYS, DAYS)
def test_the_next_year_begins_where_the_last_ended_or_today(last: date | None, today: date) -> None:
    first, until = next_year(last, today)
    assert 364 <= (until - first).days <= 366
    if last is None or (today - last).days > 60:
        assert first == today
    else:
        assert (first - last).days == 1


def test_a_leap_day_s_year_ends_with_february() -> None:
    assert a_year_from(date(2024, 2, 29)) == date(2025, 3, 1)
    assert next_year(None, date(2024, 2, 29)) == (date(2024, 2, 29), date(2025, 2, 28))


@pytest.mark.parametrize(
    ("method", "path", "body"),
    [
        ("POST", "/members", {"name": ""}),
        ("POST", "/members", {"name": "x\u0000y"}),
        ("POST", "/members", {"name": "x", "site": "elsewhere"}),
        ("POST", "/members", {"name": "x", "organisation": "none"}),
        ("POST", "/members", {"name": "x", "access_until": "9999-12-31"}),
        ("POST", "/members", {"name": "x", "mail": "not a mail"}),
        ("PATCH", "/members/h1", {"organisation": "none"}),
        ("POST", "/members/h1/suspend", {"reason": " "}),
        ("GET", "/members/%00", None),
        ("GET", "/members?q=%00", None),
        ("GET", "/members?state=tired", None),
    ],
)
async def test_what_cannot_be_used_is_refused(
    house: House, tmp_path: Path, method: str, path: str, body: Any
) -> None:
    office, _ = make_office(house, tmp_path)
    answer = await ask(office, method, path, body)
    assert answer.status_code == 422
    assert answer.headers["content-type"] == "application/problem+json"


async def test_a_member_of_another_site_keeps_their_badge(house: House, tmp_path: Path) -> None:
    office, _ = make_office(house, tmp_path)
    async with house.database.with_transaction() as session:
        session.add(Site(id="zautre", name="Autre"))
        await session.flush()
        session.add(Holder(id="z1", site="zautre", name="Zoé"))
    moved = await ask(office, "POST", "/badges/c1/returned", {})
    assert moved.json()["status"] == "returned"
    refused = await ask(office, "POST", "/badges/c1/hand-out", {"holder": "z1"})
    assert refused.status_code == 409
    assert (await house.get(Credential, "c1")).holder == "h1"
