"""What a unit's other wires tell: its case, its supply, and the bell beside a door."""

from dataclasses import dataclass
from typing import ClassVar

from loquet_contract.ids import DoorId


@dataclass(frozen=True, slots=True)
class TamperOpened:
    """A case was opened, or its wire cut: the reader's at ``door``; None: the unit's own. Alarm."""

    kind: ClassVar[str] = "tamper_opened"
    door: DoorId | None = None


@dataclass(frozen=True, slots=True)
class TamperClosed:
    """The case is closed again."""

    kind: ClassVar[str] = "tamper_closed"
    door: DoorId | None = None


@dataclass(frozen=True, slots=True)
class MainsLost:
    """The supply says that the mains are gone: the unit lives on its battery. An alarm."""

    kind: ClassVar[str] = "mains_lost"


@dataclass(frozen=True, slots=True)
class MainsReturned:
    kind: ClassVar[str] = "mains_returned"


@dataclass(frozen=True, slots=True)
class DoorbellRung:
    """Somebody rings at a door; presses that follow within moments are not told again."""

    kind: ClassVar[str] = "doorbell_rung"
    door: DoorId
