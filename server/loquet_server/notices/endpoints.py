"""Notices over the API: who is on call, how each is reached, and what was sent."""

from typing import Annotated

from fastapi import APIRouter, Path

from loquet_server.models import Duty
from loquet_server.notices.plan import Wish
from loquet_server.notices.planning import Desk, Roster, wish_of
from loquet_server.notices.repository import NoticeRepository
from loquet_server.notices.schemas import (
    DutyForm,
    DutyOut,
    GapOut,
    NewWay,
    NoticeOut,
    NowOut,
    OnCallOut,
    RuleIn,
    RuleOut,
    TermsForm,
    TermsOut,
    TriedOut,
    WayOut,
    clock,
)
from loquet_server.notices.service import (
    NoticeService,
    duty_of,
    person_of,
    reader_of,
    try_way,
    way_of,
)
from loquet_server.notices.words import problem
from loquet_server.office import OfficeDep, ReadingDep, TransactionDep
from loquet_server.paging import PageDep
from loquet_server.timetable.names import Key
from loquet_server.timetable.space import site_of
from loquet_server.web.i18n import translations
from loquet_server.who import Actor, Permission, needs

router = APIRouter(prefix="/api/v1", tags=["notices"])
Reads = Annotated[Actor, needs(Permission.LIVE_READ)]
Writes = Annotated[Actor, needs(Permission.UNITS_WRITE)]
Self = Annotated[Actor, needs(Permission.SELF)]
Number = Annotated[int, Path(ge=1, lt=2**53)]
ENGLISH = translations("en")


# ---- the space ----------------------------------------------------------------------------


@router.get("/sites/{site}/on-call")
async def read_on_call(site: Key, office: OfficeDep, session: ReadingDep, actor: Reads) -> NowOut:
    """Return who is on call now, who can be reached at all, and when in a week nobody is."""
    found = await site_of(session, site, actor)
    repository = NoticeRepository(session)
    roster = await Roster.of(repository, found.id, office.now_ms())
    names = {each.id: each.name for each in await repository.operators(found.id)}
    reached = roster.desk.people
    return NowOut(
        on_call=[
            OnCallOut(
                operator=each.operator, name=names.get(each.operator, each.operator),
                rank=each.rank, reachable=each.operator in reached,
            )
            for each in roster.on_call
        ],
        reachable=list(reached),
        gaps=[
            GapOut(weekday=each.weekday, since=clock(each.since), until=clock(each.until))
            for each in roster.gaps
        ],
    )  # fmt: skip


@router.get("/sites/{site}/duties")
async def list_duties(site: Key, session: ReadingDep, page: PageDep, actor: Reads) -> list[DutyOut]:
    """Return the roster: who is told first comes first."""
    found = await site_of(session, site, actor)
    repository = NoticeRepository(session)
    names = {each.id: each.name for each in await repository.operators(found.id)}
    rows = await repository.duties(found.id)
    return [_duty(row, names) for row in page.part(rows, lambda row: row.id)]


@router.post("/sites/{site}/duties", status_code=201)
async def add_duty(
    site: Key, given: DutyForm, office: OfficeDep, transaction: TransactionDep, actor: Writes
) -> DutyOut:
    """Put somebody on call."""
    found = await site_of(transaction.session, site, actor)
    row = await NoticeService(office, transaction, actor).add_duty(found.id, given)
    await transaction.session.flush()
    person = await NoticeRepository(transaction.session).operator(row.operator)
    return _duty(row, {} if person is None else {person.id: person.name})


@router.delete("/duties/{duty}", status_code=204)
async def remove_duty(
    duty: Number, office: OfficeDep, transaction: TransactionDep, actor: Writes
) -> None:
    """Take a line off the roster."""
    row = await duty_of(transaction.session, duty, actor)
    await NoticeService(office, transaction, actor).remove_duty(row)


@router.get("/sites/{site}/notice-terms")
async def read_terms(site: Key, office: OfficeDep, session: ReadingDep, actor: Reads) -> TermsOut:
    """Return when the next person is told, and when the summary of the day comes."""
    found = await site_of(session, site, actor)
    desk = await Desk.of(NoticeRepository(session), found.id, {}, office.now_ms())
    return TermsOut(escalate=desk.escalate, digest_at=clock(desk.digest_at))


@router.put("/sites/{site}/notice-terms")
async def change_terms(
    site: Key, given: TermsForm, office: OfficeDep, transaction: TransactionDep, actor: Writes
) -> TermsOut:
    """Set when the next person is told (0: never), and when the summary of the day comes."""
    found = await site_of(transaction.session, site, actor)
    await NoticeService(office, transaction, actor).terms(found.id, given)
    return TermsOut(escalate=given.escalate, digest_at=clock(given.digest_at))


@router.get("/sites/{site}/notices")
async def list_notices(
    site: Key, session: ReadingDep, page: PageDep, actor: Reads
) -> list[NoticeOut]:
    """Return what was sent, newest first: one's own, or all for those who look after units."""
    found = await site_of(session, site, actor)
    whose, after = reader_of(actor), page.number
    rows = await NoticeRepository(session).log(found.id, whose, page.rows, after)
    return [
        NoticeOut(
            id=row.id, incident=row.incident, kind=kind, operator=row.operator, name=name,
            channel=way.id, way=way.way, level=row.level, state=row.state, at=row.at,
            next_at=row.next_at, tried_at=row.tried_at, attempts=row.attempts,
            problem=row.problem, detail=problem(row, ENGLISH), together=row.together,
        )
        for row, name, way, kind in page.of(rows, lambda each: each[0].id)
    ]  # fmt: skip


# ---- one person ---------------------------------------------------------------------------


@router.get("/operators/{operator}/notice-rules")
async def read_rules(operator: Key, session: ReadingDep, actor: Self) -> RuleOut:
    """Return what somebody wants to be told: one's own wishes, or anybody's for an owner."""
    person = await person_of(session, operator, actor)
    rules = await NoticeRepository(session).rules([person.id])
    return _rules(wish_of(rules.get(person.id)))


@router.put("/operators/{operator}/notice-rules")
async def change_rules(
    operator: Key, given: RuleIn, office: OfficeDep, transaction: TransactionDep, actor: Self
) -> RuleOut:
    """Set what somebody wants to be told, and when not."""
    person = await person_of(transaction.session, operator, actor)
    await NoticeService(office, transaction, actor).rules(person, given)
    return _rules(given)


@router.get("/operators/{operator}/notice-ways")
async def list_ways(operator: Key, session: ReadingDep, page: PageDep, actor: Self) -> list[WayOut]:
    """Return the ways to reach somebody, oldest first; never their secrets."""
    person = await person_of(session, operator, actor)
    rows = (await NoticeRepository(session).channels([person.id])).get(person.id, [])
    return [WayOut.model_validate(row) for row in page.part(rows, lambda row: row.id)]


@router.post("/operators/{operator}/notice-ways", status_code=201)
async def add_way(
    operator: Key, given: NewWay, office: OfficeDep, transaction: TransactionDep, actor: Self
) -> WayOut:
    """Add a way to reach somebody, five at most; then try it."""
    person = await person_of(transaction.session, operator, actor)
    row = await NoticeService(office, transaction, actor).add_way(person, given.way, given)
    await transaction.session.flush()
    return WayOut.model_validate(row)


@router.post("/notice-ways/{channel}/test")
async def test_way(channel: Key, office: OfficeDep, actor: Self) -> TriedOut:
    """Send a test now, and return what came of it."""
    _, outcome = await try_way(office, channel, actor)
    return TriedOut(problem=outcome.problem, detail=problem(outcome, ENGLISH))


@router.delete("/notice-ways/{channel}", status_code=204)
async def remove_way(
    channel: Key, office: OfficeDep, transaction: TransactionDep, actor: Self
) -> None:
    """Remove a way, and what waits to be sent by it."""
    row, person = await way_of(transaction.session, channel, actor)
    await NoticeService(office, transaction, actor).remove_way(row, person)


def _rules(found: Wish | RuleIn) -> RuleOut:
    return RuleOut(
        least=found.least, quiet_from=clock(found.quiet_from) or None,
        quiet_until=clock(found.quiet_until) or None, urgent_passes=found.urgent_passes,
    )  # fmt: skip


def _duty(row: Duty, names: dict[str, str]) -> DutyOut:
    return DutyOut(
        id=row.id, site=row.site, operator=row.operator,
        name=names.get(row.operator, row.operator), weekdays=row.weekdays,
        since=clock(row.since), until=clock(row.until), rank=row.rank,
    )  # fmt: skip
