"""What may be booked: one ladder of refusals, cheapest first. Pure; UTC milliseconds.

A booking holds its resource from its start to before its end. Of equipment there may be
several; then so many bookings may overlap at any one moment. What belongs to the plan can be
set aside by a host; that a resource is taken, or a time is none, can not.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from enum import StrEnum
from itertools import pairwise

MINUTE_MS = 60_000
DAY_MS = 86_400_000
LONGEST_MS = 14 * DAY_MS
"""Nothing is booked longer than two weeks at once, whoever books."""


class Kind(StrEnum):
    """What can be booked."""

    DESK = "desk"
    ROOM = "room"
    EQUIPMENT = "equipment"


class Refusal(StrEnum):
    """Why not; closed vocabulary, in the order of the ladder."""

    NO_TIME = "no_time"
    """The end is not after the start."""
    PAST = "past"
    OFF_SLOT = "off_slot"
    ENDLESS = "endless"
    NOT_BOOKABLE = "not_bookable"
    SUSPENDED = "suspended"
    NOT_INCLUDED = "not_included"
    TOO_LONG = "too_long"
    TOO_FAR = "too_far"
    CLOSED = "closed"
    TOO_MANY = "too_many"
    MONTH_FULL = "month_full"
    TAKEN = "taken"


OF_THE_PLAN = frozenset(
    {
        Refusal.NOT_INCLUDED, Refusal.TOO_LONG, Refusal.TOO_FAR, Refusal.CLOSED, Refusal.TOO_MANY,
        Refusal.MONTH_FULL,
    }
)  # fmt: skip
"""What a host may set aside."""
_RANK = {each: at for at, each in enumerate(Refusal)}


@dataclass(frozen=True, slots=True, order=True)
class Span:
    """From ``start`` to before ``end``."""

    start: int
    end: int

    def overlaps(self, other: "Span") -> bool:
        """True if they share a moment."""
        return self.start < other.end and other.start < self.end

    @property
    def length(self) -> int:
        return self.end - self.start


@dataclass(frozen=True, slots=True)
class Limits:
    """What the people of one plan may book; minutes and days. See ``BookingTerms``."""

    kinds: frozenset[str]
    resources: frozenset[str] | None = None
    longest: int = 240
    ahead_days: int = 30
    open_most: int = 3
    month_minutes: int | None = None
    outside_hours: bool = False


@dataclass(frozen=True, slots=True)
class Wish:
    """Somebody wants a resource for a while; ``on_slots``: by the clock on the wall."""

    kind: str
    resource: str
    span: Span
    now: int
    on_slots: bool = True
    bookable: bool = True
    suspended: bool = False


@dataclass(frozen=True, slots=True)
class Around:
    """What stands around a wish.

    ``taken``: what others have of the resource; ``count``: how many there are of it; ``open``:
    when the space is open; ``upcoming``: how many bookings the person has still to come;
    ``month_ms``: booked already in the month of the wish.
    """

    taken: Sequence[Span] = ()
    count: int = 1
    open: Sequence[Span] = ()
    upcoming: int = 0
    month_ms: int = 0


@dataclass(frozen=True, slots=True)
class No:
    """A refusal, with the number or the moment that explains it."""

    refusal: Refusal
    value: int | None = None


def judge(wish: Wish, around: Around, limits: Iterable[Limits] | None) -> No | None:
    """Return why a wish is refused, or None.

    ``limits`` of all the plans that the person has on that day: one that allows it is enough.
    None: a host books, whom no plan limits.
    """
    found = _plainly(wish)
    if found is None and limits is not None:
        found = _by_plans(wish, around, limits)
    if found is None and peak(around.taken, wish.span) >= around.count:
        found = No(Refusal.TAKEN)
    return found


def _plainly(wish: Wish) -> No | None:
    """Refuse what nobody may."""
    if wish.span.length <= 0:
        return No(Refusal.NO_TIME)
    if wish.span.end <= wish.now:
        return No(Refusal.PAST)
    if not wish.on_slots:
        return No(Refusal.OFF_SLOT)
    if wish.span.length > LONGEST_MS:
        return No(Refusal.ENDLESS, LONGEST_MS // DAY_MS)
    if not wish.bookable:
        return No(Refusal.NOT_BOOKABLE)
    return No(Refusal.SUSPENDED) if wish.suspended else None


def _by_plans(wish: Wish, around: Around, limits: Iterable[Limits]) -> No | None:
    """Return None if one plan allows it, else the refusal of the plan that came furthest."""
    found = No(Refusal.NOT_INCLUDED)
    for each in limits:
        refused = by_plan(wish, around, each)
        if refused is None:
            return None
        if _RANK[refused.refusal] >= _RANK[found.refusal]:
            found = refused
    return found


def by_plan(wish: Wish, around: Around, limits: Limits) -> No | None:
    """Return why one plan does not allow a wish, or None."""
    named = f"{wish.kind}/{wish.resource}"
    if wish.kind not in limits.kinds:
        return No(Refusal.NOT_INCLUDED)
    if limits.resources is not None and named not in limits.resources:
        return No(Refusal.NOT_INCLUDED)
    if wish.span.length > limits.longest * MINUTE_MS:
        return No(Refusal.TOO_LONG, limits.longest)
    if wish.span.start > wish.now + limits.ahead_days * DAY_MS:
        return No(Refusal.TOO_FAR, limits.ahead_days)
    if not limits.outside_hours and not covered(wish.span, around.open):
        return No(Refusal.CLOSED)
    if around.upcoming >= limits.open_most:
        return No(Refusal.TOO_MANY, limits.open_most)
    if limits.month_minutes is not None:
        left = limits.month_minutes * MINUTE_MS - around.month_ms
        if wish.span.length > left:
            return No(Refusal.MONTH_FULL, max(left, 0) // MINUTE_MS)
    return None


def peak(taken: Iterable[Span], within: Span) -> int:
    """Return how many of these spans share one moment of ``within`` at most."""
    edges: list[tuple[int, int]] = []
    for each in taken:
        if each.length > 0 and each.overlaps(within):
            edges += [(max(each.start, within.start), 1), (each.end, -1)]
    most = now = 0
    for _, difference in sorted(edges):
        now += difference
        most = max(most, now)
    return most


def covered(span: Span, by: Iterable[Span]) -> bool:
    """True if a span lies within these, one after the other."""
    at = span.start
    for each in sorted(by):
        if each.start > at:
            break
        at = max(at, each.end)
    return at >= span.end


def next_free(taken: Iterable[Span], wish: Span, count: int, slots: Sequence[int]) -> Span | None:
    """Return the first span of the same length that begins on one of ``slots`` and is free."""
    known = sorted(taken)
    for start in slots:
        found = Span(start, start + wish.length)
        if start >= wish.start and peak(known, found) < count:
            return found
    return None


def free_slots(taken: Iterable[Span], count: int, slots: Sequence[int]) -> list[bool]:
    """Return which of the slots between these bounds are free."""
    known = list(taken)
    return [peak(known, Span(*each)) < count for each in pairwise(slots)]
