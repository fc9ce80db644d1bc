"""Everything that may reach the deciding loop. Other threads only put these on its queue."""

from dataclasses import dataclass

from loquet_contract.ids import DeskId, DoorId, JournalId
from loquet_edge.desk.state import SensorKind
from loquet_edge.drivers.ports import ReaderEvent
from loquet_edge.lockguard.leases import Tell
from loquet_edge.seam import ToDoor, ToLink


@dataclass(frozen=True, slots=True)
class LeafMoved:
    """A door's contact changed."""

    door: DoorId
    open: bool


@dataclass(frozen=True, slots=True)
class SensorChanged:
    """A desk's sensor changed."""

    desk: DeskId
    kind: SensorKind
    active: bool


@dataclass(frozen=True, slots=True)
class GuardSaid:
    """The guard told something; None: it is lost."""

    tell: Tell | None


@dataclass(frozen=True, slots=True)
class LinkSaid:
    """The link told something."""

    message: ToDoor | ToLink


@dataclass(frozen=True, slots=True)
class LinkJoined:
    """A link connected: it knows nothing yet."""


@dataclass(frozen=True, slots=True)
class JournalGrew:
    """Facts were committed."""

    journal: JournalId
    last: int


@dataclass(frozen=True, slots=True)
class Probe:
    """Go the way of a tap, touch nothing, and tell the supervisor that it worked."""


@dataclass(frozen=True, slots=True)
class Stop:
    """End in order."""

    cause: str


Item = (
    LeafMoved | SensorChanged | GuardSaid | LinkSaid | LinkJoined | JournalGrew | Probe | Stop
    | ReaderEvent
)  # fmt: skip
