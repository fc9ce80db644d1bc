"""What a file would make and change, line by line, beside what is there. Pure.

A member is found by mail; where no mail fits, by name if the person who imports says so. What a
line does not say is left as it is; a plan or membership that is there already is not doubled.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta
from enum import StrEnum

from loquet_server.imports.rows import Complaint, Wish
from loquet_server.web.i18n import N_

COLUMNS = ("name", "mail", "phone", "kind", "language", "note")
"""What of a member a line may change, as the table names it."""


class Outcome(StrEnum):
    """What becomes of a line."""

    CREATE = "create"
    CHANGE = "change"
    SAME = "same"


@dataclass(frozen=True, slots=True)
class Known:
    """A member as they are now. ``plans``: (plan, first, last day) of subscriptions."""

    id: str
    name: str
    mail: str = ""
    phone: str = ""
    kind: str = "member"
    language: str = "fr"
    note: str = ""
    organisation: str | None = None
    archived: bool = False
    plans: tuple[tuple[str, str, str | None], ...] = ()
    memberships: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True)
class House:
    """What is there already; names in lower case. ``badges``: digest to holder ("" in stock)."""

    members: tuple[Known, ...] = ()
    plans: Mapping[str, str] = field(default_factory=dict)
    """Id by name (of both languages) and by id."""
    organisations: Mapping[str, str] = field(default_factory=dict)
    badges: Mapping[str, str] = field(default_factory=dict)
    today: date = date(2000, 1, 1)


@dataclass(frozen=True, slots=True)
class Given:
    """A plan, from a day to a day or without end; or a year of membership."""

    first: date
    last: date | None = None
    plan: str = ""


@dataclass(frozen=True, slots=True)
class Line:
    """What one line would do. ``changed``: column to (before, after)."""

    wish: Wish
    outcome: Outcome
    holder: str | None = None
    changed: Mapping[str, tuple[str, str]] = field(default_factory=dict)
    organisation: str | None = None
    """The name of the organisation to join, if it changes."""
    new_organisation: bool = False
    plan: Given | None = None
    membership: Given | None = None
    badge: bool = False


@dataclass(frozen=True, slots=True)
class Draft:
    """A whole file, compared."""

    lines: tuple[Line, ...] = ()
    complaints: tuple[Complaint, ...] = ()

    def count(self, outcome: Outcome) -> int:
        """Return how many lines come out so."""
        return sum(each.outcome is outcome for each in self.lines)


class _Doubt(ValueError):
    def __init__(self, text: str, **values: object) -> None:
        super().__init__(text)
        self.text, self.values = text, values


def draft(
    wishes: Iterable[Wish],
    complaints: Iterable[Complaint],
    house: House,
    digests: Mapping[int, str],
    *,
    by_name: bool = False,
) -> Draft:
    """Return what the lines would do; ``digests``: what a badge is known by, per line."""
    comparing = _Comparing(house, by_name)
    lines: list[Line] = []
    wrong = list(complaints)
    for wish in wishes:
        try:
            lines.append(comparing.line(wish, digests.get(wish.line)))
        except _Doubt as doubt:
            wrong.append(Complaint(wish.line, "", doubt.text, doubt.values))
    wrong.sort(key=lambda each: (each.line, each.column))
    return Draft(tuple(lines), tuple(wrong))


class _Comparing:
    """Compares line by line, and remembers what earlier lines have taken."""

    def __init__(self, house: House, by_name: bool) -> None:
        self._house, self._by_name = house, by_name
        self._mails: dict[str, list[Known]] = defaultdict(list)
        self._names: dict[str, list[Known]] = defaultdict(list)
        for each in house.members:
            if not each.archived:
                self._names[each.name.casefold()].append(each)
                if each.mail:
                    self._mails[each.mail.casefold()].append(each)
        self._taken: dict[str, int] = {}
        self._badges: dict[str, int] = {}
        self._organisations = set(house.organisations)

    def line(self, wish: Wish, digest: str | None) -> Line:
        known = self._find(wish)
        self._once(wish, known)
        plan = self._plan(wish, known)
        membership = self._membership(wish, known)
        badge = self._badge(wish, known, digest)
        name, new = self._organisation(wish, known)
        if known is None:
            return Line(wish, Outcome.CREATE, None, {}, name, new, plan, membership, badge)
        changed = {
            column: (getattr(known, column), value)
            for column in COLUMNS
            if (value := getattr(wish, column)) is not None and value != getattr(known, column)
        }
        differs = changed or name is not None or plan or membership or badge
        outcome = Outcome.CHANGE if differs else Outcome.SAME
        return Line(wish, outcome, known.id, changed, name, new, plan, membership, badge)

    def _find(self, wish: Wish) -> Known | None:
        if wish.mail:
            found = self._mails.get(wish.mail.casefold(), [])
            if len(found) > 1:
                raise _Doubt(
                    N_("Several members have this e-mail address. Make them differ first.")
                )
            if found:
                return found[0]
        if not self._by_name:
            return None
        found = self._names.get(wish.name.casefold(), [])
        if wish.mail:
            found = [each for each in found if not each.mail]
        if len(found) > 1:
            raise _Doubt(N_("Several members have this name. Write their e-mail address."))
        return found[0] if found else None

    def _once(self, wish: Wish, known: Known | None) -> None:
        marks = [known.id] if known is not None else []
        if wish.mail:
            marks.append("mail:" + wish.mail.casefold())
        elif known is None:
            marks.append("name:" + wish.name.casefold())
        for mark in marks:
            if mark in self._taken:
                raise _Doubt(
                    N_("Line %(line)s is about the same person. Keep one of them."),
                    line=self._taken[mark],
                )
        self._taken |= dict.fromkeys(marks, wish.line)

    def _plan(self, wish: Wish, known: Known | None) -> Given | None:
        if wish.plan is None:
            return None
        plan = self._house.plans.get(wish.plan.casefold())
        if plan is None:
            raise _Doubt(
                N_("There is no plan “%(plan)s”. Write the name of one that there is."),
                plan=wish.plan[:60],
            )
        first = wish.plan_from or self._house.today
        last = wish.plan_until
        for have, since, until in known.plans if known is not None else ():
            if have == plan and _overlaps(since, until, first, last):
                return None
        return Given(first, last, plan)

    def _membership(self, wish: Wish, known: Known | None) -> Given | None:
        first, last = wish.membership_from, wish.membership_until
        if first is None and last is None:
            return None
        if first is None and last is not None:
            first = min(_year(last, -1) + timedelta(1), last)
        if first is not None and last is None:
            last = _year(first, 1) - timedelta(1)
        assert first is not None and last is not None
        for since, until in known.memberships if known is not None else ():
            if _overlaps(since, until, first, last):
                return None
        return Given(first, last)

    def _badge(self, wish: Wish, known: Known | None, digest: str | None) -> bool:
        if wish.badge is None or digest is None:
            return False
        if digest in self._badges:
            raise _Doubt(
                N_("Line %(line)s has the same badge. Two people cannot share one."),
                line=self._badges[digest],
            )
        self._badges[digest] = wish.line
        holder = self._house.badges.get(digest)
        if holder is None:
            return True
        if known is not None and holder == known.id:
            return False
        raise _Doubt(
            N_("This badge is known already. Take it back, or hand it out, on its own page.")
        )

    def _organisation(self, wish: Wish, known: Known | None) -> tuple[str | None, bool]:
        if wish.organisation is None:
            return None, False
        name = wish.organisation.casefold()
        there = self._house.organisations.get(name)
        if there is not None and known is not None and known.organisation == there:
            return None, False
        new = name not in self._organisations
        self._organisations.add(name)
        return wish.organisation, new


def _overlaps(since: str, until: str | None, first: date, last: date | None) -> bool:
    begins_in_time = last is None or since <= last.isoformat()
    return begins_in_time and (until is None or until >= first.isoformat())


def _year(day: date, years: int) -> date:
    """Return the same day of another year; 1 March for a 29 February that is not there."""
    try:
        return day.replace(year=day.year + years)
    except ValueError:
        return date(day.year + years, 3, 1)
