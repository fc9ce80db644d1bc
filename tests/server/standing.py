"""Applications that are built once and serve one test's office after the other.

Nearly a second goes into building one: hundreds of routes, each with its models. Nothing in
them belongs to an office but the office itself, so that is what is exchanged here.
"""

from collections import defaultdict
from dataclasses import fields
from typing import Any

from fastapi import FastAPI

from loquet_server.app import Include, create_app, pages
from loquet_server.office import Office
from loquet_server.spaceapi.endpoints import Kept

_PARTS = frozenset(field.name for field in fields(Office))
_Kind = tuple[Include, object]
_free: dict[_Kind, list[FastAPI]] = defaultdict(list)
_lent: list[tuple[_Kind, FastAPI]] = []


class Standing(Office):
    """An office that has no parts of its own: it reads and writes those of another."""

    __slots__ = ("stands_for",)
    stands_for: Office

    def __init__(self, office: Office) -> None:
        object.__setattr__(self, "stands_for", office)

    def __getattribute__(self, name: str) -> Any:
        if name in _PARTS:
            return getattr(self.stands_for, name)
        return object.__getattribute__(self, name)

    def __setattr__(self, name: str, value: Any) -> None:
        if name in _PARTS:
            setattr(self.stands_for, name, value)
        else:
            object.__setattr__(self, name, value)


def lend(office: Office, include: Include | None = None) -> FastAPI:
    """Return the application of this office, until the test ends: however often it is asked for."""
    kind = (include or pages(), office.settings.bench_boards)
    mine = [app for lent, app in _lent if lent == kind and app.state.office.stands_for is office]
    if mine:
        app = mine[0]
    else:
        app = _free[kind].pop() if _free[kind] else create_app(Standing(office), include)
        _lent.append((kind, app))
    app.state.office.stands_for = office
    app.state.language = office.settings.language
    app.state.spaceapi = Kept()
    return app


def take_back() -> None:
    """Let the next test have what this one was lent."""
    while _lent:
        kind, app = _lent.pop()
        _free[kind].append(app)
