"""Organisations are written down, changed and archived; their day counts are told."""

from datetime import date

from sqlalchemy.ext.asyncio import AsyncSession

from loquet_server.models import Action, Organisation
from loquet_server.office import Office, Transaction
from loquet_server.organisations.days import Month, by_month
from loquet_server.organisations.repository import OrganisationRepository
from loquet_server.organisations.schemas import OrganisationFields
from loquet_server.people.changes import new_id, note
from loquet_server.people.repository import PeopleRepository
from loquet_server.who import Actor

MONTHS = 24
"""So many months back are counted."""


class OrganisationService:
    """Changes of one transaction, by one actor."""

    def __init__(self, office: Office, transaction: Transaction, actor: Actor) -> None:
        self._office = office
        self._transaction = transaction
        self._actor = actor
        self._people = PeopleRepository(transaction.session, actor)

    async def create(self, given: OrganisationFields, site: str | None = None) -> Organisation:
        """Return a new organisation; raise Invalid."""
        place = await self._people.site(site)
        fields = given.model_dump(include=set(OrganisationFields.model_fields))
        row = Organisation(id=new_id("o"), site=place.id, **fields)
        OrganisationRepository(self._transaction.session).add(row)
        return await self._changed(row, Action.ORGANISATION_CREATED)

    async def change(self, organisation: str, given: OrganisationFields) -> Organisation:
        """Change what is written of an organisation; raise NotFound."""
        row = await self._people.organisation(organisation)
        for name in OrganisationFields.model_fields:
            setattr(row, name, getattr(given, name))
        return await self._changed(row, Action.ORGANISATION_CHANGED)

    async def archive(self, organisation: str, to: bool = True) -> Organisation:
        """Put an organisation aside, or take it back; raise NotFound."""
        row = await self._people.organisation(organisation)
        row.archived_at = self._office.now_ms() if to else None
        action = Action.ORGANISATION_ARCHIVED if to else Action.ORGANISATION_UNARCHIVED
        return await self._changed(row, action)

    async def days(self, organisation: str, today: date) -> list[Month]:
        """Return day counts by month, and record that somebody looked; raise NotFound."""
        row = await self._people.organisation(organisation)
        await self._changed(row, Action.ORGANISATION_DAYS_READ)
        return await day_counts(self._transaction.session, row.id, today)

    async def _changed(self, row: Organisation, action: Action) -> Organisation:
        note(self._office, self._transaction, self._actor, action, row.id, row.site)
        await self._transaction.session.flush()
        return row


async def day_counts(session: AsyncSession, organisation: str, today: date) -> list[Month]:
    """Return an organisation's day counts of the last months, the latest first."""
    months = today.year * 12 + today.month - MONTHS
    first = f"{months // 12:04}-{months % 12 + 1:02}-01"
    return by_month(await OrganisationRepository(session).uses(organisation, first))
