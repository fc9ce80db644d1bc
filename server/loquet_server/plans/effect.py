"""What saving a plan would change: for whom, at which hours, with how many passes."""

from dataclasses import replace

from sqlalchemy.ext.asyncio import AsyncSession

from loquet_server.plans import service
from loquet_server.plans.ready import EVENING_HOURS, EVENINGS
from loquet_server.plans.repository import Places, PlanRepository
from loquet_server.plans.schemas import PlanTerms
from loquet_server.plans.service import Shown
from loquet_server.plans.words import margins, offline, passes, when_empty
from loquet_server.timetable.foresight import Foresight, foresee
from loquet_server.timetable.rows import Hours, RuleRow, Timetable
from loquet_server.web.i18n import Translations

_ALWAYS = Hours("always", "", always=True, follows_calendar=False)
_EVENINGS = Hours(EVENINGS, "", hours=EVENING_HOURS)


class Effect:
    """What becomes of those who have a plan, if ``after`` is saved."""

    def __init__(self, shown: Shown, after: PlanTerms, hours: Foresight, without: int) -> None:
        self._before, self._members, self._after = shown.terms, shown.members, after
        self._hours, self._without = hours, without

    def sentences(self, texts: Translations) -> list[str]:
        """Return it in words; nothing if nobody has the plan, or all stays as it is."""
        if not self._members:
            return []
        found = []
        for each in self._hours.sentences(texts):
            places = f" ({each.areas})" if each.areas else ""
            times = f"{each.before} → {each.after}"
            when = f"; {each.dates}" if each.dates else ""
            found.append(f"{each.text}{places}: {times}{when}")
        return [
            *found,
            *self._passes(texts),
            *self._membership(texts),
            *self._margins(texts),
            *self._offline(texts),
        ]

    def _passes(self, texts: Translations) -> list[str]:
        before, after = counted(self._before, texts), counted(self._after, texts)
        if before == after:
            return []
        text = texts.ngettext(
            "%(num)s member: %(before)s → %(after)s",
            "%(num)s members: %(before)s → %(after)s",
            self._members,
        )
        return [text % {"num": self._members, "before": before, "after": after}]

    def _membership(self, texts: Translations) -> list[str]:
        if self._before.needs_membership or not self._after.needs_membership or not self._without:
            return []
        text = texts.ngettext(
            "%(num)s member has no yearly membership, and will be refused where one is asked for",
            "%(num)s members have no yearly membership, and will be refused where one is asked for",
            self._without,
        )
        return [text % {"num": self._without}]

    def _margins(self, texts: Translations) -> list[str]:
        names = ("lead_minutes", "lag_minutes")
        if all(getattr(self._before, each) == getattr(self._after, each) for each in names):
            return []
        return [margins(self._after, texts)]

    def _offline(self, texts: Translations) -> list[str]:
        same = self._before.expires_days == self._after.expires_days
        return [] if same else [offline(self._after, texts)]


def counted(terms: PlanTerms, texts: Translations) -> str:
    """Return how passes are counted, and what comes after the last."""
    if terms.counts is None:
        return texts.gettext("as often as they like")
    return f"{passes(terms, texts)}, {when_empty(terms, texts)}"


async def effect_of(session: AsyncSession, shown: Shown, after: PlanTerms, now_ms: int) -> Effect:
    """Return what saving ``after`` would change; the session only reads."""
    repository = PlanRepository(session)
    places = await repository.places(shown.plan.site)
    assert places is not None
    plan = shown.plan.id

    def proposal(before: Timetable) -> Timetable:
        rules = tuple(each for each in before.rules if each.plan != plan)
        made = tuple(_rule(plan, after, at, places, before) for at in range(len(after.rights)))
        schedules = dict(before.schedules) | {"always": _ALWAYS, EVENINGS: _EVENINGS}
        return replace(before, rules=(*rules, *made), schedules=schedules)

    hours = await foresee(session, places.site, now_ms, proposal)
    without = await repository.without_membership(plan, service.today(places.site, now_ms))
    return Effect(shown, after, hours, without)


def _rule(plan: str, after: PlanTerms, at: int, places: Places, before: Timetable) -> RuleRow:
    right = after.rights[at]
    into = {places.leads.get(each) for each in right.access_points} - {None}
    known = {each.id for each in before.areas}
    areas = sorted((set(right.areas) | {str(each) for each in into}) & known)
    schedule = None if right.hours == "opening" else right.hours
    return RuleRow(plan, tuple(areas), schedule)
