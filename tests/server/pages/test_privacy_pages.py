"""The pages about personal data, as a manager uses them."""

from collections.abc import AsyncIterator
from pathlib import Path

import httpx
import pytest

from loquet_server.models import Audit, Holder, Look, PrivacySetting
from tests.server import remains
from tests.server.front_desk import add_operator, browser, front_desk, sign_in
from tests.server.house import SITE, START, House
from tests.server.remains import NAME, PERSON

PERIODS = {
    "controller": "Association La Maison", "contact": "donnees@maison.example", "passages": "21",
    "journal": "21", "unknown_badges": "7", "bookings": "30", "guests": "30", "help_requests": "7",
    "member_sign_ins": "90", "former_members": "1095", "pass_moments": "30", "evidence": "3653",
    "audit": "365", "looks": "180", "operator_sign_ins": "30", "incidents": "180",
    "dead_letters": "14", "imports": "30", "deliveries": "30", "policies": "60",
}  # fmt: skip


@pytest.fixture
async def http(house: House, tmp_path: Path) -> AsyncIterator[httpx.AsyncClient]:
    """A manager's browser, in a house where the person is known."""
    await remains.settle_in(house)
    await add_operator(house, "manager", SITE)
    house.now = START / 1000 + 3600
    _, app = front_desk(house, tmp_path)
    async with browser(app) as found:
        await sign_in(found, "manager")
        yield found


async def test_periods_are_set_within_their_bounds(house: House, http: httpx.AsyncClient) -> None:
    page = (await http.get("/privacy")).text
    assert "Named passages" in page and "30 days" in page and "10 years" in page
    assert "Nobody is named yet" in page
    wrong = await http.post("/privacy/periods", data=PERIODS | {"passages": "91", "guests": ""})
    assert wrong.status_code == 422 and "This number is too large." in wrong.text
    assert 'value="91"' in wrong.text and await house.all(PrivacySetting) == []
    answer = await http.post("/privacy/periods", data=PERIODS)
    assert (answer.status_code, answer.headers["location"]) == (303, "/privacy?done=changed")
    page = (await http.get("/privacy?done=changed")).text
    assert "21 days" in page and "Nobody is named yet" not in page and "Saved." in page
    (row,) = await house.all(PrivacySetting)
    assert row.days == {"passages": 21, "journal": 21}
    (change,) = [each for each in await house.all(Audit) if each.action.startswith("privacy:")]
    assert change.detail == {"passages": [30, 21], "journal": [30, 21]}


async def test_notice_and_register_say_what_is_set(http: httpx.AsyncClient) -> None:
    await http.post("/privacy/periods", data=PERIODS)
    notice = (await http.get("/privacy/notice")).text
    for words in ("Passages nominatifs : 21 jours", "Passages with names: 21 days",
                  "donnees@maison.example", "Association La Maison", 'lang="fr"'):  # fmt: skip
        assert words in notice
    assert "Réservations" not in notice  # nobody books here
    register = (await http.get("/privacy/register?lang=fr")).text
    assert "Contrôle d&#39;accès aux locaux" in register and "21 jours" in register
    assert "Réservations de postes" not in register


async def test_a_members_data_are_shown_and_taken_away_and_looks_are_told(
    house: House, http: httpx.AsyncClient
) -> None:
    await http.get("/journal")
    page = (await http.get(f"/members/{PERSON}/data")).text
    assert NAME in page and "Yearly memberships" in page and "in the journal" in page
    assert remains.DIGEST not in page
    looks = {(each.what, each.actor) for each in await house.all(Look) if each.holder == PERSON}
    assert {("journal", "Manager"), ("data", "Manager")} <= looks
    answer = await http.get(f"/members/{PERSON}/data.json")
    assert answer.headers["content-disposition"] == f'attachment; filename="{PERSON}.json"'
    assert answer.json()["tables"]["holders"][0]["mail"] == remains.MAIL
    assert (await http.get("/members/nobody/data")).status_code == 404
    assert f"/members/{PERSON}/data" in (await http.get(f"/members/{PERSON}")).text


async def test_somebody_is_erased_once_the_name_is_typed(
    house: House, http: httpx.AsyncClient
) -> None:
    there = f"/members/{PERSON}/erase"
    assert NAME in (await http.get(there)).text
    wrong = await http.post(there, data={"name": "Camille", "reason": "asked"})
    assert wrong.status_code == 422 and "This is not the name of this member." in wrong.text
    assert (await http.post(there, data={"name": NAME})).status_code == 422
    assert await house.get(Holder, PERSON) is not None
    answer = await http.post(there, data={"name": f" {NAME.upper()} ", "reason": "asked"})
    assert (answer.status_code, answer.headers["location"]) == (303, "/privacy?done=erased")
    assert await house.get(Holder, PERSON) is None
    page = (await http.get("/privacy?done=erased")).text
    assert "nothing that names this person is left" in page and "1 person was erased" in page
    number = (await http.get("/members/x000001/data")).text
    assert "accounting evidence" in number and "/members/x000001/erase" not in number
    assert (await http.get(f"/members/{PERSON}")).status_code == 404


async def test_the_api_does_the_same(house: House, http: httpx.AsyncClient) -> None:
    found = (await http.get("/api/v1/privacy")).json()
    assert {each["kind"]: each["days"] for each in found["periods"]}["passages"] == 30
    bad = await http.put("/api/v1/privacy", json={"days": {"passages": 400}})
    assert bad.status_code == 422
    good = await http.put("/api/v1/privacy", json={"days": {"passages": 14}, "contact": "Zoé"})
    assert good.json()["contact"] == "Zoé"
    assert (await http.get(f"/api/v1/members/{PERSON}/data")).json()["holder"] == PERSON
    looks = (await http.get(f"/api/v1/members/{PERSON}/looks")).json()
    assert [each["what"] for each in looks] == ["data", "journal"]
    given = {"name": NAME, "reason": "asked"}
    answer = await http.post(f"/api/v1/members/{PERSON}/erase", json=given)
    assert answer.json() == {"number": "x000001"}
