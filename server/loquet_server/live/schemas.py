"""What the live page shows, as values; times are UTC milliseconds."""

from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class SpaceView:
    """The space whose page this is."""

    id: str
    name: str
    timezone: str
    contact: str = ""


@dataclass(frozen=True, slots=True)
class PassageView:
    """One decision at a door, and what became of it."""

    id: int
    at: int
    door: str
    door_name: str
    outcome: str
    """granted, taken, not_taken or denied."""
    who: str | None = None
    """The holder's name, for managers; None when the credential is not known."""
    reason: str | None = None
    into: str | None = None
    """The name of the area it leads into; None for the outside."""


@dataclass(frozen=True, slots=True)
class LockdownView:
    """A lockdown that nobody has lifted. ``confirmed_at``: the unit has answered for it."""

    id: str
    actor: str
    reason: str
    since: int
    confirmed_at: int | None = None


@dataclass(frozen=True, slots=True)
class DoorView:
    """A door now; words as stored, see ``web.words``."""

    id: str
    name: str
    unit: str
    leaf: str = "unknown"
    lock: str = "unknown"
    mode: str = "unknown"
    alarm: str | None = None
    blocked: bool = False
    heard: bool = True
    """Whether its unit is connected; else what is shown is the last that is known."""
    changed_at: int | None = None
    lockdown: LockdownView | None = None
    passage: PassageView | None = None

    @property
    def grave(self) -> bool:
        """Whether somebody should look at this door now."""
        return bool(self.alarm) or self.mode in ("fire", "alarm", "fault")


@dataclass(frozen=True, slots=True)
class DeskView:
    """A desk now, and what its state rests on."""

    id: str
    name: str
    state: str = "unknown"
    evidence: str | None = None
    since: int | None = None


@dataclass(frozen=True, slots=True)
class DeskCounts:
    """How many desks are in which state; away and reserved count as occupied."""

    free: int
    occupied: int
    unknown: int

    @property
    def all(self) -> int:
        return self.free + self.occupied + self.unknown


@dataclass(frozen=True, slots=True)
class PeopleView:
    """People in an area, as far as its exits allow to say.

    Where exits are sensed ``present`` is a best estimate between ``low`` and ``high``; where
    they are not, it is None, and only ``seen_today`` may be shown.
    """

    seen_today: int
    present: int | None = None
    low: int | None = None
    high: int | None = None


@dataclass(frozen=True, slots=True)
class AreaView:
    """An area with its desks and people."""

    id: str
    name: str
    exit_sensing: bool
    people: PeopleView
    desks: tuple[DeskView, ...] = ()

    @property
    def counts(self) -> DeskCounts:
        return count_desks(self.desks)


@dataclass(frozen=True, slots=True)
class UnitView:
    """A unit now. ``policy_version`` is what it enforces, ``policy_current`` the newest made."""

    id: str
    name: str
    online: bool = False
    seen_at: int | None = None
    software: str = ""
    policy_version: int | None = None
    policy_current: int | None = None
    clock_trusted: bool = False
    backlog: int = 0
    readers: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class IncidentView:
    """Something a manager should be told about, until it has ended."""

    id: str
    kind: str
    at: int
    place: str
    detail: str = ""


@dataclass(frozen=True, slots=True)
class LiveView:
    """Everything that the live page shows at one moment."""

    space: SpaceView
    now: int
    areas: tuple[AreaView, ...] = ()
    doors: tuple[DoorView, ...] = ()
    units: tuple[UnitView, ...] = ()
    incidents: tuple[IncidentView, ...] = ()
    passages: tuple[PassageView, ...] = ()
    may: frozenset[str] = frozenset("nrl")
    """What those who look may: read names, release, lock down (letters of an audience)."""

    @property
    def desks(self) -> DeskCounts:
        return count_desks(tuple(desk for area in self.areas for desk in area.desks))

    @property
    def locked_down(self) -> int:
        """How many doors are under a lockdown."""
        return sum(door.lockdown is not None for door in self.doors)

    @property
    def has_desks(self) -> bool:
        return any(area.desks for area in self.areas)


def count_desks(desks: tuple[DeskView, ...]) -> DeskCounts:
    """Return the counts of some desks; a state that is not known here counts as unknown."""
    free = sum(desk.state == "free" for desk in desks)
    occupied = sum(desk.state in ("occupied", "away", "reserved") for desk in desks)
    return DeskCounts(free, occupied, len(desks) - free - occupied)
