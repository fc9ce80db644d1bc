"""The log of the policy's file ends, although ``door`` reads it for as long as it runs."""

# mypy: disable-error-code="arg-type"

import contextlib
from collections.abc import Iterator
from pathlib import Path

import pytest

from loquet_contract.wire.signing import Verifier
from loquet_edge import policy_file
from loquet_edge.policy_store import StoredPolicy
from loquet_edge.policy_writer import PolicyWriter
from tests import policies

RECORDS = policies.records(1000)


@pytest.fixture
def writer(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[PolicyWriter]:
    """A writer to whom some 400 KB of log are long."""
    monkeypatch.setattr(policy_file, "_MAX_LOG", 100_000)
    verifier = Verifier(policies.SERVER_KEY.public)
    with contextlib.closing(
        PolicyWriter(tmp_path / "policy.db", verifier, policies.SITE, policies.UNIT)
    ) as found:
        yield found


def _log(folder: Path) -> int:
    return (folder / "policy.db-wal").stat().st_size


def _change(writer: PolicyWriter, version: int) -> None:
    assert writer.digest is not None
    writer.apply_delta(policies.delta(version, writer.digest, len(RECORDS), RECORDS[4:5])[0])


def test_a_long_log_ends_once_door_has_looked_again(writer: PolicyWriter, tmp_path: Path) -> None:
    writer.apply_whole(policies.whole(1, RECORDS))
    with contextlib.closing(StoredPolicy(tmp_path / "policy.db")) as stored:
        assert _log(tmp_path) > 100_000
        assert writer.settle(), "all is in the file, and door still reads from the log"
        assert _log(tmp_path) > 100_000
        stored.refresh()
        assert not writer.settle()
        assert _log(tmp_path) == 0
        assert stored.credential(policies.badge(999)) is not None
        _change(writer, 2)
        stored.refresh()
        assert stored.version == 2
        assert 0 < _log(tmp_path) < 100_000


def test_what_door_has_not_seen_yet_waits_for_it(writer: PolicyWriter, tmp_path: Path) -> None:
    writer.apply_whole(policies.whole(1, RECORDS))
    with contextlib.closing(StoredPolicy(tmp_path / "policy.db")) as stored:
        _change(writer, 2)
        assert not writer.settle()
        assert stored.version == 1
        assert stored.credential(policies.badge(999)) is not None
        stored.refresh()
        assert stored.version == 2
        assert writer.settle()


def test_a_short_log_is_left_alone(writer: PolicyWriter, tmp_path: Path) -> None:
    writer.apply_whole(policies.whole(1, RECORDS[:10]))
    before = _log(tmp_path)
    assert not writer.settle()
    assert _log(tmp_path) == before > 0
    writer.close()
    assert not writer.settle()
