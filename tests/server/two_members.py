"""A house with two members, and the telephone of one of them: fixtures of members' pages."""

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import httpx
import pytest
from fastapi import FastAPI

from loquet_server import models as m
from loquet_server.office import Office
from tests.server.front_desk import browser
from tests.server.house import SITE, START, UNIT, House
from tests.server.member_desk import enter, members_desk

MINUTE = 60_000
DAY = "2025-10-09"


def passage(number: int, holder: str | None, outcome: str, **more: Any) -> m.Passage:
    """Return a passage at the front door."""
    values: dict[str, Any] = {
        "journal": "j", "sequence": number, "site": str(SITE), "unit": str(UNIT), "door": "front",
        "access_point": "in", "area_from": "outside", "area_to": "salle", "holder": holder,
        "at": START - number * MINUTE, "day": DAY, "outcome": outcome,
    }  # fmt: skip
    return m.Passage(**(values | more))


@pytest.fixture
async def two(house: House) -> House:
    """Two members with badges, passages, wishes and names on the board; a unit that is online."""
    site = str(SITE)
    rows: list[list[Any]] = [
        [
            m.Holder(id="h2", site=site, name="Dominique", mail="dominique@maison.example"),
            m.UnitState(unit=str(UNIT), online=True, clock_trusted=True, seen_at=START),
        ],
        [
            m.Subscription(
                id="s2", site=site, holder="h2", plan="resident", starts_on="2025-01-01"
            ),
            m.Credential(
                id="c2", site=site, holder="h2", form="uid4", number_sealed="-", digest="d" * 64,
                label="Dominique's blue", last4="BEEF",
            ),
            passage(1, "h1", "taken"),
            passage(2, "h1", "denied", reason="not_permitted_now", when=START // 1000 + 79_600),
            passage(3, "h1", "not_taken"),
            passage(4, "h1", "denied", reason="too_tall", trusted=False),
            passage(5, "h2", "denied", reason="member_suspended"),
            m.HelpRequest(
                id="q2", site=site, holder="h2", door="front", words="secret words of Dominique",
                state="asked", asked_at=START, expires_at=START + 10 * MINUTE,
            ),
        ],
    ]  # fmt: skip
    async with house.database.with_transaction() as session:
        for some in rows:
            session.add_all(some)
            await session.flush()
    return house


@pytest.fixture
async def desk(two: House, tmp_path: Path) -> tuple[Office, FastAPI]:
    """An office where everybody signs in."""
    return members_desk(two, tmp_path)


@pytest.fixture
async def camille(desk: tuple[Office, FastAPI]) -> AsyncIterator[httpx.AsyncClient]:
    """Camille's telephone, signed in."""
    office, app = desk
    async with browser(app) as http:
        await enter(http, office)
        await http.get("/me?lang=en")
        yield http
