"""Floors are made, drawn, ordered and deleted; of two who draw at once the second is told."""

import secrets
from collections.abc import Iterable
from typing import Any

from sqlalchemy.ext.asyncio import AsyncSession

from loquet_server.errors import NotFound
from loquet_server.floorplan.plan import HIGHEST, LOWEST, Plan, read, scaled, within
from loquet_server.floorplan.repository import FloorRepository
from loquet_server.floors.picture import Picture
from loquet_server.floors.repository import Thing, ThingRepository
from loquet_server.floors.schemas import FloorIn
from loquet_server.ledger import record
from loquet_server.models import Action, Floor, FloorImage
from loquet_server.office import Office, Transaction
from loquet_server.people.refusals import DoesNotFit, InTheWay
from loquet_server.web.i18n import N_
from loquet_server.who import Actor, own

BELOW = N_("Something lies below the lower edge of the plan. Make the plan higher, or move it.")
GONE = N_("There is no %(kind)s “%(name)s” in this space any more.")
ELSEWHERE = N_("%(name)s stands on the plan of %(floor)s already. Take it away there first.")
OUTDATED = N_(
    "%(who)s changed this plan while you were drawing. Nothing of yours is saved yet. To keep"
    " your drawing, save again; to see theirs, load the page anew."
)


class FloorService:
    """Changes of floors, by one actor, in one transaction."""

    def __init__(self, office: Office, transaction: Transaction, actor: Actor) -> None:
        self._office, self._transaction, self._actor = office, transaction, actor
        self._floors = FloorRepository(transaction.session)

    async def create(self, site: str, given: FloorIn) -> Floor:
        """Return a new floor, which comes last; raise DoesNotFit."""
        row = Floor(
            id=f"f{secrets.token_hex(6)}", site=site, name=given.name, height=given.height,
            rank=await self._floors.next_rank(site), plan={}, image=None, revision=0,
        )  # fmt: skip
        await self._check(row, given)
        row.plan = given.plan.plain()
        self._floors.add(row)
        self._changed(row, Action.FLOOR_CREATED, {"name": row.name})
        return row

    async def change(self, row: Floor, given: FloorIn, revision: int) -> Floor:
        """Draw a floor anew; raise InTheWay if it is not as it was read, or DoesNotFit."""
        if row.revision != revision:
            raise InTheWay("", OUTDATED, who=row.changed_by)
        await self._check(row, given)
        before = len(read(row.plan).marks)
        row.name, row.height, row.plan = given.name, given.height, given.plan.plain()
        marks = {"before": before, "after": len(given.plan.marks)}
        self._changed(row, Action.FLOOR_CHANGED, {"name": row.name, "marks": marks})
        return row

    async def set_picture(self, row: Floor, found: Picture | None) -> None:
        """Put a picture under a plan, or take it away; the plan takes its proportions."""
        if found is None:
            await self._floors.drop_images(row.id)
        else:
            across, along = found.pixels
            await self._floors.keep_image(FloorImage(
                floor=row.id, digest=found.digest, width=across, height=along, body=found.body,
            ))  # fmt: skip
            height = min(max(found.height, LOWEST), HIGHEST)
            row.plan = scaled(read(row.plan), row.height, height).plain()
            row.height = height
        row.image = None if found is None else found.digest
        self._changed(row, Action.FLOOR_IMAGE_SET, {"image": row.image})

    async def move(self, row: Floor, up: bool) -> None:
        """Let a floor and its neighbour in the list change places."""
        rows = list(await self._floors.of_site(row.site))
        at = rows.index(row)
        to = at - 1 if up else at + 1
        if 0 <= to < len(rows):
            rows[at], rows[to] = rows[to], rows[at]
            for rank, each in enumerate(rows):
                each.rank = rank
            self._changed(row, Action.FLOOR_CHANGED, {"name": row.name, "rank": row.rank})

    async def delete(self, row: Floor) -> None:
        """Delete a floor; what stood on it stands nowhere."""
        await self._floors.delete(row)
        self._changed(row, Action.FLOOR_DELETED, {"name": row.name})

    async def _check(self, row: Floor, given: FloorIn) -> None:
        if not within(given.plan, given.height):
            raise DoesNotFit("height", BELOW)
        things = {
            (thing.kind.value, thing.id): thing
            for thing in await ThingRepository(self._transaction.session).of_site(row.site)
        }
        others = [
            (floor.name, read(floor.plan).subjects())
            for floor in await self._floors.of_site(row.site)
            if floor.id != row.id
        ]
        for mark in given.plan.marks:
            key = (mark.kind.value, mark.subject)
            if key not in things:
                raise DoesNotFit(":".join(key), GONE, kind=mark.kind.value, name=mark.subject)
            for name, placed in others:
                if key in placed:
                    raise DoesNotFit(":".join(key), ELSEWHERE, name=things[key].name, floor=name)

    def _changed(self, row: Floor, action: Action, detail: dict[str, Any]) -> None:
        office, transaction, now = self._office, self._transaction, self._office.now_ms()
        row.revision, row.changed_at, row.changed_by = row.revision + 1, now, self._actor.name
        record(
            transaction.session, action, row.id, now, actor=self._actor.name, site=row.site,
            detail=detail,
        )  # fmt: skip
        transaction.after.tell(office, row.site, "floor", row.id, row.revision)


async def floor_of(
    session: AsyncSession, floor: str, actor: Actor, *, locked: bool = False
) -> Floor:
    """Return a floor that is the actor's to see; raise NotFound."""
    row = await FloorRepository(session).one(floor, locked=locked)
    if row is None:
        raise NotFound(f"there is no floor {floor!r}")
    own(actor, row.site, f"floor {floor!r}")
    return row


def still_there(plan: Plan, things: Iterable[Thing]) -> Plan:
    """Return a plan without the marks of what the space no longer has."""
    known = {(thing.kind, thing.id) for thing in things}
    marks = tuple(mark for mark in plan.marks if (mark.kind, mark.subject) in known)
    return plan.model_copy(update={"marks": marks})
