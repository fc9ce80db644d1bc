"""Everything that may reach the deciding loop. Other threads only put these on its queue."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from loquet_contract.ids import CounterId, DeskId, DoorId, JournalId
from loquet_contract.wire.events import Event
from loquet_edge.beam.state import Beam
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
    """A desk's wired sensor changed."""

    desk: DeskId
    sensor: str
    active: bool


@dataclass(frozen=True, slots=True)
class SensorGone:
    """A desk's sensor cannot be heard any more; the next SensorChanged ends that."""

    desk: DeskId
    sensor: str


@dataclass(frozen=True, slots=True)
class BeamChanged:
    """A beam of a counter of people was broken, or is clear again."""

    counter: CounterId
    beam: Beam
    broken: bool


@dataclass(frozen=True, slots=True)
class WireMoved:
    """A case was opened or closed, the mains went or came, a doorbell was pressed or let go."""

    wire: str
    active: bool


@dataclass(frozen=True, slots=True)
class GuardSaid:
    """The guard told something; None: it is lost."""

    tell: Tell | None


def _nobody() -> None:
    return


@dataclass(frozen=True, slots=True)
class LinkSaid:
    """The link told something; ``taken`` is to be called once that was dealt with."""

    message: ToDoor | ToLink
    taken: Callable[[], None] = field(default=_nobody, compare=False, repr=False)


@dataclass(frozen=True, slots=True)
class LinkJoined:
    """A link connected: it knows nothing yet; ``taken`` as above."""

    taken: Callable[[], None] = field(default=_nobody, compare=False, repr=False)


@dataclass(frozen=True, slots=True)
class JournalGrew:
    """Facts were committed."""

    journal: JournalId
    last: int


@dataclass(frozen=True, slots=True)
class FactsFound:
    """Facts that were found beside the loop; they are recorded as they are."""

    facts: tuple[Event, ...]


@dataclass(frozen=True, slots=True)
class Inspected:
    """Somebody on the spot asks; ``reply`` takes the answer and returns at once."""

    request: Mapping[str, Any]
    reply: Callable[[Mapping[str, Any]], None]


@dataclass(frozen=True, slots=True)
class Probe:
    """Go the way of a tap, touch nothing, and tell the supervisor that it worked."""


@dataclass(frozen=True, slots=True)
class Stop:
    """End in order."""

    cause: str


Item = (
    LeafMoved | WireMoved | SensorChanged | SensorGone | BeamChanged | GuardSaid | LinkSaid
    | LinkJoined | JournalGrew | FactsFound | Inspected | Probe | Stop | ReaderEvent
)  # fmt: skip
