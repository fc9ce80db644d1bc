"""What the compiler reads: rows as plain values, UTC seconds."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

WeeklyOrInterval = Sequence[int] | Mapping[str, object]


@dataclass(frozen=True, slots=True)
class DoorRow:
    door: str
    unlock_schedule: str | None = None
    blocked: bool = False


@dataclass(frozen=True, slots=True)
class AccessPointRow:
    access_point: str
    door: str
    area_from: str
    area_to: str
    minimum_assurance: int = 1
    untrusted_clock: str = "always_only"


@dataclass(frozen=True, slots=True)
class ScheduleRow:
    """``intervals``: ``[start, end]`` or ``{"weekdays": [..], "from": "09:00", "to": "18:00"}``."""

    schedule: str
    always: bool = False
    intervals: tuple[WeeklyOrInterval, ...] = ()


@dataclass(frozen=True, slots=True)
class RuleRow:
    """``expires_after``: seconds that it works without the server, after the last manifest."""

    rule: str
    plan: str
    access_points: tuple[str, ...]
    schedule: str
    expires_after: int | None = None


@dataclass(frozen=True, slots=True)
class HolderRow:
    holder: str
    plan: str | None
    valid_from: int | None = None
    valid_until: int | None = None
    suspended: bool = False
    extended_release: bool = False
    may_lift_lockdown: bool = False


@dataclass(frozen=True, slots=True)
class CredentialRow:
    digest: str
    holder: str
    disabled: bool = False
    valid_from: int | None = None
    valid_until: int | None = None


@dataclass(frozen=True, slots=True)
class SiteRows:
    """What the policies of all units of a site have in common."""

    schedules: tuple[ScheduleRow, ...] = ()
    rules: tuple[RuleRow, ...] = ()
    holders: tuple[HolderRow, ...] = ()
    credentials: tuple[CredentialRow, ...] = ()


@dataclass(frozen=True, slots=True)
class Source:
    """All that one unit's policy is made of. ``start``: where the expansion of hours begins."""

    timezone: str
    start: int
    days: int
    doors: tuple[DoorRow, ...] = ()
    access_points: tuple[AccessPointRow, ...] = ()
    schedules: tuple[ScheduleRow, ...] = ()
    rules: tuple[RuleRow, ...] = ()
    holders: tuple[HolderRow, ...] = ()
    credentials: tuple[CredentialRow, ...] = ()
