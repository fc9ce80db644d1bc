"""The desk as a pure machine: occupied, free, or honestly unknown."""

from loquet_edge.desk.machine import deadline, step
from loquet_edge.desk.state import Desk, DeskConfig, DeskState, InvalidDeskConfig, SensorKind

__all__ = [
    "Desk",
    "DeskConfig",
    "DeskState",
    "InvalidDeskConfig",
    "SensorKind",
    "deadline",
    "step",
]
