"""The door as a pure machine: it knows lock, leaf and time; it never learns who."""

from loquet_edge.door.machine import deadline, step
from loquet_edge.door.state import Door, DoorConfig, ExitStyle, InvalidDoorConfig, LockKind

__all__ = [
    "Door",
    "DoorConfig",
    "ExitStyle",
    "InvalidDoorConfig",
    "LockKind",
    "deadline",
    "step",
]
