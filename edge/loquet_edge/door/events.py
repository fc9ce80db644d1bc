"""What may happen to a door: the inputs of its machine.

Levels arrive as their changes. A change to the level that a line already has, as a bouncing
switch gives, is legal and does nothing.
"""

from dataclasses import dataclass

from loquet_contract.ids import GrantId, HolderId, LockdownId


@dataclass(frozen=True, slots=True)
class Start:
    """The first event: the levels of the inputs, read before any output is driven.

    ``fire_loop_open``: the loop is open now (a cut wire is fire). ``fire_latched``: the latch
    kept on the unit says that a fire was never re-armed. ``leaf_open`` means nothing at a
    door without a contact.
    """

    leaf_open: bool = False
    exit_active: bool = False
    fire_loop_open: bool = False
    fire_latched: bool = False


@dataclass(frozen=True, slots=True)
class GrantGiven:
    """The rule let somebody in. ``grant`` is new each time and says nothing of the person."""

    grant: GrantId
    extended: bool = False


@dataclass(frozen=True, slots=True)
class CommandRelease:
    """A verified command asks for one release."""

    extended: bool = False


@dataclass(frozen=True, slots=True)
class ExitPressed:
    """The exit input (button or sensor) became active."""


@dataclass(frozen=True, slots=True)
class ExitReleased:
    """The exit input became idle."""


@dataclass(frozen=True, slots=True)
class ExitAsked:
    """Somebody asks to leave and lets go at once: any badge at an exit reader."""


@dataclass(frozen=True, slots=True)
class LeaverNamed:
    """Whoever just asked to leave is known. ``grant`` is new each time, as that of a grant."""

    grant: GrantId


@dataclass(frozen=True, slots=True)
class LeafOpened:
    """The door contact says open."""


@dataclass(frozen=True, slots=True)
class LeafClosed:
    """The door contact says closed."""


@dataclass(frozen=True, slots=True)
class UnlockScheduleBegan:
    """From now on a schedule holds the door unlocked."""


@dataclass(frozen=True, slots=True)
class UnlockScheduleEnded:
    """The schedule no longer holds the door unlocked."""


@dataclass(frozen=True, slots=True)
class LockdownApplied:
    """This lockdown is in force at the door; it replaces the one before, if any."""

    lockdown: LockdownId


@dataclass(frozen=True, slots=True)
class LockdownLifted:
    """This lockdown ends; without effect when another one is in force."""

    lockdown: LockdownId
    by: HolderId | None = None


@dataclass(frozen=True, slots=True)
class FireStarted:
    """The fire loop opened."""


@dataclass(frozen=True, slots=True)
class FireLoopClosed:
    """The fire loop is closed again; the latch stays."""


@dataclass(frozen=True, slots=True)
class FireRearmed:
    """A person re-arms on the spot; without effect while the loop is open."""


@dataclass(frozen=True, slots=True)
class LockFeedback:
    """The lock's own contact says what it does."""

    locked: bool


@dataclass(frozen=True, slots=True)
class LockFaultSeen:
    """The lock cannot be driven, as when its guard is unreachable."""

    detail: str


@dataclass(frozen=True, slots=True)
class LockFaultEnded:
    """The lock can be driven again; the machine says anew what the lock must do."""


@dataclass(frozen=True, slots=True)
class TimePassed:
    """Nothing but time; due at ``deadline``."""


DoorEvent = (
    Start
    | GrantGiven
    | CommandRelease
    | ExitPressed
    | ExitReleased
    | ExitAsked
    | LeaverNamed
    | LeafOpened
    | LeafClosed
    | UnlockScheduleBegan
    | UnlockScheduleEnded
    | LockdownApplied
    | LockdownLifted
    | FireStarted
    | FireLoopClosed
    | FireRearmed
    | LockFeedback
    | LockFaultSeen
    | LockFaultEnded
    | TimePassed
)
