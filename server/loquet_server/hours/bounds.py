"""Arithmetic of bounds: start, end, start, end ... in UTC seconds, strictly ascending."""

from collections.abc import Iterable

from loquet_contract.access.schedule import from_intervals
from loquet_server.hours.clock import MINUTE

Bounds = tuple[int, ...]


def united(spans: Iterable[tuple[int, int]]) -> Bounds:
    """Return what lies in any of these intervals, whatever their order."""
    return from_intervals(spans).bounds


def pairs(found: Bounds) -> Iterable[tuple[int, int]]:
    """Return the intervals of bounds."""
    return zip(found[::2], found[1::2], strict=True)


def common(one: Bounds, other: Bounds) -> Bounds:
    """Return what lies in both."""
    made: list[int] = []
    here = there = 0
    while here < len(one) and there < len(other):
        start = max(one[here], other[there])
        end = min(one[here + 1], other[there + 1])
        if start < end:
            made += (start, end)
        if one[here + 1] <= other[there + 1]:
            here += 2
        else:
            there += 2
    return tuple(made)


def without(found: Bounds, taken: Bounds) -> Bounds:
    """Return what lies in ``found`` and not in ``taken``."""
    if not found or not taken:
        return found
    edges = (min(found[0], taken[0]) - 1, *taken, max(found[-1], taken[-1]) + 1)
    return common(found, edges)


def within(found: Bounds, start: int, end: int) -> Bounds:
    """Return what lies between two instants."""
    return common(found, (start, end)) if start < end else ()


def shift(found: Bounds, lead: int, lag: int) -> Bounds:
    """Return bounds that begin ``lead`` minutes earlier and end ``lag`` minutes later."""
    return united((start - lead * MINUTE, end + lag * MINUTE) for start, end in pairs(found))
