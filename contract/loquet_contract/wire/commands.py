"""Orders to one unit, and its answers.

A command is addressed to unit and door, names who wants it and why, and is bound to the
unit's boot and to a challenge that the unit itself issued and renews: it expires, and cannot
be replayed, without any trust in wall clocks. Lockdown and its lift are not commands but
desired state, since they must reach a unit that is offline now.
"""

from dataclasses import dataclass
from enum import StrEnum
from typing import ClassVar

from loquet_contract.ids import (
    AccessPointId,
    BootId,
    CommandId,
    CredentialDigest,
    DoorId,
    ReaderId,
    SiteId,
    UnitId,
)

CHALLENGE_SECONDS = 60
"""How long a unit offers one challenge; the one before it still counts, so at most twice this."""

OTHER_BOOT = "it was made for an earlier start of this unit"
LATE = "it is late: its challenge no longer counts"
STALE = (OTHER_BOOT, LATE)
"""With these words a unit refuses what was made before it started, or renewed its challenge."""


class What(StrEnum):
    """What is wanted; closed."""

    RELEASE = "release"
    IDENTIFY = "identify"
    ENROL = "enrol"
    """For ``seconds``, the next badge at ``access_point`` is not decided but told, sealed."""
    ENCODE = "encode"
    """For ``seconds``, ``reader`` encodes the card whose digest is ``credential``."""
    EXAMINE = "examine"
    """The unit looks at itself, as ``loquet-edge doctor`` does, and tells what it found."""
    PROVE = "prove"
    """Moves the proof of ``door``: ``act`` is ``begin``, ``stop``, or what ``word`` answers."""
    RESTART = "restart"
    """``door`` and ``link`` end and are started again; the guard of the locks stays."""
    FETCH = "fetch"
    """The unit fetches its whole policy anew, whatever it holds."""
    LOGS = "logs"
    """The unit sends the newest of its log, sealed to the server."""


class Outcome(StrEnum):
    """What became of a command."""

    PERFORMED = "performed"
    REFUSED = "refused"


@dataclass(frozen=True, slots=True)
class Command:
    """One order; signed by the server, never retained. ``door`` only where ``what`` needs one."""

    kind: ClassVar[str] = "command"
    site: SiteId
    unit: UnitId
    command: CommandId
    what: What
    actor: str
    reason: str
    boot: BootId
    challenge: str
    door: DoorId | None = None
    access_point: AccessPointId | None = None
    seconds: int | None = None
    reader: ReaderId | None = None
    credential: CredentialDigest | None = None
    act: str | None = None
    word: str | None = None
    """Of a proof: the installer's name at its ``begin``; else yes, no, again, skip."""


@dataclass(frozen=True, slots=True)
class Reply:
    """What became of it; signed by the unit. UTC milliseconds."""

    kind: ClassVar[str] = "reply"
    site: SiteId
    unit: UnitId
    command: CommandId
    outcome: Outcome
    detail: str
    utc: int
