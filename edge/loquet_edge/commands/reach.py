"""What ``check`` asks of the world outside: the server, and the chip of each reader."""

from __future__ import annotations

import time
import urllib.error
import urllib.request
from http.client import HTTPException

from loquet_edge.config import UnitConfig
from loquet_edge.config_readers import Rc522Wiring, SerialWiring
from loquet_edge.errors import IdentityMissing
from loquet_edge.identity import UnitIdentity
from loquet_edge.link.fetch import open_web

SECONDS = 5.0


def server_fault(config: UnitConfig) -> str | None:
    """Return why the server does not answer, None if it does or no identity says where it is."""
    try:
        address = UnitIdentity.load(config.identity).identity.server_address
    except IdentityMissing:
        return None
    try:
        with open_web(urllib.request.Request(f"{address.rstrip('/')}/healthz"), SECONDS) as answer:
            answer.read(1)
    except urllib.error.HTTPError as error:
        with error:
            return f"{address} answers {error.code}; look at the server's log"
    except (OSError, HTTPException, ValueError) as error:
        return f"{address} does not answer ({error}); check the network and the address"
    return None


def reader_fault(wiring: Rc522Wiring) -> str | None:
    """Return why an RC522's chip cannot be set up; None if it answers as it should."""
    from loquet_edge.drivers.catalogue import open_port
    from loquet_edge.drivers.rc522_chip import Rc522Chip

    port = open_port(wiring)
    try:
        chip = Rc522Chip(port, time.monotonic, time.sleep)
        chip.begin()
        chip.prove_alive()
    except OSError as error:
        return str(error)
    finally:
        port.close()
    return None


def serial_finding(wiring: SerialWiring, *, running: bool) -> tuple[bool | None, str]:
    """Return whether a serial reader's port opens, and what to say of it.

    Whether a reader hangs on it shows when a badge is held to it, and not before.
    """
    from loquet_edge.drivers.serial_reader import open_serial

    if running and wiring.device.exists():
        return None, f"{wiring.device}; a unit runs here and has it: stop it to try it"
    try:
        open_serial(wiring.device, wiring.baud).close()
    except OSError as error:
        return False, str(error)
    return True, f"{wiring.device} opens; whether a reader hangs on it, a badge tells"
