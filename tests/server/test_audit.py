"""The record of changes: who, what, when; in both languages, page by page, per space."""

from pathlib import Path

import pytest

from loquet_server.audit.name_repository import SOURCES
from loquet_server.audit.names import FIELDS, SUBJECTS
from loquet_server.audit.names import wanted as ids_of
from loquet_server.ledger import record
from loquet_server.models import Action, Audit
from loquet_server.web import words
from loquet_server.web.i18n import translations
from tests.server.front_desk import add_operator, browser, front_desk, sign_in
from tests.server.house import SITE, START, UNIT, House
from tests.server.pages.reading import text_of


def test_every_action_and_noun_has_its_words() -> None:
    assert {each.value for each in Action} <= words.TABLES["action"].keys()
    assert {each.value.partition(":")[0] for each in Action} <= words.TABLES["noun"].keys()
    french = translations("fr")
    for table in ("action", "noun"):
        for value, english in words.TABLES[table].items():
            assert words.word(french, table, value), (table, value)
            assert table == "noun" or french.gettext(english) != english, english


def test_every_kind_of_thing_has_a_place_where_its_name_stands() -> None:
    kinds = {kind for each in (*SUBJECTS.values(), *FIELDS.values()) for kind in each}
    assert kinds == SOURCES.keys()
    assert SUBJECTS.keys() <= words.TABLES["noun"].keys()


async def write(house: House, count: int, site: str | None = str(SITE)) -> None:
    async with house.database.with_transaction() as session:
        for number in range(count):
            record(
                session, Action.DOOR_RELEASED, f"door{number}", START + number * 60_000,
                actor="Zoé", reason=f"<b>reason {number}</b>", site=site,
                detail={"name": "Front", "role": ["host", "owner"]},
            )  # fmt: skip


async def test_changes_are_shown_newest_first_and_page_by_page(
    house: House, tmp_path: Path
) -> None:
    await add_operator(house, "owner")
    await write(house, 60)
    _, app = front_desk(house, tmp_path)
    async with browser(app) as http:
        await sign_in(http, "owner")
        page = (await http.get("/audit?noun=door")).text
        assert page.count("Released a door") == 50
        assert "&lt;b&gt;reason 59&lt;/b&gt;" in page
        assert "Role: Host → Owner" in page
        older = page.split('class="button" href="')[1].split('"')[0].replace("&amp;", "&")
        rest = (await http.get(older)).text
        assert rest.count("Released a door") == 10
        one = (await http.get("/audit?subject=door7&lang=fr")).text
        assert one.count("A libéré une porte") == 1
        day = (await http.get("/audit?noun=door&since=2025-10-10&until=nonsense")).text
        assert "Released a door" not in day


@pytest.mark.parametrize(
    "query",
    ["noun=x", "since=9999-99-99", "until=9999-12-31", "before=99999999999999999", "before=x",
     "subject=%F0%9F%98%80", "actor=%27%20or%201", "before=-1"],
)  # fmt: skip
async def test_odd_questions_get_a_page(house: House, tmp_path: Path, query: str) -> None:
    await add_operator(house, "owner")
    _, app = front_desk(house, tmp_path)
    async with browser(app) as http:
        await sign_in(http, "owner")
        assert (await http.get(f"/audit?{query}")).status_code == 200


async def test_each_space_has_its_own_record(house: House, tmp_path: Path) -> None:
    await add_operator(house, "manager", str(SITE))
    await write(house, 1)
    await write(house, 1, "grange")
    _, app = front_desk(house, tmp_path)
    async with browser(app) as http:
        await sign_in(http, "manager")
        rows = (await http.get("/api/v1/audit?noun=door")).json()
        assert [each["site"] for each in rows] == [str(SITE)]
        assert (await http.get("/audit?noun=door")).text.count("Released a door") == 1


async def test_things_are_called_as_people_know_them(house: House, tmp_path: Path) -> None:
    await add_operator(house, "owner")
    before = {"unlock_schedule": None, "rank": 1}
    async with house.database.with_transaction() as session:
        for action, subject, detail in (
            (Action.UNIT_REMOVED, str(UNIT), {"doors": ["front", "quiet"], "command": "c0ffee"}),
            (Action.MEMBER_CHANGED, "h1", {"changed": ["phone", "mail"]}),
            (Action.SUBSCRIPTION_CREATED, "s1", None),
            (Action.DOOR_CHANGED, "front", {"before": before, "after": before | {"rank": 2}}),
            (Action.PEPPER_MADE, "3", {"name": "c79e87e835cfe26b"}),
            (Action.DATA_PURGED, "retention", {"help_requests": 2, "notices": 3}),
            (Action.HOOK_DELETED, "k9", {"name": "The bell"}),
        ):
            record(session, action, subject, START, actor="Zoé", site=str(SITE), detail=detail)
    _, app = front_desk(house, tmp_path)
    async with browser(app) as http:
        await sign_in(http, "owner")
        said = text_of((await http.get("/audit?actor=Zo%C3%A9&lang=fr")).text)
        for each in (
            "Hall Les portes : Front, Quiet", "hall · command c0ffee",
            "Camille Modifié : téléphone, e-mail h1", "A donné un forfait à un membre Camille",
            "Front Place dans les listes : 1 → 2", "version 3 3 · name c79e87e835cfe26b",
            "durées de conservation Lignes : 5", "The bell k9",
        ):  # fmt: skip
            assert each in said, each
        assert "Stands unlocked" not in said, "what stayed as it was"
        one = text_of((await http.get("/audit?subject=h1&lang=en")).text)
        assert "Only what concerns Camille." in one and "Front" not in one


def test_names_of_people_are_for_those_who_may_read_members() -> None:
    row = Audit(action=Action.BADGE_HANDED_OUT, subject="c1", detail={"holder": "h1", "door": "d"})
    assert ids_of([row], people=True).keys() >= {"badge", "member", "door"}
    assert ids_of([row], people=False) == {
        "door": {"d"}, "access_point": {"c1"}, "site": {"c1"}
    }  # fmt: skip
