"""Names and addresses of hosts, as requests and settings write them."""

import ipaddress
from urllib.parse import urlsplit


def is_loopback(host: str) -> bool:
    """Return True for ``localhost`` and the loopback addresses of IPv4 and IPv6."""
    if host.lower().rstrip(".") == "localhost":
        return True
    try:
        address = ipaddress.ip_address(host)
    except ValueError:
        return False
    mapped = getattr(address, "ipv4_mapped", None)
    return bool((mapped or address).is_loopback)


def is_address(host: str) -> bool:
    """Return True for a literal IP address: no name server can bend it to another machine."""
    try:
        ipaddress.ip_address(host)
    except ValueError:
        return False
    return True


def within(host: str, networks: tuple[ipaddress.IPv4Network | ipaddress.IPv6Network, ...]) -> bool:
    """Return True if an address lies in one of these networks."""
    try:
        address = ipaddress.ip_address(host)
    except ValueError:
        return False
    address = getattr(address, "ipv4_mapped", None) or address
    return any(address.version == each.version and address in each for each in networks)


def line_of(client: str) -> str:
    """Return what one line has: an IPv4 address, or an IPv6 network of 64 bits (RFC 6177).

    An IPv4 address that comes in by a socket of IPv6 is still an IPv4 address.
    """
    try:
        address = ipaddress.ip_address(client)
    except ValueError:
        return client
    address = getattr(address, "ipv4_mapped", None) or address
    if address.version == 4:
        return str(address)
    return str(ipaddress.ip_network((int(address) >> 64 << 64, 64)))


def name_of(host: str) -> str:
    """Return the host of ``host:port`` without its port, in small letters; empty if malformed."""
    try:
        return urlsplit(f"//{host}").hostname or ""
    except ValueError:
        return ""


def host_of(url: str) -> str:
    """Return the host of an address, in small letters; empty if there is none."""
    try:
        return urlsplit(url).hostname or ""
    except ValueError:
        return ""
