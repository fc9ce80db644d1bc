"""Schedules are written, changed and deleted; hours that cannot be read are never saved."""

import secrets
from datetime import date
from typing import Any

from sqlalchemy.ext.asyncio import AsyncSession

from loquet_server.errors import Conflict, Invalid, NotFound
from loquet_server.hours.evaluation import opening
from loquet_server.hours.locality import InvalidHours, Locality
from loquet_server.models import Action, Schedule, Site
from loquet_server.office import Office, Transaction
from loquet_server.schedules.repository import ScheduleRepository
from loquet_server.schedules.schemas import ScheduleIn
from loquet_server.timetable.changes import follow
from loquet_server.timetable.foresight import today_of
from loquet_server.timetable.repository import locality_of
from loquet_server.timetable.rows import Hours
from loquet_server.who import Actor, own


def understood(given: ScheduleIn, locality: Locality, today: date) -> Hours:
    """Return what was given as a plain value; raise InvalidHours."""
    if given.always:
        return Hours("", given.name, always=True, follows_calendar=given.follows_calendar)
    opening(given.hours, locality, today, 7)
    return Hours("", given.name, hours=given.hours, follows_calendar=given.follows_calendar)


class ScheduleService:
    """Changes of schedules, by one actor, in one transaction."""

    def __init__(self, office: Office, transaction: Transaction, actor: Actor) -> None:
        self._office, self._transaction, self._actor = office, transaction, actor
        self._repository = ScheduleRepository(transaction.session)

    async def create(self, site: Site, given: ScheduleIn, *, opening: bool = False) -> Schedule:
        """Return a new schedule, the site's opening hours if it is told so; raise Invalid."""
        self._check(site, given)
        row = Schedule(id=f"s{secrets.token_hex(6)}", site=site.id)
        _write(row, given)
        self._repository.add(row)
        if opening:
            site.opening = row.id
        await self._changed(row, Action.SCHEDULE_CREATED, given.model_dump() | {"opening": opening})
        return row

    async def change(self, site: Site, row: Schedule, given: ScheduleIn) -> Schedule:
        """Change a schedule; raise Invalid."""
        self._check(site, given)
        before = {name: getattr(row, name) for name in ScheduleIn.model_fields}
        _write(row, given)
        detail = {"before": before, "after": given.model_dump()}
        await self._changed(row, Action.SCHEDULE_CHANGED, detail)
        return row

    async def delete(self, row: Schedule) -> None:
        """Delete a schedule; raise Conflict where anything goes by it."""
        uses = await self._repository.uses(row)
        if uses:
            names = [*uses.areas, *uses.doors, *(english for _, english in uses.plans)]
            raise Conflict(
                f"schedule {row.name!r} is used by"
                f" {', '.join(names) or 'the opening hours of the space'}; choose other hours"
                " there first",
                areas=list(uses.areas), doors=list(uses.doors), opening=uses.opening,
                plans=[english for _, english in uses.plans],
            )  # fmt: skip
        await self._repository.delete(row)
        await self._changed(row, Action.SCHEDULE_DELETED, {"name": row.name, "hours": row.hours})

    def _check(self, site: Site, given: ScheduleIn) -> None:
        today = today_of(site, self._office.now_ms())
        try:
            understood(given, locality_of(site), today)
        except InvalidHours as error:
            raise Invalid(str(error), position=error.position, hint=error.hint) from error

    async def _changed(self, row: Schedule, action: Action, detail: dict[str, Any]) -> None:
        office, transaction = self._office, self._transaction
        await follow(office, transaction, self._actor, action, row.id, row.site, detail)


async def schedule_of(session: AsyncSession, schedule: str, actor: Actor) -> Schedule:
    """Return a schedule that is the actor's to see; raise NotFound."""
    row = await ScheduleRepository(session).one(schedule)
    if row is None:
        raise NotFound(f"there is no schedule {schedule!r}")
    own(actor, row.site, f"schedule {schedule!r}")
    return row


def _write(row: Schedule, given: ScheduleIn) -> None:
    row.name, row.always = given.name, given.always
    row.hours = "" if given.always else given.hours
    row.intervals, row.follows_calendar = [], given.follows_calendar
