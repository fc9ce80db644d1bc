"""What things of the record are called now, asked in one query a kind."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Any, Final

from sqlalchemy import case, func, literal, select
from sqlalchemy.ext.asyncio import AsyncSession

from loquet_server.models import (
    AccessPoint,
    ApiToken,
    Area,
    Booking,
    BookingFeed,
    CalendarEntry,
    Credential,
    Desk,
    Door,
    Equipment,
    Floor,
    HelpRequest,
    Holder,
    Hook,
    Incident,
    Operator,
    Organisation,
    PassAccount,
    Plan,
    Schedule,
    Screen,
    Sensor,
    Site,
    Subscription,
    Unit,
)


@dataclass(frozen=True, slots=True)
class Source:
    """Where the name of a kind stands. ``beside``: the table that has it, by its id."""

    table: Any
    name: Any
    beside: tuple[tuple[Any, Any], ...] = ()


SOURCES: Final[Mapping[str, Source]] = {
    "access_point": Source(AccessPoint, Door.name, ((Door, AccessPoint.door == Door.id),)),
    "account": Source(
        PassAccount, func.coalesce(Holder.name, Organisation.name),
        (
            (Holder, PassAccount.holder == Holder.id),
            (Organisation, PassAccount.organisation == Organisation.id),
        ),
    ),
    "area": Source(Area, Area.name),
    "badge": Source(
        Credential,
        case((Credential.label != "", Credential.label), else_=literal("… ") + Credential.last4),
    ),
    "booking": Source(
        Booking, case((Booking.title != "", Booking.title), else_=Holder.name),
        ((Holder, Booking.holder == Holder.id),),
    ),
    "calendar": Source(CalendarEntry, CalendarEntry.name),
    "desk": Source(Desk, Desk.name),
    "door": Source(Door, Door.name),
    "equipment": Source(Equipment, Equipment.name),
    "feed": Source(BookingFeed, Holder.name, ((Holder, BookingFeed.holder == Holder.id),)),
    "floor": Source(Floor, Floor.name),
    "help": Source(HelpRequest, Holder.name, ((Holder, HelpRequest.holder == Holder.id),)),
    "hook": Source(Hook, Hook.name),
    "incident": Source(Incident, Incident.kind),
    "member": Source(Holder, Holder.name),
    "operator": Source(Operator, Operator.name),
    "organisation": Source(Organisation, Organisation.name),
    "plan": Source(Plan, Plan.name_fr),
    "schedule": Source(Schedule, Schedule.name),
    "screen": Source(Screen, Screen.name),
    "sensor": Source(Sensor, Sensor.name),
    "site": Source(Site, Site.name),
    "subscription": Source(
        Subscription, Holder.name, ((Holder, Subscription.holder == Holder.id),)
    ),
    "token": Source(ApiToken, ApiToken.name),
    "unit": Source(Unit, Unit.name),
}  # fmt: skip
ENGLISH: Final = {"plan": Source(Plan, Plan.name_en)}
COUNTED: Final = frozenset({"incident"})
"""Whose ids are numbers."""


class NameRepository:
    """Queries of one transaction."""

    def __init__(self, session: AsyncSession) -> None:
        self._session = session

    async def names(
        self, wanted: Mapping[str, Collection[str]], language: str
    ) -> dict[tuple[str, str], str]:
        """Return the names of ids by kind and id; what is gone for good has none."""
        found: dict[tuple[str, str], str] = {}
        for kind, ids in wanted.items():
            source = SOURCES[kind]
            if language == "en":
                source = ENGLISH.get(kind, source)
            rows = await self._rows(source, ids, counted=kind in COUNTED)
            found |= {(kind, str(row[0])): row[1] for row in rows if row[1]}
        return found

    async def _rows(self, source: Source, ids: Collection[str], *, counted: bool) -> Any:
        keys: list[Any] = sorted(ids)
        if counted:
            keys = [int(each) for each in keys if each.isdecimal() and len(each) < 16]
        query = select(source.table.id, source.name).select_from(source.table)
        for table, joined in source.beside:
            query = query.outerjoin(table, joined)
        return (await self._session.execute(query.where(source.table.id.in_(keys)))).all()
