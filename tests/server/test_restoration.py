"""After a restore the pages say what is missing, until somebody who may has seen to it."""

from dataclasses import replace
from pathlib import Path

import pytest

from loquet_contract.access.reasons import Reason
from loquet_contract.ids import AccessPointId, CredentialDigest, DoorId, HolderId
from loquet_contract.wire.events import AccessDenied
from loquet_server.badges.schemas import Act, Ending
from loquet_server.badges.service import BadgeService
from loquet_server.models import Action, Audit, Credential
from loquet_server.office import Office, committed
from loquet_server.restoration.schemas import RestorationOut
from loquet_server.restoration.service import begin, end, to_see_to
from loquet_server.who import LOCAL, PERMISSIONS, SHELL, Actor, Permission, Role
from tests.server.desk import client, make_office
from tests.server.house import SITE, START, House
from tests.server.pages.desk import browser
from tests.server.pages.forms import submit
from tests.server.pages.reading import text_of

PLAIN = pytest.mark.parametrize("database_kind", ["sqlite"])


@pytest.fixture
def office(house: House, tmp_path: Path) -> Office:
    return make_office(house, tmp_path)[0]


async def restored(house: House, *, known: bool) -> None:
    async with house.database.with_transaction() as session:
        day = 86_400_000
        out = RestorationOut(restored_at=START, made_at=START - day, barred_again=known)
        await begin(session, out)


@PLAIN
async def test_the_start_page_and_the_units_say_it_until_it_is_ended(
    house: House, office: Office
) -> None:
    async with browser(office) as pages:
        assert "restored from a backup" not in (await pages.get("/")).text
        await restored(house, known=False)
        for path in ("/", "/units"):
            said = text_of((await pages.get(path)).text)
            assert "Restored on Thursday 9 October from a backup (Wed 8 Oct 10:53)" in said
            assert "badges blocked, units shut out, members suspended, lockdowns" in said
        assert "restored from a backup" not in (await pages.get("/?big=1")).text
        shown = await pages.get("/units")
        for _ in range(2):  # somebody else may press the button too
            answer = await submit(pages, shown, "/restoration/end")
            assert (answer.status_code, answer.headers["location"]) == (303, "/units")
        assert "restored from a backup" not in (await pages.get("/")).text
    (row,) = [each for each in await house.all(Audit) if each.action == Action.BACKUP_SEEN_TO]
    assert row.detail == {"made_at": START - 86_400_000}


@PLAIN
async def test_what_a_replaced_database_knew_is_said_too_and_in_french(
    house: House, office: Office
) -> None:
    await restored(house, known=True)
    async with browser(office, "fr") as pages:
        said = text_of((await pages.get("/")).text)
    assert "ou mis en verrouillage d'urgence depuis l'est de nouveau" in said.replace("’", "'")


async def test_what_units_tell_of_that_time_names_badges_that_were_blocked(
    house: House, office: Office
) -> None:
    badge = await house.get(Credential, "c1")
    for reason, at in ((Reason.CREDENTIAL_DISABLED, START - 3600_000), (Reason.LOCKED_DOWN, START)):
        refused = AccessDenied(
            DoorId("front"), AccessPointId("in"), reason, 1, HolderId("h1"),
            CredentialDigest(badge.digest),
        )  # fmt: skip
        house.journal.write(refused, at)
    await restored(house, known=False)
    await house.take(house.journal.message())
    async with browser(office) as pages:
        shown = (await pages.get("/")).text
        assert "lets them in again now: Blue" in " ".join(text_of(shown).split())
        assert 'href="/badges/c1"' in shown
        async with committed(office) as transaction:
            await BadgeService(office, transaction, SHELL).end("c1", Act.BLOCK, Ending())
        assert "lets them in again" not in (await pages.get("/")).text


@PLAIN
async def test_the_api_says_it_and_ends_it_once(house: House, office: Office) -> None:
    await restored(house, known=True)
    async with client(office) as api:
        found = (await api.get("/api/v1/restoration")).json()
        assert found == {
            "restored_at": START, "made_at": START - 86_400_000, "barred_again": True,
            "refused": [],
        }  # fmt: skip
        assert (await api.delete("/api/v1/restoration")).status_code == 204
        assert (await api.get("/api/v1/restoration")).status_code == 404
        assert (await api.delete("/api/v1/restoration")).status_code == 404


@PLAIN
async def test_whoever_is_there_for_one_space_ends_it_for_that_one(
    house: House, office: Office
) -> None:
    await restored(house, known=False)
    permissions = PERMISSIONS[Role.MANAGER]
    assert Permission.DATA_IMPORT in permissions
    assert Permission.DATA_IMPORT not in PERMISSIONS[Role.HOST]
    here = Actor("Zoé", Role.MANAGER, permissions, site=SITE)
    async with committed(office) as transaction:
        await end(office, transaction, here)
    async with house.database.reading() as session:
        assert await to_see_to(session, here) is None
        assert await to_see_to(session, replace(here, site="elsewhere")) is not None
        assert await to_see_to(session, LOCAL) is not None
    async with committed(office) as transaction:
        await end(office, transaction, LOCAL)
    async with house.database.reading() as session:
        assert await to_see_to(session, LOCAL) is None
