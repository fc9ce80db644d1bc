"""From bytes to a batch that is believed: signature, address, order, chain.

The busiest lines of the server: each entry passes here once, from its JSON to the row that goes
to the database. What a batch's entries have in common is asked of all at once, field by field.
What is not taken then, the codec is asked about: it knows what to say of it.
"""

import re
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from itertools import repeat
from operator import itemgetter, ne
from typing import Any, NamedTuple

from loquet_contract.ids import SiteId, UnitId
from loquet_contract.wire.codec import MalformedMessage, decode, decode_text, parse, written
from loquet_contract.wire.envelope import MAX_BATCH, Batch, links
from loquet_contract.wire.events import KINDS
from loquet_contract.wire.messages import UnitState
from loquet_contract.wire.rotation import MOST_PEPPERS
from loquet_contract.wire.signing import Purpose, Verifier, WrongSignature
from loquet_server.ingest.troubles import Refused, Trouble

MAX_STATE = 64 * 1024
_word = re.compile(r"[\x21-\x7e]{1,64}").fullmatch
_hexadecimal = re.compile(r"[0-9a-f]{64}").fullmatch
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
    body_digest: str | None = None
    """Of a body that the unit has erased."""
    said: int | None = None
    """The unit's own clock, where ``utc`` is what we make of it."""


@dataclass(frozen=True, slots=True)
class Believed:
    """A batch as rows, with the plain body of each; ``previous``: the chain before them.

    ``missing``: entries before the first that the unit keeps no more.
    """

    journal: str
    unit: str
    previous: str
    rows: list[EntryRow]
    bodies: list[Any]
    missing: int = 0
    sure: bool = True
    """The unit knew the time of all of them."""

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
        batch, entries, erased = _opened(plain)
        if (batch.site, batch.unit) != (site, unit):
            raise Refused(
                Trouble.FOREIGN_MESSAGE, f"{unit} sent a batch of {batch.site}/{batch.unit}"
            )
        return _chained(batch, entries, erased, now_ms)
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
    peppers = state.peppers or ()
    words = [state.boot, state.challenge, state.journal, state.policy_digest, *lockdowns, *peppers]
    counts = (state.utc, state.last_sequence, state.backlog)
    told = (state.policy_version, state.desired_version, state.moving_version)
    versions = [version or 0 for version in told]
    if not all(word is None or _word(word) for word in words) or len(peppers) > 2 * MOST_PEPPERS:
        raise Refused(Trouble.MALFORMED_MESSAGE, "a state's name is no plain word")
    if any(not 0 <= n < _LARGEST for n in counts) or any(not 0 <= n < 2**31 for n in versions):
        raise Refused(Trouble.MALFORMED_MESSAGE, "a state's number is out of all bounds")


_TYPES = ({int}, {int}, {int}, {str}, {bool}, {str}, {str})


class _Entries(NamedTuple):
    """A batch's entries field by field, as most is asked of all of them at once."""

    sequence: tuple[int, ...]
    utc: tuple[int, ...]
    monotonic: tuple[int, ...]
    boot: tuple[str, ...]
    trusted: tuple[bool, ...]
    kind: tuple[str, ...]
    salt: tuple[str, ...]
    body: tuple[Any, ...]


_fields = tuple(map(itemgetter, _Entries._fields))


def _opened(plain: Any) -> tuple[Batch, _Entries, dict[int, str]]:
    """Return the batch without its entries, the fields of these, and the digests of erased ones.

    They have their types.
    """
    if type(plain) is not dict or plain.get("kind") != Batch.kind:
        raise MalformedMessage(f"expected a message of kind {Batch.kind!r}")
    try:
        columns = [tuple(map(field, plain["entries"])) for field in _fields]
    except (KeyError, TypeError):
        columns = []
    if not columns or any(map(ne, map(_types, columns), _TYPES)):
        decode(Batch, plain)  # raises, and says where and why
        raise MalformedMessage("a batch has at least one entry, and each has all its fields")
    entries, erased = _Entries(*columns), dict[int, str]()
    for at, each in enumerate(plain["entries"]):
        if "digest" in each and each["digest"] is not None:
            erased[entries.sequence[at]] = _digest(entries, at, each["digest"])
    batch = decode(Batch, plain | {"entries": []})
    if not 0 <= (batch.missing or 0) < _LARGEST:
        raise MalformedMessage("a batch misses more entries than there can be")
    return batch, entries, erased


def _types(column: tuple[Any, ...]) -> set[type]:
    return set(map(type, column))


def _digest(entries: _Entries, at: int, digest: Any) -> str:
    """Return the digest of an erased body; raise MalformedMessage."""
    rest = (entries.salt[at], entries.body[at])
    if not isinstance(digest, str) or not _hexadecimal(digest) or rest != ("", {}):
        number = entries.sequence[at]
        raise MalformedMessage(f"entry {number}: an erased body has a digest and nothing else")
    return digest


def _check(journal: str, entries: _Entries, erased: Collection[int]) -> None:
    """Raise MalformedMessage unless entries follow each other and every database can keep them."""
    numbers, first = entries.sequence, entries.sequence[0]
    words = {journal, *entries.boot, *filter(None, entries.salt)} | set(entries.kind) - KINDS.keys()
    if (
        numbers == tuple(range(first, first + len(numbers)))
        and entries.salt.count("") == len(erased)
        and all(map(_word, words))
        and 1 <= first <= numbers[-1] < _LARGEST
        and all(
            min(each) >= 0 and max(each) < _LARGEST for each in (entries.utc, entries.monotonic)
        )
    ):
        return
    for expected, *entry in zip(range(first, first + len(numbers)), *entries, strict=False):
        _check_one(expected, entry, erased)
    raise MalformedMessage("the journal's name is no plain word")


def _check_one(expected: int, entry: Sequence[Any], erased: Collection[int]) -> None:
    """Say which entry is wrong, and what about it."""
    number, utc, monotonic, boot, _, kind, salt, _ = entry
    if number != expected:
        raise MalformedMessage(f"entry {number} where {expected} was due")
    if not 1 <= number < _LARGEST:
        raise MalformedMessage(f"entry {number}: its number is out of all bounds")
    if not (_word(boot) and _word(kind) and (number in erased or _word(salt))):
        raise MalformedMessage(f"entry {number}: kind, boot or salt is no plain word")
    if not 0 <= utc < _LARGEST or not 0 <= monotonic < _LARGEST:
        raise MalformedMessage(f"entry {number}: a time is out of all bounds")


def _chained(batch: Batch, entries: _Entries, erased: dict[int, str], now_ms: int) -> Believed:
    _check(batch.journal, entries, erased)
    texts = list(map(written, entries.body))
    chains = links(batch.previous, zip(*entries[:-1], texts, strict=True), erased)
    if chains[-1] != batch.chain:
        raise MalformedMessage("the chain does not fit the entries")
    digests = map(erased.get, entries.sequence) if erased else repeat(None)
    columns = zip(
        repeat(batch.journal), entries.sequence, repeat(batch.unit), *entries[1:-1], texts,
        chains, repeat(now_ms), digests, repeat(None),
    )  # fmt: skip
    rows, bodies = list(map(EntryRow._make, columns)), list(entries.body)
    missing, sure = batch.missing or 0, all(entries.trusted)
    return Believed(batch.journal, batch.unit, batch.previous, rows, bodies, missing, sure)
