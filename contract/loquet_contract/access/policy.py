"""What a unit needs to decide: a manifest and keyed records.

Every record has a key ``kind/name`` and travels as one canonical JSON line (``wire.codec``).
``decide`` sees a policy through the ``Policy`` protocol only, so that a unit answers from
SQLite, the server from its compiler, and a test from ``InMemoryPolicy``.
"""

from bisect import bisect_right
from collections.abc import Iterable
from dataclasses import dataclass, field
from enum import StrEnum
from typing import ClassVar, Protocol

from loquet_contract.access.credential import Assurance
from loquet_contract.access.schedule import ALWAYS, Schedule
from loquet_contract.ids import (
    AccessPointId,
    AccountId,
    AreaId,
    CredentialDigest,
    DoorId,
    HolderId,
    PeriodId,
    PinDigest,
    RuleId,
    ScheduleId,
)


class UntrustedClock(StrEnum):
    """What a door does while its unit does not trust its clock."""

    REFUSE = "refuse"
    """Nobody enters on a badge."""
    ALWAYS_ONLY = "always_only"
    """Only rules without hours (residents, staff) open: time decides nothing for them."""
    IGNORE_HOURS = "ignore_hours"
    """Hours are not looked at; validity is still checked against the latest time known."""


class AntiPassback(StrEnum):
    """What happens when somebody who is inside badges in again; absent: nothing."""

    SOFT = "soft"
    """Let in, and remarked."""
    TIMED = "timed"
    """Refused for ``anti_passback_seconds`` after the last entry, then as if nothing were known."""
    HARD = "hard"
    """Refused until seen leaving; only where exits are sensed."""


class WhenFull(StrEnum):
    """What happens at the door of an area that holds as many people as it may."""

    WARN = "warn"
    """Let in, and remarked."""
    REFUSE = "refuse"
    """Refused, but for rules that are a reservation; only where exits are sensed."""


class WhenEmpty(StrEnum):
    """What happens when no pass is left."""

    REFUSE = "refuse"
    BILL = "bill"
    """Let in, and marked for billing."""


@dataclass(frozen=True, slots=True)
class AccessPointRecord:
    """One direction through a door, and what it asks of a credential.

    ``exit``: this is the way out. Whoever asks there is let out; what is asked is only recorded.
    ``consumes``: the area behind it is one whose entry takes a pass, where a rule asks for one.
    ``pin``: the holder's PIN is asked too, but while ``badge_alone`` contains a trusted now.
    """

    kind: ClassVar[str] = "access_point"
    access_point: AccessPointId
    door: DoorId
    area_from: AreaId
    area_to: AreaId
    minimum_assurance: Assurance = Assurance.UID
    untrusted_clock: UntrustedClock = UntrustedClock.ALWAYS_ONLY
    exit: bool | None = None
    consumes: bool | None = None
    anti_passback: AntiPassback | None = None
    anti_passback_seconds: int | None = None
    pin: bool | None = None
    badge_alone: ScheduleId | None = None

    @property
    def key(self) -> str:
        return f"{self.kind}/{self.access_point}"


@dataclass(frozen=True, slots=True)
class AreaRecord:
    """Space on one side of a door: how many people it may hold, None for no limit.

    ``day`` names the period after whose start a stay is forgotten: nobody is inside since
    yesterday because nobody saw them leave.
    """

    kind: ClassVar[str] = "area"
    area: AreaId
    capacity: int | None = None
    when_full: WhenFull = WhenFull.WARN
    day: PeriodId | None = None

    @property
    def key(self) -> str:
        return f"{self.kind}/{self.area}"


@dataclass(frozen=True, slots=True)
class DoorRecord:
    """What the server decides about a door as a whole."""

    kind: ClassVar[str] = "door"
    door: DoorId
    unlock_schedule: ScheduleId | None = None
    """While it contains now, the door stands unlocked (first-card rule: ``first_card``)."""
    first_card: bool = False
    blocked: bool = False

    @property
    def key(self) -> str:
        return f"{self.kind}/{self.door}"


@dataclass(frozen=True, slots=True)
class ScheduleRecord:
    """A named schedule."""

    kind: ClassVar[str] = "schedule"
    schedule: ScheduleId
    bounds: tuple[int, ...] = ()
    always: bool = False

    @property
    def key(self) -> str:
        return f"{self.kind}/{self.schedule}"


@dataclass(frozen=True, slots=True)
class PassTerms:
    """How a rule counts passes.

    One pass pays for one ``period`` (a local day or half-day). ``allowance`` passes come anew
    with each ``window`` (a week or month); without a window passes are bought, and what is
    left is known from presence only.
    """

    period: PeriodId
    when_empty: WhenEmpty = WhenEmpty.REFUSE
    allowance: int | None = None
    window: PeriodId | None = None


@dataclass(frozen=True, slots=True)
class RuleRecord:
    """A right that many holders share: these access points, at these times.

    ``expires_after`` (seconds after the manifest's ``created``) replaces the manifest's
    ``expires_at`` for this rule: how long the door still opens without the server.
    ``stale_after`` likewise replaces the manifest's, for the warning before that.
    ``reserved``: a place is kept for whoever comes by this rule; a full area lets them in.
    ``extra``: beside what people pay for, such as an open evening; it lets in, and is never the
    answer to "why not?".
    """

    kind: ClassVar[str] = "rule"
    rule: RuleId
    access_points: tuple[AccessPointId, ...]
    schedule: ScheduleId
    expires_after: int | None = None
    stale_after: int | None = None
    passes: PassTerms | None = None
    reserved: bool | None = None
    extra: bool | None = None

    @property
    def key(self) -> str:
        return f"{self.kind}/{self.rule}"


@dataclass(frozen=True, slots=True)
class Right:
    """A rule that a holder has for a time; UTC seconds, half-open.

    From ``grace_from`` on the right has ended, and is honoured a little longer. ``account``:
    where its passes are counted; the holder's own (named like the holder) if absent.
    """

    rule: RuleId
    valid_from: int | None = None
    valid_until: int | None = None
    grace_from: int | None = None
    account: AccountId | None = None


@dataclass(frozen=True, slots=True)
class HolderRecord:
    """Somebody who carries credentials; an opaque id, never a name.

    ``rules`` hold as long as the holder does; ``rights`` for their own time. ``membership_until``:
    where the space asks for a yearly membership (adhesion), the second at which it ends.
    ``pin``: what is kept of the holder's PIN (``access.pin``), until ``pin_until``.
    """

    kind: ClassVar[str] = "holder"
    holder: HolderId
    rules: tuple[RuleId, ...]
    valid_from: int | None = None
    valid_until: int | None = None
    """UTC seconds, half-open: the first second at which the right is gone."""
    suspended: bool = False
    extended_release: bool = False
    may_lift_lockdown: bool = False
    rights: tuple[Right, ...] | None = None
    membership_until: int | None = None
    pin: PinDigest | None = None
    pin_until: int | None = None

    @property
    def key(self) -> str:
        return f"{self.kind}/{self.holder}"


@dataclass(frozen=True, slots=True)
class CredentialRecord:
    """What a unit keeps of a badge: a keyed digest, never the number.

    ``of``: this is what another kind of reader makes of the badge with that digest; None: it is
    the badge's own.
    """

    kind: ClassVar[str] = "credential"
    digest: CredentialDigest
    holder: HolderId
    issuer: str = ""
    disabled: bool = False
    valid_from: int | None = None
    valid_until: int | None = None
    of: CredentialDigest | None = None

    @property
    def badge(self) -> CredentialDigest:
        """Return the digest by which the badge is known, whichever reader heard it."""
        return self.of or self.digest

    @property
    def key(self) -> str:
        return f"{self.kind}/{self.digest}"


class PeriodLength(StrEnum):
    """What a pass or an allowance is counted in."""

    DAY = "day"
    HALF_DAY = "half_day"
    WEEK = "week"
    MONTH = "month"


@dataclass(frozen=True, slots=True)
class PeriodRecord:
    """An accounting period: ``starts`` are UTC seconds, each period ends where the next begins.

    The server has resolved the cut-off hour and daylight saving; a unit counts passes by it.
    """

    kind: ClassVar[str] = "period"
    period: PeriodId
    length: PeriodLength
    starts: tuple[int, ...]

    @property
    def key(self) -> str:
        return f"{self.kind}/{self.period}"

    def start(self, utc: float) -> int | None:
        """Return the start of the period around ``utc``; None before the first of them."""
        at = bisect_right(self.starts, utc)
        return self.starts[at - 1] if at else None

    def next_start(self, utc: float) -> int | None:
        """Return the start of the period after the one around ``utc``; None after the last."""
        at = bisect_right(self.starts, utc)
        return self.starts[at] if at < len(self.starts) else None


Record = (
    AccessPointRecord
    | AreaRecord
    | DoorRecord
    | ScheduleRecord
    | PeriodRecord
    | RuleRecord
    | HolderRecord
    | CredentialRecord
)


@dataclass(frozen=True, slots=True)
class PolicyTerms:
    """How long a policy may be relied on; UTC seconds."""

    version: int
    created: int
    stale_after: int
    expires_at: int


class Policy(Protocol):
    """What ``decide`` asks of a policy; each answer is None if there is no such record."""

    @property
    def terms(self) -> PolicyTerms | None:
        """Return the terms of the policy in force; None if the unit has none yet."""

    def credential(
        self, digest: CredentialDigest
    ) -> tuple[CredentialRecord, HolderRecord | None] | None: ...

    def access_point(self, access_point: AccessPointId) -> AccessPointRecord | None: ...

    def door(self, door: DoorId) -> DoorRecord | None: ...

    def rule(self, rule: RuleId) -> RuleRecord | None: ...

    def schedule(self, schedule: ScheduleId) -> Schedule | None: ...

    def period(self, period: PeriodId) -> PeriodRecord | None: ...

    def area(self, area: AreaId) -> AreaRecord | None: ...


@dataclass(slots=True)
class InMemoryPolicy:
    """A policy held in dictionaries: for the server's questions and for tests."""

    terms: PolicyTerms | None
    records: dict[str, Record] = field(default_factory=dict)

    @classmethod
    def of(cls, terms: PolicyTerms | None, records: Iterable[Record]) -> "InMemoryPolicy":
        """Return a policy of these records; a later record replaces one with the same key."""
        return cls(terms, {record.key: record for record in records})

    def credential(
        self, digest: CredentialDigest
    ) -> tuple[CredentialRecord, HolderRecord | None] | None:
        found = self.records.get(f"credential/{digest}")
        if not isinstance(found, CredentialRecord):
            return None
        holder = self.records.get(f"holder/{found.holder}")
        return found, holder if isinstance(holder, HolderRecord) else None

    def access_point(self, access_point: AccessPointId) -> AccessPointRecord | None:
        found = self.records.get(f"access_point/{access_point}")
        return found if isinstance(found, AccessPointRecord) else None

    def door(self, door: DoorId) -> DoorRecord | None:
        found = self.records.get(f"door/{door}")
        return found if isinstance(found, DoorRecord) else None

    def rule(self, rule: RuleId) -> RuleRecord | None:
        found = self.records.get(f"rule/{rule}")
        return found if isinstance(found, RuleRecord) else None

    def schedule(self, schedule: ScheduleId) -> Schedule | None:
        found = self.records.get(f"schedule/{schedule}")
        return to_schedule(found) if isinstance(found, ScheduleRecord) else None

    def period(self, period: PeriodId) -> PeriodRecord | None:
        found = self.records.get(f"period/{period}")
        return found if isinstance(found, PeriodRecord) else None

    def area(self, area: AreaId) -> AreaRecord | None:
        found = self.records.get(f"area/{area}")
        return found if isinstance(found, AreaRecord) else None


def to_schedule(record: ScheduleRecord) -> Schedule:
    """Return the schedule that a record names."""
    return ALWAYS if record.always else Schedule(record.bounds)
