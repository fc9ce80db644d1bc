"""Where the link process finds its neighbours and its files."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from loquet_contract.ids import DeskId, ReaderId
from loquet_edge.link.session import Broker
from loquet_edge.sensors.hearing import AWAY_SECONDS


@dataclass(frozen=True, slots=True)
class Places:
    """Where the link finds the others. ``broker``: in place of what the identity says."""

    door_socket: Path
    journal: Path
    policy: Path
    broker: tuple[str, int] | None = None
    sensors: Broker | None = None
    """The space's own broker, for the sensors that hang on it."""
    sensors_away: float = AWAY_SECONDS
    identity: Path | None = None
    """The folder of identity and certificate; by default the policy's."""
    model: str | None = None
    """What the computer is called, where that is known."""
    desk_readers: Mapping[ReaderId, DeskId] = field(default_factory=dict)
    """Which readers stand at a desk, and at which."""
