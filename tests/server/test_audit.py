"""The record of changes: who, what, when; in both languages, page by page, per space."""

from pathlib import Path

import pytest

from loquet_server.ledger import record
from loquet_server.models import Action
from loquet_server.web import words
from loquet_server.web.i18n import translations
from tests.server.front_desk import add_operator, browser, front_desk, sign_in
from tests.server.house import SITE, START, House


def test_every_action_and_noun_has_its_words() -> None:
    assert {each.value for each in Action} <= words.TABLES["action"].keys()
    assert {each.value.partition(":")[0] for each in Action} <= words.TABLES["noun"].keys()
    french = translations("fr")
    for table in ("action", "noun"):
        for value, english in words.TABLES[table].items():
            assert words.word(french, table, value), (table, value)
            assert table == "noun" or french.gettext(english) != english, english


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
        assert page.count("released a door") == 50
        assert "&lt;b&gt;reason 59&lt;/b&gt;" in page
        assert "host → owner" in page
        older = page.split('class="button" href="')[1].split('"')[0].replace("&amp;", "&")
        rest = (await http.get(older)).text
        assert rest.count("released a door") == 10
        one = (await http.get("/audit?subject=door7&lang=fr")).text
        assert one.count("a libéré une porte") == 1
        day = (await http.get("/audit?noun=door&since=2025-10-10&until=nonsense")).text
        assert "released a door" not in day


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
        assert (await http.get("/audit?noun=door")).text.count("released a door") == 1
