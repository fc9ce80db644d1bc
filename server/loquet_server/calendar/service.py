"""Calendar entries come, change and go; units follow at once."""

import secrets
from collections.abc import Iterable
from dataclasses import replace
from typing import Any, Final

from sqlalchemy.ext.asyncio import AsyncSession

from loquet_server.calendar.repository import CalendarRepository
from loquet_server.calendar.schemas import EntryIn, EntryKind
from loquet_server.errors import Invalid, NotFound
from loquet_server.models import Action, CalendarEntry, Site
from loquet_server.office import Office, Transaction
from loquet_server.timetable.changes import follow
from loquet_server.timetable.foresight import Foresight, foresee
from loquet_server.timetable.rows import EntryRow, Timetable
from loquet_server.who import Actor, own

NEW: Final = "new"
"""The id of an entry that is not saved yet."""


class CalendarService:
    """Changes of the calendar, by one actor, in one transaction."""

    def __init__(self, office: Office, transaction: Transaction, actor: Actor) -> None:
        self._office, self._transaction, self._actor = office, transaction, actor
        self._repository = CalendarRepository(transaction.session)

    async def create(self, site: str, given: EntryIn) -> CalendarEntry:
        """Return a new entry; raise Invalid."""
        await self._check(site, given)
        row = CalendarEntry(id=f"k{secrets.token_hex(6)}", site=site, **_values(given))
        self._repository.add(row)
        await self._changed(row, Action.CALENDAR_ADDED, _values(given))
        return row

    async def change(self, row: CalendarEntry, given: EntryIn) -> CalendarEntry:
        """Change an entry; raise Invalid."""
        await self._check(row.site, given, row.plans)
        wanted = _values(given)
        before = {name: getattr(row, name) for name in wanted}
        for name, value in wanted.items():
            setattr(row, name, value)
        await self._changed(row, Action.CALENDAR_CHANGED, {"before": before, "after": wanted})
        return row

    async def delete(self, row: CalendarEntry) -> None:
        """Delete an entry."""
        detail = {"kind": row.kind, "name": row.name, "starts": row.starts, "ends": row.ends}
        await self._repository.delete(row)
        await self._changed(row, Action.CALENDAR_DELETED, detail)

    async def _check(self, site: str, given: EntryIn, known: Iterable[str] = ()) -> None:
        """Raise Invalid; ``known``: plans that it names already, archived or not."""
        if given.area is not None and given.area not in await self._repository.areas(site):
            raise Invalid(f"there is no area {given.area!r} in this space", field="area")
        plans = await self._repository.plans(site)
        unknown = set(given.plans).difference(
            known, (plan.id for plan in plans if plan.archived_at is None)
        )
        if unknown and given.kind is EntryKind.EVENT:
            raise Invalid(f"there is no plan {min(unknown)!r} in this space", field="plans")

    async def _changed(self, row: CalendarEntry, action: Action, detail: dict[str, Any]) -> None:
        office, transaction = self._office, self._transaction
        await follow(office, transaction, self._actor, action, row.id, row.site, detail)


async def entry_of(session: AsyncSession, entry: str, actor: Actor) -> CalendarEntry:
    """Return a calendar entry that is the actor's to see; raise NotFound."""
    row = await CalendarRepository(session).one(entry)
    if row is None:
        raise NotFound(f"there is no calendar entry {entry!r}")
    own(actor, row.site, f"calendar entry {entry!r}")
    return row


async def foreseen(
    office: Office, session: AsyncSession, site: Site, but: str | None, entry: EntryIn | None
) -> Foresight:
    """Return what changes if ``entry`` takes the place of the one called ``but``; None: of none."""

    def proposal(before: Timetable) -> Timetable:
        kept = [each for each in before.entries if each.id != but]
        if entry is not None:
            kept.append(_row(but or NEW, entry))
        return replace(before, entries=tuple(kept))

    return await foresee(session, site, office.now_ms(), proposal)


def _row(name: str, entry: EntryIn) -> EntryRow:
    return EntryRow(
        name, entry.kind.value, entry.name, entry.starts, entry.ends, entry.area,
        tuple(entry.plans), entry.everybody, entry.lead_minutes, entry.lag_minutes,
    )  # fmt: skip


def _values(given: EntryIn) -> dict[str, Any]:
    """Return what is stored; what only events have is empty elsewhere."""
    found = given.model_dump(mode="json")
    if given.kind is not EntryKind.EVENT:
        found |= {"everybody": False, "plans": [], "lead_minutes": 0, "lag_minutes": 0}
    return found
