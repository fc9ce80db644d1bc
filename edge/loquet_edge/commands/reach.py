"""What ``check`` asks of the world outside: the server, and the chip of each reader."""

from __future__ import annotations

import time
import urllib.error
import urllib.request
from http.client import HTTPException

from loquet_edge.config import ReaderConfig, UnitConfig
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


def reader_fault(reader: ReaderConfig) -> str | None:
    """Return why a reader's chip cannot be set up; None if it answers as it should."""
    from loquet_edge.drivers.rc522_chip import Rc522Chip
    from loquet_edge.reader_threads import open_port

    port = open_port(reader)
    try:
        chip = Rc522Chip(port, time.monotonic, time.sleep)
        chip.begin()
        chip.prove_alive()
    except OSError as error:
        return str(error)
    finally:
        port.close()
    return None
