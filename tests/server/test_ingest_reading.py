"""A batch is taken whole or not at all: what one of its entries may not be, with a true chain."""

from dataclasses import replace
from typing import Any

import pytest

from loquet_contract.ids import BootId, JournalId
from loquet_contract.wire.codec import encode
from loquet_contract.wire.envelope import Batch, Entry, chain_of, first_chain
from loquet_contract.wire.signing import Purpose, Signer, SigningKey, Verifier
from loquet_server.ingest.reading import Believed, read_batch
from loquet_server.ingest.troubles import Refused, Trouble
from tests.server.house import SITE, START, UNIT

KEY = SigningKey(b"u" * 32)
JOURNAL = JournalId("j1")
GOOD = [
    Entry(number, START, 5, BootId("b1"), True, "door_closed", f"salt{number}", {"door": "front"})
    for number in (1, 2, 3)
]
ERASED = {"salt": "", "body": {}, "digest": "0f" * 32}


def read(entries: list[Entry], journal: JournalId = JOURNAL) -> Believed:
    """Read a batch of these entries, signed and chained as they are."""
    previous = chain = first_chain(UNIT, journal)
    for each in entries:
        chain = chain_of(chain, each)
    batch = Batch(SITE, UNIT, journal, previous, chain, tuple(entries))
    document = Signer(KEY).sign(Purpose.BATCH, encode(batch)).encode()
    return read_batch(document, SITE, UNIT, Verifier(KEY.public), START)


def changed(**changes: Any) -> list[Entry]:
    """Return good entries but for the second."""
    return [GOOD[0], replace(GOOD[1], **changes), GOOD[2]]


def test_entries_become_rows_in_their_order() -> None:
    found = read(changed(trusted=False))
    assert [(row.sequence, row.trusted, row.salt) for row in found.rows] == [
        (1, True, "salt1"), (2, False, "salt2"), (3, True, "salt3"),
    ]  # fmt: skip
    assert (found.first, found.last, found.sure) == (1, 3, False)
    assert {row.body for row in found.rows} == {'{"door":"front"}'}


@pytest.mark.parametrize(
    "change",
    [
        {"sequence": 4}, {"sequence": 1}, {"sequence": True}, {"utc": -1}, {"utc": 2**53},
        {"monotonic": -1}, {"monotonic": 2**53}, {"boot": ""}, {"boot": "b\n1"},
        {"kind": "a door"}, {"kind": "k" * 65}, {"salt": ""}, {"salt": "é"}, {"salt": "s\n"},
        {"trusted": 1}, {"utc": "1"}, {"kind": None},
    ],
    ids=str,
)  # fmt: skip
def test_an_odd_entry_refuses_its_batch(change: dict[str, Any]) -> None:
    with pytest.raises(Refused) as refused:
        read(changed(**change))
    assert refused.value.trouble is Trouble.MALFORMED_MESSAGE


def test_only_an_erased_entry_may_lack_its_salt() -> None:
    entries = changed(**ERASED)
    assert [row.body_digest for row in read(entries).rows] == [None, "0f" * 32, None]
    entries[2] = replace(entries[2], salt="")
    with pytest.raises(Refused, match="no plain word"):
        read(entries)


def test_numbers_begin_at_one_and_end_within_bounds() -> None:
    for first in (0, -1, 2**53 - 2):
        with pytest.raises(Refused, match="out of all bounds"):
            read([replace(each, sequence=first + at) for at, each in enumerate(GOOD)])


def test_a_journal_has_a_plain_name() -> None:
    with pytest.raises(Refused, match="no plain word"):
        read(GOOD, JournalId("j 1"))


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"sequence": 4}, "entry 4 where 2 was due"),
        ({"kind": "a door"}, "entry 2: kind, boot or salt is no plain word"),
        ({"utc": -1}, "entry 2: a time is out of all bounds"),
    ],
    ids=str,
)
def test_the_odd_entry_is_named(change: dict[str, Any], said: str) -> None:
    with pytest.raises(Refused, match=said):
        read(changed(**change))
