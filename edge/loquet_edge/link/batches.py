"""Entries of the journal as signed batches of at most 64 KiB."""

from typing import Protocol

from loquet_contract.ids import JournalId, SiteId, UnitId
from loquet_contract.wire.codec import encode
from loquet_contract.wire.envelope import MAX_BATCH, Batch, Entry, chain_of
from loquet_contract.wire.signing import Purpose, Signer
from loquet_edge.link.outbox import cut

FRAME = 1024
"""Bytes for all of a signed batch but its entries: ids, two chains, key and signature."""


class JournalSource(Protocol):
    """What of the journal ``link`` reads; ``LookupError`` for what is not there (yet, any more)."""

    @property
    def journal(self) -> JournalId: ...

    @property
    def last(self) -> int: ...

    def acked(self) -> tuple[int, str]: ...

    def chain_at(self, sequence: int) -> str: ...

    def after(self, sequence: int, limit_bytes: int) -> list[Entry]: ...

    def close(self) -> None: ...


def next_batch(
    source: JournalSource, after: int, site: SiteId, unit: UnitId, signer: Signer
) -> tuple[str, int] | None:
    """Return the signed batch that follows ``after`` and its last sequence; None if none does.

    Where the unit keeps no more what comes next, the batch begins after the first entry that it
    still has, whose chain is known, and says how many are missing.
    """
    entries, missing = source.after(after, MAX_BATCH), 0
    if entries and entries[0].sequence > after + 1:
        missing, after = entries[0].sequence - after, entries[0].sequence
        entries = entries[1:] or source.after(after, MAX_BATCH)
    entries = entries[: cut((signed_size(entry) for entry in entries), MAX_BATCH - FRAME)]
    if not entries:
        return None
    previous = source.chain_at(after)
    chain = previous
    for entry in entries:
        chain = chain_of(chain, entry)
    batch = Batch(site, unit, source.journal, previous, chain, tuple(entries), missing or None)
    return signer.sign(Purpose.BATCH, encode(batch)), entries[-1].sequence


def signed_size(entry: Entry) -> int:
    """Return the bytes that an entry takes inside a signed document, where it stands quoted."""
    text = encode(entry)
    return len(text.encode()) + text.count('"') + text.count("\\") + 1
