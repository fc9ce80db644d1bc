"""The journal: in order, behind the door's back, whatever the disk does."""

import contextlib
import sqlite3
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from queue import SimpleQueue

import pytest

from loquet_contract.ids import BootId, DoorId, JournalId, SiteId, UnitId
from loquet_contract.wire.codec import encode
from loquet_contract.wire.envelope import Ack, chain_of, first_chain
from loquet_contract.wire.events import DoorClosed, Event
from loquet_contract.wire.signing import Purpose, Signer, SigningKey, Verifier
from loquet_edge.clock import Stamp
from loquet_edge.config import KEEP_DAYS
from loquet_edge.journal import MAX_WAITING, Journal, JournalReader
from loquet_edge.journal_file import JournalFile, open_file
from loquet_edge.journal_retention import DAY_MS

SITE, UNIT = SiteId("site"), UnitId("front")
FACT = DoorClosed(DoorId("front"))


def until(condition: Callable[[], bool]) -> None:
    """Return as soon as the condition holds."""
    deadline = time.monotonic() + 60.0
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.005)


def _acked(reader: JournalReader, sequence: int) -> bool:
    return reader.acked()[0] == sequence


class Time:
    """A clock in milliseconds that a test sets."""

    def __init__(self) -> None:
        self.utc = 1_700_000_000_000

    def stamp(self) -> Stamp:
        return Stamp(self.utc, 5, True)


class Bench:
    """A journal with its keys, its time, and what it told."""

    def __init__(
        self, path: Path, opener: Callable[[Path, UnitId], JournalFile] = open_file,
        key: SigningKey | None = None, waiting: int = MAX_WAITING,
    ):  # fmt: skip
        self.path, self.time, self.key = path, Time(), key or SigningKey.generate()
        self.told: SimpleQueue[tuple[JournalId, int]] = SimpleQueue()
        self.journal = Journal(
            path, SITE, UNIT, BootId("b"), self.time.stamp, Verifier(self.key.public),
            lambda journal, last: self.told.put((journal, last)), opener, waiting=waiting,
        )  # fmt: skip
        self.journal.start()

    def wait(self, last: int) -> JournalId:
        """Wait until that many entries are on disk."""
        while True:
            journal, found = self.told.get(timeout=60.0)
            if found >= last:
                return journal

    def add(self, count: int, fact: Event = FACT) -> None:
        for _ in range(count):
            self.journal.append(fact)

    def ack(self, sequence: int, chain: str, journal: JournalId | None = None) -> str:
        name = journal or self.journal.journal or JournalId("")
        ack = Ack(SITE, UNIT, name, sequence, chain, 1)
        return Signer(self.key).sign(Purpose.ACK, encode(ack))

    def reader(self) -> contextlib.closing[JournalReader]:
        return contextlib.closing(JournalReader(self.path))


@pytest.fixture
def bench(tmp_path: Path) -> Iterator[Bench]:
    found = Bench(tmp_path / "journal.db")
    yield found
    found.journal.close()


def test_facts_are_chained_in_order(bench: Bench) -> None:
    bench.add(50)
    journal = bench.wait(51)
    with bench.reader() as reader:
        entries = reader.after(0, 1_000_000)
        assert [each.sequence for each in entries] == list(range(1, 52))
        assert entries[0].kind == "journal_started"
        chain = first_chain(UNIT, journal)
        for entry in entries:
            chain = chain_of(chain, entry)
        assert chain == reader.chain_at(51)
        assert reader.verify() == 51


def test_a_page_holds_at_least_one_entry_and_about_its_limit(bench: Bench) -> None:
    bench.add(50)
    bench.wait(51)
    with bench.reader() as reader:
        assert len(reader.after(0, 1)) == 1
        assert 2 <= len(reader.after(0, 2000)) < 20


def test_it_goes_on_where_it_ended(bench: Bench) -> None:
    bench.add(3)
    journal = bench.wait(4)
    bench.journal.close()
    again = Bench(bench.path)
    again.add(2)
    assert again.wait(6) == journal
    again.journal.close()
    with again.reader() as reader:
        assert reader.verify() == 6


def test_only_the_servers_word_frees_and_only_days_later(bench: Bench) -> None:
    bench.add(9)
    bench.wait(10)
    with bench.reader() as reader:
        for sequence, later in ((8, 0), (9, KEEP_DAYS * DAY_MS - 1)):
            bench.time.utc += later
            bench.journal.acknowledge(bench.ack(sequence, reader.chain_at(sequence)))
            until(partial(_acked, reader, sequence))
        assert reader.after(0, 1)[0].sequence == 1
        bench.time.utc += 1
        bench.journal.acknowledge(bench.ack(10, reader.chain_at(10)))
        until(lambda: [each.digest is None for each in reader.after(0, 10_000)].index(True) == 7)
        bench.add(3)
        bench.wait(13)
        bench.journal.close()
        assert reader.verify() == 13
    assert bench.journal.backlog == 3


@pytest.mark.parametrize("what", ["signature", "chain", "future", "unit"])
def test_a_forged_acknowledgement_frees_nothing_and_is_recorded(bench: Bench, what: str) -> None:
    bench.add(4)
    bench.wait(5)
    with bench.reader() as reader:
        chain = reader.chain_at(5)
    document = {
        "signature": Signer(SigningKey.generate()).sign(Purpose.ACK, "{}"),
        "chain": bench.ack(5, "0" * 64),
        "future": bench.ack(500, chain),
        "unit": Signer(bench.key).sign(
            Purpose.ACK,
            encode(Ack(SITE, UnitId("other"), bench.journal.journal or JournalId(""), 5, chain, 1)),
        ),
    }[what]
    bench.journal.acknowledge(document)
    bench.wait(6)
    with bench.reader() as reader:
        assert reader.acked()[0] == 0
        assert reader.after(5, 1)[0].kind == "message_refused"


def test_the_retained_word_of_another_journal_is_no_incident(bench: Bench) -> None:
    bench.add(4)
    bench.wait(5)
    bench.journal.acknowledge(bench.ack(3, "0" * 64, JournalId("jold")))
    bench.add(1)
    bench.wait(6)
    with bench.reader() as reader:
        assert reader.after(5, 1)[0].kind == "door_closed"
        assert reader.acked()[0] == 0


class StubbornDisk:
    """Opens the real file, but only once ``well``."""

    def __init__(self) -> None:
        self.well = False

    def __call__(self, path: Path, unit: UnitId) -> JournalFile:
        if not self.well:
            raise sqlite3.OperationalError("database or disk is full")
        return open_file(path, unit)


def test_a_full_disk_loses_nothing_that_fits_in_memory_and_says_so(tmp_path: Path) -> None:
    disk = StubbornDisk()
    bench = Bench(tmp_path / "journal.db", disk)
    bench.add(20)
    until(lambda: bool(bench.journal.failing))
    disk.well = True
    bench.wait(22)
    bench.journal.close()
    with bench.reader() as reader:
        kinds = [each.kind for each in reader.after(0, 100_000)]
    assert kinds == ["journal_started", *["door_closed"] * 20, "storage_failed"]


def test_what_does_not_fit_in_memory_is_counted(tmp_path: Path) -> None:
    disk = StubbornDisk()
    bench = Bench(tmp_path / "journal.db", disk, waiting=10)
    bench.add(25)
    disk.well = True
    bench.wait(12)
    bench.journal.close()
    with bench.reader() as reader:
        last = reader.after(11, 100_000)[-1]
    assert (last.kind, last.body["lost"]) == ("storage_failed", 15)


def test_a_file_that_may_not_grow_is_survived(tmp_path: Path) -> None:
    source = (
        "import resource, signal, sys\n"
        "sys.dont_write_bytecode = True\n"  # Python 3.11 would leave its first 4096 bytes
        "from pathlib import Path\n"
        "from tests.edge.unit.test_journal import Bench\n"
        "bench = Bench(Path(sys.argv[1]))\n"
        "bench.add(10); bench.wait(11)\n"
        "signal.signal(signal.SIGXFSZ, signal.SIG_IGN)\n"
        "hard = resource.getrlimit(resource.RLIMIT_FSIZE)[1]\n"
        "resource.setrlimit(resource.RLIMIT_FSIZE, (4096, hard))\n"
        "bench.add(500)\n"
        "while not bench.journal.failing: pass\n"
        "resource.setrlimit(resource.RLIMIT_FSIZE, (hard, hard))\n"
        "bench.wait(512); bench.journal.close()\n"
    )
    path = tmp_path / "journal.db"
    subprocess.run(
        [sys.executable, "-c", source, str(path)],
        check=True,
        timeout=60,
        cwd=Path(__file__).parents[3],
    )
    with contextlib.closing(JournalReader(path)) as reader:
        assert reader.verify() == 512
        assert reader.after(511, 1000)[0].kind == "storage_failed"


def damage(path: Path, page: int) -> None:
    """Overwrite one page of a closed journal."""
    with path.open("r+b") as file:
        file.seek(page * 4096)
        file.write(b"\xff" * 4096)


def test_a_corrupt_page_begins_a_new_journal_with_what_its_chain_proves(bench: Bench) -> None:
    bench.add(2000)
    old = bench.wait(2001)
    bench.journal.close()
    pages = bench.path.stat().st_size // 4096
    damage(bench.path, pages - 20)
    again = Bench(bench.path)
    again.add(1)
    new, last = again.told.get(timeout=60.0)
    again.journal.close()
    assert new != old and last > 500
    with again.reader() as reader:
        first = reader.after(0, 1)[0]
        assert (first.kind, first.body["previous"]) == ("journal_started", old)
        assert reader.verify() == reader.last
        assert reader.after(reader.last - 1, 1000)[0].kind == "door_closed"
    assert bench.path.with_name("journal.db.damaged-1").exists()


def test_an_altered_entry_is_found_at_start(bench: Bench) -> None:
    bench.add(20)
    old = bench.wait(21)
    bench.journal.close()
    with contextlib.closing(sqlite3.connect(bench.path)) as connection, connection:
        connection.execute("UPDATE entries SET kind = 'door_opened' WHERE sequence = 12")
    again = Bench(bench.path)
    new, last = again.told.get(timeout=60.0)
    again.journal.close()
    assert new != old and last == 12  # the new beginning, and entries 1 to 11


def test_a_file_that_is_no_database_is_set_aside(tmp_path: Path) -> None:
    path = tmp_path / "journal.db"
    path.write_bytes(b"not a database" * 1000)
    bench = Bench(path)
    bench.add(1)
    bench.wait(2)
    bench.journal.close()
    assert path.with_name("journal.db.damaged-1").read_bytes().startswith(b"not a database")


def test_a_folder_that_is_not_there_holds_nobody(tmp_path: Path) -> None:
    bench = Bench(tmp_path / "missing" / "journal.db")
    bench.add(3)
    until(lambda: bool(bench.journal.failing))
    assert bench.journal.journal is None and bench.journal.backlog == 3
    (tmp_path / "missing").mkdir()
    bench.wait(5)
    bench.journal.close()
