"""Members at the whole application: they come by a personal link, as on their phones."""

from pathlib import Path

import httpx
from fastapi import FastAPI

from loquet_server.membership_access.links import PATH, Links
from loquet_server.office import After, Office, Transaction
from loquet_server.who import LOCAL
from tests.server.front_desk import csrf, front_desk
from tests.server.house import House

__all__ = ["FastAPI", "enter", "link_of", "members_desk"]


def members_desk(house: House, folder: Path) -> tuple[Office, FastAPI]:
    """Return an office where everybody signs in, and its whole application."""
    return front_desk(house, folder)


async def link_of(office: Office, member: str = "h1") -> str:
    """Return the path of a new personal link."""
    async with office.database.with_transaction() as session:
        return PATH + await Links(office, Transaction(session, After()), LOCAL).make(member)


async def enter(http: httpx.AsyncClient, office: Office, member: str = "h1") -> None:
    """Sign a member in; the token for forms is sent as a header from here on."""
    answer = await http.post(await link_of(office, member))
    assert (answer.status_code, answer.headers["location"]) == (303, "/me")
    http.headers["x-csrf-token"] = await csrf(http, "/me")
