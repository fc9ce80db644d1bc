"""What a unit says of the server's word about the time."""

from dataclasses import dataclass
from typing import ClassVar


@dataclass(frozen=True, slots=True)
class ServerTimeDoubted:
    """The server signed a time far ahead of what the unit knows; it waits. UTC milliseconds.

    ``known`` is what the unit itself was sure of then. An alarm.
    """

    kind: ClassVar[str] = "server_time_doubted"
    claimed: int
    known: int


@dataclass(frozen=True, slots=True)
class ServerTimeSettled:
    """The doubt is over. ``taken``: another source agrees; else the server took it back."""

    kind: ClassVar[str] = "server_time_settled"
    taken: bool


ClockFact = ServerTimeDoubted | ServerTimeSettled
