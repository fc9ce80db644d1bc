"""How long each kind of data lives: days by default, and the least and most that may be set. Pure.

Sources: named passages 90 days at most and ten years of accounting evidence (French commercial
code, L123-22) are fixed; the others follow what the CNIL recommends for access control (three
months) and for traces of consultation (six months to a year).
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

DAY_MS = 86_400_000


@dataclass(frozen=True, slots=True)
class Kind:
    """One kind of data: its ``name``, and days."""

    name: str
    default: int
    least: int
    most: int


KINDS: tuple[Kind, ...] = (
    Kind("passages", 30, 1, 90),
    Kind("journal", 30, 8, 90),
    Kind("unknown_badges", 7, 1, 30),
    Kind("bookings", 30, 7, 90),
    Kind("guests", 30, 1, 90),
    Kind("help_requests", 7, 1, 30),
    Kind("member_sign_ins", 90, 7, 365),
    Kind("former_members", 1095, 30, 1825),
    Kind("pass_moments", 30, 8, 90),
    Kind("evidence", 3653, 3653, 3653),
    Kind("audit", 365, 90, 1095),
    Kind("looks", 180, 90, 365),
    Kind("operator_sign_ins", 30, 7, 90),
    Kind("incidents", 180, 30, 365),
    Kind("dead_letters", 14, 1, 30),
    Kind("imports", 30, 1, 90),
    Kind("deliveries", 30, 1, 90),
    Kind("policies", 60, 30, 90),
)
"""``journal``: 8 days at least, as units keep 7 for a server that was restored."""
BY_NAME = {each.name: each for each in KINDS}


def days_of(given: Mapping[str, Any]) -> dict[str, int]:
    """Return days by kind: what was set, within its bounds, else the default."""
    found = {}
    for kind in KINDS:
        days = given.get(kind.name)
        wanted = days if isinstance(days, int) and not isinstance(days, bool) else kind.default
        found[kind.name] = min(max(wanted, kind.least), kind.most)
    return found


def shortest(several: list[dict[str, int]]) -> dict[str, int]:
    """Return what counts for data of no single site: the shortest of all."""
    given = several or [days_of({})]
    return {kind.name: min(each[kind.name] for each in given) for kind in KINDS}


def before(days: Mapping[str, int], kind: str, now_ms: int) -> int:
    """Return the moment (UTC milliseconds) before which data of a kind has had its time."""
    return now_ms - days[kind] * DAY_MS
