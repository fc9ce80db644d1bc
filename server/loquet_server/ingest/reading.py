"""From bytes to a batch that is believed: signature, address, order, chain."""

import re
from dataclasses import dataclass

from loquet_contract.ids import SiteId, UnitId
from loquet_contract.wire.codec import MalformedMessage, decode_text, written
from loquet_contract.wire.envelope import MAX_BATCH, Batch, body_digest, next_chain
from loquet_contract.wire.messages import UnitState
from loquet_contract.wire.signing import Purpose, Verifier, WrongSignature
from loquet_server.ingest.troubles import Refused, Trouble

MAX_STATE = 64 * 1024
_WORD = re.compile(r"[\x21-\x7e]{1,64}")
_LARGEST = 2**53


@dataclass(frozen=True, slots=True)
class Believed:
    """A batch with the text of each body and the chain after each entry."""

    batch: Batch
    bodies: list[str]
    chains: list[str]

    @property
    def first(self) -> int:
        return self.batch.entries[0].sequence

    @property
    def last(self) -> int:
        return self.batch.entries[-1].sequence


def read_batch(payload: bytes, site: SiteId, unit: UnitId, verifier: Verifier) -> Believed:
    """Return the batch that ``unit`` signed; raise Refused."""
    if len(payload) > MAX_BATCH:
        raise Refused(
            Trouble.OVERSIZED_MESSAGE, f"{len(payload)} bytes; a batch has at most {MAX_BATCH}"
        )
    try:
        batch = decode_text(Batch, verifier.payload(Purpose.BATCH, payload, MAX_BATCH))
        if (batch.site, batch.unit) != (site, unit):
            raise Refused(
                Trouble.FOREIGN_MESSAGE, f"{unit} sent a batch of {batch.site}/{batch.unit}"
            )
        return _chained(batch)
    except WrongSignature as error:
        raise Refused(Trouble.FORGED_BATCH, str(error)) from error
    except (MalformedMessage, UnicodeEncodeError) as error:
        raise Refused(Trouble.MALFORMED_MESSAGE, str(error)) from error


def read_state(payload: bytes, site: SiteId, unit: UnitId, verifier: Verifier) -> UnitState:
    """Return what ``unit`` says of itself; raise Refused."""
    try:
        state = decode_text(UnitState, verifier.payload(Purpose.STATE, payload, MAX_STATE))
    except WrongSignature as error:
        raise Refused(Trouble.FORGED_STATE, str(error)) from error
    except MalformedMessage as error:
        raise Refused(Trouble.MALFORMED_MESSAGE, str(error)) from error
    if (state.site, state.unit) != (site, unit):
        raise Refused(Trouble.FOREIGN_MESSAGE, f"{unit} sent a state of {state.site}/{state.unit}")
    return state


def _chained(batch: Batch) -> Believed:
    if not batch.entries:
        raise MalformedMessage("a batch has at least one entry")
    expected, chain = batch.entries[0].sequence, batch.previous
    bodies: list[str] = []
    chains: list[str] = []
    for entry in batch.entries:
        if entry.sequence != expected or not 1 <= entry.sequence < _LARGEST:
            raise MalformedMessage(f"entry {entry.sequence} where {expected} was due")
        if not all(map(_WORD.fullmatch, (entry.kind, entry.boot, entry.salt))):
            raise MalformedMessage(f"entry {entry.sequence}: kind, boot or salt is no plain word")
        if not 0 <= entry.utc < _LARGEST or not 0 <= entry.monotonic < _LARGEST:
            raise MalformedMessage(f"entry {entry.sequence}: a time is out of all bounds")
        text = written(entry.body)
        chain = next_chain(chain, entry.header, body_digest(entry.salt, text))
        bodies.append(text)
        chains.append(chain)
        expected += 1
    if chain != batch.chain or not _WORD.fullmatch(batch.journal):
        raise MalformedMessage("the chain does not fit the entries")
    return Believed(batch, bodies, chains)
