"""Where a message may go: a public address, or one of a network that the settings allow.

A name is asked for once, and the connection goes to the very address that was judged: a name
server that answers otherwise a moment later changes nothing.
"""

import asyncio
import ipaddress
import socket
from collections.abc import Sequence
from typing import Any, Final
from urllib.parse import SplitResult, urlsplit

from loquet_server.hosts import is_address, within

IP = ipaddress.IPv4Address | ipaddress.IPv6Address
Networks = tuple[Any, ...]
_NAT64: Final = ipaddress.ip_network("64:ff9b::/96")
"""RFC 6052: its last 32 bits are an IPv4 address, and a gateway goes there."""
_NAT64_LOCAL: Final = ipaddress.ip_network("64:ff9b:1::/48")
"""RFC 8215: whatever the local network made of it."""


class NotThere(ValueError):
    """A message may not, or cannot, go there; ``problem`` is a word of ``words.PROBLEMS``."""

    def __init__(self, problem: str) -> None:
        super().__init__(problem)
        self.problem = problem


def is_public(text: str) -> bool:
    """Return True for an address that anybody on the internet may ask, however it is wrapped."""
    address: IP = ipaddress.ip_address(text.partition("%")[0])
    if isinstance(address, ipaddress.IPv4Address):
        return _open(address)
    if address in _NAT64:
        return _open(ipaddress.IPv4Address(int(address) & 0xFFFFFFFF))
    inner = address.ipv4_mapped or address.sixtofour or (address.teredo or (None, None))[1]
    return address not in _NAT64_LOCAL and _open(address) and (inner is None or _open(inner))


def _open(address: IP) -> bool:
    return bool(address.is_global and not address.is_multicast and not address.is_reserved)


async def judged(url: str, allowed: Networks) -> str:
    """Return the address to connect to; raise NotThere.

    A name is refused if any of its addresses may not be asked: a mixture is no accident.
    """
    parts = urlsplit(url)
    host = parts.hostname or ""
    found = await _resolved(host, port_of(parts))
    private = [each for each in found if not within(each, allowed)]
    if any(not is_public(each) for each in private):
        raise NotThere("private_address")
    if parts.scheme != "https" and private:
        raise NotThere("not_https")
    return found[0]


def port_of(parts: SplitResult) -> int:
    """Return the port of an address, by its scheme if it names none."""
    return parts.port or (443 if parts.scheme == "https" else 80)


async def _resolved(host: str, port: int) -> Sequence[str]:
    if is_address(host):
        return [host]
    loop = asyncio.get_running_loop()
    try:
        found = await loop.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError) as error:
        raise NotThere("no_such_name") from error
    addresses = [str(each[4][0]).partition("%")[0] for each in found]
    if not addresses:
        raise NotThere("no_such_name")
    return addresses
