"""``/api/docs``: what the API offers, as a page of our own: no script, nothing from elsewhere."""

import asyncio
from dataclasses import dataclass
from itertools import groupby
from typing import Annotated, Any

from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse

from loquet_server.web.pages import render
from loquet_server.who import Actor, Permission, needs

METHODS = ("get", "post", "put", "patch", "delete")


@dataclass(frozen=True, slots=True)
class Operation:
    """One method of one path, as OpenAPI describes it."""

    noun: str
    method: str
    path: str
    what: str
    parameters: tuple[str, ...]
    body: str
    answers: tuple[str, ...]


def operations(openapi: dict[str, Any]) -> list[Operation]:
    """Return every operation of an OpenAPI document, sorted by noun, path and method."""
    found = [
        _operation(path, method, described)
        for path, methods in openapi["paths"].items()
        for method, described in methods.items()
        if method in METHODS
    ]
    return sorted(found, key=lambda each: (each.noun, each.path, METHODS.index(each.method)))


def _operation(path: str, method: str, described: dict[str, Any]) -> Operation:
    content = described.get("requestBody", {}).get("content", {})
    schemas = [media.get("schema", {}) for media in content.values()]
    return Operation(
        noun=(described.get("tags") or ["server"])[0],
        method=method,
        path=path,
        what=described.get("description") or described.get("summary", ""),
        parameters=tuple(
            f"{each['name']}{'' if each.get('required') else '?'}"
            for each in described.get("parameters", ())
        ),
        body=", ".join(each.get("$ref", "").rsplit("/", 1)[-1] for each in schemas),
        answers=tuple(sorted(described.get("responses", {}))),
    )


router = APIRouter(include_in_schema=False)


@router.get("/api/docs")
async def page(
    request: Request, actor: Annotated[Actor, needs(Permission.LIVE_READ)]
) -> HTMLResponse:
    """Show the API; machines read ``/api/v1/openapi.json``."""
    document = await asyncio.to_thread(request.app.openapi)
    found = groupby(operations(document), key=lambda each: each.noun)
    nouns = [(noun, list(group)) for noun, group in found]
    return render(request, "reference.html", {"nouns": nouns})
