"""What the bench shows of a board, and what a person may do to it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum


class Act(StrEnum):
    """What a person may do; closed."""

    TAP = "tap"
    OPEN = "open"
    CLOSE = "close"
    PRESS_EXIT = "press_exit"
    HOLD_EXIT = "hold_exit"
    LET_GO_EXIT = "let_go_exit"
    CUT_FIRE = "cut_fire"
    RESTORE_FIRE = "restore_fire"
    REARM = "rearm"
    SIT = "sit"
    LEAVE = "leave"
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
    released: bool | None
    open: bool | None
    exit_held: bool | None
    led_granted: bool | None
    led_denied: bool | None
    buzzer: bool | None


@dataclass(frozen=True, slots=True)
class BenchReader:
    """A reader with its cable, and how many cards are in its field."""

    id: str
    plugged: bool
    cards: int


@dataclass(frozen=True, slots=True)
class BenchDesk:
    """A desk's sensor: somebody is there, or not. ``line`` is what the board calls it."""

    id: str
    name: str
    line: str
    taken: bool


@dataclass(frozen=True, slots=True)
class BenchUnit:
    """One simulated unit. ``away``: why its board does not answer; then nothing else is known."""

    id: str
    name: str
    away: str | None = None
    doors: tuple[BenchDoor, ...] = ()
    readers: tuple[BenchReader, ...] = ()
    desks: tuple[BenchDesk, ...] = ()
    fire: bool | None = None
    """True while the fire loop is cut; None where there is none."""
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
