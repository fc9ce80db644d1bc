"""Frames as a unit and a reader write them, for tests."""

from __future__ import annotations

from loquet_edge.protocols.osdp_frames import FROM_READER, START, WITH_CRC, WITH_SECURITY, crc16


def frame(
    address: int,
    code: int,
    data: bytes = b"",
    *,
    security: bytes = b"",
    sequence: int = 0,
    reply: bool = False,
    mac: bytes | None = None,
) -> bytes:
    """A whole frame; ``security``: type and data of its block; a sealed one has a MAC."""
    block = bytes([len(security) + 1]) + security if security else b""
    sealed = bool(security) and security[0] >= 0x15
    tail = (bytes(4) if mac is None else mac) if sealed else b""
    size = 5 + len(block) + 1 + len(data) + len(tail) + 2
    control = sequence & 3 | WITH_CRC | (WITH_SECURITY if security else 0)
    head = [START, address | (FROM_READER if reply else 0), size & 0xFF, size >> 8, control]
    run = bytes(head) + block + bytes([code]) + data + tail
    return run + crc16(run).to_bytes(2, "little")


IDENTIFY = frame(1, 0x61, b"\0")
IDENTITY = frame(1, 0x45, bytes(12), reply=True)
CAPABILITIES = frame(1, 0x62, b"\0")
CHALLENGE = frame(1, 0x76, bytes(8), security=b"\x11\x01")
CHALLENGE_DEFAULT = frame(1, 0x76, bytes(8), security=b"\x11\x00")
CHALLENGED = frame(1, 0x76, bytes(32), security=b"\x12\x01", reply=True)
PROVE = frame(1, 0x77, bytes(16), security=b"\x13\x01")
PROVEN = frame(1, 0x78, bytes(16), security=b"\x14\x01", reply=True)
POLL = frame(1, 0x60, security=b"\x15")
PLAIN_POLL = frame(1, 0x60)
SEALED_CARD = frame(1, 0x50, bytes(16), security=b"\x18", reply=True)
PLAIN_CARD = frame(1, 0x50, bytes(8), reply=True)
ACK = frame(1, 0x40, security=b"\x16", reply=True)
NAK = frame(1, 0x41, b"\x05", reply=True)
BUSY = frame(1, 0x79, reply=True)
