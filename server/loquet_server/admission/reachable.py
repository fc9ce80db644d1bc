"""Whether units could reach what a code would tell them, and which settings to change if not."""

import ipaddress
from urllib.parse import urlsplit

from loquet_server.errors import Conflict
from loquet_server.settings import Settings


class Unreachable(Conflict):
    """No unit could reach this server by the addresses that a code would carry."""


def check_reachable(settings: Settings) -> str | None:
    """Return a warning if only units on this machine could come; raise Unreachable if none could.

    "Any address" (0.0.0.0, ::) is good to listen on and no place to go to.
    """
    told = {
        "LOQUET_ADDRESS": urlsplit(settings.own_address).hostname or "",
        "LOQUET_BROKER_PUBLIC_HOST": settings.told_broker_host,
    }
    nowhere = [name for name, host in told.items() if _is(host, "is_unspecified") or not host]
    if nowhere:
        raise Unreachable(
            f"units cannot reach {told[nowhere[0]] or 'an empty address'!r}: set {_which(nowhere)}"
            " to what they can reach, such as LOQUET_ADDRESS=http://loquet.lan:8000 and"
            " LOQUET_BROKER_PUBLIC_HOST=loquet.lan"
        )
    here = [name for name, host in told.items() if host == "localhost" or _is(host, "is_loopback")]
    if here:
        return (
            f"only units on this machine can use this code, since {_which(here)}"
            f" {'say' if len(here) > 1 else 'says'} {told[here[0]]!r}; for others set"
            f" {'them' if len(here) > 1 else 'it'} to what they can reach"
        )
    return None


def _is(host: str, what: str) -> bool:
    try:
        return bool(getattr(ipaddress.ip_address(host), what))
    except ValueError:
        return False


def _which(names: list[str]) -> str:
    return " and ".join(names)
