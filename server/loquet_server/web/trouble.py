"""Errors as pages for people: the same problem that a program gets, in a page with a way back."""

import json
from collections.abc import Awaitable, Callable
from typing import Any, Final, cast
from urllib.parse import quote, urlsplit

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import RedirectResponse
from starlette.exceptions import HTTPException
from starlette.responses import Response

from loquet_server.errors import NoSpace
from loquet_server.web.i18n import N_, translations
from loquet_server.web.pages import Audience, render
from loquet_server.web.security import protect
from loquet_server.who import ProveFirst

Answer = Callable[[Request, Exception], Awaitable[Response]]
WORDS: Final = {
    403: (
        N_("You may not do this"),
        N_("If you need it, ask an owner of this space. If you were signed out, sign in again."),
    ),
    405: (N_("This did not work"), N_("This address cannot be used like that.")),
    413: (N_("Too large"), N_("Nothing was changed. Choose something smaller.")),
    422: (
        N_("This cannot be used"),
        N_("Nothing was changed. Something in the address or in the form does not fit."),
    ),
    429: (N_("Too many attempts"), N_("Nothing was changed. Wait a minute, then try again.")),
    500: (
        N_("The server made a mistake"),
        N_("Try again. If it stays so, show this page to whoever looks after the server."),
    ),
    503: (N_("Not now"), N_("The server cannot do this at the moment. Try again in a minute.")),
    504: (
        N_("The unit does not answer"),
        N_("Nobody knows whether it has done it. Look at it before you try again."),
    ),
}
"""What people read, by status; of the others, the error says it."""


def install(app: FastAPI, *more: type[Exception]) -> None:
    """Answer people who ask for a page with one; programs get what they got before."""
    for kind in (HTTPException, RequestValidationError, *more):
        before = app.exception_handlers.get(kind)
        if before is not None:
            app.add_exception_handler(kind, _page_or(cast(Answer, before)))


def _page_or(before: Answer) -> Answer:
    async def answer(request: Request, error: Exception) -> Response:
        plain = await before(request, error)
        protect(plain.headers)  # an unexpected error is answered outside of all middleware
        if not wants_page(request):
            return plain
        if isinstance(error, ProveFirst):
            return RedirectResponse(f"/account/prove?next={quote(_form_of(request))}", 303)
        page = _page(request, error, plain)
        protect(page.headers)
        return page

    return answer


def _page(request: Request, error: Exception, plain: Response) -> Response:
    """Return the page of an error: in words where its kind has some, with the server's own."""
    if plain.status_code == 404:
        name = "nothing_yet.html" if isinstance(error, NoSpace) else "not_found.html"
        return render(request, name, {}, 404)
    texts = translations(Audience.of(request).language)
    title, said = WORDS.get(plain.status_code, ("", ""))
    values: dict[str, str] = {"detail": _detail(bytes(plain.body))}
    if said:
        values |= {"title": texts.gettext(title), "said": texts.gettext(said)}
    return render(request, "trouble.html", values, plain.status_code)


def _form_of(request: Request) -> str:
    """Return the page to come back to: of a form that was sent, the one that showed it."""
    if request.method == "GET":
        return request.url.path
    came = urlsplit(request.headers.get("referer", ""))
    return came.path if came.netloc == request.headers.get("host") else "/"


def wants_page(request: Request) -> bool:
    """Return True if a person asks, with a browser; False for a program."""
    wanted = request.headers.get("accept", "")
    return "text/html" in wanted and not request.url.path.startswith("/api/")


def _detail(body: bytes) -> str:
    found: Any = json.loads(body or b"{}")
    detail = found.get("detail", "") if isinstance(found, dict) else ""
    return detail if isinstance(detail, str) else json.dumps(detail, ensure_ascii=False)
