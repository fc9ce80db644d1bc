"""A house with people who are told of incidents: really sent, by mail and by push."""

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from loquet_contract.ids import DoorId
from loquet_server.identity import mail
from loquet_server.incidence import end_incident, raise_incident
from loquet_server.models import (
    Duty,
    Incident,
    Notice,
    NoticeChannel,
    NoticeRule,
)
from loquet_server.notices import ways
from loquet_server.notices.teller import Teller
from loquet_server.office import Office
from tests.server.desk import make_office
from tests.server.front_desk import add_operator
from tests.server.house import SITE, START, UNIT, House
from tests.server.test_operators_mail import Postbox, postbox

__all__ = ["postbox"]
ONLY_SQLITE = pytest.mark.parametrize("database_kind", ["sqlite"])
FRONT = DoorId("front")
MINUTE = 60
HOUR = 3600


class Desk:
    """A house with people who are told, and a teller."""

    def __init__(self, house: House, office: Office, box: Postbox) -> None:
        self.house = house
        self.office = office
        self.box = box

    async def person(self, role: str, rank: int = 0, **rule: Any) -> None:
        """Add somebody who is told by mail; ``rank`` 0: not on the roster."""
        row = await add_operator(self.house, role, str(SITE))
        sealed = ways.sealed(self.office.keys, {"to": row.mail})
        rows: list[Any] = [
            NoticeChannel(
                id=f"nw-{role}", operator=row.id, way="mail", shown=row.mail, sealed=sealed,
                enabled=True, created_at=START,
            )
        ]  # fmt: skip
        if rule:
            rows.append(NoticeRule(operator=row.id, **rule))
        if rank:
            days = list(range(7))
            rows.append(
                Duty(site=SITE, operator=row.id, weekdays=days, since=0, until=0, rank=rank)
            )
        async with self.house.database.with_transaction() as session:
            session.add_all(rows)

    async def push(self, role: str, way: str, address: dict[str, str]) -> None:
        """Add somebody who is told by push."""
        row = await add_operator(self.house, role, str(SITE))
        async with self.house.database.with_transaction() as session:
            session.add(
                NoticeChannel(
                    id=f"nw-{role}", operator=row.id, way=way, shown="x",
                    sealed=ways.sealed(self.office.keys, address), enabled=True, created_at=START,
                )
            )  # fmt: skip

    async def wrong(self, kind: str, subject: str = "", unit: str | None = UNIT) -> Incident:
        """Raise an incident now."""
        async with self.house.database.with_transaction() as session:
            return await raise_incident(
                session, site=str(SITE), unit=unit, kind=kind, subject=subject,
                detail="h1 has told", now_ms=self.office.now_ms(),
            )  # fmt: skip

    async def well(self, kind: str, subject: str = "", unit: str | None = UNIT) -> None:
        """End it now."""
        async with self.house.database.with_transaction() as session:
            await end_incident(
                session, unit=unit, kind=kind, subject=subject, now_ms=self.office.now_ms()
            )

    async def tell(self, seconds: float = 0) -> list[str]:
        """Let time pass, have all told that is due, and return the mails that came of it."""
        self.house.now += seconds
        before = len(self.box.messages)
        teller = Teller(self.office, draw=lambda: 0.0)
        await teller.look()
        await teller.settled()
        return self.box.messages[before:]

    async def states(self) -> list[str]:
        """Return the states of all notices, oldest first."""
        rows = sorted(await self.house.all(Notice), key=lambda row: row.id)
        return [row.state for row in rows]


@pytest.fixture
async def desk(house: House, tmp_path: Path, postbox: Postbox) -> AsyncIterator[Desk]:
    office, _ = make_office(house, tmp_path)
    office.settings = office.settings.model_copy(
        update={"hook_networks": "127.0.0.0/8", "public_url": "https://loquet.example"}
    )
    async with house.database.with_transaction() as session:
        server = mail.MailServer("127.0.0.1", postbox.port, "none", "loquet@maison.example")
        await mail.store(session, office.keys, server)
    yield Desk(house, office, postbox)


def to(messages: list[str]) -> list[str]:
    """Return who got mail."""
    return sorted(
        line.removeprefix("To: ").partition("@")[0]
        for each in messages
        for line in each.splitlines()
        if line.startswith("To: ")
    )


async def told_by_unit(house: House, *events: Any, at: int = START) -> None:
    first = house.journal.sequence + 1
    for event in events:
        house.journal.write(event, at)
    await house.take(house.journal.message(first))
