"""A unit is reported stolen: one transaction shuts it out and begins to replace what it knew.

What was on it is counted before: that is what the report says for as long as it is kept, however
the space changes afterwards.
"""

import secrets
from typing import Any

from loquet_contract.wire.card_keys import MOST_VERSIONS
from loquet_server.certificates.revoking import revoke, told
from loquet_server.days import DAY_MS
from loquet_server.errors import Conflict, NotFound
from loquet_server.incidence.raising import raise_incident
from loquet_server.ledger import record
from loquet_server.models import Action, Theft, Unit
from loquet_server.office import Office, Transaction
from loquet_server.peppers.repository import pepper_of
from loquet_server.rotation.masters import MasterService
from loquet_server.rotation.service import RotationService
from loquet_server.thefts.repository import TheftRepository
from loquet_server.who import Actor, own

KEPT_DAYS = 7
"""Days for which a unit keeps what the server has acknowledged: its own passages."""
KIND = "unit_stolen"


class TheftService:
    """Changes of one transaction, by one actor."""

    def __init__(self, office: Office, transaction: Transaction, actor: Actor) -> None:
        self._office, self._transaction, self._actor = office, transaction, actor
        self._session = transaction.session
        self._repository = TheftRepository(transaction.session)

    async def report(self, unit: str, reason: str) -> Theft:
        """Shut a unit out and replace what it knew; raise NotFound, or Conflict if it was."""
        row = await self._repository.unit(unit, lock=True)
        own(self._actor, None if row is None else row.site, f"unit {unit!r}")
        if row is None:
            raise NotFound(f"there is no unit {unit!r}")
        if row.revoked_at is not None:
            known = await self._repository.of_unit(row.id, row.revoked_at)
            if known is not None:
                raise Conflict("this unit was reported stolen already")
        now = self._office.now_ms()
        doors = await self._repository.doors(unit)
        theft = Theft(
            id=f"t{secrets.token_hex(8)}", site=row.site, unit=row.id, name=row.name, at=now,
            actor=self._actor.name[:200], reason=reason, doors=[each.name for each in doors],
            known=await self._known(row), pepper=0, card_key=None,
        )  # fmt: skip
        await revoke(self._session, row.id, self._actor.name, reason, now)
        told(self._transaction, self._office, row, now)
        state = await self._repository.state(row.id)
        if state is not None:  # what it says of itself from now on is not heard
            state.online = False
            state.revision += 1
        theft.pepper = await self._replace_peppers(row, reason)
        theft.card_key = await self._replace_masters(row.site)
        self._repository.add(theft)
        await self._tell(row, theft)
        return theft

    async def _known(self, unit: Unit) -> dict[str, Any]:
        """Return what is on a unit now: counts and spans, and nobody's name."""
        found: dict[str, Any] = await self._repository.counts(unit.site)
        state = await self._repository.state(unit.id)
        now = self._office.now_ms()
        found["pin_length"] = await self._repository.pin_length(unit.site)
        found["hours_until"] = now + self._office.settings.policy_horizon_days * DAY_MS
        found["kept_days"] = KEPT_DAYS
        found["unsent"] = 0 if state is None else state.backlog
        found["seen_at"] = None if state is None else state.seen_at
        return found

    async def _replace_peppers(self, unit: Unit, reason: str) -> int:
        """Begin a rotation wherever the unit's pepper counts; return its version at its own site.

        Sites of one server share the first pepper until one of them replaces it.
        """
        keys, version = self._office.keys, 0
        mine = (await pepper_of(self._session, keys, unit.site)).name
        for site in await self._repository.sites():
            if (await pepper_of(self._session, keys, site)).name != mine:
                continue
            service = RotationService(self._office, self._transaction, self._actor.name, site)
            row = await service.begin_anew(f"{unit.name}: {reason}"[:500])
            if site == unit.site:
                version = row.version
        return version

    async def _replace_masters(self, site: str) -> int | None:
        """Make a card master beside those that were on the unit; return their newest version."""
        masters = MasterService(self._office, self._transaction, self._actor.name, site)
        rows = await masters.in_force()
        if not rows:
            return None
        newest = rows[0].version
        if len(rows) < MOST_VERSIONS:
            await masters.make(MOST_VERSIONS)
        return newest

    async def _tell(self, unit: Unit, theft: Theft) -> None:
        await raise_incident(
            self._session, site=unit.site, unit=unit.id, kind=KIND, now_ms=theft.at
        )  # fmt: skip
        record(
            self._session, Action.UNIT_STOLEN, unit.id, theft.at, actor=self._actor.name,
            reason=theft.reason, site=unit.site, detail={"theft": theft.id},
        )  # fmt: skip
        self._transaction.after.tell(self._office, unit.site, "incident", KIND, theft.at)
