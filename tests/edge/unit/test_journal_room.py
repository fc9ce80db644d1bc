"""A disk that gets short: what is confirmed goes first, and what is not stays, with an alarm."""

import contextlib
import errno
import sqlite3
from pathlib import Path
from typing import Any

import pytest

from loquet_contract.ids import BootId, JournalId, UnitId
from loquet_contract.wire.codec import decode_text, encode
from loquet_contract.wire.envelope import Ack, Batch, Entry, chain_of, first_chain
from loquet_contract.wire.events_storage import StorageEased, StorageShort
from loquet_contract.wire.signing import Purpose, Signer, SigningKey, Verifier
from loquet_edge.clock import Stamp
from loquet_edge.journal_file import Fact, JournalFile, JournalReader, open_file
from loquet_edge.journal_retention import DAY_MS, FORGOTTEN
from loquet_edge.journal_room import (
    BALLAST_BYTES,
    EASED,
    LOOK_SECONDS,
    LOOK_SHORT_SECONDS,
    MB,
    JournalRoom,
    copies,
    no_room,
)
from loquet_edge.link.batches import next_batch
from loquet_edge.signed_time import Heard
from tests.edge.unit.test_journal import SITE, UNIT, Bench, until
from tests.edge.unit.test_journal_retention import START, written

KEEP = 64 * MB


class Disk:
    """A disk of which a test says how much is free."""

    def __init__(self, free: int) -> None:
        self.free = free

    def __call__(self, folder: Path) -> int:
        if self.free < 0:
            raise OSError(errno.EIO, "the disk does not answer")
        return self.free


@pytest.fixture
def file(tmp_path: Path) -> Any:
    found = written(tmp_path / "journal.db", 3 * FORGOTTEN // 2)
    yield found
    found.close()


def room(file: JournalFile, tmp_path: Path, free: int) -> tuple[JournalRoom, Disk]:
    disk = Disk(free)
    return JournalRoom(tmp_path / "journal.db", KEEP, disk), disk


def kept(path: Path) -> list[int]:
    with contextlib.closing(JournalReader(path)) as reader:
        return [each.sequence for each in reader.after(0, 100_000_000)]


def test_while_there_is_room_nothing_goes_and_ballast_is_laid(
    file: JournalFile, tmp_path: Path
) -> None:
    found, _ = room(file, tmp_path, KEEP)
    assert found.look(file, 100.0) is None
    assert len(kept(tmp_path / "journal.db")) == file.last
    assert (tmp_path / "journal.db.ballast").stat().st_size == BALLAST_BYTES


def test_confirmed_entries_go_first_slice_by_slice_and_it_is_said_once(
    file: JournalFile, tmp_path: Path
) -> None:
    found, disk = room(file, tmp_path, 10 * MB)
    assert found.look(file, 100.0) == StorageShort(10, 0)
    assert kept(tmp_path / "journal.db")[0] == FORGOTTEN + 1
    assert found.look(file, 100.0 + LOOK_SHORT_SECONDS / 2) is None
    assert found.look(file, 100.0 + LOOK_SHORT_SECONDS) is None
    assert kept(tmp_path / "journal.db") == [file.last], "the chain goes on from the last one"
    disk.free = int(KEEP * EASED) - 1
    assert found.look(file, 200.0) is None and found.short
    disk.free += 1
    assert found.look(file, 300.0) == StorageEased(file.last - 1)
    assert not found.short


def test_what_is_not_confirmed_stays_whatever_comes(tmp_path: Path) -> None:
    path = tmp_path / "journal.db"
    file = written(path, 10)
    file.append([fact_of(file)] * 25)
    found, _ = room(file, tmp_path, 0)
    assert found.look(file, 0.0) == StorageShort(0, 25)
    for at in range(1, 9):
        assert found.look(file, at * LOOK_SECONDS) is None
    assert kept(path) == list(range(10, 36))
    file.close()
    again = open_file(path, UnitId("hall"))
    assert (again.last, again.acked) == (35, 10)
    again.close()


def fact_of(file: JournalFile) -> Any:
    return Fact(Stamp(START, 1, True), BootId("b1"), "door_opened", '{"door":"front"}')


def test_copies_of_damaged_journals_go_when_nothing_else_can(
    file: JournalFile, tmp_path: Path
) -> None:
    for number in (9, 10, 11):
        (tmp_path / f"journal.db.damaged-{number}").write_text("x")
    (tmp_path / "journal.db.damaged-10-wal").write_text("x")
    found, _ = room(file, tmp_path, 1)
    found.look(file, 0.0)
    assert len(copies(tmp_path / "journal.db")) == 3
    for at in (10.0, 20.0):
        found.look(file, at)
    assert [each.name for each in tmp_path.glob("*.damaged-*")] == []


def test_a_disk_that_does_not_answer_is_no_shortage(file: JournalFile, tmp_path: Path) -> None:
    found, _ = room(file, tmp_path, -1)
    assert found.look(file, 0.0) is None and not found.short
    assert len(kept(tmp_path / "journal.db")) == file.last


def test_which_errors_mean_a_full_disk(tmp_path: Path) -> None:
    assert no_room(OSError(errno.ENOSPC, "")) and no_room(OSError(errno.EDQUOT, ""))
    assert not no_room(OSError(errno.EIO, "")) and not no_room(sqlite3.OperationalError("locked"))


class Cramped:
    """Opens a journal that may have so many pages: SQLite itself then finds no room."""

    def __init__(self, pages: int) -> None:
        self.pages = pages

    def __call__(self, path: Path, unit: UnitId) -> JournalFile:
        found = open_file(path, unit)
        found._connection.execute(f"PRAGMA max_page_count={self.pages}")
        return found


def test_a_full_disk_makes_room_of_what_is_confirmed_and_loses_nothing(tmp_path: Path) -> None:
    bench = Bench(tmp_path / "journal.db", Cramped(100))
    bench.add(2000)
    bench.wait(2001)
    with bench.reader() as reader:
        bench.journal.acknowledge(bench.ack(1500, reader.chain_at(1500)))
        until(lambda: reader.acked()[0] == 1500)
    bench.add(2000)
    until(lambda: bool(bench.journal.failing) or bench.journal.last >= 4001)
    bench.wait(4001)
    bench.journal.close()
    with bench.reader() as reader:
        found = reader.after(0, 100_000_000)
        assert reader.verify() == len(found)
    assert found[0].sequence == 1500, "confirmed ones went, and no other"
    assert [each.sequence for each in found] == list(range(1500, bench.journal.last + 1))
    lost = [each.body["lost"] for each in found if each.kind == "storage_failed"]
    assert lost and set(lost) == {0}


def test_a_disk_full_of_what_nobody_confirmed_is_said_and_nothing_goes(tmp_path: Path) -> None:
    bench = Bench(tmp_path / "journal.db", Cramped(50))
    bench.add(3000)
    until(lambda: "full" in bench.journal.failing)
    assert bench.journal.backlog == 3001, "all of them wait, in the file or in memory"
    with bench.reader() as reader:
        assert reader.after(0, 1)[0].sequence == 1
    bench.journal.close()


# ---- sent again ---------------------------------------------------------------------------


def opened(document: str, key: SigningKey) -> Batch:
    return decode_text(Batch, Verifier(key.public).payload(Purpose.BATCH, document))


def test_what_is_erased_travels_as_digests_and_what_is_gone_is_counted(tmp_path: Path) -> None:
    path, key = tmp_path / "journal.db", SigningKey.generate()
    file = written(path, 900)
    file.retire(START + 40 * DAY_MS)
    with contextlib.closing(JournalReader(path)) as reader:
        document, last = next_batch(reader, 0, SITE, UnitId("hall"), Signer(key)) or ("", 0)
        batch = opened(document, key)
        assert (batch.missing, batch.entries[0].sequence) == (None, 1)
        assert {each.digest is None for each in batch.entries} == {False}
        assert batch.chain == reader.chain_at(last)
        file.forget()
        document, last = next_batch(reader, 5, SITE, UnitId("hall"), Signer(key)) or ("", 0)
        assert document == "", "nothing follows the one that the chain goes on from"
        file.append([fact_of(file)] * 3)
        document, last = next_batch(reader, 5, SITE, UnitId("hall"), Signer(key)) or ("", 0)
        batch = opened(document, key)
    assert (batch.missing, last) == (895, 903)
    assert [each.sequence for each in batch.entries] == [901, 902, 903]
    assert _chained(batch) == batch.chain == file.chain
    file.close()


def _chained(batch: Batch) -> str:
    chain = batch.previous
    for entry in batch.entries:
        chain = chain_of(chain, entry)
    return chain


def ack_at(bench: Bench, sequence: int, chain: str, utc: int) -> str:
    ack = Ack(SITE, UNIT, bench.journal.journal or JournalId(""), sequence, chain, utc)
    return Signer(bench.key).sign(Purpose.ACK, encode(ack))


def test_a_restored_server_is_believed_when_it_holds_less_and_an_echo_is_not(
    tmp_path: Path,
) -> None:
    bench = Bench(tmp_path / "journal.db")
    bench.add(9)
    bench.wait(10)
    with bench.reader() as reader:
        for sequence, utc in ((10, 5000), (4, 4000), (6, 6000)):
            bench.journal.acknowledge(ack_at(bench, sequence, reader.chain_at(sequence), utc))
        until(lambda: reader.acked()[0] == 6)
        assert bench.journal.backlog == 4
        bench.journal.acknowledge(ack_at(bench, 0, bench_first(bench), 7000))
        until(lambda: reader.acked()[0] == 0)
        bench.add(1)
        bench.wait(11)
        assert reader.after(10, 1000)[0].kind == "door_closed", "nothing was refused"
    assert bench.journal.journal is not None
    assert bench.journal.heard == Heard(bench.journal.journal, 10, 5.0), "what confirms most"
    bench.journal.close()


def bench_first(bench: Bench) -> str:
    return first_chain(UNIT, bench.journal.journal or JournalId(""))


def test_damage_is_reported_with_its_range_and_copies_are_few(tmp_path: Path) -> None:
    path = tmp_path / "journal.db"
    for _ in range(5):
        bench = Bench(path)
        bench.add(6)
        bench.wait(7)
        last = bench.journal.last
        bench.journal.close()
        with contextlib.closing(sqlite3.connect(path)) as raw, raw:
            raw.execute("UPDATE entries SET chain = 'x' WHERE sequence = ?", (last - 1,))
    assert len(copies(path)) == 3
    bench = Bench(path)
    bench.add(1)
    bench.wait(3)
    bench.journal.close()
    with bench.reader() as reader:
        began: Entry = reader.after(0, 1)[0]
    said = {name: began.body[name] for name in ("saved_from", "proven", "reached")}
    assert said == {"saved_from": 1, "proven": last - 2, "reached": last}
