"""What comes in one transaction of ingest, and what is gathered before it is written."""

from dataclasses import dataclass, field
from typing import Any, NamedTuple

from loquet_server.ingest.cursor import Behind, Cursors
from loquet_server.ingest.reading import Believed, EntryRow
from loquet_server.ingest.repository import IngestRepository, KnownUnit
from loquet_server.ingest.world import World
from loquet_server.models import UnitState
from loquet_server.publication import Publication


@dataclass(frozen=True, slots=True, eq=False)
class Message:
    """What came from the broker, each for itself. ``retained``: it was said some time ago."""

    topic: str
    payload: bytes
    retained: bool = False


@dataclass(slots=True)
class Result:
    """What one transaction did."""

    publications: list[Publication] = field(default_factory=list)
    entries: int = 0
    """New ones."""
    refused: int = 0


class Ahead(NamedTuple):
    """A batch read before the transaction, and the unit's key that it was believed by."""

    key: str
    came: Believed


@dataclass(slots=True)
class Work:
    """What one transaction gathers before it writes."""

    now_ms: int
    repository: IngestRepository
    units: dict[str, KnownUnit]
    world: World
    cursors: Cursors
    states: dict[str, UnitState]
    rows: list[EntryRow] = field(default_factory=list)
    """Those that should be new, with the plain body of each in ``bodies``."""
    bodies: list[Any] = field(default_factory=list)
    told: set[str] = field(default_factory=set)
    """Units with such rows."""
    letters: list[dict[str, Any]] = field(default_factory=list)
    acks: dict[str, KnownUnit] = field(default_factory=dict)
    """Journals to be acknowledged."""
    unsure: set[str] = field(default_factory=set)
    """Journals of which times are uncertain, or get certain."""
    behind: list[tuple[KnownUnit, Behind]] = field(default_factory=list)
    """What units are to send again: it was confirmed once, and is here no more."""
    spoke: set[str] = field(default_factory=set)
    answers: list[Publication] = field(default_factory=list)
    """What units are to be told again."""
    turned: set[str] = field(default_factory=set)
    """Units that came or went."""
    ahead: dict[Message, Ahead] = field(default_factory=dict)
