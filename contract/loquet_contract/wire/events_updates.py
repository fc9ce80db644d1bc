"""What became of a new release of the unit's own program."""

from dataclasses import dataclass
from typing import ClassVar


@dataclass(frozen=True, slots=True)
class SoftwareUpdated:
    """A new release works: the unit runs ``version`` and keeps ``previous`` beside it."""

    kind: ClassVar[str] = "software_updated"
    version: str
    previous: str


@dataclass(frozen=True, slots=True)
class UpdateFailed:
    """A release was not taken, or was given up again: the unit runs ``kept``. An alarm."""

    kind: ClassVar[str] = "update_failed"
    version: str
    kept: str
    detail: str


UpdateFact = SoftwareUpdated | UpdateFailed
