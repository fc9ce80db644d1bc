"""What went wrong, said to callers as problem details (RFC 9457).

An error carries its status and its slug; ``detail`` says what, where and what to do. Nothing
of an unexpected error is shown: its trace goes to the log, its number to the caller.
"""

import secrets
from typing import Any

import structlog
from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from starlette.exceptions import HTTPException

PROBLEM = "application/problem+json"
_log = structlog.get_logger(__name__)


class Problem(Exception):
    """A request cannot be served; subclasses give ``status`` and ``slug``."""

    status = 500
    slug = "internal"
    title = "Internal error"

    def __init__(self, detail: str, **more: Any) -> None:
        super().__init__(detail)
        self.detail = detail
        self.more = more


class NotFound(Problem, LookupError):
    """There is no such thing."""

    status, slug, title = 404, "not-found", "Not found"


class NoSpace(NotFound):
    """There is no space yet, so there is nothing that a page could be about."""

    slug = "no-space"


class Forbidden(Problem, PermissionError):
    """The caller may not do this from there."""

    status, slug, title = 403, "forbidden", "Forbidden"


class Invalid(Problem, ValueError):
    """What was sent cannot be used."""

    status, slug, title = 422, "invalid", "Invalid"


class Conflict(Problem):
    """It does not fit what is there."""

    status, slug, title = 409, "conflict", "Conflict"


class TooLarge(Problem):
    """What was sent is larger than it may be."""

    status, slug, title = 413, "too-large", "Too large"


class TooMany(Problem):
    """Asked too often; try again later."""

    status, slug, title = 429, "too-many", "Too many requests"


class UnitSilent(Problem, TimeoutError):
    """A unit did not answer in time; nobody knows whether it has done what was asked."""

    status, slug, title = 504, "unit-silent", "The unit does not answer"


def problem(status: int, slug: str, title: str, detail: str, **more: Any) -> JSONResponse:
    """Return problem details as a response."""
    content = {"type": f"urn:loquet:problem:{slug}", "title": title, "status": status}
    return JSONResponse({**content, "detail": detail, **more}, status, media_type=PROBLEM)


def install(app: FastAPI) -> None:
    """Make ``app`` answer every error with problem details."""
    app.add_exception_handler(Problem, _on_problem)
    app.add_exception_handler(HTTPException, _on_http)
    app.add_exception_handler(RequestValidationError, _on_validation)
    app.add_exception_handler(Exception, _on_unexpected)


async def _on_problem(_request: Request, error: Exception) -> JSONResponse:
    assert isinstance(error, Problem)
    return problem(error.status, error.slug, error.title, error.detail, **error.more)


async def _on_http(request: Request, error: Exception) -> JSONResponse:
    assert isinstance(error, HTTPException)
    slug = {404: "not-found", 405: "method-not-allowed"}.get(error.status_code, "http")
    detail = f"{request.method} {request.url.path}: {error.detail}"
    return problem(error.status_code, slug, str(error.detail), detail)


async def _on_validation(_request: Request, error: Exception) -> JSONResponse:
    assert isinstance(error, RequestValidationError)
    # ``input`` may hold a badge number: only the place and the complaint are returned
    found = [
        {"where": ".".join(map(str, each["loc"])), "what": each["msg"]} for each in error.errors()
    ]
    detail = "; ".join(f"{each['where']}: {each['what']}" for each in found)
    return problem(422, "invalid", "Invalid", detail, errors=found)


async def _on_unexpected(request: Request, error: Exception) -> JSONResponse:
    number = secrets.token_hex(6)
    _log.error("request_failed", path=request.url.path, number=number, exc_info=error)
    detail = f"An error that we did not foresee; look for {number} in the server's log."
    return problem(500, "internal", "Internal error", detail, number=number)
