"""What ``door`` and ``link`` say to each other, one JSON message per packet.

``door`` listens on ``{run}/door.sock`` (Unix, SEQPACKET); ``link`` connects. What comes from
the server is passed on as the signed text that came, since ``door`` checks signatures itself:
``link`` has a network socket and is believed in nothing.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import ClassVar, get_args

from loquet_contract.ids import (
    BootId,
    CommandId,
    DeskId,
    DoorId,
    JournalId,
    PepperId,
    ReaderId,
    SensorId,
)
from loquet_contract.wire.codec import MalformedMessage, decode, encode, parse
from loquet_contract.wire.commands import Outcome
from loquet_contract.wire.messages import DoorStatus
from loquet_contract.wire.sensors import Hearing
from loquet_contract.wire.topics import TO_UNIT

MAX_PACKET = 160 * 1024
"""Bytes; under Linux's default limit for a Unix packet."""
REFUSED_PURPOSES = frozenset({*map(str, TO_UNIT), "topic"})
"""What a ``Refused`` may be about: a channel to the unit, or a topic that is none of ours."""
MAX_REFUSED = 200
"""Characters that a ``Refused`` may say."""


@dataclass(frozen=True, slots=True)
class Appended:
    """door to link: the journal has entries up to ``last``."""

    kind: ClassVar[str] = "appended"
    journal: JournalId
    last: int


@dataclass(frozen=True, slots=True)
class Status:
    """door to link, on change and every few seconds: what the link publishes as ``state``."""

    kind: ClassVar[str] = "status"
    boot: BootId
    utc: int
    clock_trusted: bool
    challenge: str
    journal: JournalId
    last_sequence: int
    backlog: int
    policy_version: int | None = None
    policy_digest: str | None = None
    desired_version: int | None = None
    moving_version: int | None = None
    doors: Mapping[DoorId, DoorStatus] = field(default_factory=dict)
    readers: Mapping[ReaderId, str] = field(default_factory=dict)
    desks: Mapping[DeskId, str] = field(default_factory=dict)
    peppers: tuple[PepperId, ...] | None = None
    clock_source: str | None = None


@dataclass(frozen=True, slots=True)
class Answered:
    """door to link: what became of a command."""

    kind: ClassVar[str] = "answered"
    command: CommandId
    outcome: Outcome
    detail: str


@dataclass(frozen=True, slots=True)
class Took:
    """door to link: a ``Moved`` was looked at; the next may come."""

    kind: ClassVar[str] = "took"
    have: int | None


@dataclass(frozen=True, slots=True)
class Behind:
    """door to link, in place of ``Took`` and at start: what moves is to be asked for."""

    kind: ClassVar[str] = "behind"
    have: int | None


@dataclass(frozen=True, slots=True)
class KeysWanted:
    """door to link: a signed question for the card masters, to be put to the server."""

    kind: ClassVar[str] = "keys_wanted"
    document: str


@dataclass(frozen=True, slots=True)
class KeysCame:
    """link to door: the server's signed answer, sealed to ``door``."""

    kind: ClassVar[str] = "keys_came"
    document: str


@dataclass(frozen=True, slots=True)
class FetchWanted:
    """door to link: fetch the whole policy anew, whatever is held; the server has asked."""

    kind: ClassVar[str] = "fetch_wanted"


@dataclass(frozen=True, slots=True)
class LogWanted:
    """door to link: send the newest of the log; ``command``: the order that asks for it."""

    kind: ClassVar[str] = "log_wanted"
    command: CommandId


@dataclass(frozen=True, slots=True)
class Ending:
    """door to link: ``door`` ends now, by order; so does ``link``, once it has said all."""

    kind: ClassVar[str] = "ending"


@dataclass(frozen=True, slots=True)
class PeppersWanted:
    """door to link: a signed question for the peppers, to be put to the server."""

    kind: ClassVar[str] = "peppers_wanted"
    document: str


@dataclass(frozen=True, slots=True)
class PeppersCame:
    """link to door: the server's signed answer, sealed to ``door``."""

    kind: ClassVar[str] = "peppers_came"
    document: str


@dataclass(frozen=True, slots=True)
class Acknowledged:
    """link to door: a signed Ack, as it came."""

    kind: ClassVar[str] = "acknowledged"
    document: str


@dataclass(frozen=True, slots=True)
class Commanded:
    """link to door: a signed Command, as it came."""

    kind: ClassVar[str] = "commanded"
    document: str


@dataclass(frozen=True, slots=True)
class Wished:
    """link to door: a signed Desired, as it came."""

    kind: ClassVar[str] = "wished"
    document: str


@dataclass(frozen=True, slots=True)
class Moved:
    """link to door: a signed Moving, as it came; one at a time, so that no tap waits for many."""

    kind: ClassVar[str] = "moved"
    document: str


@dataclass(frozen=True, slots=True)
class Mapped:
    """link to door: a signed SensorPlan, as it came."""

    kind: ClassVar[str] = "mapped"
    document: str


@dataclass(frozen=True, slots=True)
class Sensed:
    """link to door: what a sensor on the space's own broker says; it can only change a desk."""

    kind: ClassVar[str] = "sensed"
    sensor: SensorId
    hearing: Hearing


@dataclass(frozen=True, slots=True)
class PolicyChanged:
    """link to door: the policy store holds a new version."""

    kind: ClassVar[str] = "policy_changed"
    version: int
    digest: str


@dataclass(frozen=True, slots=True)
class Refused:
    """link to door: a message did not verify; ``door`` records it. ``version``: of a policy."""

    kind: ClassVar[str] = "refused"
    purpose: str
    detail: str
    version: int | None = None


ToLink = (
    Appended | Status | Answered | Took | Behind | KeysWanted | FetchWanted | LogWanted | Ending
    | PeppersWanted
)  # fmt: skip
ToDoor = (
    Acknowledged | Commanded | Wished | Moved | Mapped | Sensed | PolicyChanged | Refused
    | KeysCame | PeppersCame
)  # fmt: skip
_KINDS: dict[str, type[ToLink | ToDoor]] = {
    cls.kind: cls for cls in (*get_args(ToLink), *get_args(ToDoor))
}


def pack(message: ToLink | ToDoor) -> bytes:
    """Return a message as one packet."""
    return encode(message).encode()


def unpack(packet: bytes) -> ToLink | ToDoor:
    """Return the message of one packet; raise MalformedMessage."""
    plain = parse(packet, MAX_PACKET)
    cls = _KINDS.get(str(plain.get("kind"))) if isinstance(plain, dict) else None
    if cls is None:
        raise MalformedMessage("not a message between door and link")
    return decode(cls, plain)
