"""The desk as a pure machine: occupied, free, away, or honestly unknown."""

from loquet_edge.desk.machine import deadline, refit, step
from loquet_edge.desk.state import Desk, DeskConfig, DeskState, InvalidDeskConfig, SensorKind

__all__ = [
    "Desk",
    "DeskConfig",
    "DeskState",
    "InvalidDeskConfig",
    "SensorKind",
    "deadline",
    "refit",
    "step",
]
