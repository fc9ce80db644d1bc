"""One decision on the unit: from the number that a reader heard to granted or denied.

The policy lies in SQLite, as on a unit; three sizes. The floor is the least that any such unit
must do, on the same file and the same badges, in turns with ours: an HMAC, one look-up by key,
one bisection. Every answer is compared with a reference that was written down when the
policy was drawn, apart from ``decide``.
"""

from __future__ import annotations

import gc
import os
import random
import sqlite3
import tempfile
from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from statistics import median
from time import perf_counter_ns
from typing import Any

from loquet_contract.access.credential import Representation, digest, from_uid
from loquet_contract.access.decision import AccessRequest, Denied, Granted, Now, decide
from loquet_contract.access.policy import (
    AccessPointRecord,
    CredentialRecord,
    DoorRecord,
    HolderRecord,
    Record,
    RuleRecord,
    ScheduleRecord,
)
from loquet_contract.access.presence import NOBODY
from loquet_contract.access.reasons import Reason
from loquet_contract.ids import AccessPointId
from loquet_contract.wire.signing import Verifier
from loquet_edge.policy_store import StoredPolicy
from loquet_edge.policy_writer import PolicyWriter
from loquet_edge.priority import prefer
from tests import policies
from tests.bench.result import Result, percentile

SIZES = (1_000, 100_000, 1_000_000)
ROUNDS, TAPS = 9, 2_500
"""A round's p99 is of so many taps; the figure is the median over the rounds, so that one moment
in which the machine did something else counts for one round."""
PEPPER = bytes(range(32))
DOOR = AccessPointId("main-in")
NOON = policies.CREATED + 12 * 3600
KINDS = ("member", "outside_hours", "disabled", "suspended", "expired", "unknown")
EXPECTED = {
    "member": None,
    "outside_hours": Reason.NOT_PERMITTED_NOW,
    "disabled": Reason.CREDENTIAL_DISABLED,
    "suspended": Reason.MEMBER_SUSPENDED,
    "expired": Reason.CREDENTIAL_EXPIRED,
    "unknown": Reason.CREDENTIAL_UNKNOWN,
}


@dataclass(frozen=True)
class Tap:
    """A badge at the reader, and what must come of it."""

    badge: Representation
    expected: Reason | None


def uid(number: int) -> Representation:
    """A 7-byte number that no other badge has."""
    return from_uid(b"\x04" + number.to_bytes(6, "big"))


def kind_of(number: int) -> str:
    """Most are members; every other kind has its share. The last kind is in no policy."""
    return KINDS[number % 16] if number % 16 < len(KINDS) - 1 else "member"


def records(holders: int) -> list[Record]:
    """One door, two sets of hours over 400 days, and so many holders with one badge each."""
    some: Any = [
        AccessPointRecord(DOOR, "main", "street", "hall"),  # type: ignore[arg-type]
        DoorRecord("main"),  # type: ignore[arg-type]
        ScheduleRecord("day", _hours(9, 18)),  # type: ignore[arg-type]
        ScheduleRecord("night", _hours(20, 23)),  # type: ignore[arg-type]
        RuleRecord("members", (DOOR,), "day"),  # type: ignore[arg-type]
        RuleRecord("evenings", (DOOR,), "night"),  # type: ignore[arg-type]
    ]
    for number in range(holders):
        some += _holder(number)
    return list(some)


def _hours(start: int, end: int) -> tuple[int, ...]:
    days = (policies.CREATED + day * policies.DAY for day in range(400))
    return tuple(day + hour * 3600 for day in days for hour in (start, end))


def _holder(number: int) -> tuple[Record, Record]:
    kind = kind_of(number)
    name: Any = f"h{number:021d}"
    rules: Any = ("evenings",) if kind == "outside_hours" else ("members",)
    return (
        HolderRecord(
            name,
            rules,
            valid_until=policies.CREATED if kind == "expired" else None,
            suspended=kind == "suspended",
        ),
        CredentialRecord(digest(PEPPER, uid(number)), name, disabled=kind == "disabled"),
    )


def taps(holders: int, count: int) -> list[Tap]:
    """Badges drawn over the whole policy, one in sixteen of them unknown."""
    draw = random.Random(holders)
    found = []
    for at in range(count):
        number = draw.randrange(holders)
        if at % 16 == 15:
            found.append(Tap(uid(holders + number), EXPECTED["unknown"]))
        else:
            found.append(Tap(uid(number), EXPECTED[kind_of(number)]))
    return found


def ours(policy: StoredPolicy, badge: Representation) -> Granted | Denied:
    """What a unit does with a badge."""
    request = AccessRequest(DOOR, (digest(PEPPER, badge),))
    return decide(request, policy, NOBODY, Now(0.0, NOON))


def floor(db: sqlite3.Connection, bounds: Sequence[int], badge: Representation) -> bool:
    """The least that any unit must do."""
    key = f"credential/{digest(PEPPER, badge)}"
    row = db.execute("SELECT body FROM records WHERE key = ?", (key,)).fetchone()
    return row is not None and bisect_right(bounds, NOON) % 2 == 1


def wrong(answer: Granted | Denied, expected: Reason | None) -> bool:
    """Whether an answer is not the one that was written down."""
    return (answer.reason if isinstance(answer, Denied) else None) is not expected


@dataclass
class Round:
    """Microseconds of each tap, ours and the floor's, and how many answers were wrong."""

    mine: list[float] = field(default_factory=list)
    least: list[float] = field(default_factory=list)
    errors: int = 0


def one_round(stored: StoredPolicy, db: sqlite3.Connection, some: Sequence[Tap]) -> Round:
    """Ours and the floor, in turns."""
    found, bounds = Round(), _hours(9, 18)
    for tap in some:
        start = perf_counter_ns()
        answer = ours(stored, tap.badge)
        middle = perf_counter_ns()
        floor(db, bounds, tap.badge)
        end = perf_counter_ns()
        found.mine.append((middle - start) / 1000)
        found.least.append((end - middle) / 1000)
        found.errors += wrong(answer, tap.expected)
    return found


def rounds(path: Path, holders: int) -> list[Round]:
    """All rounds over one policy, at the unit's own priority.

    The collector is off for both sides; the unit itself only freezes what it has at start.
    """
    stored, db = StoredPolicy(path), sqlite3.connect(path)
    some = taps(holders, ROUNDS * TAPS)
    gc.collect()
    gc.disable()
    prefer(50)
    try:
        one_round(stored, db, some[:TAPS])
        return [one_round(stored, db, some[at : at + TAPS]) for at in range(0, len(some), TAPS)]
    finally:
        os.sched_setscheduler(0, os.SCHED_OTHER, os.sched_param(0))
        gc.enable()
        stored.close()
        db.close()


def measure(holders: int) -> dict[str, float]:
    """Microseconds p50 and p99 of ours and of the floor, and how many answers were wrong."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, "policy.db")
        writer = PolicyWriter(
            path, Verifier(policies.SERVER_KEY.public), policies.SITE, policies.UNIT
        )
        writer.apply_whole(policies.whole(1, records(holders)))
        writer.close()
        found = rounds(path, holders)
    return {
        "p50": median(percentile(each.mine, 0.5) for each in found),
        "p99": median(percentile(each.mine, 0.99) for each in found),
        "floor_p50": median(percentile(each.least, 0.5) for each in found),
        "floor_p99": median(percentile(each.least, 0.99) for each in found),
        "wrong": sum(each.errors for each in found),
    }


def results() -> list[Result]:
    """The figures of all sizes, beside their floors."""
    found: list[Result] = []
    p99: dict[int, float] = {}
    for size in SIZES:
        got = measure(size)
        p99[size] = got["p99"]
        said = f"decision, {size:,} holders"
        goal = "p99 <= 3 x floor" if size == 100_000 else None
        found += [
            Result(f"{said}, p50", got["p50"], "us", got["floor_p50"]),
            Result(
                f"{said}, p99", got["p99"], "us", got["floor_p99"], goal,
                None if goal is None else got["p99"] <= 3 * got["floor_p99"],
            ),
            Result(f"{said}, wrong answers", got["wrong"], "", None, "0", got["wrong"] == 0),
        ]  # fmt: skip
    largest, smallest = p99[SIZES[-1]], p99[SIZES[0]]
    found.append(
        Result(
            "decision, p99 at 1,000,000 beside p99 at 1,000", largest, "us", smallest,
            "<= 2 x", largest <= 2 * smallest,
        )
    )  # fmt: skip
    return found
