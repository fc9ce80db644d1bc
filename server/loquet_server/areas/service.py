"""Areas are made, changed and deleted; what cannot be sensed is not promised."""

import secrets
from typing import Any

from sqlalchemy.ext.asyncio import AsyncSession

from loquet_contract.access.policy import WhenFull
from loquet_server.areas.counting import recount
from loquet_server.areas.repository import AreaRepository
from loquet_server.areas.schemas import AreaIn
from loquet_server.errors import Conflict, Invalid, NotFound
from loquet_server.models import Action, Area
from loquet_server.office import Office, Transaction
from loquet_server.timetable.changes import follow, rewrite
from loquet_server.who import Actor, own


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
        detail = rewrite(row, given.model_dump(mode="json"))
        if detail:
            await self._changed(row, Action.AREA_CHANGED, detail)
        return row

    async def delete(self, row: Area) -> None:
        """Delete an area; raise Conflict where anything is in it or leads to it."""
        uses = await self._repository.uses(row)
        if uses:
            found = [*uses.names, *(f"plan {english}" for _, english in uses.plans)]
            if uses.visits:
                found.append(f"{uses.visits} visits of guests")
            raise Conflict(
                f"area {row.name!r} is used by {', '.join(found)}; move or delete these first"
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
        if given.warn_at is not None and not given.exit_sensing:
            raise Invalid(
                "a warning needs exits that are sensed: otherwise nobody knows how many people"
                " are inside; leave it empty, or say that leaving is sensed",
                field="warn_at",
            )
        if given.warn_at is not None and given.capacity and given.warn_at > given.capacity:
            raise Invalid(
                f"a warning at {given.warn_at} comes after the limit of {given.capacity}; warn"
                " earlier",
                field="warn_late",
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
        office, transaction = self._office, self._transaction
        await follow(office, transaction, self._actor, action, row.id, row.site, detail)
        if action is not Action.AREA_DELETED:
            await recount(office, transaction, [row.id])
        transaction.after.tell(office, row.site, "area", row.id, office.now_ms())


async def area_of(session: AsyncSession, area: str, actor: Actor) -> Area:
    """Return an area that is the actor's to see; raise NotFound."""
    row = await AreaRepository(session).one(area)
    if row is None:
        raise NotFound(f"there is no area {area!r}")
    own(actor, row.site, f"area {area!r}")
    return row
