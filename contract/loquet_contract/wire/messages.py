"""What units and server say besides the journal: presence on the line, policies, wishes."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, ClassVar

from loquet_contract.access.presence import Balance, Stay
from loquet_contract.ids import (
    AccountId,
    AreaId,
    BootId,
    DeskId,
    DoorId,
    HolderId,
    JournalId,
    KeyId,
    LockdownId,
    PepperId,
    ReaderId,
    SiteId,
    UnitId,
)

MAX_DELTA = 256 * 1024
"""Bytes of a delta on the wire; a larger one is fetched whole over HTTPS."""


@dataclass(frozen=True, slots=True)
class Online:
    """Whether a unit has a session; the last will says it has not. Not signed, so only a hint."""

    kind: ClassVar[str] = "online"
    unit: UnitId
    online: bool
    boot: BootId


@dataclass(frozen=True, slots=True)
class DoorStatus:
    """How a door stands, for a page that has missed the facts. Words of the door machine."""

    lock: str
    leaf: str
    mode: str
    lockdown: LockdownId | None = None


@dataclass(frozen=True, slots=True)
class UnitState:
    """What a unit enforces and how it fares; signed by the unit, retained.

    ``challenge`` must be in every command; it is renewed, and with it older commands die.
    ``backlog`` counts entries that the server has not acknowledged.
    """

    kind: ClassVar[str] = "state"
    site: SiteId
    unit: UnitId
    boot: BootId
    utc: int
    clock_trusted: bool
    challenge: str
    journal: JournalId
    last_sequence: int
    backlog: int
    software: str = ""
    policy_version: int | None = None
    policy_digest: str | None = None
    desired_version: int | None = None
    doors: Mapping[DoorId, DoorStatus] = field(default_factory=dict)
    readers: Mapping[ReaderId, str] = field(default_factory=dict)
    desks: Mapping[DeskId, str] = field(default_factory=dict)
    health: Mapping[str, int] = field(default_factory=dict)
    """By the names of ``health.Health``."""
    moving_version: int | None = None
    model: str | None = None
    """Of the computer, as its firmware says; ``simulated`` for one without hardware."""
    address: str | None = None
    """From which the unit reaches its broker, as the unit itself sees it."""
    peppers: tuple[PepperId, ...] | None = None
    """Under which peppers it can know a badge; None: it does not say."""
    clock_source: str | None = None
    """By whose word it knows the time: ``clock.ClockSource``; None: it does not say."""
    desk_readers: Mapping[ReaderId, DeskId] | None = None
    """Which of ``readers`` stand at a desk, and at which; None: none, or it does not say."""


@dataclass(frozen=True, slots=True)
class Manifest:
    """Says what a policy is; signed by the server. UTC seconds.

    ``base`` is None for a whole policy, else the version that the delta changes. ``digest``
    is ``policy.whole_digest`` or ``policy.delta_digest`` accordingly, so that a hundred
    changes never rehash a hundred thousand records. All units at one version of one unit's
    policy hold the same digest, however they came to it.
    """

    kind: ClassVar[str] = "manifest"
    site: SiteId
    unit: UnitId
    version: int
    base: int | None
    created: int
    stale_after: int
    expires_at: int
    digest: str
    key_id: KeyId
    pepper_id: PepperId
    records: int
    """How many records the policy has at this version."""


@dataclass(frozen=True, slots=True)
class Delta:
    """Changes from ``base`` to ``version``; verified by the manifest's chained digest."""

    kind: ClassVar[str] = "delta"
    manifest: str
    """The signed manifest, as text."""
    upserts: tuple[Any, ...] = ()
    """Records in their plain form, sorted by key."""
    deletes: tuple[str, ...] = ()
    """Keys, sorted."""


@dataclass(frozen=True, slots=True)
class Lockdown:
    """One door's lockdown: who, why, since when (UTC seconds)."""

    lockdown: LockdownId
    actor: str
    reason: str
    since: int


@dataclass(frozen=True, slots=True)
class Desired:
    """What must reach a unit that was offline; signed, retained.

    ``version`` only grows; a unit keeps the greatest that it has seen. ``presence``,
    ``balances`` and ``counts`` are no longer filled: what moves with every tap is ``Moving``.
    """

    kind: ClassVar[str] = "desired"
    site: SiteId
    unit: UnitId
    version: int
    created: int
    lockdowns: Mapping[DoorId, Lockdown] = field(default_factory=dict)
    presence: Mapping[HolderId, AreaId] = field(default_factory=dict)
    balances: Mapping[HolderId, int] = field(default_factory=dict)
    counts: Mapping[AreaId, int] = field(default_factory=dict)
    card_keys: tuple[str, ...] | None = None
    """What the card masters in force are called, the newest first; to be asked for."""
    peppers: tuple[PepperId, ...] | None = None
    """What the peppers in force are called, the newest first; to be asked for likewise."""


@dataclass(frozen=True, slots=True)
class Moving:
    """What changes with every tap: passes, stays, people; signed once for all units of a site.

    Changes from ``base`` to ``version``, to be applied only by a unit that holds ``base``; or,
    with ``base`` None, part ``part`` (from 0) of ``parts`` of all there is at ``version``,
    which a unit with a gap fetches over HTTPS as one signed line for each part. ``gone`` names
    what is no more: ``balance/ACCOUNT``, ``paid/ACCOUNT/HOLDER``, ``stay/HOLDER``,
    ``people/AREA``. UTC seconds.
    """

    kind: ClassVar[str] = "moving"
    site: SiteId
    version: int
    created: int
    base: int | None = None
    part: int = 0
    parts: int = 1
    balances: Mapping[AccountId, Balance] = field(default_factory=dict)
    paid: Mapping[AccountId, Mapping[HolderId, int]] = field(default_factory=dict)
    stays: Mapping[HolderId, Stay] = field(default_factory=dict)
    people: Mapping[AreaId, int] = field(default_factory=dict)
    gone: tuple[str, ...] = ()


MAX_MOVING = 64 * 1024
"""Bytes of one signed ``Moving`` on the wire; more travels in parts, or is fetched whole."""


@dataclass(frozen=True, slots=True)
class AreaCounts:
    """Identity-free and retained: for displays and home automation."""

    kind: ClassVar[str] = "area_counts"
    site: SiteId
    area: AreaId
    utc: int
    desks_free: int
    desks_occupied: int
    desks_unknown: int
    seen_today: int | None = None
    """People seen since the day's cut-off, where exits are not sensed."""
    present: int | None = None
    """Best estimate of people inside, where exits are sensed."""
    present_low: int | None = None
    present_high: int | None = None
    """The range in which the truth should lie."""
    desks_away: int | None = None
    """Of ``desks_occupied``, those whose people are away for a while."""
    desks_reserved: int | None = None
    """Of ``desks_free``, those that a booking holds."""
    capacity: int | None = None


@dataclass(frozen=True, slots=True)
class DeskState:
    """Identity-free and retained."""

    kind: ClassVar[str] = "desk_state"
    site: SiteId
    area: AreaId
    desk: DeskId
    state: str
    since: int


@dataclass(frozen=True, slots=True)
class Change:
    """Told by ingest after its commit: this subject has a new revision; pages fetch it anew."""

    kind: ClassVar[str] = "change"
    noun: str
    subject: str
    revision: int
