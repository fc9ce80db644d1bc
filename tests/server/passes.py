"""A house whose members pay by passes, and doors that tell what they took."""

import itertools
from typing import Any

from sqlalchemy import select

from loquet_contract.ids import (
    AccessPointId,
    AccountId,
    CredentialDigest,
    DoorId,
    GrantId,
    HolderId,
    JournalId,
    RuleId,
    UnitId,
)
from loquet_contract.wire.codec import decode_text
from loquet_contract.wire.events import AccessGranted, AccessTaken
from loquet_contract.wire.messages import Moving
from loquet_contract.wire.signing import Purpose, SigningKey, Verifier
from loquet_server.models import (
    AccessPoint,
    Holder,
    PassAccount,
    PassPurchase,
    PassUse,
    Plan,
    Site,
)
from loquet_server.publication import Publication
from tests.server.house import SITE, START, House, Journal

DAY = 86_400
PERIOD = 1_759_971_600
"""Thursday, 9 October 2025, 03:00 in Paris: the cut-off before START."""
_grants = itertools.count()


class PassHouse:
    """A house with passes: plans, accounts, and a second unit at another door."""

    def __init__(self, house: House) -> None:
        self.house = house
        self.hall = house.journal
        self.far = Journal(SigningKey(b"o" * 32), UnitId("other"), name=JournalId("j2"))

    async def furnish(self) -> None:
        """Add a carnet, a plan of days a month, one that bills; two more members."""
        site = str(SITE)
        async with self.house.database.with_transaction() as session:
            session.add_all(
                [
                    plan("carnet", counts="day"),
                    plan("halves", counts="half_day"),
                    plan("days", counts="day", allowance=2, window="month"),
                    plan("weekly", counts="half_day", allowance=2, window="week"),
                    plan("bill", counts="day", when_empty="bill"),
                    *(Holder(id=f"h{n}", site=site, name=f"Person {n}") for n in range(2, 5)),
                    AccessPoint(
                        id="far", door="far", reader="far", area_from="outside", area_to="salle"
                    ),
                    Site(id="zailleurs", name="Ailleurs"),
                ]
            )
            await session.flush()
            session.add_all(
                [
                    *(account(name, holder="h1") for name in ("carnet", "days", "bill", "weekly")),
                    account("halves", holder="h1"),
                    PassAccount(id="shared", site=site, plan="carnet"),
                    Holder(id="stranger", site="zailleurs", name="Somebody else"),
                ]
            )

    async def buy(self, name: str, amount: int, at: int = START - DAY * 1000) -> None:
        """Put passes into an account."""
        async with self.house.database.with_transaction() as session:
            session.add(PassPurchase(account=name, amount=amount, at=at, actor="x"))

    def takes(
        self,
        journal: Journal,
        name: str,
        *,
        holder: str = "h1",
        period: int = PERIOD,
        at: int = START,
        billed: bool = False,
        uses: bool = True,
    ) -> None:
        """Have a door let somebody in who has to pay, and let them go through."""
        door = DoorId("front" if journal is self.hall else "far")
        point = AccessPointId("in" if journal is self.hall else "far")
        grant = GrantId(f"g{next(_grants)}")
        granted = AccessGranted(
            door, point, grant, HolderId(holder), CredentialDigest("c" * 64), RuleId("r"), 1,
            account=AccountId(name), period=period, billed=billed or None,
        )  # fmt: skip
        journal.write(granted, at)
        if uses:
            journal.write(AccessTaken(door, grant), at + 2000)

    async def hear(self, journal: Journal, first: int = 1) -> list[Publication]:
        """Have ingest take what a unit's journal holds."""
        return (await self.house.take(journal.message(first))).publications

    async def uses(self, name: str) -> list[PassUse]:
        """Return the uses of an account, by time."""
        async with self.house.database.reading() as session:
            query = select(PassUse).where(PassUse.account == name)
            return list((await session.execute(query.order_by(PassUse.at, PassUse.id))).scalars())

    def told(self, publications: list[Publication], unit: str = "hall") -> list[Moving]:
        """Return the moving facts that a unit is told; their signatures hold."""
        verifier = Verifier(self.house.keys.signing.public)
        return [
            decode_text(Moving, verifier.payload(Purpose.MOVING, each.payload))
            for each in publications
            if each.topic.endswith(f"/units/{unit}/moving")
        ]


def plan(name: str, **values: Any) -> Plan:
    """Return a plan of the house."""
    return Plan(id=name, site=str(SITE), name_fr=name, name_en=name, **values)


def account(name: str, *, holder: str) -> PassAccount:
    """Return an account named like its plan."""
    return PassAccount(id=name, site=str(SITE), plan=name, holder=holder)
