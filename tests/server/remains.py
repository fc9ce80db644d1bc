"""What is left of a person: every table as text, with what is compressed opened."""

import zlib
from typing import Any

from sqlalchemy import select

from loquet_contract.access.reasons import Reason
from loquet_contract.ids import (
    AccessPointId,
    AccountId,
    CredentialDigest,
    DoorId,
    GrantId,
    HolderId,
    RuleId,
)
from loquet_contract.wire.events import AccessDenied, AccessGranted, AccessTaken
from loquet_server.database import Database
from loquet_server.models import (
    Action,
    Audit,
    Base,
    Credential,
    ExtraWindow,
    Holder,
    Incident,
    Look,
    Membership,
    PassAccount,
    PassPurchase,
    PassUse,
)
from tests.server.house import SITE, START, House

PERSON = "h7f3a9c1e5b"
NAME = "Maëlle Kerouédan"
MAIL = "maelle@kerouedan.example"
PHONE = "06 11 22 33 44"
DIGEST = "b" * 43
BADGE = "c99aa88bb77"
WORDS = (PERSON, NAME, MAIL, PHONE, DIGEST, BADGE, "Kerou")


async def settle_in(house: House) -> None:
    """Write a person into the house: badge, membership, passes, visits, mentions, passages."""
    day = 86_400_000
    layers: list[list[Base]] = [
        [Holder(id=PERSON, site=SITE, name=NAME, mail=MAIL, phone=PHONE, note="aime le thé",
                created_at=START - 40 * day)],
        [
            PassAccount(id="a7", site=SITE, plan="resident", holder=PERSON),
            Credential(id=BADGE, site=SITE, holder=PERSON, form="uid7", number_sealed="sealed",
                       digest=DIGEST, label=f"badge de {NAME}"),
            Membership(id="m7", holder=PERSON, starts_on="2025-01-01", ends_on="2025-12-31"),
            ExtraWindow(id="w7", site=SITE, holder=PERSON, area="salle", starts_at=START,
                        ends_at=START + day),
            ExtraWindow(id="w8", site=SITE, holder="h1", area="salle", starts_at=START,
                        ends_at=START + day, host=NAME, note=f"amie de {NAME}"),
        ],
        [
            PassUse(account="a7", holder=PERSON, period=START // 1000, day="2025-10-09",
                    at=START + 60_000, unit="hall"),
            PassPurchase(account="a7", amount=10, at=START, actor="Zoé", reason=f"don à {NAME}"),
            Audit(at=START, action=Action.MEMBER_CHANGED, site=SITE, subject=PERSON, actor="Zoé",
                  reason=f"{NAME} a changé d'adresse", detail={"name": NAME, "mail": ["", MAIL]}),
            Incident(site=SITE, kind="help_asked", subject="front", detail=f"{NAME} ({PHONE})",
                     first_at=START, last_at=START),
            Look(holder=PERSON, hour_utc=START - START % 3_600_000, actor="Zoé", what="journal",
                 last_at=START),
        ],
    ]  # fmt: skip
    async with house.database.with_transaction() as session:
        for rows in layers:
            session.add_all(rows)
            await session.flush()
    await pass_by(house)


async def pass_by(house: House, at: int = START) -> None:
    """Let the person be refused once and come in once, as the unit tells it."""
    journal, first = house.journal, house.journal.sequence + 1
    door, way = DoorId("front"), AccessPointId("in")
    who, badge = HolderId(PERSON), CredentialDigest(DIGEST)
    journal.write(
        AccessDenied(
            door=door,
            access_point=way,
            reason=Reason.NOT_PERMITTED_NOW,
            holder=who,
            credential=badge,
            policy_version=1,
        ),
        at,
    )
    journal.write(
        AccessGranted(
            door=door, access_point=way, grant=GrantId(f"g{first}"), holder=who, credential=badge,
            rule=RuleId("r1"), policy_version=1, account=AccountId("a7"), period=START // 1000,
        ),
        at + 1000,
    )  # fmt: skip
    journal.write(AccessTaken(door, GrantId(f"g{first}")), at + 2000)
    journal.write(
        AccessDenied(door=door, access_point=way, reason=Reason.CREDENTIAL_UNKNOWN,
                     policy_version=1, credential=CredentialDigest("u" * 43),
                     sealed="boxed-number"),
        at + 3000,
    )  # fmt: skip
    await house.take(journal.message(first))


async def dump(database: Database) -> dict[str, str]:
    """Return every table as one text."""
    found = {}
    async with database.reading() as session:
        for table in Base.metadata.sorted_tables:
            rows = (await session.execute(select(table))).all()
            found[table.name] = "\n".join(sorted(" | ".join(map(_text, row)) for row in rows))
    return found


async def remains(database: Database, *words: str) -> dict[str, list[str]]:
    """Return which of these words stand in which tables."""
    tables = await dump(database)
    return {
        name: left for name, text in tables.items() if (left := [w for w in words if w in text])
    }


def _text(value: Any) -> str:
    if isinstance(value, bytes):
        try:
            return zlib.decompress(value).decode("utf-8", "replace")
        except zlib.error:
            return value.decode("latin-1")
    return str(value)
