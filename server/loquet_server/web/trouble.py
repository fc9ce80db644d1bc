"""Errors as pages for people: the same problem that a program gets, in a page with a way back."""

import json
from collections.abc import Awaitable, Callable
from typing import Any, cast
from urllib.parse import quote, urlsplit

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import RedirectResponse
from starlette.exceptions import HTTPException
from starlette.responses import Response

from loquet_server.web.pages import render
from loquet_server.web.security import protect
from loquet_server.who import ProveFirst

Answer = Callable[[Request, Exception], Awaitable[Response]]


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
        if plain.status_code == 404:
            page = render(request, "not_found.html", {}, 404)
        else:
            detail = {"detail": _detail(bytes(plain.body))}
            page = render(request, "trouble.html", detail, plain.status_code)
        protect(page.headers)
        return page

    return answer


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
