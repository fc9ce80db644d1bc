"""What is missing is asked for, what is lost is said, and a gap that is filled closes by itself."""

from dataclasses import replace
from typing import Any

import pytest

from loquet_contract.ids import DoorId, JournalId
from loquet_contract.wire.codec import canonical
from loquet_contract.wire.envelope import Batch, Entry, body_digest
from loquet_contract.wire.events import DoorClosed, DoorForcedOpen, JournalStarted
from loquet_contract.wire.events_storage import StorageEased, StorageShort
from loquet_server.models import DeadLetter, Incident, JournalGap
from loquet_server.models import Entry as Row
from loquet_server.models import Journal as JournalRow
from loquet_server.privacy import journals
from tests.server.house import START, House, Journal

FRONT = DoorId("front")


def filled(house: House, count: int) -> Journal:
    for at in range(count):
        house.journal.write(DoorClosed(FRONT), START + at)
    return house.journal


def erased(entry: Entry) -> Entry:
    """Return an entry as a unit keeps it after its days."""
    digest = body_digest(entry.salt, canonical(entry.body)).hex()
    return replace(entry, salt="", body={}, digest=digest)


async def open_ones(house: House) -> list[tuple[str, str, str]]:
    rows = [row for row in await house.all(Incident) if row.ended_at is None]
    return sorted((row.kind, row.subject, row.detail) for row in rows)


async def test_a_gap_names_unit_and_range_and_closes_when_it_is_filled(house: House) -> None:
    journal = filled(house, 9)
    await house.take(journal.message(1, 2))
    result = await house.take(journal.message(6, 7))
    assert house.acks(result.publications)[0].sequence == 2
    said = "journal j1: entries 3 to 5 are missing; the unit is asked again"
    assert await open_ones(house) == [("journal_gap", "j1", said)]
    await house.take(journal.message(3, 4))
    assert await house.kinds() == ["journal_gap"]
    await house.take(journal.message(5))
    assert await house.kinds() == []
    (row,) = await house.all(Incident)
    assert (row.unit, row.ended_by) == ("hall", None)
    assert [each.sequence for each in await house.all(Row)] == list(range(1, 10))


async def test_entries_whose_body_is_erased_keep_the_chain_and_tell_nothing(house: House) -> None:
    house.journal.write(DoorForcedOpen(FRONT))
    filled(house, 3)
    batch = house.journal.batch(1)
    entries = tuple(map(erased, batch.entries[:2])) + batch.entries[2:]
    assert (await house.take(house.journal.signed(replace(batch, entries=entries)))).entries == 4
    assert await house.kinds() == []
    rows = sorted(await house.all(Row), key=lambda row: row.sequence)
    assert [row.body_digest is None for row in rows] == [False, False, True, True]
    async with house.database.reading() as session:
        (proof,) = await journals.verify(session)
    assert (proof.entries, proof.erased, proof.broken) == (4, 2, None)


@pytest.mark.parametrize(
    "change",
    [{"digest": "00" * 31}, {"digest": "XY" * 32}, {"salt": "s"}, {"body": {"door": "front"}}],
    ids=lambda change: next(iter(change)),
)
async def test_an_erased_entry_has_a_digest_and_nothing_else(
    house: House, change: dict[str, Any]
) -> None:
    filled(house, 2)
    batch = house.journal.batch(1)
    bad = replace(erased(batch.entries[0]), **change)
    await house.take(house.journal.signed(replace(batch, entries=(bad, batch.entries[1]))))
    assert await house.kinds() == ["malformed_message"]
    assert await house.all(Row) == []


def after_what_is_gone(journal: Journal, first: int, missing: int) -> Batch:
    return replace(journal.batch(first), missing=missing)


async def test_what_a_unit_keeps_no_more_is_lost_once_and_named(house: House) -> None:
    journal = filled(house, 12)
    await house.take(journal.message(1, 3))
    message = journal.signed(after_what_is_gone(journal, 9, 5))
    result = await house.take(message)
    assert (result.entries, house.acks(result.publications)[0].sequence) == (4, 12)
    await house.take(message)  # again: nothing more is lost
    said = "journal j1: entries 4 to 8 are lost; the unit keeps them no more"
    assert await open_ones(house) == [("journal_lost", "j1", said)]
    (gap,) = await house.all(JournalGap)
    assert (gap.first, gap.last) == (4, 8)
    async with house.database.reading() as session:
        (proof,) = await journals.verify(session)
    assert (proof.entries, proof.broken, proof.lost) == (7, None, 5)
    assert journals.words([proof])[0].endswith("5 lost on the unit")


async def test_a_unit_cannot_leap_over_what_it_does_not_say_is_gone(house: House) -> None:
    journal = filled(house, 12)
    await house.take(journal.message(1, 3))
    result = await house.take(journal.signed(after_what_is_gone(journal, 9, 4)))
    assert (result.entries, house.acks(result.publications)[0].sequence) == (0, 3)
    assert await house.kinds() == ["journal_gap"]
    assert await house.all(JournalGap) == []
    await house.take(journal.signed(after_what_is_gone(journal, 9, -5)))
    assert "malformed_message" in await house.kinds()


async def test_a_server_that_holds_less_than_it_confirmed_asks_by_itself(house: House) -> None:
    journal = filled(house, 9)
    await house.take(journal.message(1, 4))
    behind = await house.take(journal.state())
    (ack,) = house.acks(behind.publications)
    assert (ack.sequence, ack.journal) == (4, "j1")
    said = "journal j1: entries 5 to 9 are missing; the unit is asked again"
    assert await open_ones(house) == [("journal_gap", "j1", said)]
    await house.take(journal.message(5))
    assert await house.kinds() == []
    assert house.acks((await house.take(journal.state())).publications) == []
    assert [row.missing_to for row in await house.all(JournalRow)] == [None]


async def test_a_server_that_never_heard_of_a_journal_asks_for_all_of_it(house: House) -> None:
    journal = filled(house, 3)
    assert house.acks((await house.take(journal.state(backlog=3))).publications) == []
    (ack,) = house.acks((await house.take(journal.state())).publications)
    assert (ack.sequence, ack.chain) == (0, journal.entries[0][1])
    assert await house.all(JournalRow) == [] and await house.kinds() == []


async def test_a_repaired_journal_reports_what_was_saved_and_what_was_not(house: House) -> None:
    await house.take(filled(house, 6).message())
    new = Journal(house.unit_key, name=JournalId("j2"))
    new.write(JournalStarted("damage found", JournalId("j1"), 5, 6, 9))
    await house.take(new.message())
    said = "journal j1 was damaged; entries 5 to 6 were saved, entries 7 to 9 are lost"
    assert await open_ones(house) == [("journal_damaged", "j1", said)]


async def test_a_disk_that_is_short_is_an_incident_that_ends_by_itself(house: House) -> None:
    house.journal.write(StorageShort(41, 7))
    await house.take(house.journal.message())
    assert await open_ones(house) == [
        ("storage_short", "", "41 MB are free; 7 entries are not confirmed yet")
    ]
    house.journal.write(StorageEased(4000))
    await house.take(house.journal.message(2))
    assert await house.kinds() == []
    assert await house.all(DeadLetter) == []
