"""The whole application, pages too, on a house; and people who sign in there with a browser."""

import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import httpx
from fastapi import FastAPI

from loquet_server.identity.passwords import Passwords
from loquet_server.models import Operator
from loquet_server.office import Office
from loquet_server.settings import Accounts
from tests.server import standing
from tests.server.desk import make_office
from tests.server.house import START, House

PASSWORD = "quatre mots sans rapport"
_CSRF = re.compile(r'name="csrf-token" content="([^"]+)"')
_kept: list[str] = []


async def hashed() -> str:
    """Return the hash of ``PASSWORD``; made once, since it is slow on purpose."""
    if not _kept:
        _kept.append(await Passwords().hash(PASSWORD))
    return _kept[0]


async def add_operator(house: House, role: str, site: str | None = None, **more: Any) -> Operator:
    """Add an operator ``op-ROLE`` with ``PASSWORD`` and the mail ``ROLE@maison.example``."""
    values: dict[str, Any] = {
        "id": f"op-{role}", "site": site, "mail": f"{role}@maison.example", "role": role,
        "name": role.capitalize(), "language": "en", "password": await hashed(),
        "created_at": START,
    }  # fmt: skip
    row = Operator(**(values | more))
    async with house.database.with_transaction() as session:
        session.add(row)
    return row


def front_desk(house: House, folder: Path, **settings: Any) -> tuple[Office, FastAPI]:
    """Return an office where everybody signs in, and its whole application."""
    office, _ = make_office(house, folder, Accounts.REQUIRED)
    office.settings = office.settings.model_copy(update=settings)
    return office, standing.lend(office)


@asynccontextmanager
async def browser(
    app: FastAPI, base: str = "http://localhost:8000", address: str = "127.0.0.1"
) -> AsyncIterator[httpx.AsyncClient]:
    """Yield a browser without a screen: it wants pages, in English, and keeps cookies."""
    transport = httpx.ASGITransport(app, client=(address, 40000), raise_app_exceptions=False)
    headers = {"accept": "text/html", "accept-language": "en", "user-agent": "A browser"}
    async with httpx.AsyncClient(transport=transport, base_url=base, headers=headers) as found:
        yield found


async def sign_in(http: httpx.AsyncClient, role: str, password: str = PASSWORD) -> httpx.Response:
    """Sign in by the form; the token for forms is sent as a header from here on."""
    form = {"mail": f"{role}@maison.example", "password": password, "next": "/account"}
    answer = await http.post("/login", data=form)
    if answer.status_code == 303:
        http.headers["x-csrf-token"] = await csrf(http)
    return answer


async def csrf(http: httpx.AsyncClient, page: str = "/account") -> str:
    """Return the token that a page's forms carry."""
    found = _CSRF.search((await http.get(page)).text)
    assert found is not None
    return found[1]
