"""``/notices``: who is on call, how each is reached, and what was sent."""

from typing import Annotated, Any, Final, Literal

from fastapi import APIRouter, Path, Request
from fastapi.responses import Response
from sqlalchemy.ext.asyncio import AsyncSession

from loquet_server.errors import Invalid
from loquet_server.incidence.words import NOTICES, WAYS
from loquet_server.models import Operator
from loquet_server.notices.planning import Desk, Roster
from loquet_server.notices.repository import NoticeRepository
from loquet_server.notices.schemas import FORMS, DutyForm, RuleForm, TermsForm, clock
from loquet_server.notices.service import (
    NoticeService,
    can_answer,
    duty_of,
    person_of,
    reader_of,
    try_way,
    way_of,
)
from loquet_server.notices.words import LEAST, problem
from loquet_server.office import Office, OfficeDep, ReadingDep, TransactionDep
from loquet_server.timetable.names import Key
from loquet_server.timetable.space import Space, space_of
from loquet_server.timetable.words import weekday_names, weekdays_text
from loquet_server.web.forms import Typed, typed
from loquet_server.web.i18n import N_
from loquet_server.web.rooms import go
from loquet_server.who import Actor, Permission, needs

router = APIRouter(include_in_schema=False)
Reads = Annotated[Actor, needs(Permission.LIVE_READ)]
Writes = Annotated[Actor, needs(Permission.UNITS_WRITE)]
Self = Annotated[Actor, needs(Permission.SELF)]
Number = Annotated[int, Path(ge=1, lt=2**53)]
Means = Literal["mail", "ntfy", "gotify"]
SHOWN: Final = 30
DONE: Final = {
    "added": N_("Added. Now send a test, to see whether it gets through."),
    "removed": N_("Removed."),
    "rules": N_("Saved."),
    "duty": N_("The roster is changed."),
    "terms": N_("Saved."),
    "tested": N_("The test was taken by the other side. See whether it arrives."),
}


def routes(_office: Office) -> APIRouter:
    """Return the routes of notices."""
    return router


# ---- the space ----------------------------------------------------------------------------


@router.get("/notices")
async def show_page(
    request: Request, office: OfficeDep, session: ReadingDep, actor: Reads
) -> Response:
    """Show who is on call, who can be reached, and what was sent."""
    space = await space_of(request, session, office, actor)
    return await _overview(space, office, session)


@router.post("/notices/terms")
async def change_terms(
    request: Request, office: OfficeDep, transaction: TransactionDep, actor: Writes
) -> Response:
    """Keep how the space tells of incidents."""
    space = await space_of(request, transaction.session, office, actor)
    given = await typed(request, TermsForm, space.texts)
    if given.model is None:
        return await _overview(space, office, transaction.session, terms=given)
    await NoticeService(office, transaction, actor).terms(space.site.id, given.model)
    return go("/notices", "terms")


@router.post("/notices/roster")
async def add_duty(
    request: Request, office: OfficeDep, transaction: TransactionDep, actor: Writes
) -> Response:
    """Put somebody on call."""
    space = await space_of(request, transaction.session, office, actor)
    given = await typed(request, DutyForm, space.texts)
    if given.model is not None:
        try:
            await NoticeService(office, transaction, actor).add_duty(space.site.id, given.model)
            return go("/notices", "duty")
        except Invalid as error:
            given.refused(error, space.texts)
    return await _overview(space, office, transaction.session, duty=given)


@router.post("/notices/roster/{duty}/delete")
async def remove_duty(
    duty: Number, office: OfficeDep, transaction: TransactionDep, actor: Writes
) -> Response:
    """Take somebody off call."""
    row = await duty_of(transaction.session, duty, actor)
    await NoticeService(office, transaction, actor).remove_duty(row)
    return go("/notices", "duty")


# ---- one person ---------------------------------------------------------------------------


@router.get("/notices/people/{operator}")
async def person_page(
    request: Request, operator: Key, office: OfficeDep, session: ReadingDep, actor: Self
) -> Response:
    """Show how somebody is reached, and when not."""
    person = await person_of(session, operator, actor)
    space = await space_of(request, session, office, actor, person.site)
    return await _person(space, office, session, person)


@router.post("/notices/people/{operator}")
async def change_rules(
    request: Request, operator: Key, office: OfficeDep, transaction: TransactionDep, actor: Self
) -> Response:
    """Keep what somebody wants to be told."""
    person = await person_of(transaction.session, operator, actor)
    space = await space_of(request, transaction.session, office, actor, person.site)
    given = await typed(request, RuleForm, space.texts)
    if given.model is None:
        return await _person(space, office, transaction.session, person, given)
    await NoticeService(office, transaction, actor).rules(person, given.model)
    return go(f"/notices/people/{operator}", "rules")


@router.get("/notices/people/{operator}/{means}/new")
async def new_way_page(
    request: Request, operator: Key, means: Means, office: OfficeDep, session: ReadingDep,
    actor: Self,
) -> Response:  # fmt: skip
    """Show the form of a new way."""
    person = await person_of(session, operator, actor)
    space = await space_of(request, session, office, actor, person.site)
    usual = {"to": person.mail} if means == "mail" else {"server": "https://ntfy.sh"}
    return _way_form(space, office, person, means, Typed({} if means == "gotify" else usual))


@router.post("/notices/people/{operator}/{means}/new")
async def add_way(
    request: Request, operator: Key, means: Means, office: OfficeDep, transaction: TransactionDep,
    actor: Self,
) -> Response:  # fmt: skip
    """Add a way to reach somebody."""
    person = await person_of(transaction.session, operator, actor)
    space = await space_of(request, transaction.session, office, actor, person.site)
    given: Typed[Any] = await typed(request, FORMS[means], space.texts)
    if given.model is not None:
        try:
            await NoticeService(office, transaction, actor).add_way(person, means, given.model)
            return go(f"/notices/people/{operator}", "added")
        except Invalid as error:
            given.refused(error, space.texts)
    return _way_form(space, office, person, means, given)


@router.post("/notices/ways/{channel}/test")
async def test_way(request: Request, channel: Key, office: OfficeDep, actor: Self) -> Response:
    """Send a test now, and show what came of it."""
    person, outcome = await try_way(office, channel, actor)
    if outcome.problem is None:
        return go(f"/notices/people/{person.id}", "tested")
    async with office.database.reading() as session:
        space = await space_of(request, session, office, actor, person.site)
        why = problem(outcome, space.texts)
        return await _person(space, office, session, person, trouble=why, status=502)


@router.post("/notices/ways/{channel}/delete")
async def remove_way(
    channel: Key, office: OfficeDep, transaction: TransactionDep, actor: Self
) -> Response:
    """Remove a way."""
    row, person = await way_of(transaction.session, channel, actor)
    await NoticeService(office, transaction, actor).remove_way(row, person)
    return go(f"/notices/people/{person.id}", "removed")


# ---- pages --------------------------------------------------------------------------------


async def _overview(
    space: Space, office: Office, session: AsyncSession, *, duty: Typed[Any] | None = None,
    terms: Typed[Any] | None = None,
) -> Response:  # fmt: skip
    repository, site, now = NoticeRepository(session), space.site.id, office.now_ms()
    people = list(await repository.operators(site))
    ids = [each.id for each in people]
    roster = await Roster.of(repository, site, now)
    log = await repository.log(site, reader_of(space.actor), SHOWN)
    bad = bool((duty and duty.complaints) or (terms and terms.complaints))
    values: dict[str, Any] = {
        "people": people,
        "rules": await repository.rules(ids),
        "channels": await repository.channels(ids),
        "reached": set(roster.desk.people),
        "only_look": {each.id for each in people if not can_answer(each)},
        "on_call": [shift.operator for shift in roster.on_call],
        "names": {each.id: each.name for each in people},
        "duties": [(each, weekdays_text(each.weekdays, space.texts)) for each in roster.duties],
        "gaps": [(weekday_names(space.texts)[each.weekday], each) for each in roster.gaps],
        "duty": duty or Typed({"rank": 1, "since": "08:00", "until": "20:00"}),
        "terms": terms or Typed(_terms_values(roster.desk)),
        "day_choices": list(enumerate(weekday_names(space.texts))),
        "person_choices": [(each.id, each.name) for each in people if can_answer(each)],
        **_log_values(space, log, now),
    }  # fmt: skip
    return space.page("notices.html", values, 422 if bad else 200)


async def _person(
    space: Space, office: Office, session: AsyncSession, person: Operator,
    given: Typed[Any] | None = None, *, trouble: str = "", status: int = 200,
) -> Response:  # fmt: skip
    repository, now = NoticeRepository(session), office.now_ms()
    rule = (await repository.rules([person.id])).get(person.id)
    log = await repository.log(space.site.id, person.id, SHOWN)
    values: dict[str, Any] = {
        "person": person,
        "ways": (await repository.channels([person.id])).get(person.id, []),
        "typed": given or Typed(_rule_values(rule)),
        "least": [(value.value, space.texts.gettext(text)) for value, text in LEAST.items()],
        "trouble": trouble,
        "public_url": office.settings.public_url,
        **_log_values(space, log, now),
    }
    if given is not None:
        status = 422
    return space.page("notices_person.html", values, status)


def _way_form(
    space: Space, office: Office, person: Operator, means: str, given: Typed[Any]
) -> Response:
    values = {
        "person": person, "means": means, "typed": given, "means_name": WAYS[means],
        "networks": office.settings.hook_networks,
    }  # fmt: skip
    return space.page("notices_way.html", values, 422 if given.complaints else 200)


def _log_values(space: Space, log: Any, now: int) -> dict[str, Any]:
    return {
        "entries": log,
        "problems": {row.id: problem(row, space.texts) for row, _, _, _ in log},
        "states": NOTICES,
        "means_names": WAYS,
        "clock": clock,
        "now_ms": now,
        "done": space.said(DONE),
    }


def _terms_values(desk: Desk) -> dict[str, Any]:
    return {"escalate": desk.escalate, "digest_at": clock(desk.digest_at)}


def _rule_values(rule: Any) -> dict[str, Any]:
    if rule is None:
        return {"least": "warning", "urgent_passes": True}
    return {
        "least": rule.least, "urgent_passes": rule.urgent_passes,
        "quiet_from": clock(rule.quiet_from), "quiet_until": clock(rule.quiet_until),
    }  # fmt: skip
