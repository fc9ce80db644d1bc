"""Says on the server's own network where it is, so that units without an SD card find it.

Multicast DNS (RFC 6762) and DNS-SD (RFC 6763). Only an address is told, which is no secret; what
a unit finds it only asks, and a person compares the code.
"""

import ipaddress
import socket
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from urllib.parse import urlsplit

import structlog
from zeroconf import InterfaceChoice, NonUniqueNameException
from zeroconf.asyncio import AsyncServiceInfo, AsyncZeroconf

from loquet_contract.wire.adoption import SERVICE
from loquet_server.settings import Settings

_log = structlog.get_logger(__name__)


@asynccontextmanager
async def advertising(
    settings: Settings, interfaces: Sequence[str] | None = None
) -> AsyncIterator[None]:
    """Answer units that look for a server, where the settings ask for that."""
    if not settings.discovery:
        yield
        return
    on = InterfaceChoice.All if interfaces is None else list(interfaces)
    try:
        zeroconf = AsyncZeroconf(interfaces=on)
    except OSError as error:
        _log.error("discovery_impossible", detail=str(error))
        yield
        return
    try:
        await zeroconf.async_register_service(_info(settings), allow_name_change=True)
    except (OSError, NonUniqueNameException) as error:
        _log.error("discovery_impossible", detail=str(error))
    try:
        yield
    finally:
        await zeroconf.async_unregister_all_services()
        await zeroconf.async_close()


def _info(settings: Settings) -> AsyncServiceInfo:
    where = urlsplit(settings.own_address)
    host = socket.gethostname().partition(".")[0] or "loquet"
    return AsyncServiceInfo(
        SERVICE,
        f"{host}.{SERVICE}",
        port=where.port or (443 if where.scheme == "https" else 80),
        server=f"{host}.local.",
        parsed_addresses=_addresses(where.hostname or ""),
        properties={"address": settings.own_address},
    )


def _addresses(host: str) -> list[str]:
    """Return the host's address where it is written as one; else ours."""
    try:
        return [str(ipaddress.ip_address(host))]
    except ValueError:
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
            try:
                probe.connect(("192.0.2.1", 9))  # sends nothing: only chooses the way out
                return [str(probe.getsockname()[0])]
            except OSError:
                return ["127.0.0.1"]
