"""Tells units what changes with every tap: only what did change, signed once for a whole site.

These facts are in no policy, so a tap never makes a policy version. Versions of their own
only grow; a unit that missed one asks for what changed since (``endpoints``).
"""

from collections.abc import Mapping
from typing import Any

from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import Session

from loquet_contract.ids import SiteId, UnitId
from loquet_contract.wire import topics
from loquet_contract.wire.codec import encode
from loquet_contract.wire.messages import MAX_MOVING, Moving
from loquet_contract.wire.signing import Purpose, Signer
from loquet_server.moving.facts import checked, chunks, message
from loquet_server.moving.repository import MovingRepository
from loquet_server.publication import Publication

MOST_SINCE = MAX_MOVING // 64
"""More facts than fit one message: then all are told."""


class MovingPublisher:
    """Makes versions of a site's moving facts."""

    def __init__(self, signer: Signer) -> None:
        self._signer = signer

    async def tell(
        self, session: AsyncSession, site: str, changes: Mapping[str, Any | None], now_ms: int
    ) -> list[Publication]:
        """Tell a site's units of ``changes`` (``facts``); return what to publish.

        What they were told already is not told again. A None says that it is no more.
        """
        return await session.run_sync(self.tell_in, site, changes, now_ms)

    def tell_in(
        self, session: Session, site: str, changes: Mapping[str, Any | None], now_ms: int
    ) -> list[Publication]:
        """Do as ``tell``, within a plain, blocking transaction."""
        if not changes:
            return []
        repository = MovingRepository(session)
        head = repository.head(site)
        known = repository.values(site, changes)
        facts = {key: checked(key, value) for key, value in changes.items()}
        changed = {key: value for key, value in facts.items() if known.get(key) != value}
        documents = []
        for piece in chunks(changed):
            base, version = head.version, head.version + 1
            told = message(site, version, now_ms // 1000, piece.items(), base=base)
            repository.write(site, version, piece)
            head.version = version
            documents.append(self._signed(told))
        if not documents:
            return []
        session.flush()
        units = repository.units(site)
        return [Publication(_topic(site, unit), each) for each in documents for unit in units]

    async def since(
        self, session: AsyncSession, site: str, have: int | None, now_ms: int
    ) -> list[str]:
        """Return signed messages for a unit that holds version ``have``: the changes, or all."""
        return await session.run_sync(self._since, site, have, now_ms)

    def _since(self, session: Session, site: str, have: int | None, now_ms: int) -> list[str]:
        repository, now = MovingRepository(session), now_ms // 1000
        version = repository.version(site)
        if have is not None and 0 <= have <= version:
            found = repository.since(site, have, MOST_SINCE)
            pieces = list(chunks(dict(found))) or [{}]
            if len(found) < MOST_SINCE and len(pieces) == 1:
                told = message(site, version, now, pieces[0].items(), base=have)
                return [self._signed(told)]
        there = {key: value for key, value in repository.since(site, 0) if value is not None}
        pieces = list(chunks(there)) or [{}]
        return [
            self._signed(message(site, version, now, piece.items(), part=part, parts=len(pieces)))
            for part, piece in enumerate(pieces)
        ]

    def _signed(self, told: Moving) -> str:
        return self._signer.sign(Purpose.MOVING, encode(told))


def _topic(site: str, unit: str) -> str:
    return topics.unit_topic(SiteId(site), UnitId(unit), topics.Channel.MOVING)
