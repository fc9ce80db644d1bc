"""Errors as pages for people: the same problem that a program gets, in a page with a way back."""

import json
from collections.abc import Awaitable, Callable
from typing import Any, cast

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from starlette.exceptions import HTTPException
from starlette.responses import Response

from loquet_server.web.pages import render
from loquet_server.web.security import protect

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
        if not _wants_page(request):
            return plain
        if plain.status_code == 404:
            page = render(request, "not_found.html", {}, 404)
        else:
            detail = {"detail": _detail(bytes(plain.body))}
            page = render(request, "trouble.html", detail, plain.status_code)
        protect(page.headers)
        return page

    return answer


def _wants_page(request: Request) -> bool:
    wanted = request.headers.get("accept", "")
    return "text/html" in wanted and not request.url.path.startswith("/api/")


def _detail(body: bytes) -> str:
    found: Any = json.loads(body or b"{}")
    detail = found.get("detail", "") if isinstance(found, dict) else ""
    return detail if isinstance(detail, str) else json.dumps(detail, ensure_ascii=False)
