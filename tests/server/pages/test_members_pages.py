"""Members' pages: a person is added, found, changed, suspended, restored and archived."""

from datetime import datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from loquet_contract.access.reasons import Reason
from loquet_contract.ids import AccessPointId, HolderId
from loquet_contract.wire.events import AccessDenied
from loquet_server.models import Audit, Holder, Membership, Organisation, Site, Subscription
from tests.server.desk import make_office
from tests.server.house import SITE, START, House
from tests.server.pages.desk import browser
from tests.server.pages.forms import submit
from tests.server.pages.reading import text_of
from tests.server.test_ingest import FRONT


async def test_a_member_is_added_found_and_changed(house: House, tmp_path: Path) -> None:
    office, _ = make_office(house, tmp_path)
    async with browser(office) as pages:
        assert "Add a member" in (await pages.get("/members")).text
        wrong = await pages.post("/members/new", data={"name": " ", "mail": "no mail"})
        assert wrong.status_code == 422
        assert "Please fill this in." in wrong.text
        assert 'value="no mail"' in wrong.text
        made = await pages.post(
            "/members/new",
            data={"name": "Zoé Le Gall", "mail": "zoe@example.org", "kind": "member"},
        )
        assert made.status_code == 303
        path = made.headers["location"].partition("?")[0]
        shown = text_of((await pages.get(f"{path}?done=created")).text)
        assert "The member is written down." in shown
        assert "No badge yet." in shown
        assert "zoe@example.org" in shown
        listed = text_of((await pages.get("/members?q=le%20gall")).text)
        assert "Zoé Le Gall" in listed
        assert "Camille" not in listed
        edited = await pages.post(
            f"{path}/edit",
            data={"name": "Zoé Morvan", "access_until": "2026-12-31", "note": "a\nb"},
        )
        assert edited.status_code == 303
        form = (await pages.get(f"{path}/edit")).text
        assert 'value="2026-12-31"' in form
    row = await house.get(Holder, path.rpartition("/")[2])
    assert (row.name, row.note, row.mail) == ("Zoé Morvan", "a\nb", "")


async def test_suspended_restored_and_archived(house: House, tmp_path: Path) -> None:
    office, recorder = make_office(house, tmp_path)
    async with browser(office) as pages:
        assert (await pages.post("/members/h1/suspend", data={"reason": ""})).status_code == 422
        await pages.post("/members/h1/suspend", data={"reason": "unpaid since March"})
        assert any(topic.endswith("/policy") for topic, _, _ in recorder.published)
        shown = text_of((await pages.get("/members/h1?done=suspended")).text)
        assert "unpaid since March" in shown
        assert "Camille" in (await pages.get("/members?state=suspended")).text
        await pages.post("/members/h1/restore")
        assert "Camille" not in text_of((await pages.get("/members?state=suspended")).text)
        assert "still have a badge" in (await pages.get("/members/h1/archive")).text
        await pages.post("/members/h1/archive")
        assert "Camille" not in text_of((await pages.get("/members")).text)
        assert "Camille" in (await pages.get("/members?state=archived")).text
        await pages.post("/members/h1/unarchive")
    actions = [row.action for row in await house.all(Audit) if row.subject == "h1"]
    assert actions == [
        "member:access:suspend", "member:access:restore", "member:record:archive",
        "member:record:unarchive",
    ]  # fmt: skip


async def test_a_year_is_renewed_paid_and_removed(house: House, tmp_path: Path) -> None:
    office, _ = make_office(house, tmp_path)
    async with browser(office) as pages:
        assert (await pages.post("/members/h1/memberships/renew")).status_code == 303
        await pages.post("/members/h1/memberships/renew")
        rows = sorted(await house.all(Membership), key=lambda row: str(row.starts_on))
        assert [(row.starts_on, row.ends_on) for row in rows] == [
            ("2025-10-09", "2026-10-08"), ("2026-10-09", "2027-10-08"),
        ]  # fmt: skip
        third = await pages.post("/members/h1/memberships/renew")
        shown = text_of((await pages.get(third.headers["location"])).text)
        assert "nothing was added" in shown
        await pages.post(f"/members/h1/memberships/{rows[0].id}/pay")
        assert (await house.get(Membership, rows[0].id)).paid_on == "2025-10-09"
        await pages.post(f"/members/h1/memberships/{rows[1].id}/remove")
        assert len(await house.all(Membership)) == 1
        again = await pages.post(
            "/members/h1/memberships/new", data={"starts_on": "2026-01-01", "ends_on": "2026-12-31"}
        )
        assert again.status_code == 422
        assert "There is a membership from 2025-10-09" in again.text


async def test_lists_are_narrowed_and_paged(house: House, tmp_path: Path) -> None:
    office, _ = make_office(house, tmp_path)
    async with house.database.with_transaction() as session:
        session.add(Organisation(id="o1", site=SITE, name="Commune de Plouf"))
        await session.flush()
        session.add_all([
            Holder(id=f"m{at:03}", site=SITE, name=f"Member {at:03}", organisation="o1")
            for at in range(60)
        ])  # fmt: skip
        await session.flush()
        session.add(
            Subscription(
                id="s9", site=SITE, holder="m007", plan="resident", starts_on="2025-01-01",
                ends_on="2025-10-20",
            )
        )  # fmt: skip
    async with browser(office) as pages:
        first = (await pages.get("/members")).text
        assert "61 people" in text_of(first)
        assert 'rel="next"' in first
        second = text_of((await pages.get("/members?after=m048")).text)
        assert "Member 049" in second
        assert "Member 048" not in second
        for query, names in {
            "state=ending": {"Member 007"},
            "plan=resident": {"Member 007", "Camille"},
            "q=Plouf&plan=resident": {"Member 007"},
            "q=%25": set(),
            "state=nonsense&q=member+059": {"Member 059"},
        }.items():
            shown = (await pages.get(f"/members?{query}")).text
            for name in ("Member 007", "Member 059", "Camille"):
                assert (f">{name}</a>" in shown) == (name in names), (query, name)


async def test_refusals_are_shown_and_the_look_is_recorded(house: House, tmp_path: Path) -> None:
    office, _ = make_office(house, tmp_path)
    house.journal.write(
        AccessDenied(FRONT, AccessPointId("in"), Reason.UNAUTHORIZED, 1, HolderId("h1")), START
    )
    await house.take(house.journal.message())
    async with browser(office, "fr") as pages:
        shown = (await pages.get("/members/h1")).text
        assert "/explain/passages/1" in shown
        assert "Front" in shown
    assert [row.action for row in await house.all(Audit)] == ["member:refusals:read"]


async def test_what_is_not_there_is_not_found(house: House, tmp_path: Path) -> None:
    office, _ = make_office(house, tmp_path)
    async with browser(office) as pages:
        for path in ("/members/nobody", "/members/nobody/edit", "/members/%00", "/members/H%20"):
            assert (await pages.get(path)).status_code in (404, 422), path


HOSTILE: list[dict[str, Any]] = [
    {"name": "a\0b"}, {"name": "x" * 201}, {"name": "x", "language": "de"},
    {"name": "x", "organisation": "none"}, {"name": "x", "access_from": "9999-12-31"},
    {"name": "x", "access_from": "2026-02-02", "access_until": "2026-02-01"},
    {"name": "x", "note": "a\0"},
]  # fmt: skip


@pytest.mark.parametrize("data", HOSTILE)
async def test_what_cannot_be_kept_is_said_beside_its_field(
    house: House, tmp_path: Path, data: dict[str, str]
) -> None:
    office, _ = make_office(house, tmp_path)
    async with browser(office) as pages:
        answer = await pages.post("/members/new", data=data)
    assert answer.status_code == 422
    assert 'class="bad"' in answer.text


async def test_a_refused_change_leaves_all_as_it_was(house: House, tmp_path: Path) -> None:
    office, recorder = make_office(house, tmp_path)
    data = {
        "name": "Somebody else", "may_lift_lockdown": "true", "access_from": "2026-02-02",
        "access_until": "2026-02-01",
    }  # fmt: skip
    async with browser(office) as pages:
        answer = await pages.post("/members/h1/edit", data=data)
        assert answer.status_code == 422
        assert 'value="Somebody else"' in answer.text
    row = await house.get(Holder, "h1")
    assert (row.name, row.may_lift_lockdown) == ("Camille", False)
    assert await house.all(Audit) == []
    assert recorder.published == []


async def test_a_member_is_shown_in_the_space_that_is_theirs(house: House, tmp_path: Path) -> None:
    office, _ = make_office(house, tmp_path)
    first = int(datetime(2026, 1, 1, tzinfo=ZoneInfo("Pacific/Auckland")).timestamp())
    async with house.database.with_transaction() as session:
        session.add(Site(id="rotorua", name="Rotorua", timezone="Pacific/Auckland"))
        await session.flush()
        session.add_all([
            Organisation(id="here", site=SITE, name="Commune de Plouf"),
            Organisation(id="there", site="rotorua", name="Library of Rotorua"),
        ])  # fmt: skip
        await session.flush()
        session.add(
            Holder(
                id="h9", site="rotorua", name="Aroha", organisation="there", valid_from=first
            )
        )  # fmt: skip
    async with browser(office) as pages:
        form = await pages.get("/members/h9/edit")
        assert "Library of Rotorua" in form.text
        assert "Commune de Plouf" not in form.text
        saved = await submit(pages, form, "/members/h9/edit", name="Aroha Ngata")
        assert saved.status_code == 303
    row = await house.get(Holder, "h9")
    assert (row.name, row.organisation, row.valid_from) == ("Aroha Ngata", "there", first)
