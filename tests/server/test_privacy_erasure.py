"""One person is erased in one act: nothing of them is left, and what must stay names nobody."""

from pathlib import Path

import pytest

from loquet_server.errors import NotFound
from loquet_server.models import Audit, Erasure, Passage, PassUse
from loquet_server.office import After, Office, Transaction
from loquet_server.privacy import erase, gather, journals, looked, looks_at, tombstones
from loquet_server.privacy.purging import settle
from loquet_server.who import LOCAL
from tests.server import remains
from tests.server.desk import make_office
from tests.server.house import SITE, START, House
from tests.server.remains import NAME, PERSON, WORDS


async def erased(office: Office, holder: str = PERSON, reason: str = "asked") -> After:
    """Erase somebody as an operator does."""
    after = After()
    async with office.database.with_transaction() as session:
        await erase(office, Transaction(session, after), holder, LOCAL, reason)
    for step in after.steps:
        await step()
    return after


@pytest.fixture
async def office(house: House, tmp_path: Path) -> Office:
    """An office of a house in which the person is known, in policies too."""
    found, _ = make_office(house, tmp_path)
    await remains.settle_in(house)
    async with house.database.with_transaction() as session:
        await found.policies.advance_site(session, SITE, START)
        await found.moving.tell(
            session, SITE, {f"stay/{PERSON}": {"area": "salle", "since": START // 1000}}, START
        )
    return found


async def test_nothing_of_an_erased_person_is_left(
    house: House, office: Office, tmp_path: Path
) -> None:
    before = await remains.remains(house.database, *WORDS)
    assert {"holders", "passages", "entries", "policy_records", "policy_snapshots", "audit",
            "credentials", "incidents", "pass_uses", "looks"} <= before.keys()  # fmt: skip
    async with house.database.with_transaction() as session:
        await office.policies.advance_holders(session, SITE, ["h1"], START)
    await erased(office, reason=f"{NAME} asked")
    left = await remains.remains(house.database, *WORDS)
    # units must still be told that a moving fact is no more: it goes once all of them know
    assert left == {"moving_facts": [PERSON]}
    (row,) = await house.all(Erasure)
    assert tombstones.read(tmp_path)[0].is_of(PERSON) and row.number == "x000001"
    assert PERSON not in (tmp_path / tombstones.FILE).read_text()
    if house.database.sqlite:
        await settle(house.database)
        raw = (tmp_path / "loquet.db").read_bytes()
        raw += (tmp_path / "loquet.db-wal").read_bytes()
        found = [word for word in (NAME, remains.MAIL, remains.DIGEST) if word.encode() in raw]
        assert found == []


async def test_what_must_stay_names_nobody(house: House, office: Office) -> None:
    await erased(office)
    (use,) = await house.all(PassUse)
    assert (use.holder, use.day) == ("x000001", "2025-10-09")
    passages = await house.all(Passage)
    assert sorted(each.outcome for each in passages) == ["denied", "denied", "taken"]
    assert {each.holder for each in passages} == {None}
    audit = {each.action: each for each in await house.all(Audit)}
    assert audit["member:data:erase"].subject == "erased"
    assert audit["member:record:change"].detail == {"name": "erased", "mail": ["", "erased"]}
    assert audit["member:record:change"].reason == "erased a changé d'adresse"


async def test_the_journal_still_verifies_without_the_bodies(house: House, office: Office) -> None:
    await erased(office)
    async with house.database.reading() as session:
        (proof,) = await journals.verify(session)
    assert (proof.entries, proof.erased, proof.broken) == (4, 2, None)
    await house.take(house.journal.message())  # the unit tells all of it once more
    assert "entries" not in await remains.remains(house.database, *WORDS)


@pytest.mark.parametrize("database_kind", ["sqlite"])
async def test_the_doors_are_told_in_the_same_act(house: House, tmp_path: Path) -> None:
    office, recorder = make_office(house, tmp_path)
    await remains.settle_in(house)
    async with house.database.with_transaction() as session:
        await office.policies.advance_site(session, SITE, START)
    recorder.published.clear()
    await erased(office)
    deltas = [text for topic, text, _ in recorder.published if topic.endswith("/delta")]
    assert deltas and all(f"credential/{remains.DIGEST}" in each for each in deltas)
    retained = [text for _, text, retain in recorder.published if retain]
    assert retained and [word for word in WORDS for text in retained if word in text] == []
    async with house.database.reading() as session:
        (whole,) = await office.policies.current(session, "hall")
    assert whole.base is None


@pytest.mark.parametrize("database_kind", ["sqlite"])
async def test_somebody_erased_cannot_be_erased_again(office: Office) -> None:
    await erased(office)
    with pytest.raises(NotFound):
        await erased(office)


@pytest.mark.parametrize("database_kind", ["sqlite"])
async def test_a_person_is_shown_all_that_is_kept_and_no_secret(
    house: House, office: Office
) -> None:
    async with house.database.reading() as session:
        found = await gather(session, PERSON)
        with pytest.raises(NotFound):
            await gather(session, "nobody")
    assert {"holders", "credentials", "memberships", "passages", "pass_uses", "extra_windows",
            "looks"} <= found["tables"].keys()  # fmt: skip
    assert found["tables"]["holders"][0]["name"] == NAME
    moments = {each["at"] for each in found["tables"]["passages"]}
    assert moments == {"2025-10-09T08:53:20+00:00", "2025-10-09T08:53:21+00:00"}
    assert remains.DIGEST not in str(found["tables"]["credentials"])
    assert "number_sealed" not in str(found)


async def test_looks_are_counted_by_the_hour_and_told_to_whom_they_concern(house: House) -> None:
    async with house.database.with_transaction() as session:
        await looked(session, LOCAL, "journal", ["h1", "h2", "h1", ""], START)
        await looked(session, LOCAL, "journal", ["h1"], START + 5000)
        await looked(session, LOCAL, "evacuation", ["h1"], START + 3_600_000)
    async with house.database.reading() as session:
        seen = await looks_at(session, "h1", 10)
        assert len(await looks_at(session, "h1", 1)) == 1
    assert [(each.what, each.times, each.at - START) for each in seen] == [
        ("evacuation", 1, 3_600_000), ("journal", 2, 5000),
    ]  # fmt: skip
