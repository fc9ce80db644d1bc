"""A journal whose notes rotted, facts of any size, and a thread that nothing ends."""

import contextlib
import sqlite3
from collections.abc import Callable
from pathlib import Path

import pytest

from loquet_contract.ids import DoorId, UnitId
from loquet_contract.wire.envelope import MAX_BATCH
from loquet_contract.wire.events import DoorClosed, MessageRefused
from loquet_contract.wire.signing import Signer, SigningKey
from loquet_edge.journal import MAX_BODY, JournalReader
from loquet_edge.journal_file import JournalFile, open_file
from loquet_edge.link.batches import next_batch
from tests.edge.unit.test_journal import SITE, UNIT, Bench, until

DAMAGE = {
    "acked is no number": "UPDATE meta SET value = '1x' WHERE name = 'acked'",
    "acked is missing": "DELETE FROM meta WHERE name = 'acked'",
    "acked is bytes": "UPDATE meta SET value = x'ff' WHERE name = 'acked'",
    "the confirmed chain is missing": "DELETE FROM meta WHERE name = 'acked_chain'",
    "the confirmed chain is another": "UPDATE meta SET value = 'x' WHERE name = 'acked_chain'",
}


def _change(path: Path, statement: str) -> None:
    with contextlib.closing(sqlite3.connect(path)) as connection, connection:
        connection.execute(statement)


@pytest.mark.parametrize("statement", DAMAGE.values(), ids=DAMAGE)
def test_damaged_notes_begin_a_new_journal_with_what_was_not_confirmed(
    tmp_path: Path, statement: str
) -> None:
    bench = Bench(tmp_path / "journal.db")
    bench.add(9)
    old = bench.wait(10)
    with bench.reader() as reader:
        bench.journal.acknowledge(bench.ack(4, reader.chain_at(4)))
        until(lambda: reader.acked()[0] == 4)
    bench.journal.close()
    _change(bench.path, statement)
    again = Bench(bench.path)
    again.add(1)
    assert again.wait(8) != old
    again.journal.close()
    with again.reader() as reader:
        assert reader.verify() == 8
        kinds = [each.kind for each in reader.after(0, 100_000)]
    assert kinds == ["journal_started", *["door_closed"] * 7]


@pytest.mark.parametrize("lost", ["name = 'journal'", "1"])
def test_a_journal_that_lost_its_name_is_set_aside(tmp_path: Path, lost: str) -> None:
    bench = Bench(tmp_path / "journal.db")
    bench.add(3)
    bench.wait(4)
    bench.journal.close()
    _change(bench.path, f"DELETE FROM meta WHERE {lost}")
    again = Bench(bench.path)
    again.add(1)
    again.wait(2)
    again.journal.close()
    with again.reader() as reader:
        assert reader.verify() == reader.last
    assert bench.path.with_name("journal.db.damaged-1").exists()


class FaultyOpener:
    """Fails in a way that nobody has thought of, until ``well``."""

    def __init__(self) -> None:
        self.well = False

    def __call__(self, path: Path, unit: UnitId) -> JournalFile:
        if not self.well:
            raise AttributeError("nobody has thought of this")
        return open_file(path, unit)


def test_a_fault_that_nobody_has_thought_of_is_said_and_tried_again(tmp_path: Path) -> None:
    opener = FaultyOpener()
    bench = Bench(tmp_path / "journal.db", opener)
    bench.add(2)
    until(lambda: "nobody has thought of this" in bench.journal.failing)
    opener.well = True
    bench.wait(4)
    bench.journal.close()
    with bench.reader() as reader:
        assert [each.kind for each in reader.after(0, 100_000)][1:3] == ["door_closed"] * 2


def test_what_was_salvaged_takes_no_room_from_new_facts(tmp_path: Path) -> None:
    bench = Bench(tmp_path / "journal.db")
    bench.add(40)
    bench.wait(41)
    bench.journal.close()
    _change(bench.path, DAMAGE["acked is missing"])
    disk = DiskFullOnceDamaged()
    again = Bench(bench.path, disk, waiting=10)
    until(lambda: bool(again.journal.failing))
    again.add(10)
    assert again.journal.backlog == 42 + 10
    disk.well = True
    again.wait(53)
    again.journal.close()
    with again.reader() as reader:
        found = reader.after(0, 1_000_000)
    assert [each.body.get("lost") for each in found if each.kind == "storage_failed"] == [0]
    assert again.journal.backlog == len(found) == 53


class DiskFullOnceDamaged:
    """Finds the damage, and then has no room for a new journal until ``well``."""

    def __init__(self) -> None:
        self.well = False

    def __call__(self, path: Path, unit: UnitId) -> JournalFile:
        if not path.exists() and not self.well:
            raise sqlite3.OperationalError("database or disk is full")
        return open_file(path, unit)


def test_a_fact_too_large_for_a_batch_is_said_and_not_kept(tmp_path: Path) -> None:
    bench = Bench(tmp_path / "journal.db")
    bench.journal.append(MessageRefused("policy", '"' * 150_000))
    bench.journal.append(DoorClosed(DoorId("front")))
    bench.wait(3)
    bench.journal.close()
    with bench.reader() as reader:
        _, said, after = reader.after(0, 1_000_000)
    assert (said.kind, said.body["lost"], after.kind) == ("storage_failed", 1, "door_closed")
    assert said.body["detail"].startswith("message_refused: ")


FILLINGS: dict[str, Callable[[int], str]] = {
    "quotes": lambda size: '"' * (size // 2),
    "backslashes": lambda size: "\\" * (size // 2),
    "plain": lambda size: "x" * size,
    "three bytes each": lambda size: "€" * (size // 3),
}


@pytest.mark.parametrize("filling", FILLINGS.values(), ids=FILLINGS)
def test_the_largest_facts_travel_in_batches_within_their_limit(
    tmp_path: Path, filling: Callable[[int], str]
) -> None:
    bench = Bench(tmp_path / "journal.db")
    bench.add(12, MessageRefused("policy", filling(MAX_BODY - 100)))
    bench.wait(13)
    bench.journal.close()
    signer, after, sizes = Signer(SigningKey.generate()), 0, []
    with contextlib.closing(JournalReader(bench.path)) as reader:
        assert {each.kind for each in reader.after(1, 10_000_000)} == {"message_refused"}
        while (batch := next_batch(reader, after, SITE, UNIT, signer)) is not None:
            document, after = batch
            sizes.append(len(document.encode()))
    assert after == 13
    assert max(sizes) <= MAX_BATCH
