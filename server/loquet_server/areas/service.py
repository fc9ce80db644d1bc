"""Areas are made, changed and deleted; what cannot be sensed is not promised."""

import secrets
from typing import Any

from loquet_contract.access.policy import WhenFull
from loquet_server.areas.repository import AreaRepository
from loquet_server.areas.schemas import AreaIn
from loquet_server.errors import Conflict, Invalid
from loquet_server.ledger import record
from loquet_server.models import Action, Area
from loquet_server.office import Office, Transaction
from loquet_server.who import Actor


class AreaService:
    """Changes of areas, by one actor, in one transaction."""

    def __init__(self, office: Office, transaction: Transaction, actor: Actor) -> None:
        self._office, self._transaction, self._actor = office, transaction, actor
        self._repository = AreaRepository(transaction.session)

    async def create(self, site: str, given: AreaIn) -> Area:
        """Return a new area; raise Invalid."""
        await self._check(site, None, given)
        row = Area(id=f"a{secrets.token_hex(6)}", site=site, **given.model_dump(mode="json"))
        self._repository.add(row)
        await self._changed(row, Action.AREA_CREATED, given.model_dump(mode="json"))
        return row

    async def change(self, row: Area, given: AreaIn) -> Area:
        """Change an area; raise Invalid."""
        await self._check(row.site, row, given)
        wanted = given.model_dump(mode="json")
        before = {name: getattr(row, name) for name in wanted}
        changed = {name: value for name, value in wanted.items() if before[name] != value}
        for name, value in changed.items():
            setattr(row, name, value)
        if changed:
            detail = {"before": {name: before[name] for name in changed}, "after": changed}
            await self._changed(row, Action.AREA_CHANGED, detail)
        return row

    async def delete(self, row: Area) -> None:
        """Delete an area; raise Conflict where anything is in it or leads to it."""
        users = await self._repository.users(row)
        if users:
            raise Conflict(
                f"area {row.name!r} is used by {', '.join(users)}; move or delete these first"
            )
        await self._repository.delete(row)
        await self._changed(row, Action.AREA_DELETED, {"name": row.name})

    async def _check(self, site: str, row: Area | None, given: AreaIn) -> None:
        if given.opening is not None:
            known = {each.id for each in await self._repository.schedules(site)}
            if given.opening not in known:
                raise Invalid(f"there is no schedule {given.opening!r} in this space")
        if given.when_full is WhenFull.REFUSE and not given.exit_sensing:
            raise Invalid(
                "an area can only refuse people when it is full if its exits are sensed:"
                " otherwise nobody knows how many are inside; choose to warn",
                field="when_full",
            )
        if row is not None and not given.exit_sensing:
            hard = await self._repository.hard(row.id)
            if hard:
                raise Invalid(
                    f"access points {', '.join(hard)} are set to hard anti-passback, which needs"
                    " exits that are sensed; make it softer there first",
                    field="exit_sensing",
                )

    async def _changed(self, row: Area, action: Action, detail: dict[str, Any]) -> None:
        office, session = self._office, self._transaction.session
        now = office.now_ms()
        record(session, action, row.id, now, actor=self._actor.name, site=row.site, detail=detail)
        await session.flush()
        found = await office.policies.advance_site(session, row.site, now)
        self._transaction.after.publish(office, found)
        self._transaction.after.tell(office, row.site, "area", row.id, now)
