"""What people do about incidents: take one on, note, close, mute."""

from datetime import datetime, time, timedelta
from typing import Any, Final

from sqlalchemy.ext.asyncio import AsyncSession

from loquet_server.days import zone
from loquet_server.errors import Conflict, Forbidden, Invalid, NotFound
from loquet_server.hooks.incidents import ended
from loquet_server.hooks.outbox import notices
from loquet_server.incidence import life
from loquet_server.incidence.attending import closer
from loquet_server.incidence.kinds import kind_of
from loquet_server.incidence.life import Step, WrongState
from loquet_server.incidence.raising import life_of
from loquet_server.incidents.repository import IncidentRepository
from loquet_server.incidents.schemas import MUTE_DAYS, MuteIn, NoteIn, SaidIn
from loquet_server.ledger import record
from loquet_server.models import Action, Incident, IncidentMute, IncidentStep, Site
from loquet_server.office import Office, Transaction
from loquet_server.web.i18n import N_
from loquet_server.who import Actor, own

NO_NOTE: Final = NoteIn()
NOT_YOURS: Final = N_(
    "This is about the units themselves: whoever looks after them closes it. You can take it on"
    " and leave a note."
)
NOT_MUTED: Final = N_("Notices of this kind cannot be muted: it is about people's safety.")
TOO_LONG: Final = N_("Choose a day from today on, ninety days away at most.")
OVER: Final = N_("It is over, so nobody can take it on any more.")
TAKEN: Final = N_("Somebody has taken it on already.")


def may_close(actor: Actor, row: Incident) -> bool:
    """True if this person may say that it was seen to."""
    return actor.may(closer(row.kind))


async def incident_of(session: AsyncSession, incident: int, actor: Actor) -> Incident:
    """Return an incident that is the actor's to see; raise NotFound."""
    row = await IncidentRepository(session).one(incident)
    if row is None:
        raise NotFound(f"there is no incident {incident}")
    own(actor, row.site if row.site is not None else actor.site, f"incident {incident}")
    return row


class IncidentService:
    """Changes within one transaction."""

    def __init__(self, office: Office, transaction: Transaction, actor: Actor) -> None:
        self._office = office
        self._transaction = transaction
        self._session = transaction.session
        self._repository = IncidentRepository(transaction.session)
        self._actor = actor
        self._now = office.now_ms()

    async def acknowledge(self, row: Incident, given: NoteIn = NO_NOTE) -> None:
        """Take an incident on: nobody else is told of it; raise Conflict."""
        try:
            found = life.acknowledged(life_of(row), self._now)
        except WrongState as error:
            raise Conflict(OVER if row.ended_at is not None else TAKEN) from error
        row.acknowledged_at, row.acknowledged_by = found.acknowledged_at, self._actor.name
        self._step(row, Step.ACKNOWLEDGED, given.note, Action.INCIDENT_ACKNOWLEDGED)
        self._tell(row)

    async def note(self, row: Incident, given: SaidIn) -> None:
        """Add a note to its story."""
        self._step(row, Step.NOTED, given.note, Action.INCIDENT_NOTED)
        self._tell(row)

    async def resolve(self, row: Incident, given: NoteIn = NO_NOTE) -> None:
        """Close an incident, if it is not over: somebody has seen to it; raise Forbidden."""
        if not may_close(self._actor, row):
            raise Forbidden(NOT_YOURS)
        if row.ended_at is not None:
            return
        row.ended_at = life.resolved(life_of(row), self._now).ended_at
        row.ended_by = self._actor.name
        self._step(row, Step.RESOLVED, given.note, Action.INCIDENT_CLOSED)
        await self._session.run_sync(notices, ended([row]), self._now)
        self._tell(row)

    async def mute(self, row: Incident, given: MuteIn) -> IncidentMute:
        """Have nobody told of such incidents of this unit for a while; raise Invalid."""
        if not kind_of(row.kind).mutable:
            raise Invalid(NOT_MUTED, field="until")
        if row.site is None:
            raise Invalid(N_("It belongs to no space, so there is nobody to be told."))
        until = await self._end_of(given, row.site)
        before = await self._repository.mute_of(row, self._now)
        if before is not None:
            before.until = self._now
        made = IncidentMute(
            site=row.site, unit=row.unit, kind=row.kind, until=until, actor=self._actor.name,
            reason=given.reason, at=self._now,
        )  # fmt: skip
        self._repository.add(made)
        detail = {"kind": row.kind, "unit": row.unit, "until": until}
        self._step(row, Step.MUTED, given.reason, Action.INCIDENT_MUTED, detail)
        self._tell(row)
        return made

    async def unmute(self, row: Incident, given: NoteIn = NO_NOTE) -> None:
        """Have people told again."""
        mute = await self._repository.mute_of(row, self._now)
        if mute is not None:
            mute.until = self._now
            detail = {"kind": row.kind, "unit": row.unit}
            self._step(row, Step.UNMUTED, given.note, Action.INCIDENT_UNMUTED, detail)
            self._tell(row)

    async def _end_of(self, given: MuteIn, site: str) -> int:
        found = await self._session.get(Site, site)
        clock = zone("UTC" if found is None else found.timezone)
        today = datetime.fromtimestamp(self._now / 1000, clock).date()
        if not today <= given.until <= today + timedelta(days=MUTE_DAYS):
            raise Invalid(TOO_LONG, field="until")
        end = datetime.combine(given.until + timedelta(days=1), time(), clock)
        return int(end.timestamp() * 1000)

    def _step(
        self, row: Incident, step: Step, note: str, action: Action,
        detail: dict[str, Any] | None = None,
    ) -> None:  # fmt: skip
        row.revision += 1
        self._repository.add(
            IncidentStep(
                incident=row.id, at=self._now, step=step.value, actor=self._actor.name[:200],
                note=note,
            )
        )  # fmt: skip
        record(
            self._session, action, str(row.id), self._now, actor=self._actor.name, site=row.site,
            reason=note, detail=detail,
        )  # fmt: skip

    def _tell(self, row: Incident) -> None:
        if row.site is not None:
            self._transaction.after.tell(self._office, row.site, "incident", row.kind, row.revision)


async def close(office: Office, transaction: Transaction, incident: int, actor: Actor) -> Incident:
    """Return an incident that is closed now, if it was not before; raise NotFound."""
    row = await incident_of(transaction.session, incident, actor)
    await IncidentService(office, transaction, actor).resolve(row)
    return row
