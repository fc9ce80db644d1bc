"""Members from a file: whatever wrote it; nothing before it is seen; undone while untouched."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st

from loquet_server.imports.columns import Field, guess, plain
from loquet_server.imports.rows import wishes
from loquet_server.imports.sheet import MOST_BYTES, MOST_ROWS, UnreadableSheet, read
from loquet_server.models import (
    Audit,
    Credential,
    Holder,
    ImportRun,
    Membership,
    Organisation,
    Plan,
    Policy,
    Subscription,
)
from loquet_server.office import Office
from tests.server.desk import make_office
from tests.server.house import SITE, UNIT, House
from tests.server.test_explain import browser, give, text_of

FILE = """Nom;Prénom;Courriel;Forfait;Début;Fin;N° de badge;Entreprise;Fin d'adhésion
Lovelace;Ada;ada@example.org;Résident;01/10/2025;;04 A1 B2 C3 D4 E5 01;Mairie;31/08/2026
Hopper;Grace;grace@example.org;Resident;2025-11-01;2026-02-28;;Mairie;
Turing;Alan;;;;;;;
"""


@asynccontextmanager
async def program(house: House, folder: Path) -> AsyncIterator[tuple[httpx.AsyncClient, Office]]:
    """Yield a program at the API, and its office."""
    office, _ = make_office(house, folder)
    async with browser(office) as http:
        http.headers["accept"] = "application/json"
        yield http, office


async def uploaded(http: httpx.AsyncClient, text: str | bytes) -> dict[str, Any]:
    raw = text.encode() if isinstance(text, str) else text
    headers = {"content-type": "text/csv"}
    answer = await http.post("/api/v1/imports?file_name=list.csv", content=raw, headers=headers)
    assert answer.status_code == 201, answer.text
    found: dict[str, Any] = answer.json()
    return found


async def applied(http: httpx.AsyncClient, run: str, **given: Any) -> httpx.Response:
    return await http.post(f"/api/v1/imports/{run}/apply", json=given)


# ---- reading ------------------------------------------------------------------------------


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "cp1252", "utf-16"])
@pytest.mark.parametrize("separator", [";", ",", "\t"])
def test_whatever_program_wrote_it(encoding: str, separator: str) -> None:
    text = separator.join(("Prénom", "Nom")) + "\r\n" + separator.join(("Zoé", "Lœb")) + "\r\n"
    found = read(text.encode(encoding))
    assert (found.separator, found.headers) == (separator, ("Prénom", "Nom"))
    assert found.rows[0].cells == ("Zoé", "Lœb")


def test_a_cell_may_hold_the_separator_and_lines_keep_their_numbers() -> None:
    found = read(b'Nom;Note\n\n"Ada; dite";"two\nlines"\nAlan;x\n')
    assert [(row.line, row.cells) for row in found.rows] == [
        (3, ("Ada; dite", "two\nlines")), (5, ("Alan", "x")),
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("raw", "said"),
    [
        (b"", "empty"),
        (b"Nom\n", "no line"),
        (b"PK\x03\x04rest", "spreadsheet"),
        (b"Nom\n\0\0", "not a text file"),
        (b"x" * (MOST_BYTES + 1), "5 MB"),
        (b"Nom\n" + b"a\n" * (MOST_ROWS + 1), "5000 lines"),
        (b"a;" * 100 + b"\nx", "60 columns"),
        (b'Nom\n"' + b"x" * 200_000, "Line"),
    ],
)
def test_what_is_no_table_is_refused_with_what_to_do(raw: bytes, said: str) -> None:
    with pytest.raises(UnreadableSheet) as caught:
        read(raw)
    assert said in str(caught.value)


@given(st.binary(max_size=400))
def test_no_file_upsets_the_reader(raw: bytes) -> None:
    try:
        found = read(raw)
    except UnreadableSheet as error:
        assert str(error)
        return
    lines, complaints = wishes(found, guess(found.headers))
    assert len(lines) <= len(found.rows)
    assert len(lines) + len({each.line for each in complaints}) == len(found.rows)


def test_columns_are_guessed_in_both_languages() -> None:
    french = ["Nom", "Prénom", "E-mail", "Téléphone", "Date de début", "N° badge", "Couleur"]
    assert list(guess(french).values()) == [
        Field.LAST_NAME, Field.FIRST_NAME, Field.MAIL, Field.PHONE, Field.PLAN_FROM, Field.BADGE,
    ]  # fmt: skip
    assert guess(["Nom", "Mail"]) == {0: Field.NAME, 1: Field.MAIL}
    assert guess(["Full name", "Company"]) == {0: Field.NAME, 1: Field.ORGANISATION}
    assert plain("  N° de Badge ") == "n de badge"


# ---- what it would do ---------------------------------------------------------------------


async def test_nothing_changes_before_it_is_applied(house: House, tmp_path: Path) -> None:
    async with program(house, tmp_path) as (http, _):
        draft = await uploaded(http, FILE)
    assert (draft["would_create"], draft["would_change"], draft["complaints"]) == (3, 0, [])
    assert draft["columns"][6]["samples"] == ["…E501"]
    assert [each.id for each in await house.all(Holder)] == ["h1"]
    (run,) = await house.all(ImportRun)
    assert b"Lovelace" not in run.content


async def test_what_is_wrong_is_said_line_by_line(house: House, tmp_path: Path) -> None:
    text = (
        "Nom;Mail;Forfait;Début;Fin;Badge\n"
        "Ada;ada;Résident;;;\n"
        "Bob;;Nothing;;;\n"
        "Cleo;;Résident;30/02/2026;;\n"
        "Dan;;Résident;01/03/2026;01/02/2026;\n"
        ";x@y.fr;;;;\n"
        "Eve;;;;;08112233\n"
        "Fay;f@y.fr;;;;\n"
        "Fay again;F@Y.FR;;;;\n"
    )
    async with program(house, tmp_path) as (http, _):
        draft = await uploaded(http, text)
        refused = await applied(http, draft["id"])
        skipped = await applied(http, draft["id"], skip=True)
    found = [(each["line"], each["column"], each["text"]) for each in draft["complaints"]]
    assert found == [
        (2, "Mail", "“ada” is no e-mail address. Correct it."),
        (3, "", "There is no plan “Nothing”. Write the name of one that there is."),
        (4, "Début", "“30/02/2026” is no day. Write 31/03/2026 or 2026-03-31."),
        (5, "Fin", "The last day comes before the first. Exchange them."),
        (6, "Nom", "There is no name. Write one."),
        (7, "Badge", "A phone or bank card gives this number, another each time. Use a badge."),
        (9, "", "Line 8 is about the same person. Keep one of them."),
    ]
    assert refused.status_code == 422
    assert skipped.json()["created"] == 1
    assert "Fay" in {each.name for each in await house.all(Holder)}


async def test_all_of_it_is_made_and_told_to_the_doors(house: House, tmp_path: Path) -> None:
    async with program(house, tmp_path) as (http, office):
        draft = await uploaded(http, FILE)
        done = await applied(http, draft["id"])
        again = await applied(http, draft["id"])
    assert (done.json()["created"], again.status_code) == (3, 409)
    people = {each.name: each for each in await house.all(Holder)}
    ada = people["Ada Lovelace"]
    (mairie,) = await house.all(Organisation)
    assert (ada.mail, ada.organisation) == ("ada@example.org", mairie.id)
    plans = {each.holder: each for each in await house.all(Subscription)}
    assert (plans[ada.id].starts_on, plans[ada.id].ends_on) == ("2025-10-01", None)
    assert plans[people["Grace Hopper"].id].ends_on == "2026-02-28"
    (year,) = await house.all(Membership)
    assert (year.starts_on, year.ends_on) == ("2025-09-01", "2026-08-31")
    badge = next(each for each in await house.all(Credential) if each.holder == ada.id)
    assert (badge.last4, badge.status) == ("E501", "handed_out")
    assert {each.unit for each in await house.all(Policy)} >= {UNIT}
    (run,) = await house.all(ImportRun)
    assert (run.complete, run.content) == (True, None)
    actions = [each.action for each in await house.all(Audit)]
    assert actions.count("import:members:apply") == 1
    assert office.exchange.published  # type: ignore[attr-defined]


async def test_a_second_time_changes_nothing(house: House, tmp_path: Path) -> None:
    async with program(house, tmp_path) as (http, _):
        await applied(http, (await uploaded(http, FILE))["id"])
        names = [
            "last_name",
            "first_name",
            "mail",
            "plan",
            "plan_from",
            "plan_until",
            "badge",
            "organisation",
        ]
        mapping = {str(at): name for at, name in enumerate([*names, "membership_until"])}
        draft = await uploaded(http, FILE)
        path = f"/api/v1/imports/{draft['id']}/mapping"
        mapped = await http.put(path, json={"columns": mapping, "by_name": True})
    assert (mapped.json()["same"], mapped.json()["would_create"]) == (3, 0)


async def test_a_member_is_found_by_mail_else_by_name_if_one_says_so(
    house: House, tmp_path: Path
) -> None:
    await give(house, Holder(id="h2", site=SITE, name="Ada", mail="ada@example.org"))
    text = "Name,Mail,Phone\nAda Lovelace,ADA@example.org,+33 1\nCamille,,+33 2\n"
    async with program(house, tmp_path) as (http, _):
        draft = await uploaded(http, text)
        outcomes = [each["outcome"] for each in draft["lines"]]
        path = f"/api/v1/imports/{draft['id']}"
        columns = {"0": "name", "1": "mail", "2": "phone"}
        asked = {"columns": columns, "by_name": True}
        mapped = (await http.put(f"{path}/mapping", json=asked)).json()
        await applied(http, draft["id"])
    assert outcomes == ["change", "create"]
    assert [(each["outcome"], each["holder"]) for each in mapped["lines"]] == [
        ("change", "h2"), ("change", "h1"),
    ]  # fmt: skip
    assert (await house.get(Holder, "h2")).name == "Ada Lovelace"
    assert (await house.get(Holder, "h1")).phone == "+33 2"


async def test_columns_that_make_no_sense_are_refused(house: House, tmp_path: Path) -> None:
    async with program(house, tmp_path) as (http, _):
        draft = await uploaded(http, FILE)
        path = f"/api/v1/imports/{draft['id']}/mapping"
        twice = await http.put(path, json={"columns": {"0": "name", "1": "name"}})
        none = await http.put(path, json={"columns": {"2": "mail"}})
        odd = await http.put(path, json={"columns": {"2": "shoe size"}})
    assert [each.status_code for each in (twice, none, odd)] == [422, 422, 422]


# ---- undoing ------------------------------------------------------------------------------


async def test_an_import_is_undone(house: House, tmp_path: Path) -> None:
    await give(house, Holder(id="h2", site=SITE, name="Ada", mail="ada@example.org"))
    before = {each.id: (each.name, each.organisation) for each in await house.all(Holder)}
    async with program(house, tmp_path) as (http, _):
        draft = await uploaded(http, FILE)
        await applied(http, draft["id"])
        undone = await http.post(f"/api/v1/imports/{draft['id']}/undo")
        twice = await http.post(f"/api/v1/imports/{draft['id']}/undo")
    assert (undone.status_code, twice.status_code) == (200, 409)
    after = {each.id: (each.name, each.organisation) for each in await house.all(Holder)}
    assert after == before
    assert await house.all(Organisation) == []
    assert await house.all(Membership) == []
    assert [each.id for each in await house.all(Subscription)] == ["s1"]
    assert [each.id for each in await house.all(Credential)] == ["c1"]


async def test_what_somebody_built_on_is_not_undone(house: House, tmp_path: Path) -> None:
    async with program(house, tmp_path) as (http, _):
        draft = await uploaded(http, FILE)
        await applied(http, draft["id"])
        people = {each.name: each.id for each in await house.all(Holder)}
        async with house.database.with_transaction() as session:
            row = await session.get(Holder, people["Alan Turing"])
            assert row is not None
            row.mail = "alan@example.org"
        plan = Plan(id="full", site=SITE, name_fr="Temps plein", name_en="Full time")
        more = Subscription(
            id="s9", site=SITE, holder=people["Grace Hopper"], plan="full", starts_on="2026-01-01"
        )
        await give(house, plan, more)
        undone = await http.post(f"/api/v1/imports/{draft['id']}/undo")
    assert undone.status_code == 409
    assert "Grace Hopper" in undone.json()["detail"]
    assert "Ada Lovelace" not in undone.json()["detail"]
    assert people.keys() == {each.name for each in await house.all(Holder)}


# ---- pages --------------------------------------------------------------------------------


async def test_the_pages_lead_through_it(house: House, tmp_path: Path) -> None:
    office, _ = make_office(house, tmp_path)
    async with browser(office) as http:
        assert "None yet." in text_of(await http.get("/imports"))
        nothing = await http.post("/imports", files={"other": ("x", b"x")})
        wrong = await http.post("/imports", files={"file": ("x.xlsx", b"PK\x03\x04")})
        sent = await http.post("/imports", files={"file": ("list.csv", FILE.encode("cp1252"))})
        where = sent.headers["location"]
        page = await http.get(where)
        columns = {"column-0": "last_name", "column-1": "first_name", "column-2": "mail"}
        mapped = await http.post(f"{where}/mapping", data=columns)
        twice = await http.post(f"{where}/mapping", data=columns | {"column-1": "mail"})
        done = await http.post(f"{where}/apply")
        after = await http.get(done.headers["location"])
        undone = await http.post(f"{where}/undo")
        listed = await http.get(undone.headers["location"])
    assert "Choose a file first." in text_of(nothing)
    assert "This is a spreadsheet." in text_of(wrong)
    assert (nothing.status_code, wrong.status_code, sent.status_code) == (422, 422, 303)
    assert "3 lines · cp1252" in text_of(page)
    assert "plan Résident from 2025-10-01" in text_of(page)
    assert "04 A1" not in page.text
    assert (mapped.status_code, twice.status_code, done.status_code) == (303, 422, 303)
    assert "3 new members" in text_of(after)
    assert "undone" in text_of(listed)
    assert [each.id for each in await house.all(Holder)] == ["h1"]


async def test_a_file_that_is_too_large_is_not_read_on(house: House, tmp_path: Path) -> None:
    office, _ = make_office(house, tmp_path)
    async with browser(office) as http:
        raw = b"Nom\n" + b"x" * (MOST_BYTES + 70_000)
        page = await http.post("/imports", files={"file": ("list.csv", raw)})
        api = await http.post("/api/v1/imports", content=raw)
    assert (page.status_code, api.status_code) == (422, 413)
    assert "larger than 5 MB" in text_of(page)
