"""What pages share that let somebody in: where they come from, where they go, their cookie."""

from collections.abc import Callable, Iterable
from typing import Final
from urllib.parse import urlsplit

from fastapi import Request
from fastapi.responses import RedirectResponse, Response

from loquet_server.errors import TooMany
from loquet_server.identity.passwords import weakness
from loquet_server.identity.sessions import cookie_name, set_cookie
from loquet_server.identity.signing_in import Caller
from loquet_server.ledger import record
from loquet_server.models import Action, Operator
from loquet_server.office import Office
from loquet_server.web.i18n import COOKIE, LANGUAGES, N_
from loquet_server.web.pages import YEAR

NOT_THE_SAME: Final = N_("The two passwords are not the same.")


def secure(request: Request) -> bool:
    """Return True if the browser speaks https, here or with our proxy."""
    return request.url.scheme == "https"


def caller(request: Request) -> Caller:
    """Return where an attempt comes from."""
    return Caller(
        request.client.host if request.client is not None else "",
        request.headers.get("user-agent", ""),
        request.cookies.get(cookie_name(secure(request)), ""),
    )


def safe(there: str) -> str:
    """Return an address of our own to go on to, or ``/``: never another host's."""
    try:
        parts = urlsplit(there)
    except ValueError:
        return "/"
    ours = not parts.scheme and not parts.netloc and there.startswith("/")
    plain = all(" " < letter < "\x7f" and letter != "\\" for letter in there)
    return there if ours and plain and not there.startswith("//") else "/"


def waiting(error: TooMany, gettext: Callable[[str], str]) -> str:
    """Return in words how long somebody has to wait."""
    seconds = error.more.get("wait")
    if seconds is None:
        return gettext("Too many people sign in at once. Try again in a few seconds.")
    return gettext("Too many attempts. Wait %(seconds)s s, then try again.") % {"seconds": seconds}


def judge(password: str, again: str, known: Iterable[str]) -> tuple[str, str] | None:
    """Return field and complaint (English, for translation) about a new password, or None."""
    weak = weakness(password, known)
    if weak is not None:
        return "password", weak
    return ("again", NOT_THE_SAME) if again != password else None


async def welcome(
    office: Office, request: Request, operator: Operator, secret: str, there: str
) -> Response:
    """Record that somebody signed in; give the browser its session and the person's language."""
    async with office.database.with_transaction() as session:
        record(
            session, Action.OPERATOR_SIGNED_IN, operator.id, office.now_ms(),
            actor=operator.name, site=operator.site, detail={"name": operator.name},
        )  # fmt: skip
    answer = RedirectResponse(there, 303)
    set_cookie(answer, secret, secure=secure(request))
    if operator.language in LANGUAGES:
        answer.set_cookie(COOKIE, operator.language, max_age=YEAR, samesite="lax", httponly=True)
    return answer


def base_of(office: Office, request: Request) -> str:
    """Return the address of these pages for links that people are sent, without a slash."""
    return (office.settings.public_url or str(request.base_url)).rstrip("/")
