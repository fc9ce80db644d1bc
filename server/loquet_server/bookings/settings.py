"""How things are booked: rooms, desks, equipment, plans, and the space."""

from typing import Any

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from loquet_server.bookings.schemas import DeskForm, EquipmentForm, RoomForm, TermsForm
from loquet_server.errors import NotFound
from loquet_server.models import (
    Action,
    Area,
    BookingResource,
    BookingTerms,
    Desk,
    Equipment,
    Plan,
)
from loquet_server.office import Office, Transaction
from loquet_server.people.changes import new_id, note
from loquet_server.reservations.repository import ReservationRepository
from loquet_server.reservations.resources import Resource, ResourceRepository
from loquet_server.reservations.rules import Kind
from loquet_server.timetable.changes import follow
from loquet_server.who import Actor, own


class SettingsRepository:
    """Queries of one transaction."""

    def __init__(self, session: AsyncSession) -> None:
        self._session = session

    async def plans(self, site: str) -> list[tuple[Plan, BookingTerms | None]]:
        """Return plans that are offered, each with what it allows to book."""
        query = (
            select(Plan, BookingTerms)
            .outerjoin(BookingTerms, BookingTerms.plan == Plan.id)
            .where(Plan.site == site, Plan.archived_at.is_(None))
            .order_by(Plan.name_fr, Plan.id)
        )
        return [(row[0], row[1]) for row in (await self._session.execute(query)).all()]

    async def plan(self, plan: str) -> tuple[Plan, BookingTerms | None]:
        """Return one plan; raise NotFound."""
        found = await self._session.get(Plan, plan)
        if found is None:
            raise NotFound(f"there is no plan {plan!r}")
        return found, await self._session.get(BookingTerms, plan)

    async def resource(self, site: str, kind: str, name: str) -> Resource:
        """Return a resource, bookable or not; raise NotFound."""
        found = await ResourceRepository(self._session).one(site, kind, name)
        if found is None:
            raise NotFound(f"there is no {kind} {name!r}")
        return found

    async def area(self, area: str) -> Area:
        """Return an area that is known to be there."""
        return (await self._session.execute(select(Area).where(Area.id == area))).scalar_one()

    async def desk(self, desk: str) -> Desk:
        """Return a desk that is known to be there."""
        return (await self._session.execute(select(Desk).where(Desk.id == desk))).scalar_one()

    async def row(self, resource: Resource) -> BookingResource:
        """Return how a resource is booked, to be changed."""
        kind = resource.kind.value
        found = await self._session.get(BookingResource, (kind, resource.id))
        if found is None:
            found = BookingResource(
                kind=kind, resource=resource.id, site=resource.site, bookable=False,
                slot=resource.slot, lead=resource.lead, lag=resource.lag,
            )  # fmt: skip
            self._session.add(found)
        return found

    def add(self, row: Equipment | BookingTerms) -> None:
        """Store a new row."""
        self._session.add(row)


class BookingSettings:
    """Changes of one transaction, by one actor, of their own space."""

    def __init__(self, office: Office, transaction: Transaction, actor: Actor, site: str) -> None:
        self._office, self._transaction, self._actor = office, transaction, actor
        self._site = site
        self._repository = SettingsRepository(transaction.session)

    async def room(self, name: str, given: RoomForm) -> None:
        """Choose how a room is booked; doors follow."""
        resource = await self._repository.resource(self._site, Kind.ROOM, name)
        row = await self._repository.row(resource)
        row.bookable = given.how != "no"
        row.slot, row.lead, row.lag = given.slot, given.lead, given.lag
        area = await self._repository.area(name)
        area.booking_only = given.how == "only"
        detail = given.model_dump()
        await follow(
            self._office, self._transaction, self._actor, Action.RESOURCE_CHANGED, name,
            self._site, detail,
        )  # fmt: skip

    async def desk(self, name: str, given: DeskForm) -> None:
        """Choose how a desk is booked."""
        resource = await self._repository.resource(self._site, Kind.DESK, name)
        row = await self._repository.row(resource)
        row.slot, row.lead, row.lag = given.slot, given.lead, 0
        row.free_after = given.free_after
        (await self._repository.desk(name)).bookable = given.bookable
        self._note(Action.RESOURCE_CHANGED, name, given.model_dump())

    async def equipment(self, name: str | None, given: EquipmentForm) -> Equipment:
        """Add a thing that can be lent, or change one."""
        action = Action.EQUIPMENT_CHANGED
        if name is None:
            action = Action.EQUIPMENT_CREATED
            found = Equipment(id=new_id("e"), site=self._site, name=given.name)
            self._repository.add(found)
        else:
            found = await self._equipment(name)
        found.name, found.place = given.name, given.place
        found.note, found.count = given.note, given.count
        await self._transaction.session.flush()
        resource = await self._repository.resource(self._site, Kind.EQUIPMENT, found.id)
        (await self._repository.row(resource)).slot = given.slot
        self._note(action, found.id, {"name": given.name, "count": given.count})
        return found

    async def archive(self, name: str) -> None:
        """Take a thing away; what was booked stays in the record."""
        (await self._equipment(name)).archived_at = self._office.now_ms()
        self._note(Action.EQUIPMENT_ARCHIVED, name, {})

    async def terms(self, plan: str, given: TermsForm) -> None:
        """Choose what the people of a plan may book."""
        row, terms = await self._repository.plan(plan)
        own(self._actor, row.site, f"plan {plan!r}")
        if terms is None:
            terms = BookingTerms(plan=plan, kinds=[])
            self._repository.add(terms)
        terms.kinds = [each.value for each in given.kinds]
        terms.longest, terms.ahead_days = given.longest, given.ahead_days
        terms.open_most, terms.outside_hours = given.open_most, given.outside_hours
        hours = given.month_hours
        terms.month_minutes = None if hours is None else hours * 60
        terms.price = given.price
        self._note(Action.BOOKING_TERMS_CHANGED, plan, given.model_dump(mode="json"))

    async def space(self, release_after: int) -> None:
        """Choose after how many minutes a booking that nobody came to is free."""
        row = await ReservationRepository(self._transaction.session).locked(self._site)
        row.release_after = release_after
        self._note(Action.BOOKING_SETTINGS_CHANGED, self._site, {"release_after": release_after})

    async def _equipment(self, name: str) -> Equipment:
        found = await ResourceRepository(self._transaction.session).equipment(name)
        if found is None or found.site != self._site or found.archived_at is not None:
            raise NotFound(f"there is no equipment {name!r}")
        return found

    def _note(self, action: Action, subject: str, detail: dict[str, Any]) -> None:
        note(
            self._office, self._transaction, self._actor, action, subject, self._site,
            detail=detail,
        )  # fmt: skip
