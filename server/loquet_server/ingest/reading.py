"""From bytes to a batch that is believed: signature, address, order, chain.

The busiest lines of the server: each entry passes here once, in one loop from its JSON to
the row that goes to the database. What that loop does not take, the codec is asked about: it
knows what to say of it.
"""

import re
from dataclasses import dataclass
from operator import itemgetter
from typing import Any, NamedTuple

from loquet_contract.ids import SiteId, UnitId
from loquet_contract.wire.codec import MalformedMessage, decode, decode_text, parse, written
from loquet_contract.wire.envelope import MAX_BATCH, Batch, link
from loquet_contract.wire.events import KINDS
from loquet_contract.wire.messages import UnitState
from loquet_contract.wire.signing import Purpose, Verifier, WrongSignature
from loquet_server.ingest.troubles import Refused, Trouble

MAX_STATE = 64 * 1024
_word = re.compile(r"[\x21-\x7e]{1,64}").fullmatch
_LARGEST = 2**53


class EntryRow(NamedTuple):
    """An entry as the database keeps it: the columns of ``entries``, in this order."""

    journal: str
    sequence: int
    unit: str
    utc: int
    monotonic: int
    boot: str
    trusted: bool
    kind: str
    salt: str
    body: str
    chain: str
    received_at: int


@dataclass(frozen=True, slots=True)
class Believed:
    """A batch as rows, with the plain body of each; ``previous``: the chain before them."""

    journal: str
    unit: str
    previous: str
    rows: list[EntryRow]
    bodies: list[Any]

    @property
    def first(self) -> int:
        return self.rows[0].sequence

    @property
    def last(self) -> int:
        return self.rows[-1].sequence


def read_batch(
    payload: bytes, site: SiteId, unit: UnitId, verifier: Verifier, now_ms: int
) -> Believed:
    """Return the batch that ``unit`` signed and that came now; raise Refused."""
    if len(payload) > MAX_BATCH:
        raise Refused(
            Trouble.OVERSIZED_MESSAGE, f"{len(payload)} bytes; a batch has at most {MAX_BATCH}"
        )
    try:
        plain = parse(verifier.payload(Purpose.BATCH, payload, MAX_BATCH))
        batch, entries = _opened(plain)
        if (batch.site, batch.unit) != (site, unit):
            raise Refused(
                Trouble.FOREIGN_MESSAGE, f"{unit} sent a batch of {batch.site}/{batch.unit}"
            )
        return _chained(batch, entries, now_ms)
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
    _check_state(state)
    return state


def _check_state(state: UnitState) -> None:
    """Raise Refused if the database could not keep what a unit says of itself."""
    lockdowns = [door.lockdown for door in state.doors.values()]
    words = [state.boot, state.challenge, state.journal, state.policy_digest, *lockdowns]
    counts = (state.utc, state.last_sequence, state.backlog)
    told = (state.policy_version, state.desired_version, state.moving_version)
    versions = [version or 0 for version in told]
    if not all(word is None or _word(word) for word in words):
        raise Refused(Trouble.MALFORMED_MESSAGE, "a state's name is no plain word")
    if any(not 0 <= n < _LARGEST for n in counts) or any(not 0 <= n < 2**31 for n in versions):
        raise Refused(Trouble.MALFORMED_MESSAGE, "a state's number is out of all bounds")


_Fields = tuple[int, int, int, str, bool, str, str, Any]
_fields = itemgetter(
    "sequence", "utc", "monotonic", "boot", "trusted", "kind", "salt", "body"
)  # fmt: skip


def _opened(plain: Any) -> tuple[Batch, list[_Fields]]:
    """Return the batch without its entries, and the fields of these; they have their types."""
    if type(plain) is not dict or plain.get("kind") != Batch.kind:
        raise MalformedMessage(f"expected a message of kind {Batch.kind!r}")
    try:
        found = list(map(_fields, plain["entries"]))
    except (KeyError, TypeError):
        found = []
    if not found or not all(map(_typed, found)):
        decode(Batch, plain)  # raises, and says where and why
        raise MalformedMessage("a batch has at least one entry, and each has all its fields")
    return decode(Batch, plain | {"entries": []}), found


def _typed(fields: tuple[Any, ...]) -> bool:
    """True if each field has just the type that ``Entry`` gives it."""
    sequence, utc, monotonic, boot, trusted, kind, salt, _ = fields
    return (
        type(sequence) is type(utc) is type(monotonic) is int
        and type(boot) is type(kind) is type(salt) is str
        and type(trusted) is bool
    )


def _chained(batch: Batch, entries: list[_Fields], now_ms: int) -> Believed:
    journal, unit, chain = batch.journal, batch.unit, batch.previous
    expected, known_boot = entries[0][0], ""
    rows: list[EntryRow] = []
    for sequence, utc, monotonic, boot, trusted, kind, salt, body in entries:
        if sequence != expected or not 1 <= sequence < _LARGEST:
            raise MalformedMessage(f"entry {sequence} where {expected} was due")
        if (
            (boot != known_boot and not _word(boot))
            or (kind not in KINDS and not _word(kind))
            or not _word(salt)
        ):
            raise MalformedMessage(f"entry {sequence}: kind, boot or salt is no plain word")
        if not 0 <= utc < _LARGEST or not 0 <= monotonic < _LARGEST:
            raise MalformedMessage(f"entry {sequence}: a time is out of all bounds")
        text = written(body)
        chain = link(chain, sequence, utc, monotonic, boot, trusted, kind, salt, text)
        row = EntryRow(
            journal, sequence, unit, utc, monotonic, boot, trusted, kind, salt, text, chain, now_ms
        )
        rows.append(row)
        expected, known_boot = expected + 1, boot
    if chain != batch.chain or not _word(journal):
        raise MalformedMessage("the chain does not fit the entries")
    return Believed(journal, unit, batch.previous, rows, [entry[-1] for entry in entries])
