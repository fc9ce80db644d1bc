"""Data goes out: nothing runs in a spreadsheet, no number is in it, each look is recorded."""

import csv
import io
from pathlib import Path

import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st

from loquet_contract.access.reasons import Reason
from loquet_server.exports.kinds import Kind
from loquet_server.models import Audit, Holder, PassAccount, PassUse
from loquet_server.web.sheet import MARK, line, safe
from tests.server.desk import make_office
from tests.server.house import SITE, START, UID, House
from tests.server.test_explain import browser, give, refused
from tests.server.test_imports import uploaded


def table(answer: httpx.Response, separator: str = ";") -> list[list[str]]:
    assert answer.text.startswith(MARK)
    text = answer.text.removeprefix(MARK)
    return list(csv.reader(io.StringIO(text, newline=""), delimiter=separator))


@given(st.text(), st.sampled_from(["fr", "en"]))
def test_no_cell_is_a_formula_and_none_is_lost(text: str, language: str) -> None:
    assert not safe(text).startswith(("=", "+", "-", "@", "\t", "\r", "\n"))
    separator = ";" if language == "fr" else ","
    written = line([text, "x"], language)
    (cells,) = csv.reader(io.StringIO(written, newline=""), delimiter=separator)
    assert cells[0].removeprefix("'") in (text.replace("\0", ""), text.replace("\0", "")[1:])


@pytest.mark.parametrize("kind", list(Kind))
async def test_each_kind_is_recorded_and_holds_no_number(
    house: House, tmp_path: Path, kind: Kind
) -> None:
    office, _ = make_office(house, tmp_path)
    await refused(house, office, Reason.UNAUTHORIZED)
    await give(
        house,
        PassAccount(id="a1", site=SITE, plan="resident", holder="h1"),
        PassUse(account="a1", holder="h1", period=START // 1000, day="2025-10-09", at=START),
    )
    async with browser(office) as http:
        answer = await http.get(f"/api/v1/exports/{kind}")
        page = await http.get(f"/exports/{kind}.csv?lang=en")
    rows = table(answer)
    assert (answer.status_code, len(rows)) == (200, 2)
    assert table(page, ",")[1:] != []
    assert "Camille" in answer.text
    assert UID.hex() not in answer.text.lower()
    assert f"{kind}-2025-10-09.csv" in answer.headers["content-disposition"]
    looks = [each for each in await house.all(Audit) if each.action == f"export:{kind}:read"]
    assert [each.site for each in looks] == [SITE, SITE]


async def test_what_goes_out_comes_in_again_unchanged(house: House, tmp_path: Path) -> None:
    await give(
        house, Holder(id="h2", site=SITE, name="=cmd|' /C calc'!A0", mail="a@b.fr", phone="+33 1")
    )
    office, _ = make_office(house, tmp_path)
    async with browser(office) as http:
        for language in ("fr", "en"):
            out = await http.get("/api/v1/exports/members", params={"lang": language})
            assert "'=cmd" in out.text
            draft = await uploaded(http, out.content)
            columns = {each["header"]: each["field"] for each in draft["columns"]}
            assert list(columns.values())[:12] == [
                "name", "mail", "phone", "kind", "language", "organisation", "note", "plan",
                "plan_from", "plan_until", "membership_from", "membership_until",
            ]  # fmt: skip
            mapping = {str(e["column"]): e["field"] for e in draft["columns"] if e["field"]}
            path = f"/api/v1/imports/{draft['id']}/mapping"
            again = await http.put(path, json={"columns": mapping, "by_name": True})
            assert (again.json()["same"], again.json()["complaints"]) == (2, [])


async def test_passages_of_other_days_stay(house: House, tmp_path: Path) -> None:
    office, _ = make_office(house, tmp_path)
    await refused(house, office, Reason.UNAUTHORIZED)
    async with browser(office) as http:
        before = await http.get("/api/v1/exports/passages", params={"until": START})
        nowhere = await http.get("/api/v1/exports/passages", params={"site": "elsewhere"})
    assert len(table(before)) == 1
    assert nowhere.status_code == 404
