"""A link that is killed at any moment of writing leaves exactly the version before or the next."""

# mypy: disable-error-code="arg-type"

import contextlib
import json
import random
import signal
import sqlite3
import subprocess
import sys
import threading
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path

import pytest

from loquet_contract.access.policy import HolderRecord, Record
from loquet_contract.wire.policy import line, whole_digest
from loquet_contract.wire.signing import Verifier
from loquet_edge.policy_store import StoredPolicy
from loquet_edge.policy_writer import PolicyWriter
from loquet_edge.record_sums import plain
from tests import policies
from tests.edge.link.stage import SITE, UNIT

ROOT = Path(__file__).parents[3]
HOLDERS, VERSIONS, KILLS = 400, 300, 12
CHILD = """
import json, sys
from pathlib import Path
from loquet_contract.wire.signing import Verifier
from loquet_edge.policy_writer import PolicyWriter
from tests import policies

folder = Path(sys.argv[1])
texts = json.loads((folder / "texts.json").read_text())
verifier = Verifier(policies.SERVER_KEY.public)
writer = PolicyWriter(folder / "policy.db", verifier, policies.SITE, policies.UNIT)
while True:
    version = (writer.version or 0) + 1
    if version == 1 or version % 7 == 0:
        writer.apply_whole([*texts["whole"], *texts["deltas"][: version - 1]])
    else:
        writer.apply_delta(texts["deltas"][version - 2])
    print(writer.version, flush=True)
"""


@dataclass
class History:
    """Every version of a policy that many hands change: as texts, and as it must lie on disk."""

    whole: list[str]
    deltas: list[str]
    contents: list[dict[str, str]]


def history() -> History:
    """Each version changes a handful of holders, adds one now and then, and takes one away."""
    draw = random.Random(7)
    found: dict[str, Record] = {each.key: each for each in policies.records(HOLDERS)}
    first = policies.whole(1, list(found.values()))
    digest = whole_digest(policies.lines_of(list(found.values())))
    contents: list[dict[str, str]] = [{}, _lines(found)]
    deltas = []
    for version in range(2, VERSIONS + 1):
        holders = [each for each in found.values() if isinstance(each, HolderRecord)]
        changed: list[Record] = [
            replace(each, suspended=not each.suspended) for each in draw.sample(holders, 5)
        ]
        gone = [draw.choice(sorted(found.keys() - {each.key for each in changed}))]
        changed.append(HolderRecord(f"new{version}", ("members",)))
        found |= {each.key: each for each in changed}
        found = {key: each for key, each in found.items() if key not in gone}
        text, digest = policies.delta(version, digest, len(found), changed, gone)
        deltas.append(text)
        contents.append(_lines(found))
    return History(first, deltas, contents)


def _lines(found: dict[str, Record]) -> dict[str, str]:
    return {key: line(each) for key, each in found.items()}


def on_disk(path: Path) -> tuple[int, dict[str, str]]:
    """The version that lies on the disk, and its records."""
    with contextlib.closing(sqlite3.connect(path)) as db:
        meta = dict(db.execute("SELECT name, value FROM meta"))
        return meta.get("version", 0), records_of(db)


def records_of(db: sqlite3.Connection) -> dict[str, str]:
    """The records of a file, without their sums."""
    rows = db.execute("SELECT key, body FROM records").fetchall()
    return {key: (plain(body.encode()) or b"rotten").decode() for key, body in rows}


@contextlib.contextmanager
def writing(folder: Path) -> Iterator[subprocess.Popen[str]]:
    """A writer at work; killed at the end."""
    words = [sys.executable, "-c", CHILD, str(folder)]
    child = subprocess.Popen(words, cwd=ROOT, stdout=subprocess.PIPE, text=True)
    try:
        yield child
    finally:
        child.kill()
        child.wait()
        assert child.stdout is not None
        child.stdout.close()


@pytest.mark.timeout(240)
def test_a_kill_at_any_moment_leaves_one_version_whole(tmp_path: Path) -> None:
    draw, truth = random.Random(), history()
    (tmp_path / "texts.json").write_text(json.dumps({"whole": truth.whole, "deltas": truth.deltas}))
    path, last = tmp_path / "policy.db", 0
    for _ in range(KILLS):
        with writing(tmp_path) as child:
            assert child.stdout is not None
            for _ in range(draw.randrange(1, 12)):
                last = int(child.stdout.readline())
            # Not a wait for something to happen: the moment at which the power goes.
            threading.Event().wait(draw.random() * 0.01)
            child.send_signal(signal.SIGKILL)
            said = [last, *map(int, child.stdout.read().split())]
        last = said[-1]
        version, found = on_disk(path)
        assert version in (last, last + 1)
        assert found == truth.contents[version]
        stored = StoredPolicy(path)
        assert stored.version == version
        stored.close()
        writer = PolicyWriter(path, Verifier(policies.SERVER_KEY.public), SITE, UNIT)
        assert writer.version == version
        writer.close()
        last = version


@pytest.mark.timeout(120)
def test_a_reader_never_sees_half_a_version(tmp_path: Path) -> None:
    truth = history()
    (tmp_path / "texts.json").write_text(json.dumps({"whole": truth.whole, "deltas": truth.deltas}))
    seen = set[int]()
    with writing(tmp_path) as child:
        assert child.stdout is not None
        child.stdout.readline()
        while len(seen) < 30:
            with contextlib.closing(sqlite3.connect(tmp_path / "policy.db")) as db:
                db.execute("BEGIN")
                meta = dict(db.execute("SELECT name, value FROM meta"))
                found = records_of(db)
            assert found == truth.contents[meta["version"]]
            seen.add(meta["version"])
            child.stdout.readline()
    assert len(seen) == 30
