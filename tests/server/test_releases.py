"""Releases from the shelf to the units: whose turn it is, what they are given, what they said."""

import hashlib
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from loquet_contract.ids import SiteId, UnitId
from loquet_contract.wire.codec import decode_text, encode
from loquet_contract.wire.events_updates import SoftwareUpdated, UpdateFailed
from loquet_contract.wire.releases import ReleaseAnswer, ReleaseRequest
from loquet_contract.wire.signing import Purpose, Signer, SigningKey, Verifier
from loquet_server.errors import Conflict, Invalid, NotFound
from loquet_server.incidence import raise_incident
from loquet_server.models import Incident, UnitUpdate
from loquet_server.office import Office, committed
from loquet_server.releases.rollout import HOUR_MS, Offer, Tried, is_offered, opens_at
from loquet_server.releases.service import ReleaseService
from loquet_server.releases.shelf import Shelf
from loquet_server.settings import Settings
from loquet_server.who import PERMISSIONS, Actor, Role
from tests.server.desk import client, make_office
from tests.server.house import SITE, START, UNIT, House

CHIEF = Actor("Anna", Role.MANAGER, PERMISSIONS[Role.MANAGER])
OFFER = Offer("2.0", frozenset({"a", "b"}), 24)


# ---- whose turn it is ----------------------------------------------------------------------


def test_a_few_first_then_the_others_when_those_have_run_it() -> None:
    assert is_offered(OFFER, "a", [], 0) and not is_offered(OFFER, "c", [], 0)
    one = [Tried("a", True, 1000)]
    assert opens_at(OFFER, one) is None and not is_offered(OFFER, "c", one, 10**15)
    both = [*one, Tried("b", True, 5000)]
    assert opens_at(OFFER, both) == 5000 + 24 * HOUR_MS
    assert not is_offered(OFFER, "c", both, 5000 + 24 * HOUR_MS - 1)
    assert is_offered(OFFER, "c", both, 5000 + 24 * HOUR_MS)


def test_one_that_went_back_holds_up_all_who_have_not_begun() -> None:
    said = [Tried("a", True, 0), Tried("b", True, 0), Tried("c", False, 0)]
    assert not is_offered(OFFER, "d", said, 10**15)
    assert not is_offered(OFFER, "c", said, 10**15), "it is not asked again"
    assert is_offered(OFFER, "a", said, 10**15), "who runs it keeps it"


UNITS = st.sampled_from("abcdef")
TRIED = st.builds(Tried, UNITS, st.booleans(), st.integers(0, 10**9))


@given(UNITS, st.lists(TRIED, unique_by=lambda each: each.unit), st.integers(0, 10**12))
def test_stopped_nobody_new_begins(unit: str, said: list[Tried], now: int) -> None:
    stopped = Offer("2.0", OFFER.first, 24, stopped=True)
    works = any(each.unit == unit and each.works for each in said)
    assert is_offered(stopped, unit, said, now) == works


@given(UNITS, st.lists(TRIED, unique_by=lambda each: each.unit), st.integers(0, 10**12))
def test_nobody_begins_after_a_failure(unit: str, said: list[Tried], now: int) -> None:
    known = {each.unit: each.works for each in said}
    if not all(known.values()):
        assert is_offered(OFFER, unit, said, now) == known.get(unit, False)


# ---- the shelf -----------------------------------------------------------------------------


def wheels(folder: Path, *names: str) -> Path:
    folder.mkdir()
    for name in names:
        (folder / name).write_bytes(name.encode())
    return folder


OWN, CLICK = "loquet-2.0.0-py3-none-any.whl", "click-8.1-py3-none-any.whl"


def test_a_folder_of_wheels_becomes_a_release(tmp_path: Path) -> None:
    shelf = Shelf(Settings(data=tmp_path))
    shelf.add(wheels(tmp_path / "w", OWN, CLICK), START)
    found = shelf.one("2.0.0")
    assert found is not None and {each.name for each in found.files} == {OWN, CLICK}
    digest = hashlib.sha256(CLICK.encode()).hexdigest()
    place = shelf.file(digest, CLICK)
    assert place is not None and place.read_bytes() == CLICK.encode()
    assert shelf.file(digest, OWN) is None and shelf.one("2.0.1") is None


@pytest.mark.parametrize("names", [(), (CLICK,), (OWN, "loquet-2.0.1-py3-none-any.whl")])
def test_a_folder_without_loquet_is_none(tmp_path: Path, names: tuple[str, ...]) -> None:
    with pytest.raises(Invalid, match="wheels of loquet itself"):
        Shelf(Settings(data=tmp_path)).add(wheels(tmp_path / "w", *names), START)


# ---- what a unit is given ------------------------------------------------------------------


async def ask(office: Office, key: SigningKey, nonce: str = "ab" * 16) -> ReleaseAnswer:
    wish = ReleaseRequest(SiteId(SITE), UnitId(UNIT), nonce, "0.1.0")
    document = Signer(key).sign(Purpose.RELEASE_REQUEST, encode(wish))
    async with client(office) as http:
        answer = await http.post(f"/api/v1/units/{UNIT}/release", content=document)
    assert answer.status_code == 200, answer.text
    verifier = Verifier(office.keys.signing.public)
    return decode_text(ReleaseAnswer, verifier.payload(Purpose.RELEASE, answer.text))


async def offer(office: Office, version: str = "2.0.0", first: tuple[str, ...] = (UNIT,)) -> None:
    async with committed(office) as transaction:
        await ReleaseService(office, transaction, CHIEF, SITE).offer(version, first, 24)


async def test_a_unit_is_told_in_its_turn_and_gets_the_files(house: House, tmp_path: Path) -> None:
    office, _ = make_office(house, tmp_path)
    assert (await ask(office, house.unit_key)).release is None
    Shelf(office.settings).add(wheels(tmp_path / "w", OWN), START)
    await offer(office)
    found = await ask(office, house.unit_key, "cd" * 16)
    assert (found.unit, found.nonce) == (UNIT, "cd" * 16)
    assert found.release is not None and found.release.version == "2.0.0"
    (file,) = found.release.files
    async with client(office) as http:
        got = await http.get(f"/api/v1/releases/{file.sha256}/{file.name}")
        assert got.content == OWN.encode()
        for wrong in (f"{'0' * 64}/{file.name}", f"{file.sha256}/{CLICK}"):
            assert (await http.get(f"/api/v1/releases/{wrong}")).status_code == 404
    async with committed(office) as transaction:
        await ReleaseService(office, transaction, CHIEF, SITE).stop()
    assert (await ask(office, house.unit_key)).release is None


async def test_a_stranger_is_told_nothing(house: House, tmp_path: Path) -> None:
    wish = ReleaseRequest(SiteId(SITE), UnitId(UNIT), "ab" * 16, "0.1.0")
    document = Signer(SigningKey.generate()).sign(Purpose.RELEASE_REQUEST, encode(wish))
    office, _ = make_office(house, tmp_path)
    async with client(office) as http:
        for unit in (UNIT, "nobody"):
            answer = await http.post(f"/api/v1/units/{unit}/release", content=document)
            assert answer.status_code == 403


async def test_what_cannot_be_offered_says_why(house: House, tmp_path: Path) -> None:
    office, _ = make_office(house, tmp_path)
    with pytest.raises(NotFound, match=r"2\.0\.0"):
        await offer(office)
    Shelf(office.settings).add(wheels(tmp_path / "w", OWN), START)
    with pytest.raises(Invalid, match="at least one unit"):
        await offer(office, first=("nobody",))
    with pytest.raises(Conflict):
        async with committed(office) as transaction:
            await ReleaseService(office, transaction, CHIEF, SITE).stop()


# ---- what a unit said ----------------------------------------------------------------------


async def test_a_failure_is_an_incident_until_a_release_works(house: House) -> None:
    house.journal.write(UpdateFailed("2.0.0", "0.1.0", "door does not answer"))
    await house.take(house.journal.message())
    row = await house.get(UnitUpdate, (UNIT, "2.0.0"))
    assert row is not None and not row.works and row.detail == "door does not answer"
    (found,) = await house.all(Incident)
    assert found.kind == "update_failed" and "2.0.0" in found.detail
    house.journal.write(SoftwareUpdated("2.0.0", "0.1.0"), START + 1)
    await house.take(house.journal.message(2))
    assert [each.works for each in await house.all(UnitUpdate)] == [True]
    assert await house.kinds() == []


async def test_a_new_offer_sees_to_the_failures_of_all_units_and_one_more_is_news(
    house: House, tmp_path: Path
) -> None:
    office, _ = make_office(house, tmp_path)
    Shelf(office.settings).add(wheels(tmp_path / "w", OWN), START)
    await offer(office)
    house.journal.write(UpdateFailed("2.0.0", "0.1.0", "door does not answer"))
    await house.take(house.journal.message())
    async with house.database.with_transaction() as session:
        await raise_incident(
            session, site=SITE, unit="other", kind=UpdateFailed.kind, now_ms=office.now_ms()
        )
        await raise_incident(
            session, site=SITE, unit="other", kind="unit_hot", now_ms=office.now_ms()
        )
    await offer(office, first=("other",))
    rows = {(each.unit, each.kind): each for each in await house.all(Incident)}
    assert rows.pop(("other", "unit_hot")).ended_at is None
    assert {each.ended_by for each in rows.values()} == {CHIEF.name}
    assert await house.all(UnitUpdate) == [], "whoever went back may try it again"
    house.journal.write(UpdateFailed("2.0.0", "0.1.0", "door does not answer"), START + 60_000)
    await house.take(house.journal.message(2))
    [again] = [
        each for each in await house.all(Incident) if each.unit == UNIT and each.ended_at is None
    ]
    assert again.round == 2, "people are told of it once more"
