"""Who may ask at all, until operators have accounts: this machine, and no web page of others.

A browser can be made to ask ``localhost`` for somebody else's page (DNS rebinding, cross-site
forms). So pages and API answer only to loopback clients that also *name* a loopback host, and
unsafe methods only to pages of our own. Behind a reverse proxy on this machine everybody
comes from loopback, so what was forwarded is refused. Units reach just their own few endpoints.
"""

import ipaddress
import re
from urllib.parse import urlsplit

from starlette.requests import Request
from starlette.types import ASGIApp, Receive, Scope, Send

from loquet_server.errors import problem

OPEN = re.compile(r"/healthz|/api/v1/enrol|/api/v1/units/[a-z0-9_-]{1,64}/policy")
"""Paths that answer to all: they prove their callers by themselves."""
_FORWARDED = frozenset({"forwarded", "via", "x-real-ip"})
_SAFE = frozenset({"GET", "HEAD", "OPTIONS"})


class Guard:
    """Refuses, with what to do instead, whoever may not ask."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http" and OPEN.fullmatch(scope["path"]) is None:
            refused = refusal(Request(scope))
            if refused is not None:
                answer = problem(403, "forbidden", "Forbidden", refused)
                await answer(scope, receive, send)
                return
        await self._app(scope, receive, send)


def refusal(request: Request) -> str | None:
    """Return why this request is refused, or None."""
    client = request.client.host if request.client is not None else ""
    host = request.headers.get("host", "")
    if not is_loopback(client) or not is_loopback(_hostname(host)):
        return (
            "Operators have no accounts yet, so these pages answer to this machine alone."
            " From another one, open a tunnel: ssh -L 8000:localhost:8000 SERVER,"
            " then go to http://localhost:8000/"
        )
    if any(_FORWARDED.intersection((n,)) or n.startswith("x-forwarded-") for n in request.headers):
        return (
            "This came through a reverse proxy, so nobody can tell who asks. Let the proxy pass"
            " only /healthz, /api/v1/enrol and /api/v1/units/UNIT/policy, and open the pages"
            " through a tunnel: ssh -L 8000:localhost:8000 SERVER, then http://localhost:8000/"
        )
    if request.method not in _SAFE and not _same_origin(request, host):
        return (
            "This change was asked for by a page of another site. Open the page of this server"
            " and do it there."
        )
    return None


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


def _hostname(host: str) -> str:
    try:
        return urlsplit(f"//{host}").hostname or ""
    except ValueError:
        return ""


def _same_origin(request: Request, host: str) -> bool:
    """A browser says where it comes from; a program that says nothing is no browser."""
    site = request.headers.get("sec-fetch-site")
    if site is not None and site != "same-origin":
        return False
    origin = request.headers.get("origin")
    return origin is None or origin == f"{request.url.scheme}://{host}"
