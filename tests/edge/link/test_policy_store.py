"""The policy on the unit: after any refusal, cut or crash exactly the old one or the new one."""

import signal
import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from loquet_contract.access.credential import Assurance
from loquet_contract.access.decision import AccessRequest, Denied, Granted, Now, decide
from loquet_contract.access.policy import (
    CredentialRecord,
    HolderRecord,
    InMemoryPolicy,
    PolicyTerms,
)
from loquet_contract.access.presence import NOBODY
from loquet_contract.access.reasons import Reason
from loquet_contract.wire.codec import canonical, encode, parse
from loquet_contract.wire.messages import Delta
from loquet_contract.wire.policy import whole_digest
from loquet_contract.wire.signing import Signer, SigningKey, Verifier
from loquet_edge.policy_store import StoredPolicy
from loquet_edge.policy_writer import PolicyGap, PolicyOlder, PolicyRefusal, PolicyWriter
from loquet_edge.record_sums import marked
from tests import policies
from tests.brokers import ROOT

RECORDS = policies.records(20)
OTHER = SigningKey(bytes(range(1, 33)))


def _writer(folder: Path) -> PolicyWriter:
    verifier = Verifier(policies.SERVER_KEY.public)
    return PolicyWriter(folder / "policy.db", verifier, policies.SITE, policies.UNIT)


@pytest.fixture
def writer(tmp_path: Path) -> Iterator[PolicyWriter]:
    """A writer that holds version 10."""
    found = _writer(tmp_path)
    found.apply_whole(policies.whole(10, RECORDS))
    yield found
    found.close()


def _content(folder: Path) -> tuple[Any, ...]:
    with sqlite3.connect(folder / "policy.db") as db:
        found = tuple(
            tuple(db.execute(f"SELECT * FROM {table} ORDER BY 1").fetchall())
            for table in ("meta", "records")
        )
    db.close()
    return found


def _refused(writer: PolicyWriter, folder: Path, lines: list[str]) -> PolicyRefusal:
    """Return how a whole policy is refused, once the old one was seen to stay in force."""
    held, before = writer.held, _content(folder)
    with pytest.raises(PolicyRefusal) as refusal:
        writer.apply_whole(lines)
    assert (writer.held, _content(folder)) == (held, before)
    return refusal.value


def test_decisions_from_the_file_are_those_from_memory(
    writer: PolicyWriter, tmp_path: Path
) -> None:
    stored = StoredPolicy(tmp_path / "policy.db")
    terms = PolicyTerms(10, 1_790_000_010, 1_792_592_010, 1_795_184_010)
    assert stored.terms == terms
    memory = InMemoryPolicy.of(terms, RECORDS)
    for number in range(25):
        for hour in (0, 8, 9, 23):
            request = AccessRequest("main-in", (policies.badge(number),), Assurance.UID)  # type: ignore[arg-type]
            now = Now(0.0, policies.CREATED + 86_400 + hour * 3600)
            expected = decide(request, memory, NOBODY, now)
            assert decide(request, stored, NOBODY, now) == expected
    stored.close()


def test_no_file_is_no_policy(tmp_path: Path) -> None:
    stored = StoredPolicy(tmp_path / "policy.db")
    request = AccessRequest("main-in", (policies.badge(1),))  # type: ignore[arg-type]
    answer = decide(request, stored, NOBODY, Now(0.0, policies.CREATED))
    assert isinstance(answer, Denied)
    assert (answer.reason, stored.fault) == (Reason.NO_POLICY, None)


def test_a_reader_sees_one_version_until_it_refreshes(writer: PolicyWriter, tmp_path: Path) -> None:
    stored = StoredPolicy(tmp_path / "policy.db")
    writer.apply_whole(policies.whole(11, RECORDS[:4]))
    assert stored.version == 10
    assert stored.credential(policies.badge(3)) is not None
    stored.refresh()
    assert stored.version == 11
    assert stored.credential(policies.badge(3)) is None
    stored.close()


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"version": 9}, "older"),
        ({"site": "elsewhere"}, "another unit"),
        ({"unit": "unit-2"}, "another unit"),
        ({"signer": Signer(OTHER)}, "key that is not known"),
        ({"digest": "0" * 64}, "do not fit"),
        ({"records": 45}, "ends"),
        ({"records": 5}, "do not fit"),
        ({"records": -1}, "too many"),
        ({"records": 10**9}, "too many"),
        ({"base": 10}, "whole manifest"),
    ],
)
def test_a_wrong_manifest_is_refused(
    writer: PolicyWriter, tmp_path: Path, change: dict[str, Any], words: str
) -> None:
    lines = policies.lines_of(RECORDS)
    fields: dict[str, Any] = {"version": 11, "digest": whole_digest(lines), "count": len(lines)}
    change = dict(change)
    fields["count"] = change.pop("records", len(lines))
    signed = policies.manifest(**{**fields, **change})
    assert words in _refused(writer, tmp_path, [signed, *lines]).detail


def test_other_content_under_the_same_version_is_refused(
    writer: PolicyWriter, tmp_path: Path
) -> None:
    lines = policies.whole(10, RECORDS[:-1], created=policies.CREATED + 99)
    assert "other content" in _refused(writer, tmp_path, lines).detail


def test_every_truncation_is_refused(writer: PolicyWriter, tmp_path: Path) -> None:
    text = "\n".join(policies.whole(11, RECORDS)) + "\n"
    for percent in range(0, 100, 2):
        cut = text[: len(text) * percent // 100]
        _refused(writer, tmp_path, cut.split("\n")[: cut.count("\n") + 1])


def test_every_flipped_bit_is_refused(writer: PolicyWriter, tmp_path: Path) -> None:
    text = ("\n".join(policies.whole(11, RECORDS[:6])) + "\n").encode()
    held = writer.held
    for at in range(len(text) - 1):
        flipped = bytearray(text)
        flipped[at] ^= 1 << (at % 8)
        try:
            lines = bytes(flipped).decode().removesuffix("\n").split("\n")
        except UnicodeDecodeError:
            continue
        with pytest.raises(PolicyRefusal):
            writer.apply_whole(lines)
        assert writer.held == held


@pytest.mark.parametrize(
    "bad",
    [
        "not json",
        "[]",
        '{"kind":"holder"}',
        '{"holder":"x","kind":"holder","rules":"members"}',
        '{"digest":"x","kind":"credential"}',
        '{"bounds":[3,2],"kind":"schedule","schedule":"x"}',
        '{"door":7,"kind":"door"}',
        '{"kind":"holder","holder":"x","rules":[' + "[" * 5000 + "]}",
        '{"door":"' + "x" * 600_000 + '","kind":"door"}',
    ],
)
def test_a_record_that_door_could_not_use_is_refused(
    writer: PolicyWriter, tmp_path: Path, bad: str
) -> None:
    lines = [bad]
    signed = policies.manifest(11, whole_digest(lines), 1)
    _refused(writer, tmp_path, [signed, *lines])


def test_unsorted_and_doubled_records_are_refused(writer: PolicyWriter, tmp_path: Path) -> None:
    lines = policies.lines_of(RECORDS)
    for wrong in (lines[::-1], [lines[0], *lines]):
        signed = policies.manifest(11, whole_digest(wrong), len(wrong))
        assert "sorted" in _refused(writer, tmp_path, [signed, *wrong]).detail


def test_kinds_of_the_future_are_kept(writer: PolicyWriter, tmp_path: Path) -> None:
    lines = sorted([*policies.lines_of(RECORDS[:1]), '{"id":"x","kind":"zone","new":[1]}'])
    writer.apply_whole([policies.manifest(11, whole_digest(lines), 2), *lines])
    kept = marked('{"id":"x","kind":"zone","new":[1]}')
    assert ("zone/x", kept) in _content(tmp_path)[1]


def test_unusual_characters_take_the_slow_path_to_the_same_end(
    writer: PolicyWriter, tmp_path: Path
) -> None:
    odd = [
        CredentialRecord('d"\\', "h é", issuer="a/b"),  # type: ignore[arg-type]
        HolderRecord("h é", ("r\n",), valid_from=-5, valid_until=2**62),  # type: ignore[arg-type]
    ]
    writer.apply_whole(policies.whole(11, odd))
    stored = StoredPolicy(tmp_path / "policy.db")
    assert stored.credential('d"\\') == (odd[0], odd[1])  # type: ignore[arg-type]
    stored.close()


def test_deltas_chain_and_a_whole_text_may_end_with_them(
    writer: PolicyWriter, tmp_path: Path
) -> None:
    assert writer.digest is not None
    gone = HolderRecord("h" + "0" * 21, ("members",), suspended=True)  # type: ignore[arg-type]
    key = f"credential/{policies.badge(5)}"
    first, digest = policies.delta(11, writer.digest, len(RECORDS) - 1, [gone], [key])
    second, _ = policies.delta(12, digest, len(RECORDS) - 1, [replace(gone, suspended=False)])
    lines = policies.whole(10, RECORDS)
    writer.apply_delta(first)
    writer.apply_delta(first)
    writer.apply_delta(second)
    by_deltas, held = _content(tmp_path), writer.held
    other = _writer_in(tmp_path / "other")
    other.apply_whole([*lines, first, second])
    assert (_content(tmp_path / "other"), other.held) == (by_deltas, held)
    with pytest.raises(PolicyOlder):
        writer.apply_delta(first)
    other.close()


def _writer_in(folder: Path) -> PolicyWriter:
    folder.mkdir()
    return _writer(folder)


def test_wrong_deltas_are_refused(writer: PolicyWriter, tmp_path: Path) -> None:
    assert writer.digest is not None
    before = _content(tmp_path)
    text, _ = policies.delta(11, writer.digest, len(RECORDS), [RECORDS[0]])
    plain = parse(text)
    altered = encode(Delta(plain["manifest"], tuple(plain["upserts"]), ("door/main",)))
    wrong_base = policies.delta(12, writer.digest, len(RECORDS), [RECORDS[0]])[0]
    with pytest.raises(PolicyGap):
        writer.apply_delta(wrong_base)
    wrong = [
        altered,
        policies.delta(11, "0" * 64, len(RECORDS), [RECORDS[0]])[0],
        policies.delta(11, writer.digest, 3, [RECORDS[0]])[0],
        policies.delta(11, writer.digest, len(RECORDS), signer=Signer(OTHER))[0],
        policies.delta(11, writer.digest, len(RECORDS), unit="unit-2")[0],
        text[:-1],
        canonical({"kind": "delta"}),
    ]
    for each in wrong:
        with pytest.raises(PolicyRefusal):
            writer.apply_delta(each)
    assert _content(tmp_path) == before


@pytest.mark.parametrize("way", ["manifest", "empty delta", "whole"])
def test_the_same_version_with_later_terms_renews(
    writer: PolicyWriter, tmp_path: Path, way: str
) -> None:
    lines = policies.whole(10, RECORDS, created=policies.CREATED + 5000)
    renew = {
        "manifest": lambda: writer.offer(lines[0]),
        "empty delta": lambda: writer.apply_delta(encode(Delta(lines[0]))),
        "whole": lambda: writer.apply_whole(lines),
    }[way]
    renew()
    stored = StoredPolicy(tmp_path / "policy.db")
    assert stored.terms is not None
    assert stored.terms.created == policies.CREATED + 5000
    assert stored.credential(policies.badge(1)) is not None
    stored.close()
    with pytest.raises(PolicyOlder):
        writer.offer(policies.whole(10, RECORDS)[0])


def test_an_offer_says_whether_records_are_needed(writer: PolicyWriter) -> None:
    assert not writer.offer(policies.whole(10, RECORDS)[0])
    assert writer.offer(policies.whole(11, RECORDS)[0])
    with pytest.raises(PolicyOlder):
        writer.offer(policies.whole(9, RECORDS)[0])


CRASH = """
import os, signal, sys
from pathlib import Path
from tests import policies
from tests.edge.link.test_policy_store import _writer
folder, at = Path(sys.argv[1]), int(sys.argv[2])
writer = _writer(folder)
def lines():
    for number, line in enumerate(policies.whole(11, policies.records(3000))):
        if number == at:
            os.kill(os.getpid(), signal.SIGKILL)
        yield line
writer.apply_whole(lines())
"""


@pytest.mark.parametrize("at", [0, 1, 1500, 6004, 7000])
def test_a_crash_leaves_the_old_policy_or_the_new(
    writer: PolicyWriter, tmp_path: Path, at: int
) -> None:
    before = _content(tmp_path)
    writer.close()
    child = subprocess.run(
        [sys.executable, "-c", CRASH, str(tmp_path), str(at)], cwd=ROOT, timeout=60, check=False
    )
    again = _writer(tmp_path)
    if at == 7000:
        assert (child.returncode, again.version) == (0, 11)
        assert len(_content(tmp_path)[1]) == 6004
    else:
        assert child.returncode == -signal.SIGKILL
        assert _content(tmp_path) == before
    again.close()


def test_a_page_that_rots_under_the_reader_opens_nothing(tmp_path: Path) -> None:
    writer = _writer(tmp_path)
    writer.apply_whole(policies.whole(1, policies.records(2000)))
    writer.close()
    path = tmp_path / "policy.db"
    raw = bytearray(path.read_bytes())
    for page in range(3 * 4096, len(raw), 4096):
        raw[page : page + 64] = b"\xff" * 64
    path.write_bytes(raw)
    stored = StoredPolicy(path)
    request = AccessRequest("main-in", (policies.badge(1),))  # type: ignore[arg-type]
    answer = decide(request, stored, NOBODY, Now(0.0, policies.CREATED + 3600))
    assert not isinstance(answer, Granted)
    assert stored.fault is not None
    stored.close()


def test_a_card_that_has_become_read_only_still_opens_doors(tmp_path: Path) -> None:
    writer = _writer(tmp_path)
    writer.apply_whole(policies.whole(1, RECORDS))
    writer.close()
    (tmp_path / "policy.db-shm").mkdir()  # SQLite can make no shared memory, as on such a card
    stored = StoredPolicy(tmp_path / "policy.db")
    assert (stored.version, stored.fault) == (1, None)
    assert stored.credential(policies.badge(1)) is not None
    stored.close()


def test_a_disk_that_takes_nothing_refuses_and_recovers(tmp_path: Path) -> None:
    folder = tmp_path / "not there yet"
    writer = _writer(folder)
    assert writer.held is None
    with pytest.raises(PolicyRefusal, match="could not be stored"):
        writer.apply_whole(policies.whole(1, RECORDS))
    folder.mkdir()
    writer.apply_whole(policies.whole(1, RECORDS))
    assert writer.version == 1
    writer.close()


def test_a_full_disk_keeps_the_old_policy(writer: PolicyWriter, tmp_path: Path) -> None:
    pages = writer._db.execute("PRAGMA page_count").fetchone()[0]
    writer._db.execute(f"PRAGMA max_page_count = {pages + 2}")
    before = _content(tmp_path)
    with pytest.raises(PolicyRefusal, match="full"):
        writer.apply_whole(policies.whole(11, policies.records(5000)))
    assert (writer.version, _content(tmp_path)) == (10, before)
    stored = StoredPolicy(tmp_path / "policy.db")
    assert stored.version == 10
    stored.close()
