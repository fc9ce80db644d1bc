"""What the compiler reads: rows as plain values.

Local ISO dates and wall-clock times are strings, as people wrote them; ``valid_*`` are UTC
seconds, ``*_at`` UTC milliseconds. ``Frame`` is what a space has decided, ``People`` whom that
is about: the one is small, the other may be a hundred thousand.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

WeeklyOrInterval = Sequence[int] | Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class SiteRow:
    """``opening``: the schedule of the opening hours. Minutes count from midnight."""

    site: str
    timezone: str = "Europe/Paris"
    country: str = "FR"
    department: str = ""
    school_zone: str = ""
    opening: str | None = None
    day_starts: int = 180
    half_day_at: int = 780
    membership_required: bool = False
    membership_grace_days: int = 30


@dataclass(frozen=True, slots=True)
class AreaRow:
    """``booking_only``: no plan that names the area leads into it, and no event of the space."""

    area: str
    opening: str | None = None
    consumes: bool = True
    capacity: int | None = None
    when_full: str = "warn"
    exit_sensing: bool = False
    booking_only: bool = False


@dataclass(frozen=True, slots=True)
class DoorRow:
    door: str
    unit: str | None = None
    unlock_schedule: str | None = None
    first_card: bool = False
    blocked: bool = False


@dataclass(frozen=True, slots=True)
class AccessPointRow:
    access_point: str
    door: str
    area_from: str
    area_to: str
    minimum_assurance: int = 1
    untrusted_clock: str = "always_only"
    exit: bool = False
    anti_passback: str | None = None
    anti_passback_minutes: int | None = None
    pin: str = "never"
    badge_alone: str | None = None


@dataclass(frozen=True, slots=True)
class ScheduleRow:
    """``intervals``: ``[start, end]`` or ``{"weekdays": [..], "from": "09:00", "to": "18:00"}``."""

    schedule: str
    always: bool = False
    hours: str = ""
    intervals: tuple[WeeklyOrInterval, ...] = ()
    follows_calendar: bool = True


@dataclass(frozen=True, slots=True)
class EntryRow:
    """A time that differs: ``kind`` closure, opening or event; local times, half-open."""

    entry: str
    kind: str
    starts: str
    ends: str
    area: str | None = None
    plans: tuple[str, ...] = ()
    everybody: bool = False
    lead_minutes: int = 15
    lag_minutes: int = 15


@dataclass(frozen=True, slots=True)
class PlanRow:
    plan: str
    counts: str | None = None
    allowance: int | None = None
    window: str | None = None
    when_empty: str = "refuse"
    grace_days: int = 0
    needs_membership: bool = True
    lead_minutes: int = 0
    lag_minutes: int = 0
    stale_days: int = 7
    expires_days: int = 30


@dataclass(frozen=True, slots=True)
class RuleRow:
    """A right of a plan; ``schedule`` None: the opening hours of each area."""

    rule: str
    plan: str
    areas: tuple[str, ...] = ()
    access_points: tuple[str, ...] = ()
    schedule: str | None = None


@dataclass(frozen=True, slots=True)
class HolderRow:
    holder: str
    valid_from: int | None = None
    valid_until: int | None = None
    suspended: bool = False
    extended_release: bool = False
    may_lift_lockdown: bool = False
    archived: bool = False
    pin: str | None = None
    pin_until: int | None = None


@dataclass(frozen=True, slots=True)
class SubscriptionRow:
    holder: str
    plan: str
    starts_on: str
    ends_on: str | None = None
    grace_days: int | None = None
    weekdays: tuple[int, ...] | None = None
    account: str | None = None


@dataclass(frozen=True, slots=True)
class MembershipRow:
    holder: str
    starts_on: str
    ends_on: str


@dataclass(frozen=True, slots=True)
class CredentialRow:
    digest: str
    holder: str
    status: str = "handed_out"
    disabled: bool = False
    issuer: str = ""
    valid_from: int | None = None
    valid_until: int | None = None
    of: str | None = None
    """Under which digest the badge is stored, where this is what another reader makes of it."""


@dataclass(frozen=True, slots=True)
class WindowRow:
    """A guest's pass or a booking; times in UTC milliseconds."""

    holder: str
    area: str
    starts_at: int
    ends_at: int
    lead_minutes: int = 15
    lag_minutes: int = 15
    reserved: bool = False


@dataclass(frozen=True, slots=True)
class Frame:
    """What a space has decided. ``start`` (UTC seconds): where the expansion of hours begins."""

    site: SiteRow
    start: int
    days: int
    areas: tuple[AreaRow, ...] = ()
    doors: tuple[DoorRow, ...] = ()
    access_points: tuple[AccessPointRow, ...] = ()
    schedules: tuple[ScheduleRow, ...] = ()
    entries: tuple[EntryRow, ...] = ()
    plans: tuple[PlanRow, ...] = ()
    rules: tuple[RuleRow, ...] = ()


@dataclass(frozen=True, slots=True)
class People:
    """Whom it is about: all of a site, or those that changed."""

    holders: tuple[HolderRow, ...] = ()
    subscriptions: tuple[SubscriptionRow, ...] = ()
    memberships: tuple[MembershipRow, ...] = ()
    credentials: tuple[CredentialRow, ...] = ()
    windows: tuple[WindowRow, ...] = ()


@dataclass(frozen=True, slots=True)
class Source:
    """All that policies are made of."""

    frame: Frame
    people: People = field(default_factory=People)
