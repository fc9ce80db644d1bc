"""Plans are made, changed, put away; what they open changes at the doors at once."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from loquet_server.accounts import service as accounts
from loquet_server.accounts.windows import Clockwork
from loquet_server.errors import Invalid, NotFound
from loquet_server.ledger import record
from loquet_server.models import Action, Plan, Rule, Schedule, Site
from loquet_server.office import Office, Transaction
from loquet_server.people.changes import new_id, tell_balances
from loquet_server.people.refusals import InTheWay
from loquet_server.plans.ready import EVENING_HOURS, EVENINGS
from loquet_server.plans.repository import Places, PlanRepository
from loquet_server.plans.schemas import PlanIn, PlanKind, PlanTerms, Price, Right
from loquet_server.plans.words import Names
from loquet_server.web.i18n import N_, translations
from loquet_server.who import Actor, own

_PLAIN = (
    "kind", "name_fr", "name_en", "counts", "allowance", "window", "when_empty", "grace_days",
    "needs_membership", "lead_minutes", "lag_minutes", "stale_days", "expires_days",
)  # fmt: skip
USED = N_(
    "It is used by %(subscriptions)s subscriptions, %(accounts)s pass accounts and %(events)s"
    " events, past ones too: put it away instead."
)
_COUNTING = ("counts", "allowance", "window", "when_empty")


@dataclass(frozen=True, slots=True)
class Shown:
    """A plan with what it says, and how many have it today."""

    plan: Plan
    terms: PlanTerms
    names: Names
    members: int


async def shown(repository: PlanRepository, plans: Sequence[Plan], now_ms: int) -> list[Shown]:
    """Return plans with their rights, the names of these, and their members."""
    rules = await repository.rules(each.id for each in plans)
    found: dict[str, Places] = {}
    members: dict[str, int] = {}
    for site in sorted({each.site for each in plans}):
        places = await repository.places(site)
        assert places is not None
        found[site] = places
        here = [each.id for each in plans if each.site == site]
        members |= await repository.members(here, today(places.site, now_ms))
    return [
        Shown(
            each,
            terms_of(each, rules.get(each.id, ()), found[each.site]),
            names_of(found[each.site]),
            members.get(each.id, 0),
        )
        for each in plans
    ]


def today(site: Site, now_ms: int) -> str:
    """Return the accounting day of a site (ISO date)."""
    clockwork = Clockwork(site.timezone, site.day_starts, site.half_day_at)
    return clockwork.date_of(now_ms // 1000).isoformat()


def names_of(places: Places) -> Names:
    """Return the names of a site's areas, doors and schedules."""
    return Names(
        {area.id: area.name for area in places.areas},
        places.ways,
        {each.id: each.name for each in places.schedules},
    )


def terms_of(plan: Plan, rules: Iterable[Rule], places: Places) -> PlanTerms:
    """Return what a plan says; whatever is stored."""
    always = {each.id for each in places.schedules if each.always}
    rights = [
        Right.model_construct(
            areas=list(rule.areas or ()),
            access_points=list(rule.access_points or ()),
            hours="always" if rule.schedule in always else rule.schedule or "opening",
        )
        for rule in rules
    ]
    prices = [Price.model_validate(each) for each in plan.prices or ()]
    values = {name: getattr(plan, name) for name in _PLAIN} | {"kind": PlanKind(plan.kind)}
    return PlanTerms.model_construct(**values, prices=prices, rights=rights)


async def plan_of(repository: PlanRepository, actor: Actor, plan: str) -> Plan:
    """Return a plan that the actor may see; raise NotFound."""
    row = await repository.one(plan)
    if row is None:
        raise NotFound(f"there is no plan {plan!r}")
    own(actor, row.site, f"plan {plan!r}")
    return row


async def create(office: Office, transaction: Transaction, actor: Actor, given: PlanIn) -> Plan:
    """Return a new plan; raise Invalid for places or hours that the site does not have."""
    repository = PlanRepository(transaction.session)
    own(actor, given.site, f"site {given.site!r}")
    places = await repository.places(given.site)
    if places is None:
        raise Invalid(f"there is no site {given.site!r}")
    row = Plan(id=new_id("p"), site=given.site)
    _write(row, given)
    repository.add(row)
    await transaction.session.flush()
    await _write_rules(repository, row, given.rights, places)
    await _changed(office, transaction, actor, row, Action.PLAN_CREATED)
    return row


async def change(
    office: Office, transaction: Transaction, actor: Actor, row: Plan, given: PlanTerms
) -> None:
    """Change a plan: what it says goes to the doors, what is left in its accounts too."""
    session, now = transaction.session, office.now_ms()
    repository = PlanRepository(session)
    places = await repository.places(row.site)
    assert places is not None
    before = [getattr(row, name) for name in _COUNTING]
    _write(row, given)
    await _write_rules(repository, row, given.rights, places)
    await session.flush()
    if row.counts is not None:
        await accounts.give_accounts(session, row.id, now)
    await _changed(office, transaction, actor, row, Action.PLAN_CHANGED)
    if before != [getattr(row, name) for name in _COUNTING]:
        moved = await accounts.plan_changes(session, row.id, now)
        await tell_balances(office, transaction, row.site, moved)


async def put_away(
    office: Office, transaction: Transaction, actor: Actor, row: Plan, *, away: bool
) -> None:
    """Offer a plan no more, or again; whoever has it keeps it."""
    row.archived_at = office.now_ms() if away else None
    action = Action.PLAN_ARCHIVED if away else Action.PLAN_RESTORED
    await _changed(office, transaction, actor, row, action)


async def delete(office: Office, transaction: Transaction, actor: Actor, row: Plan) -> None:
    """Delete a plan that nobody has or had; raise Conflict saying who."""
    repository = PlanRepository(transaction.session)
    subscriptions, found = await repository.uses(row.id)
    events = await repository.events_for(row.id, row.site)
    if subscriptions or found or events:
        raise InTheWay("", USED, subscriptions=subscriptions, accounts=found, events=events)
    await repository.drop(row)
    await _changed(office, transaction, actor, row, Action.PLAN_DELETED)


def _write(row: Plan, given: PlanTerms) -> None:
    for name in _PLAIN:
        setattr(row, name, getattr(given, name))
    row.kind = given.kind.value
    row.name_en = given.name_en or given.name_fr
    row.prices = [each.model_dump() for each in given.prices]


async def _write_rules(
    repository: PlanRepository, plan: Plan, rights: Sequence[Right], places: Places
) -> None:
    """Write the rights in place: a rule keeps its name, which the record of passages holds."""
    known = (await repository.rules([plan.id])).get(plan.id, [])
    names = {each.id for each in known}
    for at, right in enumerate(rights):
        areas, ways = _checked(right, places)
        schedule = _schedule(repository, plan.site, right.hours, places)
        if at < len(known):
            rule = known[at]
            rule.areas, rule.access_points, rule.schedule = areas, ways, schedule
            continue
        name = next(each for n in range(1, 100) if (each := f"{plan.id}-{n:02d}") not in names)
        names.add(name)
        repository.add(
            Rule(id=name, plan=plan.id, areas=areas, access_points=ways, schedule=schedule)
        )
    await repository.drop_rules(each.id for each in known[len(rights) :])


def _checked(right: Right, places: Places) -> tuple[list[str], list[str]]:
    """Return areas and access points that the site has; raise Invalid for others."""
    areas = {area.id for area in places.areas}
    for known, chosen, what in (
        (areas, right.areas, "area"),
        (set(places.ways), right.access_points, "access point"),
    ):
        strange = sorted(set(chosen) - known)
        if strange:
            raise Invalid(f"site {places.site.id!r} has no {what} {strange[0]!r}")
    return list(dict.fromkeys(right.areas)), list(dict.fromkeys(right.access_points))


def _schedule(repository: PlanRepository, site: str, hours: str, places: Places) -> str | None:
    """Return the schedule of hours, made if it is one of those that every space may have."""
    if hours == "opening":
        return None
    wanted: dict[str, tuple[bool, str, str]] = {
        "always": (True, "", translations("fr").gettext("Day and night")),
        EVENINGS: (False, EVENING_HOURS, translations("fr").gettext("Evenings and weekends")),
    }
    if hours in wanted:
        always, text, name = wanted[hours]
        for each in places.schedules:
            if each.always if always else each.hours == text:
                return each.id
        row = Schedule(
            id=new_id("s"), site=site, name=name, always=always, hours=text,
            follows_calendar=not always,
        )  # fmt: skip
        repository.add(row)
        places.schedules.append(row)
        return row.id
    if hours not in {each.id for each in places.schedules}:
        raise Invalid(f"site {site!r} has no schedule {hours!r}; make it on the hours page first")
    return hours


async def _changed(
    office: Office, transaction: Transaction, actor: Actor, row: Plan, action: Action
) -> None:
    session, now = transaction.session, office.now_ms()
    record(session, action, row.id, now, actor=actor.name, site=row.site)
    await session.flush()
    found = await office.policies.advance_site(session, row.site, now)
    transaction.after.publish(office, found)
