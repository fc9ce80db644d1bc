"""A card that rots: what was written is believed, what has become of it is not."""

from __future__ import annotations

import contextlib
import sqlite3
from pathlib import Path

import pytest

from loquet_contract.access.policy import HolderRecord
from loquet_contract.wire.policy import line
from loquet_contract.wire.signing import Verifier
from loquet_edge.errors import IdentityMissing
from loquet_edge.identity import UnitIdentity
from loquet_edge.journal_file import Damaged, open_file
from loquet_edge.policy_store import StoredPolicy
from loquet_edge.policy_writer import PolicyWriter
from loquet_edge.record_sums import marked, plain
from loquet_edge.state_store import StateStore
from loquet_edge.wishes import Wishes
from tests import policies
from tests.chaos.test_chaos import run
from tests.edge.unit.a_unit import DOOR, SITE, UNIT, Server
from tests.edge.unit.test_journal import Bench

RECORDS = policies.records(20)


@pytest.mark.timeout(400)
def test_two_hundred_bits_and_each_tenth_let_nobody_in(root: Path) -> None:
    said = run(root, "tests.chaos.rot", "200", "10", seconds=380)
    assert "200 flipped bits and 60 cut files" in said


@pytest.mark.soak
@pytest.mark.timeout(900)
def test_a_thousand_bits_and_each_per_cent_let_nobody_in(root: Path) -> None:
    said = run(root, "tests.chaos.rot", "1000", "100", seconds=880)
    assert "1000 flipped bits and 600 cut files" in said


def test_every_flipped_bit_of_a_record_is_found() -> None:
    text = line(HolderRecord("h1", ("members",), suspended=True))  # type: ignore[arg-type]
    kept = marked(text).encode()
    assert plain(kept) == text.encode()
    sound = {text.encode()}
    for at in range(8 * len(kept)):
        flipped = bytearray(kept)
        flipped[at // 8] ^= 1 << at % 8
        found = plain(bytes(flipped))
        # A bit of the mark itself may go: then the record is still what was written.
        assert found is None or found[: len(text) - 1] + b"}" in sound


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """A policy whose holders are suspended; one of them has come to be free by a flipped bit."""
    with contextlib.closing(writer(tmp_path / "policy.db")) as found:
        found.apply_whole(policies.whole(1, RECORDS))
    return tmp_path / "policy.db"


def writer(path: Path) -> PolicyWriter:
    return PolicyWriter(path, Verifier(policies.SERVER_KEY.public), policies.SITE, policies.UNIT)


def change(path: Path, statement: str) -> None:
    with contextlib.closing(sqlite3.connect(path)) as db, db:
        assert db.execute(statement).rowcount == 1


def test_a_record_that_rotted_is_not_there_until_the_whole_has_come(path: Path) -> None:
    holder = f"h{3:021d}"
    rot = "replace(body, '\"suspended\":false', '\"suspended\":0alse')"
    change(path, f"UPDATE records SET body = {rot} WHERE key = 'holder/{holder}'")
    with contextlib.closing(StoredPolicy(path)) as stored:
        known, gone = stored.credential(policies.badge(2)), stored.credential(policies.badge(3))
        assert known is not None and known[1] is not None
        assert gone is not None and gone[1] is None
    with contextlib.closing(writer(path)) as found:
        assert (found.version, found.rotten) == (1, 1)
        found.apply_whole(policies.whole(1, RECORDS))
        assert found.rotten == 0
    with contextlib.closing(StoredPolicy(path)) as stored:
        mended = stored.credential(policies.badge(3))
        assert mended is not None and mended[1] is not None


def test_a_record_that_stands_under_another_key_is_not_believed(path: Path) -> None:
    other = policies.badge(900)
    change(
        path, f"UPDATE records SET key = 'credential/{other}'"
        f" WHERE key = 'credential/{policies.badge(3)}'",
    )  # fmt: skip
    with contextlib.closing(StoredPolicy(path)) as stored:
        assert stored.credential(other) is None


@pytest.mark.parametrize("name", ["expires_at", "stale_after", "version", "digest"])
def test_terms_that_are_not_as_signed_are_no_policy(path: Path, name: str) -> None:
    change(path, f"UPDATE meta SET value = value || '1' WHERE name = '{name}'")
    with contextlib.closing(StoredPolicy(path)) as stored:
        assert stored.version is None
        assert f"{name}: not as the server has signed" in str(stored.fault)


def test_a_policy_of_an_older_version_is_believed_and_gets_its_sums(path: Path) -> None:
    with contextlib.closing(sqlite3.connect(path)) as db, db:
        for key, body in db.execute("SELECT key, body FROM records").fetchall():
            old = plain(body.encode())
            assert old is not None
            db.execute("UPDATE records SET body = ? WHERE key = ?", (old.decode(), key))
    with contextlib.closing(StoredPolicy(path)) as stored:
        assert stored.credential(policies.badge(3)) is not None
    with contextlib.closing(writer(path)) as found:
        assert (found.version, found.rotten) == (1, 0)
    with contextlib.closing(sqlite3.connect(path)) as db:
        bodies = [row[0] for row in db.execute("SELECT body FROM records")]
    assert all(marked(str((plain(each.encode()) or b"").decode())) == each for each in bodies)


def test_a_lockdown_outlives_the_file_that_kept_it(tmp_path: Path) -> None:
    server, first, second = Server(), tmp_path / "door.db", tmp_path / "desired.db"
    verifier = server.identity().verifier

    def recalled() -> Wishes:
        stores = [StateStore(each) for each in (first, second)]
        wishes = Wishes(verifier, SITE, UNIT, *stores)
        if wishes.version is None:
            wishes.take(server.desired(1, "l1"))
        for store in stores:
            store.close()
        return wishes

    assert recalled().lockdown(DOOR) == "l1"
    for each in (first, second):
        each.write_bytes(b"rust" * 3000)
        assert recalled().lockdown(DOOR) == "l1", f"{each.name} is gone"


def test_an_identity_with_a_flipped_bit_is_damaged(tmp_path: Path) -> None:
    path = tmp_path / "identity.json"
    identity = Server().identity()
    identity.save(path)
    assert UnitIdentity.load(path) == identity
    text = path.read_text()
    path.write_text(text.replace(identity.identity.pepper[:6], "AAAAAA"))
    with pytest.raises(IdentityMissing, match="is damaged"):
        UnitIdentity.load(path)
    path.write_text(text[: text.index(',"sum"')] + "}")  # of an older version
    assert UnitIdentity.load(path) == identity


def test_text_that_is_no_text_any_more_is_damage(tmp_path: Path) -> None:
    bench = Bench(tmp_path / "journal.db")
    bench.add(3)
    bench.wait(4)
    bench.journal.close()
    change(bench.path, "UPDATE entries SET kind = CAST(x'64ff6f' AS TEXT) WHERE sequence = 3")
    with pytest.raises(Damaged):
        open_file(bench.path, UNIT)


def test_a_schema_that_is_no_text_any_more_ends_nobody(tmp_path: Path) -> None:
    path = tmp_path / "door.db"
    store = StateStore(path)
    store.put("a", "1")
    store.close()
    path.write_bytes(path.read_bytes().replace(b"CREATE TABLE", b"CR\xc5\xc5TE TABLE"))
    again = StateStore(path)
    again.put("b", "2")
    again.close()
    assert again.get("a") is None
    third = StateStore(path)
    assert third.get("b") == "2"
    third.close()
