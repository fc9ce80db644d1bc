"""What readers do with cards that can prove a key: ask them, or encode one.

The deciding loop sets, the readers' threads use. Whatever they share is replaced whole and never
changed, so that nobody waits for anybody at a card.
"""

from __future__ import annotations

import secrets
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from types import MappingProxyType

from loquet_contract.access.credential import Representation, digests
from loquet_contract.ids import CommandId, CredentialDigest
from loquet_edge.drivers.ports import CardEncoded, CardSeen
from loquet_edge.protocols.card_keys import CardKey, Known, prove
from loquet_edge.protocols.encoding import Encoded, Encoding, encode
from loquet_edge.protocols.iso14443 import Answer, Card, Frame, run

Exchange = Callable[[Frame], Answer]
MOST_KNOWN = 4096
"""Cards of which it is remembered what they proved."""
_NO_JOBS: Mapping[str, Job] = MappingProxyType({})


@dataclass(frozen=True, slots=True)
class Job:
    """A reader encodes the card of this digest, until a monotonic second."""

    command: CommandId
    credential: CredentialDigest
    until: float


class CardDesk:
    """The masters in force, and which readers encode; `peppers` tell a card from another.

    `able`: the readers that can talk to a card; None: all.
    """

    def __init__(
        self,
        peppers: tuple[bytes, ...],
        keys: tuple[CardKey, ...] = (),
        able: Collection[str] | None = None,
    ) -> None:
        self.peppers, self._able = peppers, able
        self.keys = keys
        """The newest first; replaced, never changed."""
        self.jobs = _NO_JOBS
        self._known: Mapping[bytes, Known] = {}

    def can(self, reader: str) -> bool:
        """Whether a reader talks to cards, and does not only hear a number."""
        return self._able is None or reader in self._able

    def begin(self, reader: str, job: Job) -> None:
        """Have a reader encode the next card; what it was to encode before is forgotten."""
        self.jobs = MappingProxyType({**self.jobs, reader: job})

    def end(self, *readers: str) -> None:
        """Have these readers encode no more."""
        if any(reader in self.jobs for reader in readers):
            left = {name: job for name, job in self.jobs.items() if name not in readers}
            self.jobs = MappingProxyType(left)

    def meet(
        self,
        reader: str,
        card: Card,
        presented: tuple[Representation, ...],
        monotonic: float,
        exchange: Exchange,
    ) -> CardSeen | CardEncoded:
        """Encode a selected card, or have it prove itself; fills `ports.Meet`."""
        job = self.jobs.get(reader)
        if job is not None and monotonic < job.until:
            done = self._encoded(job, card, presented, exchange)
            version, chip = (done.key.version, done.chip) if done.key else (None, None)
            return CardEncoded(reader, job.command, presented, done.outcome, version, chip)
        return self._proven(reader, card, presented, monotonic, exchange)

    def _encoded(
        self, job: Job, card: Card, presented: tuple[Representation, ...], exchange: Exchange
    ) -> Encoded:
        if job.credential not in digests(self.peppers, presented):
            return Encoded(Encoding.OTHER_CARD)
        return run(encode(card, self.keys, secrets.token_bytes), exchange)

    def _proven(
        self,
        reader: str,
        card: Card,
        presented: tuple[Representation, ...],
        monotonic: float,
        exchange: Exchange,
    ) -> CardSeen:
        known = self._known.get(card.uid)
        met = run(prove(card, self.keys, secrets.token_bytes, known), exchange)
        if met.key is None or met.chip is None:
            return CardSeen(reader, presented, "uid", monotonic, met.why)
        if known is None or known.key != met.key:
            others = self._known if len(self._known) < MOST_KNOWN else {}
            self._known = {**others, card.uid: Known(met.key, met.chip)}
        return CardSeen(reader, presented, "authenticated", monotonic)
