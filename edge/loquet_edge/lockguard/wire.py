"""The words between guard and client: packets of a fixed size on a SEQPACKET socket.

Client to guard, 10 bytes: what (1), door (1), and as a float (8) seconds, or for a LOCK the words
of the exit that were heard. Guard to client, 3 bytes: what, door, active. Doors are numbered as in
``unit.toml``. Nothing is answered: the guard tells what became of it when a lock changes.
"""

from __future__ import annotations

import struct
from enum import IntEnum

from loquet_edge.lockguard.leases import GuardEvent, LeaseEnded, LeaseTaken, Tell, Told

ORDER = struct.Struct("<BBd")
NOTICE = struct.Struct("<BB?")
_MOST_WORDS = 1 << 53
"""Beyond it, a float counts no longer one by one."""


class Order(IntEnum):
    """What a client may ask."""

    RELEASE = 1
    """A timed lease of ``seconds``."""
    HOLD = 2
    """A lease that lives until it is not renewed."""
    LOCK = 3
    """The end of a lease, and of an exit's release if every word of that exit was heard."""


class MalformedOrder(ValueError):
    """A packet is not an order; the message says why."""


def pack_order(order: Order, door: int, figure: float = 0.0) -> bytes:
    """Return an order as one packet; ``figure``: seconds, or words of the exit that were heard."""
    return ORDER.pack(order, door, figure)


def unpack_order(packet: bytes, doors: int) -> GuardEvent:
    """Return the guard's event for a packet; raise MalformedOrder."""
    if len(packet) != ORDER.size:
        raise MalformedOrder(f"an order has {ORDER.size} bytes, got {len(packet)}")
    order, door, figure = ORDER.unpack(packet)
    if door >= doors:
        raise MalformedOrder(f"there is no door {door}: this unit has {doors}")
    if order == Order.RELEASE and figure == figure:  # not NaN, which compares with nothing
        return LeaseTaken(door, figure)
    if order == Order.HOLD:
        return LeaseTaken(door, None)
    if order == Order.LOCK:
        return LeaseEnded(door, int(figure) if 0 <= figure < _MOST_WORDS else 0)
    raise MalformedOrder(f"order {order} with {figure} seconds means nothing")


def pack_notice(tell: Tell) -> bytes:
    """Return a notice as one packet."""
    return NOTICE.pack(tell.told, tell.door, tell.active)


def unpack_notice(packet: bytes) -> Tell:
    """Return the notice of a packet; raise ValueError."""
    if len(packet) != NOTICE.size:
        raise ValueError(f"a notice has {NOTICE.size} bytes, got {len(packet)}")
    told, door, active = NOTICE.unpack(packet)
    return Tell(Told(told), door, active)
