"""What the bench shows of a board, and what a person may do to it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum

from loquet_server.web.rhythm import Rhythm


class Act(StrEnum):
    """What a person may do; closed."""

    TAP = "tap"
    TAP_AES = "tap_aes"
    TAP_C = "tap_c"
    KEYS = "keys"
    OPEN = "open"
    CLOSE = "close"
    PRESS_EXIT = "press_exit"
    HOLD_EXIT = "hold_exit"
    LET_GO_EXIT = "let_go_exit"
    CUT_FIRE = "cut_fire"
    RESTORE_FIRE = "restore_fire"
    REARM = "rearm"
    RING = "ring"
    OPEN_CASE = "open_case"
    CLOSE_CASE = "close_case"
    CUT_MAINS = "cut_mains"
    RESTORE_MAINS = "restore_mains"
    SIT = "sit"
    LEAVE = "leave"
    WALK_IN = "walk_in"
    WALK_OUT = "walk_out"
    CUT_NETWORK = "cut_network"
    RESTORE_NETWORK = "restore_network"
    UNPLUG = "unplug"
    PLUG = "plug"


@dataclass(frozen=True, slots=True)
class Names:
    """What things are called, by id; what has no name is called by its id."""

    space: str = "Loquet"
    units: Mapping[str, str] = field(default_factory=dict)
    doors: Mapping[str, str] = field(default_factory=dict)
    desks: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class BadgeChoice:
    """A badge to tap. ``note``: valid, expired, future, disabled, suspended or unknown."""

    uid: str
    name: str
    note: str
    plan: str = ""


@dataclass(frozen=True, slots=True)
class BenchDoor:
    """A door's hardware; None where nothing is wired."""

    id: str
    name: str
    shown: Rhythm | None
    """What its lights and buzzer say now."""
    released: bool | None
    open: bool | None
    exit_held: bool | None
    led_granted: bool | None
    led_denied: bool | None
    buzzer: bool | None
    tamper: bool | None = None
    """True while the case is open."""
    bell: bool | None = None
    """True while the button is pressed; None where there is none."""


@dataclass(frozen=True, slots=True)
class BenchReader:
    """A reader with its cable, and how many cards are in its field."""

    id: str
    plugged: bool
    cards: int


@dataclass(frozen=True, slots=True)
class BenchDesk:
    """A desk's sensor: somebody is there, or not. ``line`` is what the board calls it.

    ``kind``: seat, presence or pir. ``sensor``: its own name, where a desk has several of a kind.
    """

    id: str
    name: str
    line: str
    taken: bool
    kind: str = "seat"
    sensor: str = ""


@dataclass(frozen=True, slots=True)
class BenchCounter:
    """Two beams across a door, and which of them are broken."""

    id: str
    outer: bool
    inner: bool


@dataclass(frozen=True, slots=True)
class BenchUnit:
    """One simulated unit. ``away``: why its board does not answer; then nothing else is known."""

    id: str
    name: str
    away: str | None = None
    doors: tuple[BenchDoor, ...] = ()
    readers: tuple[BenchReader, ...] = ()
    desks: tuple[BenchDesk, ...] = ()
    counters: tuple[BenchCounter, ...] = ()
    fire: bool | None = None
    """True while the fire loop is cut; None where there is none."""
    tamper: bool | None = None
    """True while the unit's own case is open."""
    mains: bool | None = None
    """True while the mains are gone."""
    rearm: bool = False
    """Whether there is a button to re-arm."""
    network_cut: bool = False
    csrf: str = ""
    """What the unit's forms carry as proof that they are ours."""


def worth_a_tap(badges: Sequence[BadgeChoice]) -> tuple[list[BadgeChoice], list[BadgeChoice]]:
    """Return one badge of each kind and plan, and the rest."""
    chosen: dict[tuple[str, str], BadgeChoice] = {}
    for badge in badges:
        chosen.setdefault((badge.note, badge.plan if badge.note == "valid" else ""), badge)
    first = list(chosen.values())
    return first, [badge for badge in badges if badge not in first]
