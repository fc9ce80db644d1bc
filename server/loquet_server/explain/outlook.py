"""Who may enter on Sunday at ten? When may she enter what? What if these hours were saved?

Answered on the whole space's policy, compiled from what is saved now, as if all units were in
touch. Passes and lockdowns are those of now; nobody knows those of Sunday.
"""

import asyncio
from collections.abc import Iterable, Mapping
from dataclasses import replace
from datetime import date, datetime, time, timedelta

from sqlalchemy.ext.asyncio import AsyncSession

from loquet_contract.access.decision import Denied, Granted, Now, decide
from loquet_contract.access.policy import AccessPointRecord, HolderRecord, InMemoryPolicy
from loquet_contract.access.policy import PolicyTerms as Terms
from loquet_contract.access.presence import Presence
from loquet_contract.access.reasons import Reason
from loquet_contract.ids import AreaId, HolderId
from loquet_server.days import instant, zone
from loquet_server.errors import Invalid, NotFound
from loquet_server.explain import moment
from loquet_server.explain.repository import ExplainRepository
from loquet_server.explain.schemas import (
    AreaOutlook,
    AreaSpans,
    ChangeOut,
    Changes,
    EntrantOut,
    MemberOutlook,
    SpanOut,
    WeekdayOut,
    WhatIf,
)
from loquet_server.explain.wording import manager, other_name
from loquet_server.foresight.change import by_weekday, what_if
from loquet_server.foresight.ladder import RUNG_OF, Rung
from loquet_server.foresight.layers import (
    FOREVER,
    holders,
    in_touch,
    proving,
    request,
    ways_in,
    with_any_badge,
)
from loquet_server.foresight.spans import Stretch, spans, stretches, union
from loquet_server.hours.calendar import InvalidHours, Locality, opening
from loquet_server.models import Plan, Site
from loquet_server.policy.compiler import compile_policy
from loquet_server.policy.rows import Frame, Source
from loquet_server.policy.rules import rule_of
from loquet_server.policy.source_repository import SourceRepository
from loquet_server.web.i18n import translations
from loquet_server.who import LOCAL, Actor, own

SHOWN = 500
"""Names in one answer."""
BEFORE = 40
"""Days of the calendar before the moment: the month's passes began there."""
AFTER = 40
NEAR_MS = 3600 * 1000
"""So far ahead who is inside, and what is locked down, says something."""


class Outlook:
    """Questions about what is saved now; ``actor`` sees only their own site."""

    def __init__(self, session: AsyncSession, now_ms: int, actor: Actor = LOCAL) -> None:
        self._session = session
        self._repository = ExplainRepository(session)
        self._now_ms = now_ms
        self._actor = actor

    async def area(self, area: str, at_ms: int, language: str = "en") -> AreaOutlook:
        """Return who may enter an area at an instant; raise NotFound."""
        row = await self._repository.area(area)
        own(self._actor, None if row is None else row.site, f"area {area!r}")
        if row is None:
            raise NotFound(f"there is no area {area!r}")
        site = await self._site(row.site)
        frame = await self._frame(site, at_ms // 1000)
        policy = await self._policy(frame)
        presence = await self._presence(site.id, at_ms)
        names = await self._repository.holders(site.id)
        with_badge = await self._repository.with_badge(site.id)
        answers = await asyncio.to_thread(_ask, policy, AreaId(area), presence, at_ms / 1000, names)
        plans = await self._plans(each.rule for _, _, each in answers if isinstance(each, Granted))
        doors = {each.id: each for each in await self._repository.doors(site.id)}
        found: list[EntrantOut] = []
        for holder, place, answer in answers:
            denied = answer if isinstance(answer, Denied) else None
            found.append(
                EntrantOut(
                    holder=holder,
                    name=names[holder],
                    by=_name(answer.rule, plans, language) if isinstance(answer, Granted) else "",
                    doors=[doors[each].name for each in place if each in doors],
                    badge=holder in with_badge,
                    reason=None if denied is None else denied.reason.value,
                    words="" if denied is None else manager(denied.reason, language),
                    when=None if denied is None else denied.when,
                )
            )
        found.sort(key=lambda each: (each.name.casefold(), each.holder))
        may = [each for each in found if each.reason is None and each.badge]
        others = [each for each in found if each.reason is not None or not each.badge]
        others.sort(key=_nearness, reverse=True)
        more = max(len(may) - SHOWN, 0) + max(len(others) - SHOWN, 0)
        return AreaOutlook(
            area=area, name=row.name, at=at_ms, may=may[:SHOWN], may_not=others[:SHOWN], more=more
        )

    async def member(
        self, holder: str, first: date | None = None, days: int = 7, language: str = "en"
    ) -> MemberOutlook:
        """Return when somebody may enter what, from a local day on; raise NotFound."""
        row = await self._repository.holder(holder)
        own(self._actor, None if row is None else row.site, f"member {holder!r}")
        if row is None:
            raise NotFound(f"there is no member {holder!r}")
        site = await self._site(row.site)
        start, end = _bounds(first or self.today(site), days, site.timezone)
        frame = await self._frame(site, start)
        policy = await self._policy(frame, [holder])
        presence = replace(await self._presence(site.id, self._now_ms), stays={}, people={})
        found = await asyncio.to_thread(_when, policy, HolderId(holder), presence, start, end)
        plans = await self._plans(
            each.answer.rule
            for some in found.values()
            for each in some
            if isinstance(each.answer, Granted)
        )
        areas = [
            AreaSpans(
                area=area.id,
                name=area.name,
                spans=_told(found.get(AreaId(area.id), []), plans, language),
            )
            for area in await self._repository.areas(site.id)
        ]
        return MemberOutlook(
            holder=holder,
            name=row.name,
            timezone=site.timezone,
            badge=holder in await self._repository.with_badge(site.id),
            suspended=row.suspended,
            start=start,
            end=end,
            areas=areas,
        )

    async def doors_now(self, holder: str) -> dict[str, Granted | Denied]:
        """Return what each door would now answer a holder with a badge; raise NotFound.

        By the rules saved now, as if its unit were in touch; doors that lead nowhere are left out.
        """
        site = await self.site_of(holder)
        frame = await self._frame(site, self._now_ms // 1000)
        policy = await self._policy(frame, [holder])
        presence = await self._presence(site.id, self._now_ms)
        return await asyncio.to_thread(
            _doors, policy, HolderId(holder), presence, self._now_ms / 1000
        )

    async def what_if(self, wish: WhatIf) -> Changes:
        """Return what other hours of a schedule would change for whom; raise Invalid."""
        schedule = await self._repository.schedule(wish.schedule)
        own(self._actor, None if schedule is None else schedule.site, "schedule")
        if schedule is None:
            raise NotFound(f"there is no schedule {wish.schedule!r}")
        site = await self._site(schedule.site)
        _understood(wish.hours, site)
        start = self._now_ms // 1000
        before = await self._frame(site, start, wish.days)
        other = tuple(
            replace(each, hours=wish.hours, intervals=(), always=False)
            if each.schedule == wish.schedule
            else each
            for each in before.schedules
        )
        after = replace(before, schedules=other)
        was, will = [{"": await self._policy(each)} for each in (before, after)]
        found = await asyncio.to_thread(what_if, was, will, start, wish.days)
        names = await self._repository.holders(site.id)
        told = [
            ChangeOut(
                holder=each.holder, name=names.get(each.holder, each.holder), area=each.area,
                gained=list(each.gained), lost=list(each.lost),
            )
            for each in found[:SHOWN]
        ]  # fmt: skip
        weekdays = by_weekday(found, site.timezone)
        return Changes(
            start=start,
            end=start + wish.days * 86_400,
            weekdays=[WeekdayOut(weekday=e.weekday, gain=e.gain, lose=e.lose) for e in weekdays],
            members=told,
            more=max(len(found) - SHOWN, 0),
        )

    async def moment(self, area: str, local: datetime) -> int:
        """Return a wall-clock time in the space of an area as UTC milliseconds; raise NotFound."""
        site = await self.site_of_area(area)
        return int(local.replace(tzinfo=zone(site.timezone)).timestamp()) * 1000

    async def site_of_area(self, area: str) -> Site:
        """Return the space of an area; raise NotFound."""
        row = await self._repository.area(area)
        own(self._actor, None if row is None else row.site, f"area {area!r}")
        return await self._site("" if row is None else row.site)

    async def site_of(self, holder: str) -> Site:
        """Return the space of a member; raise NotFound."""
        row = await self._repository.holder(holder)
        own(self._actor, None if row is None else row.site, f"member {holder!r}")
        return await self._site("" if row is None else row.site)

    def today(self, site: Site) -> date:
        """Return the date in a space."""
        return instant(self._now_ms).astimezone(zone(site.timezone)).date()

    async def _site(self, site: str) -> Site:
        found = await self._repository.site(site)
        if found is None:
            raise NotFound(f"there is no space {site!r}")
        return found

    async def _frame(self, site: Site, utc: int, days: int = AFTER) -> Frame:
        first = instant(utc * 1000).astimezone(zone(site.timezone)).date() - timedelta(BEFORE)
        start = int(datetime.combine(first, time(), zone(site.timezone)).timestamp())
        return await SourceRepository(self._session).frame(site.id, start, BEFORE + days)

    async def _policy(self, frame: Frame, chosen: Iterable[str] | None = None) -> InMemoryPolicy:
        people = await SourceRepository(self._session).people(frame.site.site, frame.start, chosen)
        records = await asyncio.to_thread(compile_policy, Source(frame, people), None)
        return InMemoryPolicy.of(Terms(0, 0, FOREVER, FOREVER), records)

    async def _presence(self, site: str, at_ms: int) -> Presence:
        facts = await self._repository.moving(site)
        found = moment.now(facts, await self._repository.lockdowns(site))
        if abs(at_ms - self._now_ms) <= NEAR_MS:
            return found
        return Presence(balances=found.balances, paid=found.paid)

    async def _plans(self, rules: Iterable[str]) -> Mapping[str, Plan]:
        return await self._repository.plans({rule_of(each) for each in rules})


Answered = tuple[HolderId, list[str], Granted | Denied]


def _ask(
    policy: InMemoryPolicy, area: AreaId, presence: Presence, utc: float, names: Mapping[str, str]
) -> list[Answered]:
    """Return for each holder the doors that let in, and the best answer of all."""
    places = [each for each in ways_in(policy) if each.area_to == area]
    policy = in_touch(policy, int(utc) + 1)
    found: list[Answered] = []
    for holder in holders(policy):
        if holder.holder in names and places:
            found.append(_best(policy, holder, places, presence, utc))
    return found


def _doors(
    policy: InMemoryPolicy, holder: HolderId, presence: Presence, utc: float
) -> dict[str, Granted | Denied]:
    """Return the best answer of each door; a holder without any right is refused everywhere."""
    policy = in_touch(policy, int(utc) + 1)
    record = policy.records.get(f"holder/{holder}")
    by_door: dict[str, list[AccessPointRecord]] = {}
    for place in ways_in(policy):
        by_door.setdefault(place.door, []).append(place)
    if not isinstance(record, HolderRecord):
        return {door: Denied(Reason.UNAUTHORIZED, holder) for door in by_door}
    return {
        door: _best(policy, record, places, presence, utc)[2] for door, places in by_door.items()
    }


def _best(
    policy: InMemoryPolicy,
    holder: HolderRecord,
    places: list[AccessPointRecord],
    presence: Presence,
    utc: float,
) -> Answered:
    with_badge = with_any_badge(policy, holder.holder)
    answers = [
        (
            each.door,
            decide(
                proving(request(each.access_point), with_badge),
                with_badge,
                presence,
                Now(0.0, utc),
            ),
        )
        for each in places
    ]
    granted = [(door, each) for door, each in answers if isinstance(each, Granted)]
    if granted:
        return holder.holder, sorted({door for door, _ in granted}), granted[0][1]
    refused = [each for _, each in answers if isinstance(each, Denied)]
    return holder.holder, [], max(refused, key=lambda each: _rank(each.reason))


def _rank(reason: Reason) -> int:
    return list(Rung).index(RUNG_OF[reason])


def _nearness(entrant: EntrantOut) -> int:
    """Return how far up the ladder somebody came; who lacks but a badge is nearest."""
    return len(Rung) if entrant.reason is None else _rank(Reason(entrant.reason))


def _when(
    policy: InMemoryPolicy, holder: HolderId, presence: Presence, start: int, end: int
) -> dict[AreaId, list[Stretch]]:
    record = policy.records.get(f"holder/{holder}")
    found: dict[AreaId, list[Stretch]] = {}
    if not isinstance(record, HolderRecord):
        return found
    for place in ways_in(policy):
        some = stretches(policy, place, record, presence, start, end)
        found.setdefault(place.area_to, []).extend(some)
    return found


def _told(found: list[Stretch], plans: Mapping[str, Plan], language: str) -> list[SpanOut]:
    """Return the spans of all doors of an area together, each with the plans behind it."""
    granted = [each for each in found if isinstance(each.answer, Granted)]
    told = []
    for start, end in union([spans(granted)]):
        rules = {
            each.answer.rule
            for each in granted
            if isinstance(each.answer, Granted) and each.start < end and each.end > start
        }
        names = sorted({_name(rule, plans, language) for rule in rules})
        told.append(SpanOut(start=start, end=end, by=", ".join(names)))
    return told


def _name(rule: str, plans: Mapping[str, Plan], language: str) -> str:
    plan = plans.get(rule_of(rule))
    if plan is not None:
        return plan.name_fr if language == "fr" else plan.name_en
    return other_name(rule, translations(language))


def _bounds(first: date, days: int, timezone: str) -> tuple[int, int]:
    where = zone(timezone)
    last = first + timedelta(days)
    start, end = (int(datetime.combine(day, time(), where).timestamp()) for day in (first, last))
    return start, end


def _understood(hours: str, site: Site) -> None:
    """Raise Invalid, with what is wrong and what to write, if nobody can understand these hours."""
    locality = Locality(site.timezone, site.country, site.department, site.school_zone)
    try:
        opening(hours, locality, date(2024, 1, 1), 1)
    except InvalidHours as error:
        more = {"position": error.position, "hint": error.hint}
        raise Invalid(str(error), **more) from error
