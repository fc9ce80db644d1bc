"""Who asks, found out before anything else; and who may not ask at all.

A browser can be made to ask ``localhost`` for somebody else's page (DNS rebinding, cross-site
forms). So a request must name a host that is ours, unsafe methods must come from a page of our
own, and with a session they carry its token as well. Names cross no network in clear: from
another machine it is https, here or at a reverse proxy that the settings name.

Whoever signed in, or has an API token, is an actor; what the actor may is each route's own
business (``who.needs``). Strangers reach the pages for signing in, and units their few
endpoints, which prove their callers by themselves.
"""

import re
from dataclasses import dataclass
from typing import Final
from urllib.parse import quote

from starlette.datastructures import Headers, MutableHeaders
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from loquet_server.csrf import proven
from loquet_server.errors import problem
from loquet_server.hosts import host_of, is_address, is_loopback, name_of, within
from loquet_server.identity import sessions, tokens
from loquet_server.membership_access import sessions as member_sessions
from loquet_server.membership_access.member import Member
from loquet_server.office import Office
from loquet_server.settings import Accounts, Settings
from loquet_server.web.pages import render
from loquet_server.web.security import protect
from loquet_server.web.trouble import wants_page
from loquet_server.who import LOCAL, Actor

UNITS = re.compile(
    r"/healthz|/spaceapi\.json|/api/v1/enrol|/api/v1/adoptions"
    r"|/api/v1/releases/[0-9a-f]{64}/[A-Za-z0-9._+-]{1,200}"
    r"|/api/v1/units/[a-z0-9_-]{1,64}/(?:release|policy|moving|log|card-keys|peppers|certificate)"
)
"""Paths that answer to all: they prove their callers by themselves, or hide nothing."""
STRANGERS = re.compile(
    r"/login|/setup|/setup/owner|/link/[A-Za-z0-9_-]{1,80}|/static/.*"
    r"|/kiosk|/kiosk/board|/kiosk/s/[A-Za-z0-9_-]{1,80}|/public/[a-z0-9_-]{1,64}\.(?:svg|json)"
    r"|/feeds/[A-Za-z0-9_-]{1,80}\.ics|/help/door/[a-z0-9_-]{1,64}"
    r"|/me/login|/me/code|/me/link/[A-Za-z0-9_-]{1,80}"
)
"""Pages for those who have not signed in; what they ask for is their proof."""
MEMBERS = re.compile(r"/me(?:/.*)?")
"""Pages of members: a session of theirs counts here and nowhere else, an operator's never."""
_FORWARDED: Final = frozenset({"forwarded", "via", "x-real-ip"})
_SAFE: Final = frozenset({"GET", "HEAD", "OPTIONS"})


@dataclass(frozen=True, slots=True)
class Found:
    """Whoever was found out. ``csrf`` is empty where no session could be abused."""

    actor: Actor | None = None
    csrf: str = ""
    member: Member | None = None
    touched: bool = False
    """True if it was just kept that a member's session was seen: the cookie is young again."""

    @property
    def nobody(self) -> bool:
        """True if nobody was found out."""
        return self.actor is None and self.member is None


class Guard:
    """Refuses, with what to do instead, whoever may not ask; says who does."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or UNITS.fullmatch(scope["path"]) is not None:
            await self._app(scope, receive, send)
            return
        office = scope["app"].state.office
        assert isinstance(office, Office)
        scope = seen_through(scope, office.settings)
        request = Request(scope, receive)
        refused = refusal(request, office.settings)
        if refused is not None:
            await _no(request, refused)(scope, receive, send)
            return
        static = scope["path"].startswith("/static/")
        found = Found() if static else await _found(request, office)
        if found.touched:
            send = _renewing(request, send)
        stranger = STRANGERS.fullmatch(scope["path"]) is not None
        if found.csrf and request.method not in _SAFE and not stranger:
            right, receive = await proven(request, found.csrf)
            if not right:
                await _no(request, _STALE)(scope, receive, send)
                return
        if found.nobody and not stranger:
            await _stranger(request)(scope, receive, send)
            return
        who = found.member or found.actor
        state = scope.setdefault("state", {})
        state.update(actor=found.actor, csrf=found.csrf, member=found.member)
        if wants_page(request):
            site = who.site if who is not None else None
            state["space"] = await office.space_names.header(office.database, site)
        await self._app(scope, receive, send)


_STALE: Final = (
    "This form does not prove that it is ours (its token is missing or old). Load the page"
    " again and repeat; programs send the token in X-CSRF-Token, or use an API token."
)


def _no(request: Request, detail: str) -> Response:
    """Return a refusal: a page for people, problem details for programs."""
    if wants_page(request):
        answer: Response = render(request, "trouble.html", {"detail": detail}, 403)
    else:
        answer = problem(403, "forbidden", "Forbidden", detail)
    protect(MutableHeaders(raw=answer.raw_headers))
    return answer


def seen_through(scope: Scope, settings: Settings) -> Scope:
    """Return the request as a trusted reverse proxy saw it; any other as it is."""
    client = scope["client"][0] if scope.get("client") else ""
    headers = Headers(scope=scope)
    if not within(client, settings.proxies) or "x-forwarded-for" not in headers:
        return scope
    seen = dict(scope)
    hops = [each.strip() for each in headers["x-forwarded-for"].split(",") if each.strip()]
    while hops and within(hops[-1], settings.proxies):
        hops.pop()
    seen["client"] = (hops[-1] if hops else client, 0)
    if headers.get("x-forwarded-proto") in ("http", "https"):
        seen["scheme"] = headers["x-forwarded-proto"]
    changed = MutableHeaders(raw=list(scope["headers"]))
    if "x-forwarded-host" in changed:
        changed["host"] = changed["x-forwarded-host"].split(",")[-1].strip()
    for name in [name for name in changed if _is_forwarding(name)]:
        del changed[name]
    seen["headers"] = changed.raw
    return seen


def whence(request: Request, settings: Settings) -> str:
    """Return the address that a request comes from; empty if a proxy that nobody named brings it.

    For what the guard lets pass unseen: what units ask.
    """
    scope = seen_through(request.scope, settings)
    if scope is request.scope and any(_is_forwarding(name) for name in request.headers):
        return ""
    return str(scope["client"][0]) if scope.get("client") else ""


def refusal(request: Request, settings: Settings) -> str | None:
    """Return why this request is refused whoever asks, or None."""
    host = request.headers.get("host", "")
    why = (
        _by_proxy(request, settings)
        or _from_afar(request, settings, name_of(host))
        or _wrong_host(settings, name_of(host), request.url.scheme)
    )
    if why is None and request.method not in _SAFE and not _same_origin(request, host):
        return (
            "This change was asked for by a page of another site. Open the page of this server"
            " and do it there."
        )
    return why


def _tunnel(settings: Settings) -> str:
    scheme = "https" if settings.secure else "http"
    return (
        f"open a tunnel: ssh -L 8000:localhost:{settings.port} SERVER, then go to"
        f" {scheme}://localhost:8000/"
    )


def _by_proxy(request: Request, settings: Settings) -> str | None:
    if not any(_is_forwarding(name) for name in request.headers):
        return None
    return (
        "This came through a reverse proxy that the settings do not name, or that does not say for"
        " whom (X-Forwarded-For), so nobody can tell who asks. Name it:"
        " LOQUET_TRUSTED_PROXIES=127.0.0.1 and LOQUET_PUBLIC_URL=https://... (or"
        " let it pass only /healthz, /api/v1/enrol, /api/v1/adoptions and"
        " /api/v1/units/UNIT/policy), or"
        f" {_tunnel(settings)}"
    )


def _from_afar(request: Request, settings: Settings, host: str) -> str | None:
    client = request.client.host if request.client is not None else ""
    if is_loopback(client) or (
        settings.accounts is Accounts.REQUIRED and request.url.scheme == "https"
    ):
        return None
    if settings.accounts is Accounts.LOCAL:
        return (
            "Nobody signs in here (LOQUET_ACCOUNTS=local), so these pages answer to this machine"
            f" alone. From another one, {_tunnel(settings)}"
        )
    return (
        "Passwords and names of people do not cross a network in clear. Use https (set"
        " LOQUET_TLS_CERTIFICATE and LOQUET_TLS_KEY, or a reverse proxy that"
        f" LOQUET_TRUSTED_PROXIES names), or {_tunnel(settings)}"
    )


def _wrong_host(settings: Settings, host: str, scheme: str) -> str | None:
    if is_loopback(host):
        return None
    if settings.accounts is Accounts.REQUIRED:
        # nobody can bend a literal address to another machine, as they can a name
        if scheme == "https" and is_address(host):
            return None
        if host and host in {host_of(settings.public_url), host_of(settings.address)}:
            return None
    return (
        f"This server does not know itself as {host[:100]!r}. Set LOQUET_PUBLIC_URL to the address"
        f" by which people reach it, or {_tunnel(settings)}"
    )


def _is_forwarding(name: str) -> bool:
    return name in _FORWARDED or name.startswith("x-forwarded-")


def _same_origin(request: Request, host: str) -> bool:
    """A browser says where it comes from; a program that says nothing is no browser."""
    site = request.headers.get("sec-fetch-site")
    if site is not None and site != "same-origin":
        return False
    origin = request.headers.get("origin")
    return origin is None or origin == f"{request.url.scheme}://{host}"


async def _found(request: Request, office: Office) -> Found:
    """Find out who asks: an API token, else a session, else whoever sits at this machine.

    At the members' pages: a member's session, or nobody.
    """
    if MEMBERS.fullmatch(request.url.path) is not None:
        return await _member(request, office)
    scheme, _, secret = request.headers.get("authorization", "").partition(" ")
    if scheme.lower() == "bearer":
        return Found(await _by_token(office, secret.strip()))
    cookie = request.cookies.get(sessions.cookie_name(request.url.scheme == "https"))
    if cookie:
        found = await _by_session(office, cookie)
        if found.actor is not None:
            return found
    return Found(LOCAL if office.settings.accounts is Accounts.LOCAL else None)


async def _by_session(office: Office, secret: str) -> Found:
    now = office.now_ms()
    async with office.database.reading() as session:
        found = await sessions.find(session, secret, now)
    if found is None:
        return Found()
    if found.touch:
        async with office.database.with_transaction() as session:
            await sessions.touch(session, secret, now)
    return Found(found.actor, found.csrf)


async def _member(request: Request, office: Office) -> Found:
    secret = request.cookies.get(member_sessions.cookie_name(request.url.scheme == "https"))
    if not secret:
        return Found()
    now = office.now_ms()
    async with office.database.reading() as session:
        found = await member_sessions.find(session, secret, now)
    if found is None:
        return Found()
    if found.touch:
        async with office.database.with_transaction() as session:
            await member_sessions.touch(session, found.member, now)
    return Found(None, found.csrf, found.member, found.touch)


def _renewing(request: Request, send: Send) -> Send:
    """Return a ``send`` that makes the cookie of a member's session young again."""
    secure = request.url.scheme == "https"
    name = member_sessions.cookie_name(secure)
    kept = Response()
    member_sessions.set_cookie(kept, request.cookies[name], secure=secure)

    async def renewed(message: Message) -> None:
        if message["type"] == "http.response.start":
            headers = MutableHeaders(scope=message)
            if not any(each.startswith(f"{name}=") for each in headers.getlist("set-cookie")):
                headers.append("set-cookie", kept.headers["set-cookie"])
        await send(message)

    return renewed


async def _by_token(office: Office, secret: str) -> Actor | None:
    now = office.now_ms()
    async with office.database.reading() as session:
        found = await tokens.find(session, secret, now)
    if found is None:
        return None
    actor, used = found
    if used and actor.token is not None:
        async with office.database.with_transaction() as session:
            await tokens.used(session, actor.token, now)
    return actor


def _stranger(request: Request) -> Response:
    """Return what all strangers get, whatever they asked for."""
    path = request.url.path
    if not wants_page(request):
        answer: Response = problem(
            401, "sign-in", "Please sign in",
            "Sign in at /login, or send an API token: Authorization: Bearer loquet_...",
        )  # fmt: skip
        answer.headers["www-authenticate"] = "Bearer"
        return answer
    query = f"?{request.url.query}" if request.url.query else ""
    there = f"{path}{query}" if request.method in _SAFE else "/"
    where = "/me/login" if MEMBERS.fullmatch(path) is not None else "/login"
    return RedirectResponse(f"{where}?next={quote(there, safe='/')}", 303)
