"""The words between guard and client: packets of a fixed size on a SEQPACKET socket.

Client to guard, 10 bytes: what (1), door (1), seconds (8, float). Guard to client, 3 bytes:
what, door, active. Doors are numbered as in ``unit.toml``. Nothing is answered: the guard tells
what became of it when a lock changes.
"""

from __future__ import annotations

import struct
from enum import IntEnum

from loquet_edge.lockguard.leases import GuardEvent, LeaseEnded, LeaseTaken, Tell, Told

ORDER = struct.Struct("<BBd")
NOTICE = struct.Struct("<BB?")


class Order(IntEnum):
    """What a client may ask."""

    RELEASE = 1
    """A timed lease of ``seconds``."""
    HOLD = 2
    """A lease that lives until it is not renewed."""
    LOCK = 3


class MalformedOrder(ValueError):
    """A packet is not an order; the message says why."""


def pack_order(order: Order, door: int, seconds: float = 0.0) -> bytes:
    """Return an order as one packet."""
    return ORDER.pack(order, door, seconds)


def unpack_order(packet: bytes, doors: int) -> GuardEvent:
    """Return the guard's event for a packet; raise MalformedOrder."""
    if len(packet) != ORDER.size:
        raise MalformedOrder(f"an order has {ORDER.size} bytes, got {len(packet)}")
    order, door, seconds = ORDER.unpack(packet)
    if door >= doors:
        raise MalformedOrder(f"there is no door {door}: this unit has {doors}")
    if order == Order.RELEASE and seconds == seconds:  # not NaN, which compares with nothing
        return LeaseTaken(door, seconds)
    if order == Order.HOLD:
        return LeaseTaken(door, None)
    if order == Order.LOCK:
        return LeaseEnded(door)
    raise MalformedOrder(f"order {order} with {seconds} seconds means nothing")


def pack_notice(tell: Tell) -> bytes:
    """Return a notice as one packet."""
    return NOTICE.pack(tell.told, tell.door, tell.active)


def unpack_notice(packet: bytes) -> Tell:
    """Return the notice of a packet; raise ValueError."""
    if len(packet) != NOTICE.size:
        raise ValueError(f"a notice has {NOTICE.size} bytes, got {len(packet)}")
    told, door, active = NOTICE.unpack(packet)
    return Tell(Told(told), door, active)
