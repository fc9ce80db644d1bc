"""Ways to reach people, what they want to be told, and the roster: made, changed and tried."""

import secrets
from typing import Any, Final

from pydantic import BaseModel
from sqlalchemy.ext.asyncio import AsyncSession

from loquet_server.errors import Invalid, NotFound
from loquet_server.hooks.addresses import NotThere, judged
from loquet_server.incidence import end_incident
from loquet_server.incidence.attending import ATTENDS, TENDS_UNITS
from loquet_server.ledger import record
from loquet_server.models import (
    Action,
    Duty,
    Notice,
    NoticeChannel,
    NoticeRule,
    NoticeTerms,
    Operator,
)
from loquet_server.notices import ways
from loquet_server.notices.repository import NoticeRepository
from loquet_server.notices.schemas import NO_DAY, DutyForm, RuleForm, TermsForm
from loquet_server.notices.teller import writer_for
from loquet_server.notices.ways import Outcome, Sender
from loquet_server.notices.words import PROBLEMS
from loquet_server.office import Office, Transaction, committed
from loquet_server.timetable.repository import TimetableRepository
from loquet_server.web.i18n import N_
from loquet_server.who import PERMISSIONS, Actor, Permission, Role, own

MOST: Final = 5
"""Ways of one person."""
MOST_DUTIES: Final = 60
TOO_MANY: Final = N_("There are five ways already; remove one that is no longer used.")
TOO_MANY_DUTIES: Final = N_("There are sixty lines already; remove some first.")
NOBODY: Final = N_("Choose somebody who has an account here.")
ONLY_LOOKS: Final = N_("Choose somebody else: this person may only look, and take nothing on.")


async def person_of(session: AsyncSession, operator: str, actor: Actor) -> Operator:
    """Return somebody whose notices are the actor's to set: oneself, or anybody for an owner."""
    row = await NoticeRepository(session).operator(operator)
    mine = actor.operator == operator or actor.may(Permission.OPERATORS_WRITE)
    if row is None or not mine:
        raise NotFound(f"there is no operator {operator!r}")
    own(actor, row.site, f"operator {operator!r}")
    return row


async def way_of(
    session: AsyncSession, channel: str, actor: Actor
) -> tuple[NoticeChannel, Operator]:
    """Return a way that is the actor's to set, and whose it is; raise NotFound."""
    row = await NoticeRepository(session).channel(channel)
    if row is None:
        raise NotFound(f"there is no way {channel!r}")
    return row, await person_of(session, row.operator, actor)


async def duty_of(session: AsyncSession, duty: int, actor: Actor) -> Duty:
    """Return a line of a roster that is the actor's to change; raise NotFound."""
    row = await NoticeRepository(session).duty(duty)
    if row is None:
        raise NotFound(f"there is no duty {duty}")
    own(actor, row.site, f"duty {duty}")
    return row


def reader_of(actor: Actor) -> str | None:
    """Return whose notices the actor may read: everybody's (None), or one's own alone."""
    return None if actor.may(TENDS_UNITS) else actor.operator or ""


def can_answer(person: Operator) -> bool:
    """True if somebody may take on what they are told of."""
    return ATTENDS in PERMISSIONS[Role(person.role)]


class NoticeService:
    """Changes within one transaction."""

    def __init__(self, office: Office, transaction: Transaction, actor: Actor) -> None:
        self._office = office
        self._session = transaction.session
        self._repository = NoticeRepository(transaction.session)
        self._actor = actor
        self._now = office.now_ms()

    async def add_way(self, person: Operator, way: str, given: BaseModel) -> NoticeChannel:
        """Add a way to reach somebody; raise Invalid."""
        known = (await self._repository.channels([person.id])).get(person.id, [])
        if len(known) >= MOST:
            raise Invalid(TOO_MANY)
        fields = given.model_dump(exclude={"way"})
        address = {name: str(value) for name, value in fields.items()}
        if way in ways.PUSH:
            await self._look(address["server"])
        row = NoticeChannel(
            id=f"nw-{secrets.token_hex(6)}", operator=person.id, way=way,
            shown=ways.shown(way, address)[:200], sealed=ways.sealed(self._office.keys, address),
            enabled=True, created_at=self._now,
        )  # fmt: skip
        self._repository.add(row)
        self._record(Action.NOTICE_WAY_ADDED, person, way=way, shown=row.shown)
        return row

    async def remove_way(self, row: NoticeChannel, person: Operator) -> None:
        """Remove a way, and what waits to be sent by it."""
        self._record(Action.NOTICE_WAY_REMOVED, person, way=row.way, shown=row.shown)
        await end_incident(
            self._session, unit=None, kind="notices_failed", subject=row.id, now_ms=self._now
        )
        await self._repository.remove_channel(row)

    async def rules(self, person: Operator, given: RuleForm) -> None:
        """Keep what somebody wants to be told."""
        row = (await self._repository.rules([person.id])).get(person.id)
        if row is None:
            row = NoticeRule(operator=person.id)
            self._repository.add(row)
        row.least, row.urgent_passes = given.least.value, given.urgent_passes
        row.quiet_from, row.quiet_until = given.quiet_from, given.quiet_until
        self._record(Action.NOTICE_RULES_CHANGED, person, **given.model_dump(mode="json"))

    async def add_duty(self, site: str, given: DutyForm) -> Duty:
        """Put somebody on call; raise Invalid."""
        people = {each.id: each for each in await self._repository.operators(site)}
        if given.operator not in people:
            raise Invalid(NOBODY, field="operator")
        if not can_answer(people[given.operator]):
            raise Invalid(ONLY_LOOKS, field="operator")
        if not given.weekdays:
            raise Invalid(NO_DAY, field="weekdays")
        if len(await self._repository.duties(site)) >= MOST_DUTIES:
            raise Invalid(TOO_MANY_DUTIES)
        row = Duty(site=site, **given.model_dump())
        row.weekdays = sorted(set(given.weekdays))
        self._repository.add(row)
        self._record(Action.DUTY_ADDED, people[given.operator], site=site, **given.model_dump())
        return row

    async def remove_duty(self, row: Duty) -> None:
        """Take a line off the roster."""
        person = await self._repository.operator(row.operator)
        assert person is not None
        said = {"weekdays": row.weekdays, "since": row.since, "until": row.until}
        self._record(Action.DUTY_REMOVED, person, site=row.site, **said)
        await self._repository.remove(row)

    async def terms(self, site: str, given: TermsForm) -> None:
        """Keep how a space tells of incidents."""
        row = await self._repository.terms(site)
        if row is None:
            row = NoticeTerms(site=site)
            self._repository.add(row)
        row.escalate, row.digest_at = given.escalate, given.digest_at
        record(
            self._session, Action.NOTICE_TERMS_CHANGED, site, self._now, actor=self._actor.name,
            site=site, detail=given.model_dump(),
        )  # fmt: skip

    async def tried(self, row: NoticeChannel, person: Operator, outcome: Outcome) -> None:
        """Write down what came of a test."""
        state = "sent" if outcome.problem is None else "dead"
        self._repository.add(
            Notice(
                incident=None, round=1, channel=row.id, operator=person.id, level=1, state=state,
                at=self._now, next_at=self._now, attempts=1, tried_at=self._now,
                problem=outcome.problem, said=outcome.said, together=1,
            )
        )  # fmt: skip
        if outcome.problem is None:
            row.failing_since = None
        self._record(Action.NOTICE_WAY_TRIED, person, way=row.way, problem=outcome.problem)

    async def _look(self, server: str) -> None:
        """Refuse an address that would never be gone to; a name may come back."""
        try:
            await judged(server, self._office.settings.hooks_allowed)
        except NotThere as error:
            if error.problem != "no_such_name":
                raise Invalid(PROBLEMS[error.problem], field="server") from error

    def _record(self, action: Action, person: Operator, **more: Any) -> None:
        site = more.pop("site", person.site)
        record(
            self._session, action, person.id, self._now, actor=self._actor.name, site=site,
            detail=more,
        )  # fmt: skip


async def try_way(office: Office, channel: str, actor: Actor) -> tuple[Operator, Outcome]:
    """Send a letter that says it is a test; return to whom, and what came of it, which is kept.

    Outside a transaction: the other side may take its time. Raise NotFound.
    """
    async with office.database.reading() as session:
        row, person = await way_of(session, channel, actor)
        site = await TimetableRepository(session).site(person.site or actor.site)
        writer = await writer_for(
            office, NoticeRepository(session), person, "" if site is None else site.id,
            office.now_ms(),
        )  # fmt: skip
    sender = Sender(office.database, office.keys, office.settings.hooks_allowed)
    name = f"notice-test-{secrets.token_hex(6)}"
    outcome = await sender.send(row.way, row.sealed, writer.test(), name)
    async with committed(office) as transaction:
        row, person = await way_of(transaction.session, channel, actor)
        await NoticeService(office, transaction, actor).tried(row, person, outcome)
    return person, outcome
