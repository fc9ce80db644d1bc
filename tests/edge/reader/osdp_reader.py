"""A program of its own: libosdp as a reader, on the serial port that it is told.

Obeys lines of JSON on its standard input (a card, keys, its cover) and writes what the unit told
it as lines of JSON.
"""

from __future__ import annotations

import contextlib
import json
import os
import select
import sys
import tty
from typing import Any

import osdp_sys

CAPABILITIES = ((1, 1, 1), (3, 1, 1), (4, 4, 1), (5, 2, 1), (8, 1, 1), (9, 1, 1), (13, 1, 1))
"""Contact status, card format, colours, sounder, CRC, security, one reader."""
SECURITY = 9
START = 0x53


class Channel:
    """A terminal as libosdp wants it."""

    id = 1

    def __init__(self, path: str) -> None:
        self.handle = os.open(path, os.O_RDWR | os.O_NOCTTY | os.O_NONBLOCK)
        tty.setraw(self.handle)
        self._came = bytearray()

    def read(self, most: int) -> bytes:
        """One frame at most, as a UART that is emptied in time gives it."""
        with contextlib.suppress(BlockingIOError, OSError):
            self._came += os.read(self.handle, most)
        start = self._came.find(START)
        size = len(self._came)
        if start >= 0 and len(self._came) >= start + 4:
            size = start + (self._came[start + 2] | self._came[start + 3] << 8)
        given = bytes(self._came[: min(most, size)])
        del self._came[: len(given)]
        return given

    def write(self, data: bytes) -> int:
        return os.write(self.handle, data)

    def flush(self) -> None:
        """Nothing waits here."""


def reader(path: str, address: int, key: str) -> tuple[Any, Channel]:
    """A reader with that key; `delivered`: with the default one, `plain`: that knows none."""
    channel = Channel(path)
    library: Any = osdp_sys
    library.set_loglevel(library.LOG_EMERG)
    flags = {"delivered": library.FLAG_INSTALL_MODE, "plain": 0}
    info = {
        "name": f"reader{address}", "address": address, "channel": channel,
        "flags": flags.get(key, library.FLAG_ENFORCE_SECURE),
        "scbk": None if key in flags else bytes.fromhex(key), "version": 1, "model": 1,
        "vendor_code": 0x00CAFE, "serial_number": 0x00BEEF, "firmware_version": 0x010203,
    }  # fmt: skip
    capabilities = [
        {"function_code": code, "compliance_level": level, "num_items": count}
        for code, level, count in CAPABILITIES
        if key != "plain" or code != SECURITY
    ]
    return library.PeripheralDevice(info, capabilities=capabilities), channel


def event_of(told: dict[str, Any]) -> dict[str, Any]:
    """What libosdp is to report."""
    if "card" in told:
        return {
            "event": 1, "reader_no": 0, "format": told.get("format", 0), "direction": 0,
            "length": told["bits"], "data": bytes.fromhex(told["card"]),
        }  # fmt: skip
    if "keys" in told:
        return {"event": 2, "reader_no": 0, "data": bytes.fromhex(told["keys"])}
    return {"event": 4, "type": 2, "report": bytes(told["status"])}


def main() -> None:
    path, address, key = sys.argv[1:]
    device, channel = reader(path, int(address), key)

    def hear(command: dict[str, Any]) -> tuple[int, None]:
        plain = {name: each.hex() if isinstance(each, bytes) else each
                 for name, each in command.items()}  # fmt: skip
        print(json.dumps(plain), flush=True)
        return 0, None

    device.set_command_callback(hear)
    print(json.dumps({"ready": address}), flush=True)
    os.set_blocking(0, False)
    while True:
        ready, _, _ = select.select([channel.handle, 0], [], [], 0.01)
        if 0 in ready:
            lines = os.read(0, 65536)
            if not lines:
                return
            for line in lines.splitlines():
                device.submit_event(event_of(json.loads(line)))
        device.refresh()


if __name__ == "__main__":
    main()
