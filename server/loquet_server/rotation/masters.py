"""The next card master of a site: made beside the one before, which counts on until it is retired.

A master is never shown to anybody: it is made here, sealed at once as badge numbers are, and opened
only to be sealed again to a unit that asks.
"""

import secrets

from loquet_contract.wire.card_keys import MASTER_BYTES, name_of
from loquet_contract.wire.sealing import seal
from loquet_server.errors import Conflict
from loquet_server.ledger import record
from loquet_server.models import Action, CardKey
from loquet_server.office import Office, Transaction
from loquet_server.rotation.repository import RotationRepository

MASTER_CONTEXT = "card-master"


class MasterService:
    """Changes of one transaction, by one actor, at one site."""

    def __init__(self, office: Office, transaction: Transaction, actor: str, site: str) -> None:
        self._office, self._transaction, self._actor = office, transaction, actor
        self._site = site
        self._repository = RotationRepository(transaction.session)

    async def in_force(self) -> list[CardKey]:
        """Return the masters that count, the newest first, locked."""
        rows = await self._repository.masters(self._site)
        return [each for each in rows if each.retired_at is None]

    async def make(self, most: int) -> CardKey:
        """Make the next master; the units are told. Raise Conflict while ``most`` are in force."""
        rows = await self._repository.masters(self._site)
        if sum(each.retired_at is None for each in rows) >= most:
            raise Conflict("two card keys are in force: retire the older one first")
        master = secrets.token_bytes(MASTER_BYTES)
        row = CardKey(
            site=self._site,
            version=1 + max((each.version for each in rows), default=0),
            name=name_of(master),
            master_sealed=seal(self._office.keys.seal_public, master, MASTER_CONTEXT),
            created_at=self._office.now_ms(),
        )
        self._transaction.session.add(row)
        await self.changed(Action.CARD_KEY_MADE, row)
        return row

    async def changed(self, action: Action, row: CardKey) -> None:
        """Note what was done to a master, and tell the units which ones count."""
        session, now = self._transaction.session, self._office.now_ms()
        await session.flush()
        record(
            session, action, str(row.version), now, actor=self._actor, site=self._site,
            detail={"name": row.name},
        )  # fmt: skip
        for unit, _ in await self._repository.units(self._site):
            found = await self._office.policies.advance_desired(session, unit.id, now)
            self._transaction.after.publish(self._office, found)
