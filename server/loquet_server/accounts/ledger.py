"""How passes add up. Pure: events in, what is left and what does not fit out.

An account begins with ``opening`` passes (the allowance of a window, or none), gains by what is
bought, given or corrected, and loses one for each use. Events count in order of the time at
which they happened, not of the time at which they were heard: a door that was offline tells
its uses late, and then the pass belongs to whoever came first.

A use takes a pass if one is left. If none is, it is either to be billed (its plan says so, or
the door was told so) or *overdrawn*: the door let in on a pass that another door had taken, and
the account goes below zero until somebody buys, or a manager decides otherwise. What is to be
billed stays so, whatever comes later: it may be on an invoice already. A refunded use takes
nothing from then on.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum


class Conflict(StrEnum):
    """What two doors that had not heard of each other have done."""

    TWICE = "twice"
    """Both accepted the same pass; it counts once."""
    OVERDRAWN = "overdrawn"
    """One let in on a pass that was already taken."""


@dataclass(frozen=True, slots=True)
class Taking:
    """A grant that was used: a pass of ``account`` pays for ``period`` (UTC seconds).

    ``at``: UTC milliseconds. ``billed``: the door knew of no pass left.
    """

    site: str
    unit: str
    account: str
    holder: str
    period: int
    at: int
    billed: bool = False


@dataclass(frozen=True, slots=True)
class Purchase:
    """Passes bought, given or corrected at an instant (UTC milliseconds)."""

    at: int
    amount: int


@dataclass(frozen=True, slots=True)
class Use:
    """One pass used at an instant (UTC milliseconds); ``key`` tells it from others."""

    key: int
    at: int
    billed: bool = False
    conflict: str | None = None
    refunded_at: int | None = None

    def takes(self, at: int) -> bool:
        """True if, at an instant, this use costs the account a pass."""
        refunded = self.refunded_at is not None and self.refunded_at <= at
        return self.at <= at and not self.billed and not refunded


def left(opening: int, purchases: Iterable[Purchase], uses: Iterable[Use], at: int) -> int:
    """Return what is left at an instant (UTC milliseconds); below zero if overdrawn."""
    gained = sum(each.amount for each in purchases if each.at <= at)
    return opening + gained - sum(each.takes(at) for each in uses)


def settled(
    opening: int,
    purchases: Iterable[Purchase],
    uses: Iterable[Use],
    *,
    bills: bool,
    fresh: Sequence[int] = (),
    since: int = 0,
) -> list[Use]:
    """Return the uses that now stand otherwise, having counted all in order of time.

    ``bills``: a use for which no pass is left is to be billed. ``fresh``: keys of uses that have
    not been counted before; only they can cease to be billed. Uses before ``since`` (UTC
    milliseconds) are counted and left as they are.
    """
    events: list[tuple[int, int, int, Purchase | Use]] = [
        (each.at, 0, at, each) for at, each in enumerate(purchases)
    ]
    events += [(each.at, 1, each.key, each) for each in uses]
    changed = []
    running, new = opening, frozenset(fresh)
    for at, _, _, event in sorted(events, key=lambda each: each[:3]):
        if isinstance(event, Purchase):
            running += event.amount
            continue
        found = event if at < since else _standing(event, running, bills, event.key in new)
        if event.refunded_at is None and not found.billed:
            running -= 1
        if found != event:
            changed.append(found)
    return changed


def _standing(use: Use, running: int, bills: bool, fresh: bool) -> Use:
    """Return how a use stands when ``running`` passes are left before it."""
    if use.refunded_at is not None:
        return use
    conflict = None if use.conflict == Conflict.OVERDRAWN else use.conflict
    if running > 0:
        return replace(use, billed=use.billed and not fresh, conflict=conflict)
    if use.billed or bills:
        return replace(use, billed=True, conflict=conflict)
    return replace(use, conflict=Conflict.OVERDRAWN.value)
