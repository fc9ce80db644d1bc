"""The API's description: what every operation has in common is said once, and said everywhere."""

from threading import Lock
from typing import Any

from fastapi import Depends, FastAPI
from fastapi.openapi.utils import get_openapi
from fastapi.responses import JSONResponse

from loquet_server.errors import PROBLEM
from loquet_server.who import actor_of

ABOUT = """Everything that the pages do, for programs.

* **Who asks**: `Authorization: Bearer TOKEN`, made on your account's page; a token may do what
  its scopes say, and never more than its operator.
* **Lists** hold `limit` things at most; the `Link` header (`rel="next"`) leads to what follows.
* **Nothing twice**: a `POST` may carry an `Idempotency-Key` of your own making. The same key with
  the same request gets the same answer for 24 hours; with another request it is refused.
* **Errors** are problem details (RFC 9457): `detail` says what is wrong, where, and what to do.
* **Times**: `*_at`, `at`, `since` and `until` are UTC milliseconds; dates are local (ISO 8601).
* No answer ever holds a badge's number."""

PROBLEMS = {
    "400": "The request cannot be read.",
    "401": "Nobody is signed in.",
    "403": "Your role, or this token, does not allow it.",
    "404": "There is no such thing, or it is not yours to see.",
    "409": "It does not fit what is there.",
    "413": "What was sent is too large.",
    "422": "What was sent cannot be used; `errors` says where.",
    "429": "Asked too often; wait and try again.",
}
_SCHEMA = {
    "title": "Problem",
    "type": "object",
    "required": ["type", "title", "status", "detail"],
    "properties": {
        "type": {"type": "string", "examples": ["urn:loquet:problem:not-found"]},
        "title": {"type": "string", "examples": ["Not found"]},
        "status": {"type": "integer", "examples": [404]},
        "detail": {"type": "string", "examples": ["there is no door 'attic'"]},
        "errors": {
            "type": "array",
            "items": {
                "type": "object",
                "properties": {"where": {"type": "string"}, "what": {"type": "string"}},
            },
        },
    },
}
_KEY = {
    "name": "Idempotency-Key",
    "in": "header",
    "required": False,
    "description": "Made up by the caller; a repeated request with it is not done twice.",
    "schema": {"type": "string", "minLength": 1, "maxLength": 200, "pattern": "^[!-~]+$"},
}
_NEXT = {
    "description": 'The next page, `rel="next"`; absent on the last.',
    "schema": {"type": "string"},
}
_METHODS = ("get", "post", "put", "patch", "delete")


def install(app: FastAPI) -> None:
    """Serve the whole description, made once; call ``app.openapi()`` in a thread.

    It takes seconds on a Raspberry Pi, in which no page and no unit may have to wait.
    """
    making = Lock()

    def described() -> dict[str, Any]:
        with making:
            if app.openapi_schema is None:
                app.openapi_schema = describe(app)
        return app.openapi_schema

    app.openapi = described  # type: ignore[method-assign]

    whoever = [Depends(actor_of)]

    @app.get("/api/v1/openapi.json", include_in_schema=False, dependencies=whoever)
    def document() -> JSONResponse:
        """Return the description; not a coroutine: it is made in a thread."""
        return JSONResponse(app.openapi())


def describe(app: FastAPI) -> dict[str, Any]:
    """Return the OpenAPI document of an application."""
    found = get_openapi(title=app.title, version=app.version, description=ABOUT, routes=app.routes)
    components = found.setdefault("components", {})
    schemas = components.setdefault("schemas", {})
    schemas["Problem"] = _SCHEMA
    for unused in ("HTTPValidationError", "ValidationError"):
        schemas.pop(unused, None)
    components["securitySchemes"] = {"token": {"type": "http", "scheme": "bearer"}}
    found["security"] = [{"token": []}]
    for path, methods in found["paths"].items():
        for method in _METHODS:
            if method in methods:
                _operation(path, method, methods[method])
    return found


def _operation(path: str, method: str, operation: dict[str, Any]) -> None:
    answers = operation.setdefault("responses", {})
    wanted = set(PROBLEMS) - {"404"} if "{" not in path else set(PROBLEMS)
    if method == "get":
        wanted -= {"409", "413"}
    for status in sorted(wanted):
        answers[status] = {
            "description": PROBLEMS[status],
            "content": {PROBLEM: {"schema": {"$ref": "#/components/schemas/Problem"}}},
        }
    operation["responses"] = dict(sorted(answers.items()))
    parameters = operation.setdefault("parameters", [])
    if method == "post" and path.startswith("/api/v1/"):
        parameters.append(_KEY)
    names = {each["name"] for each in parameters}
    if method == "get" and {"limit", "after"} <= names and "200" in answers:
        answers["200"].setdefault("headers", {})["Link"] = _NEXT
