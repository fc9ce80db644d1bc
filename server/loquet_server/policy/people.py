"""From members, subscriptions, memberships and badges to holders and credentials. Pure.

A subscription gives its plan's rules from 00:00 local of its first day to the end of its last,
and through its grace. One without an end that has begun is no matter of dates any more.
What ended before the frame began is left out, but for the last of all: so that a door can
still say "your plan ended on ...".
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from typing import TypeVar

from loquet_contract.access.policy import CredentialRecord, HolderRecord, Right
from loquet_contract.ids import AccountId, CredentialDigest, HolderId, PinDigest, RuleId
from loquet_server.policy.rows import (
    CredentialRow,
    Frame,
    HolderRow,
    MembershipRow,
    People,
    SubscriptionRow,
    WindowRow,
)
from loquet_server.policy.rules import Rules, Variant, window_rule
from loquet_server.policy.timetable import MINUTE, Timetable, midnight

T = TypeVar("T", SubscriptionRow, MembershipRow, WindowRow)
GONE = frozenset({"lost", "returned", "blocked"})


@dataclass(frozen=True, slots=True)
class _Term:
    """When a subscription counts; UTC seconds. ``end``: with its grace."""

    row: SubscriptionRow
    start: int
    grace: int | None
    end: int | None


class Crowd:
    """Makes records of people, by one frame."""

    def __init__(self, frame: Frame, timetable: Timetable, rules: Rules) -> None:
        self._frame = frame
        self._zone = timetable.zone
        self._rules = rules

    def records(self, people: People) -> Iterator[HolderRecord | CredentialRecord]:
        """Yield holders and their credentials; nothing for a badge in stock."""
        subscriptions = _by_holder(people.subscriptions)
        memberships = _by_holder(people.memberships)
        windows = _by_holder(people.windows)
        archived = set()
        for row in people.holders:
            if row.archived:
                archived.add(row.holder)
                continue
            terms = self._kept(subscriptions.get(row.holder, []))
            yield self._holder(
                row, terms, memberships.get(row.holder, []), windows.get(row.holder, [])
            )
        for each in people.credentials:
            if each.status != "stock":
                yield _credential(each, each.holder in archived)

    def variants(self, people: People) -> set[Variant]:
        """Return which plans these people have on chosen weekdays."""
        archived = {each.holder for each in people.holders if each.archived}
        return {
            (each.plan, tuple(sorted(set(each.weekdays))))
            for each in people.subscriptions
            if each.weekdays is not None and each.holder not in archived
        }

    def _kept(self, rows: Iterable[SubscriptionRow]) -> list[_Term]:
        """Return the terms that have not ended before the frame; else the last that ended."""
        terms = [self._term(each) for each in rows if each.plan in self._rules.plans]
        kept = [each for each in terms if each.end is None or each.end > self._frame.start]
        if kept or not terms:
            return kept
        return [max(terms, key=lambda each: (each.end or 0, each.start, each.row.plan))]

    def _term(self, row: SubscriptionRow) -> _Term:
        start = self._day(row.starts_on)
        if row.ends_on is None:
            return _Term(row, start, None, None)
        days = self._rules.plans[row.plan].grace_days if row.grace_days is None else row.grace_days
        grace = self._day(row.ends_on, 1)
        return _Term(row, start, grace, self._day(row.ends_on, 1 + max(days, 0)))

    def _day(self, text: str, after: int = 0) -> int:
        return midnight(date.fromisoformat(text) + timedelta(after), self._zone)

    def _holder(
        self,
        row: HolderRow,
        terms: list[_Term],
        memberships: list[MembershipRow],
        windows: list[WindowRow],
    ) -> HolderRecord:
        rules: set[RuleId] = set(self._rules.open_events())
        rights: set[Right] = set()
        for term in terms:
            self._take(term, rules, rights)
        rights |= set(self._windows(windows, bool(terms)))
        return HolderRecord(
            HolderId(row.holder),
            tuple(sorted(rules)),
            row.valid_from,
            row.valid_until,
            row.suspended,
            row.extended_release,
            row.may_lift_lockdown,
            tuple(sorted(rights, key=_order)) or None,
            self._membership(terms, memberships),
            None if row.pin is None else PinDigest(row.pin),
            row.pin_until,
        )

    def _take(self, term: _Term, rules: set[RuleId], rights: set[Right]) -> None:
        row, plan = term.row, self._rules.plans[term.row.plan]
        weekdays = None if row.weekdays is None else tuple(sorted(set(row.weekdays)))
        account = AccountId(row.account) if row.account and plan.counts else None
        grace = term.grace if term.grace != term.end else None
        named = [(name, account) for name in self._rules.names(row.plan, weekdays)]
        named += [(name, None) for name in self._rules.events_of(row.plan)]
        for name, counted in named:
            if counted is None and term.end is None and term.start <= self._frame.start:
                rules.add(name)
            else:
                rights.add(Right(name, term.start, term.end, grace, counted))

    def _windows(self, rows: list[WindowRow], others: bool) -> Iterator[Right]:
        """Return guests' passes and bookings that have not ended; else the last that has."""
        found = [
            Right(
                window_rule(each.area, each.reserved),
                each.starts_at // 1000 - each.lead_minutes * MINUTE,
                each.ends_at // 1000 + each.lag_minutes * MINUTE,
            )
            for each in rows
        ]
        kept = [each for each in found if (each.valid_until or 0) > self._frame.start]
        if kept or others or not found:
            return iter(kept)
        return iter([max(found, key=lambda each: (each.valid_until or 0, each.rule))])

    def _membership(self, terms: list[_Term], rows: list[MembershipRow]) -> int | None:
        """Return when the yearly membership ends, with its grace; None where none is asked.

        Somebody who never had one has the grace from the first day of their plan.
        """
        site = self._frame.site
        plans = [self._rules.plans[each.row.plan] for each in terms]
        if not site.membership_required or not plans:
            return None
        if not all(plan.needs_membership for plan in plans):
            return None
        if rows:
            return self._day(
                max(each.ends_on for each in rows), 1 + max(site.membership_grace_days, 0)
            )
        first = min(each.row.starts_on for each in terms)
        return self._day(first, max(site.membership_grace_days, 0))


def _credential(row: CredentialRow, archived: bool) -> CredentialRecord:
    return CredentialRecord(
        CredentialDigest(row.digest),
        HolderId(row.holder),
        row.issuer,
        row.disabled or archived or row.status in GONE,
        row.valid_from,
        row.valid_until,
        None if row.of is None else CredentialDigest(row.of),
    )


def _order(right: Right) -> tuple[str, int, int, str]:
    return right.rule, right.valid_from or 0, right.valid_until or 0, right.account or ""


def _by_holder(rows: Iterable[T]) -> Mapping[str, list[T]]:
    found: dict[str, list[T]] = {}
    for each in rows:
        found.setdefault(each.holder, []).append(each)
    return found
