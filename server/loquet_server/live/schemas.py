"""What the live page shows, as values; times are UTC milliseconds."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field

from loquet_server.floorplan.plan import Plan
from loquet_server.incidence.attending import ATTENDS, closer

SILENT_MS = 15_000
"""A unit that is connected has confirmed a lockdown by then, or something is wrong."""


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
    holder: str | None = None


@dataclass(frozen=True, slots=True)
class RefusalView:
    """Somebody was refused, so often, and nobody has looked after it yet; the last such passage."""

    passage: PassageView
    passages: tuple[int, ...] = ()
    """All of them by id, newest first."""
    first_at: int = 0

    @property
    def count(self) -> int:
        return len(self.passages)


@dataclass(frozen=True, slots=True)
class LockdownView:
    """A lockdown that nobody has lifted. ``confirmed_at``: the unit has answered for it."""

    id: str
    actor: str
    reason: str
    since: int
    confirmed_at: int | None = None


@dataclass(frozen=True, slots=True)
class Wish:
    """What a door was asked to be, and how far it is: asked, confirmed, silent or offline."""

    locked: bool
    state: str


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
    shut_out_at: int | None = None
    """When its unit was shut out, None if it was not; UTC milliseconds."""

    @property
    def alone(self) -> bool:
        """Whether no unit drives it any more, or none ever did."""
        return not self.unit or self.shut_out_at is not None

    @property
    def grave(self) -> bool:
        """Whether somebody should look at this door now."""
        return bool(self.alarm) or self.mode in ("fire", "alarm", "fault")

    def wish(self, now: int) -> Wish | None:
        """Return what was last asked of the door, None where nothing is or all is done."""
        under = self.mode == "locked_down"
        if self.lockdown is None and not under:
            return None
        if self.lockdown is None:
            return Wish(False, "asked" if self.heard else "offline")
        if self.lockdown.confirmed_at is not None:
            return Wish(True, "confirmed")
        if not self.heard:
            return Wish(True, "offline")
        late = now - self.lockdown.since > SILENT_MS
        return Wish(True, "silent" if late else "asked")

    @property
    def shown(self) -> str:
        """The one word for a plan: alarm, locked_down, open, released, closed or unknown."""
        if self.grave:
            return "alarm"
        if not self.heard:
            return "unknown"
        if self.lockdown is not None or self.mode == "locked_down":
            return "locked_down"
        if self.leaf == "open":
            return "open"
        if self.lock == "released":
            return "released"
        return "closed" if "locked" in self.lock or self.leaf == "closed" else "unknown"


@dataclass(frozen=True, slots=True)
class ReservedView:
    """A booking of a desk, without its person; UTC milliseconds."""

    starts: int
    ends: int
    checked_in: bool = False


@dataclass(frozen=True, slots=True)
class DeskView:
    """A desk now, and what its state rests on. ``until``: when one that is away is free again."""

    id: str
    name: str
    state: str = "unknown"
    evidence: str | None = None
    since: int | None = None
    until: int | None = None
    reserved: ReservedView | None = None

    @property
    def shown(self) -> str:
        """Presence and booking together: nobody is there, but somebody has booked it."""
        known = self.state in ("free", "occupied", "away", "reserved")
        if self.state == "free" and self.reserved is not None:
            return "reserved"
        return self.state if known else "unknown"

    def minutes_left(self, now: int) -> int | None:
        """Return for how many minutes more it is kept for whoever is away; None if unknown."""
        if self.state != "away" or self.until is None:
            return None
        return max(0, -(-(self.until - now) // 60_000))


@dataclass(frozen=True, slots=True)
class DeskCounts:
    """How many desks are in which state; away and reserved count as occupied."""

    free: int
    occupied: int
    unknown: int
    away: int = 0
    reserved: int = 0
    """Those among the occupied that are away for a moment, or only booked."""

    @property
    def all(self) -> int:
        return self.free + self.occupied + self.unknown


@dataclass(frozen=True, slots=True)
class PeopleView:
    """People in an area, as far as its exits allow to say.

    Where exits are sensed ``present`` is a best estimate between ``low`` and ``high``; where
    they are not, it is None, and only ``seen_today`` may be shown. ``level``: ok, warn, full.
    ``reasons``: why it is no surer, as ``headcount`` codes them.
    """

    seen_today: int
    present: int | None = None
    low: int | None = None
    high: int | None = None
    capacity: int | None = None
    level: str | None = None
    reasons: tuple[str, ...] = ()


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
    count: int = 1
    door: str | None = None
    """The door that it is about, if it is about one."""
    taken_by: str | None = None
    """Who looks after it, if somebody has said so."""


@dataclass(frozen=True, slots=True)
class FloorView:
    """A floor's plan; ``height`` in thousandths of its width, ``image`` a digest.

    ``size``: how large desks and doors are drawn. ``desks``: those that stand here.
    """

    id: str
    name: str
    revision: int
    height: int
    image: str | None
    plan: Plan
    size: int
    desks: frozenset[str]


@dataclass(frozen=True, slots=True)
class SpaceTotals:
    """One space among several, in numbers."""

    space: SpaceView
    desks: DeskCounts
    people: PeopleView | None
    doors: int
    open: int
    alarms: int
    locked_down: int
    offline: int


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
    refusals: tuple[RefusalView, ...] = ()
    floors: tuple[FloorView, ...] = ()
    readers: Mapping[str, tuple[str, str]] = field(default_factory=dict)
    """Unit and reader of each way through a door."""
    sensors: Mapping[str, tuple[str, str, str]] = field(default_factory=dict)
    """Name, unit, and what it said last, of each of the space's own sensors."""
    usual: int | None = None
    """How many desks are usually taken at this hour."""
    may: frozenset[str] = frozenset("nrlemfu")
    """What those who look may (letters, see ``fragments``)."""

    @property
    def desks(self) -> DeskCounts:
        return count_desks(tuple(desk for area in self.areas for desk in area.desks))

    def desks_on(self, floor: FloorView) -> tuple[DeskView, ...]:
        """Return the desks that stand on a floor."""
        return tuple(desk for area in self.areas for desk in area.desks if desk.id in floor.desks)

    def closes(self, incident: IncidentView) -> bool:
        """Whether those who look may say that an incident was seen to; taking it on asks less."""
        return ("r" if closer(incident.kind) is ATTENDS else "u") in self.may

    @property
    def locked_down(self) -> int:
        """How many doors are under a lockdown."""
        return sum(door.lockdown is not None for door in self.doors)

    @property
    def has_desks(self) -> bool:
        return any(area.desks for area in self.areas)

    def sensor_state(self, sensor: str) -> str:
        """Return well, lost or unknown of one of the space's own sensors.

        Never active or idle: its desk says so, and says what is known besides.
        """
        _, unit, hearing = self.sensors.get(sensor, ("", "", ""))
        if not any(each.id == unit and each.online for each in self.units):
            return "unknown"
        if hearing in ("active", "idle"):
            return "well"
        return "lost" if hearing == "lost" else "unknown"

    def reader_state(self, way: str) -> str:
        """Return well, lost or unknown of the reader of a way through a door."""
        name, reader = self.readers.get(way, ("", ""))
        unit = next((each for each in self.units if each.id == name), None)
        if unit is None or not unit.online:
            return "unknown"
        return unit.readers.get(reader, "well")

    @property
    def wishes(self) -> tuple[tuple[DoorView, Wish], ...]:
        """The doors of which something was asked, and how far each is."""
        found = ((door, door.wish(self.now)) for door in self.doors)
        return tuple((door, wish) for door, wish in found if wish is not None)


def count_desks(desks: tuple[DeskView, ...]) -> DeskCounts:
    """Return the counts of some desks; a state that is not known here counts as unknown."""
    shown = Counter(desk.shown for desk in desks)
    occupied = shown["occupied"] + shown["away"] + shown["reserved"]
    return DeskCounts(
        shown["free"], occupied, len(desks) - shown["free"] - occupied, shown["away"],
        shown["reserved"],
    )  # fmt: skip


def totals(view: LiveView) -> SpaceTotals:
    """Return a space in numbers. People only where every area senses its exits."""
    counted = [area.people for area in view.areas if area.people.present is not None]
    people = None
    if counted and len(counted) == len(view.areas):
        people = PeopleView(
            sum(each.seen_today for each in counted),
            *(sum(getattr(each, name) for each in counted) for name in ("present", "low", "high")),
        )
    return SpaceTotals(
        view.space, view.desks, people, len(view.doors),
        sum(door.leaf == "open" for door in view.doors if door.heard),
        sum(door.grave for door in view.doors), view.locked_down,
        sum(not unit.online for unit in view.units),
    )  # fmt: skip
