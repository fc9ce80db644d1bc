"""A policy's file that rotted, or belongs to an earlier enrolment; and bounds on what comes."""

# mypy: disable-error-code="arg-type"

import contextlib
import sqlite3
from collections.abc import Iterator
from pathlib import Path

import pytest

from loquet_contract.ids import PepperId, UnitId
from loquet_contract.wire.codec import canonical
from loquet_contract.wire.signing import Signer, SigningKey, Verifier
from loquet_edge import policy_writer
from loquet_edge.link.inbox import Inbox
from loquet_edge.policy_store import StoredPolicy
from loquet_edge.policy_writer import PolicyLost, PolicyRefusal, PolicyWriter
from loquet_edge.seam import Refused
from tests import policies
from tests.edge.link.stage import SITE, TOPICS, UNIT

OTHER = SigningKey(bytes(range(1, 33)))
RECORDS = policies.records(2000)


def _writer(
    folder: Path,
    key: SigningKey = policies.SERVER_KEY,
    unit: UnitId = UNIT,
    pepper_id: PepperId | None = None,
) -> PolicyWriter:
    return PolicyWriter(folder / "policy.db", Verifier(key.public), SITE, unit, pepper_id)


@pytest.fixture
def rotten(tmp_path: Path) -> Iterator[PolicyWriter]:
    """A writer that holds version 1 in a file of which every other page but the first is noise."""
    with contextlib.closing(_writer(tmp_path)) as writer:
        writer.apply_whole(policies.whole(1, RECORDS))
    writer = _writer(tmp_path)
    writer._db.execute("PRAGMA shrink_memory")  # what it has read already would not rot
    _rot(tmp_path / "policy.db")
    assert writer.version == 1
    yield writer
    writer.close()


def _rot(path: Path) -> None:
    raw = bytearray(path.read_bytes())
    for page in range(5 * 4096, len(raw), 2 * 4096):
        raw[page : page + 64] = b"\xff" * 64
    path.write_bytes(raw)


def test_a_corrupt_page_is_found_at_start(tmp_path: Path) -> None:
    with contextlib.closing(_writer(tmp_path)) as writer:
        writer.apply_whole(policies.whole(1, RECORDS))
    _rot(tmp_path / "policy.db")
    with contextlib.closing(_writer(tmp_path)) as writer:
        assert writer.held is None
    assert (tmp_path / "policy.db.damaged").exists()


def test_a_file_that_is_no_database_is_set_aside(tmp_path: Path) -> None:
    (tmp_path / "policy.db").write_bytes(b"rust" * 5000)
    stored = StoredPolicy(tmp_path / "policy.db")
    assert stored.terms is None
    assert stored.fault is not None
    writer = _writer(tmp_path)
    assert writer.held is None
    writer.apply_whole(policies.whole(1, policies.records(20)))
    stored.refresh()
    assert stored.version == 1
    assert not stored.fault
    assert (tmp_path / "policy.db.damaged").exists()
    stored.close()
    writer.close()


def test_a_corrupt_page_costs_one_policy_and_not_all_that_follow(
    rotten: PolicyWriter, tmp_path: Path
) -> None:
    with pytest.raises(PolicyLost, match="damaged"):
        rotten.apply_whole(policies.whole(2, RECORDS))
    assert rotten.held is None
    assert (tmp_path / "policy.db.damaged").exists()
    assert rotten.apply_whole(policies.whole(2, RECORDS)).version == 2
    with contextlib.closing(StoredPolicy(tmp_path / "policy.db")) as stored:
        assert stored.credential(policies.badge(1999)) is not None


def test_a_corrupt_page_under_a_delta_has_the_whole_policy_fetched(rotten: PolicyWriter) -> None:
    inbox = Inbox(SITE, UNIT, Verifier(policies.SERVER_KEY.public), rotten)
    assert rotten.digest is not None
    delta, _ = policies.delta(2, rotten.digest, len(RECORDS), RECORDS[:800])
    (told,) = inbox.take(f"{TOPICS}/delta", delta.encode(), 5.0).to_door
    assert isinstance(told, Refused)
    assert "damaged" in told.detail
    assert inbox.fetch_due(5.0)


def test_the_policy_of_another_enrolment_is_not_held(tmp_path: Path) -> None:
    with contextlib.closing(_writer(tmp_path)) as writer:
        writer.apply_whole(policies.whole(57, policies.records(3)))
    with contextlib.closing(_writer(tmp_path, OTHER)) as writer:
        assert writer.held is None
        with contextlib.closing(StoredPolicy(tmp_path / "policy.db")) as stored:
            assert (stored.version, stored.credential(policies.badge(1))) == (None, None)
        first = policies.whole(1, policies.records(1), signer=Signer(OTHER))
        assert writer.apply_whole(first).version == 1
    with contextlib.closing(_writer(tmp_path, OTHER)) as writer:
        assert writer.version == 1
    with contextlib.closing(_writer(tmp_path, OTHER, UnitId("unit-2"))) as writer:
        assert writer.held is None


def test_a_policy_under_another_pepper_waits_for_it_and_the_old_one_stays(tmp_path: Path) -> None:
    pepper = PepperId("pepper-1")
    with contextlib.closing(_writer(tmp_path, pepper_id=pepper)) as writer:
        digest = writer.apply_whole(policies.whole(1, policies.records(3))).digest
        other = PepperId("pepper-2")
        whole = policies.whole(2, policies.records(3), pepper_id=other)
        delta, _ = policies.delta(2, digest, 10, pepper_id=other)
        inbox = Inbox(SITE, UNIT, Verifier(policies.SERVER_KEY.public), writer)
        assert inbox.take(f"{TOPICS}/policy", whole[0].encode(), 0.0).to_door == ()
        assert not inbox.fetch_due(1e6), "nothing would come of it yet"
        with pytest.raises(PolicyRefusal, match="asks for the other"):
            writer.apply_whole(whole)
        with pytest.raises(PolicyRefusal, match="asks for the other"):
            writer.apply_delta(delta)
        inbox.peppers_held([pepper], 1.0)
        assert (writer.version, inbox.fetch_due(2.0)) == (1, False)
        inbox.peppers_held([other, pepper], 3.0)
        assert inbox.fetch_due(3.0)
        assert writer.apply_whole(whole).version == 2
    with contextlib.closing(_writer(tmp_path, pepper_id=pepper)) as writer:
        assert writer.version == 2, "what is in force stays, whatever is known of its pepper"


def test_lines_beyond_what_the_manifest_announces_are_not_stored(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(policy_writer, "FRAME", 20_000)
    lines = policies.whole(1, policies.records(3))
    with contextlib.closing(_writer(tmp_path)) as writer:
        huge = (canonical({"kind": f"z{n}", "id": "x" * 9000}) for n in range(10))
        with pytest.raises(PolicyRefusal, match="larger than its manifest"):
            writer.apply_whole([lines[0], *huge])
        assert writer.held is None


def test_the_log_of_a_large_policy_shrinks_again(tmp_path: Path) -> None:
    with contextlib.closing(_writer(tmp_path)) as writer:
        limit = writer._db.execute("PRAGMA journal_size_limit").fetchone()[0]
        assert 0 < limit <= 16 << 20
        with contextlib.closing(sqlite3.connect(tmp_path / "policy.db")) as other:
            assert other.execute("PRAGMA journal_mode").fetchone() == ("wal",)
