"""By whose word a unit knows the time."""

from enum import StrEnum


class ClockSource(StrEnum):
    """Only the first three make a clock that is trusted."""

    NETWORK = "network"
    """The kernel follows a time server."""
    HARDWARE = "hardware"
    """A clock chip with a battery that was right before."""
    CONFIGURED = "configured"
    """Its configuration says that something else keeps the clock right."""
    SIGNED = "signed"
    """Nobody; what the server has signed is a lower bound."""
    NONE = "none"
