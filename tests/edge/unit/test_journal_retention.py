"""Bodies of the journal are erased after their days; its chain verifies as before."""

import os
import signal
import sqlite3
import subprocess
import sys
from pathlib import Path

import pytest

from loquet_contract.ids import BootId, UnitId
from loquet_edge.clock import Stamp
from loquet_edge.config import load
from loquet_edge.errors import ConfigurationError
from loquet_edge.journal_file import Fact, JournalFile, JournalReader, open_file
from loquet_edge.journal_retention import CHAIN_DAYS, DAY_MS, SLICE

UNIT = UnitId("hall")
START = 1_760_000_000_000
NAME = "h7f3a9c1e5b"


def written(path: Path, count: int, at: int = START) -> JournalFile:
    """Return a journal with facts about somebody, all of them confirmed at ``at``."""
    file = open_file(path, UNIT)
    body = f'{{"door":"front","holder":"{NAME}"}}'
    file.append([Fact(Stamp(at, 1, True), BootId("b1"), "access_denied", body)] * count)
    file.acknowledge(file.last, file.chain, at)
    return file


def left(path: Path) -> int:
    """Return how often the name stands in the journal's files."""
    files = path.parent.glob(f"{path.name}*")
    return sum(each.read_bytes().count(NAME.encode()) for each in files)


def retired(file: JournalFile, utc: int, days: int = 30) -> int:
    """Erase until nothing is left to erase; return how many in all."""
    done = 0
    while found := file.retire(utc, days):
        assert found <= SLICE
        done += found
    return done


def test_bodies_go_after_their_days_and_the_chain_stays(tmp_path: Path) -> None:
    path = tmp_path / "journal.db"
    file = written(path, 2 * SLICE + 7)
    file.append([Fact(Stamp(START, 1, True), BootId("b1"), "door_opened", "{}")])
    assert retired(file, START + 30 * DAY_MS - 1) == 0
    assert retired(file, START + 30 * DAY_MS) == 2 * SLICE + 6  # the last confirmed one stays
    assert left(path) == 1
    reader = JournalReader(path)
    assert reader.verify() == file.last
    entries = reader.after(0, 1_000_000)
    assert len(entries) == file.last
    whole = [each.sequence for each in entries if each.digest is None]
    assert whole == [file.last - 1, file.last]
    assert {(each.salt, str(each.body)) for each in entries[:-2]} == {("", "{}")}
    reader.close()
    file.close()
    again = open_file(path, UNIT)  # a start proves the tail, erased or not
    assert (again.last, again.chain) == (file.last, file.chain)
    again.close()


def test_what_the_server_never_confirmed_stays(tmp_path: Path) -> None:
    file = open_file(tmp_path / "journal.db", UNIT)
    file.append([Fact(Stamp(START, 1, True), BootId("b1"), "door_opened", '{"door":"front"}')] * 9)
    assert retired(file, START + 999 * DAY_MS) == 0
    file.close()


def test_the_digests_go_too_in_the_end(tmp_path: Path) -> None:
    path = tmp_path / "journal.db"
    file = written(path, 50)
    later = written_more(file, START + 100 * DAY_MS)
    assert retired(file, START + CHAIN_DAYS * DAY_MS) == 99
    reader = JournalReader(path)
    assert reader.verify() == later - 49  # from the last that was confirmed first
    reader.close()
    file.close()


def written_more(file: JournalFile, at: int) -> int:
    """Append and confirm some more; return the last."""
    facts = [Fact(Stamp(at, 1, True), BootId("b1"), "access_denied", f'{{"holder":"{NAME}"}}')]
    file.append(facts * 50)
    file.acknowledge(file.last, file.chain, at)
    return file.last


def test_a_changed_digest_breaks_the_chain(tmp_path: Path) -> None:
    path = tmp_path / "journal.db"
    file = written(path, 20)
    retired(file, START + 31 * DAY_MS)
    file.close()
    with sqlite3.connect(path) as raw:
        raw.execute("UPDATE entries SET digest = ? WHERE sequence = 5", ("00" * 32,))
    raw.close()
    reader = JournalReader(path)
    with pytest.raises(Exception, match="entry 5 does not fit the chain"):
        reader.verify()
    reader.close()


def test_a_file_of_an_older_version_is_taken_over(tmp_path: Path) -> None:
    path = tmp_path / "journal.db"
    written(path, 20).close()
    with sqlite3.connect(path) as raw:
        raw.execute("ALTER TABLE entries DROP COLUMN digest")
    raw.close()
    reader = JournalReader(path)  # link may read it before door has opened it
    assert reader.verify() == 20 and len(reader.after(0, 10_000)) == 20
    reader.close()
    file = open_file(path, UNIT)
    assert retired(file, START + 31 * DAY_MS) == 19
    file.close()


_ERASER = """
import sys
from pathlib import Path
from loquet_contract.ids import UnitId
from loquet_edge.journal_file import open_file
file = open_file(Path(sys.argv[1]), UnitId("hall"))
print("ready", flush=True)
while file.retire(int(sys.argv[2]), 30):
    print("slice", flush=True)
print("done", flush=True)
"""


def test_a_kill_in_between_leaves_a_whole_journal(tmp_path: Path) -> None:
    path = tmp_path / "journal.db"
    file = written(path, 8 * SLICE)
    last, chain = file.last, file.chain
    file.close()
    utc = str(START + 31 * DAY_MS)
    for lines in (1, 2, 4):  # killed at once, and in the middle of the work
        with subprocess.Popen(
            [sys.executable, "-c", _ERASER, str(path), utc], stdout=subprocess.PIPE, text=True
        ) as eraser:
            assert eraser.stdout is not None
            for _ in range(lines):
                eraser.stdout.readline()
            os.kill(eraser.pid, signal.SIGKILL)
            eraser.wait()
        reader = JournalReader(path)
        assert reader.verify() == last
        reader.close()
    file = open_file(path, UNIT)
    retired(file, int(utc))
    assert (file.last, file.chain, left(path)) == (last, chain, 1)
    file.close()


@pytest.mark.parametrize(("text", "days"), [("", 30), ("[journal]\nkeep_days = 12\n", 12)])
def test_unit_toml_says_how_many_days(tmp_path: Path, text: str, days: int) -> None:
    file = tmp_path / "unit.toml"
    file.write_text('[unit]\nid = "hall"\nsite = "maison"\nboard = "simulated"\n' + text)
    assert load(file).keep_days == days


@pytest.mark.parametrize("days", ["6", "91", '"30"'])
def test_days_have_bounds(tmp_path: Path, days: str) -> None:
    file = tmp_path / "unit.toml"
    file.write_text(
        '[unit]\nid = "hall"\nsite = "maison"\nboard = "simulated"\n'
        f"[journal]\nkeep_days = {days}\n"
    )
    with pytest.raises(ConfigurationError, match="keep_days"):
        load(file)
