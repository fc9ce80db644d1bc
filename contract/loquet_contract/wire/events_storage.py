"""What a unit tells of the disk that its journal is kept on."""

from dataclasses import dataclass
from typing import ClassVar


@dataclass(frozen=True, slots=True)
class StorageShort:
    """The disk is nearly full: what the server has confirmed goes before its days. An alarm.

    ``free_mb`` is what is left; ``unconfirmed`` counts entries that stay whatever comes.
    """

    kind: ClassVar[str] = "storage_short"
    free_mb: int
    unconfirmed: int


@dataclass(frozen=True, slots=True)
class StorageEased:
    """There is room again; ``freed`` entries, all of them confirmed, went meanwhile."""

    kind: ClassVar[str] = "storage_eased"
    freed: int
