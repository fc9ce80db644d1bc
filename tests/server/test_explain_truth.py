"""The table of reasons, read by a person, said by the server's tables and the rule of the doors."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from loquet_contract.access.reasons import Reason, Remark
from loquet_contract.ids import HolderId
from loquet_server.explain.service import ExplainService
from loquet_server.models import (
    AccessPoint,
    Area,
    CalendarEntry,
    Credential,
    Door,
    Holder,
    Lockdown,
    Membership,
    PassAccount,
    Passage,
    PassPurchase,
    PassUse,
    Pin,
    Plan,
    Site,
    Subscription,
)
from tests.server.desk import make_office
from tests.server.house import SITE, UNIT, House
from tests.server.test_explain import at, change, give, with_hours

TABLE = Path(__file__).parent / "truth" / "reasons.md"
USUAL = "2025-10-13T10:00"
PUBLISHED = "2025-10-13T08:00"
MORNING = "2025-10-13T03:00"


@dataclass
class Tap:
    """What the unit writes of it, beyond the usual."""

    when: str
    point: str = "in"
    badge: str | None = None
    version: bool = True
    trusted: bool = True
    remarks: tuple[str, ...] = ()


Situation = Callable[[House, Tap], Awaitable[None]]


def rows() -> list[tuple[str, ...]]:
    """Return the lines of the table."""
    lines = [line for line in TABLE.read_text("utf-8").splitlines() if line.startswith("| ")]
    return [tuple(cell.strip() for cell in line.strip("|").split("|")) for line in lines[1:]]


def changed(model: type[Any], key: str, **values: Any) -> Situation:
    async def situation(house: House, _tap: Tap) -> None:
        await change(house, model, key, **values)

    return situation


def tapped(**values: Any) -> Situation:
    async def situation(_house: House, tap: Tap) -> None:
        for name, value in values.items():
            setattr(tap, name, value)

    return situation


def membership(ends_on: str) -> Situation:
    async def situation(house: House, _tap: Tap) -> None:
        await change(house, Site, SITE, membership_required=True, membership_grace_days=30)
        await give(house, Membership(id="m1", holder="h1", starts_on="2024-10-01", ends_on=ends_on))

    return situation


def carnet(bought: int, *, paid: bool = False) -> Situation:
    async def situation(house: House, _tap: Tap) -> None:
        await change(house, Plan, "full", counts="day")
        await give(house, PassAccount(id="a1", site=SITE, plan="full", holder="h1"))
        await change(house, Subscription, "s1", account="a1")
        if bought:
            await give(
                house, PassPurchase(account="a1", amount=bought, at=at("2025-10-01"), actor="x")
            )
        if paid:
            period = at(MORNING) // 1000
            use = PassUse(account="a1", holder="h1", period=period, day="2025-10-13")
            use.at = at("2025-10-13T09:15")
            await give(house, use)

    return situation


def inside(anti_passback: str) -> Situation:
    async def situation(house: House, _tap: Tap) -> None:
        await change(house, Area, "salle", exit_sensing=True)
        await change(house, AccessPoint, "in", anti_passback=anti_passback)
        await give(house, passage(1, at("2025-10-13T09:30"), outcome="taken", holder="h1"))

    return situation


def full(when_full: str) -> Situation:
    async def situation(house: House, tap: Tap) -> None:
        await change(house, Area, "salle", exit_sensing=True, capacity=5, when_full=when_full)
        tap.remarks = (Remark.AREA_FULL.value,) if when_full == "warn" else ()

    return situation


def pin(*, has: bool = True, ends: str | None = None, alone: str | None = None) -> Situation:
    async def situation(house: House, _tap: Tap) -> None:
        asked = "outside" if alone else "always"
        await change(house, AccessPoint, "in", pin=asked, badge_alone=alone)
        if has:
            kept = house.keys.unit_pin(HolderId("h1"), "204958")
            row = Pin(holder="h1", site=SITE, digits_sealed="?", digest=kept, length=6)
            row.made_by, row.made_at = "member", at(MORNING)
            row.ends_at = None if ends is None else at(ends)
            await give(house, row)

    return situation


async def lockdown(house: House, _tap: Tap) -> None:
    row = Lockdown(
        id="l1", site=SITE, door="front", actor="Léa", reason="drill", since=at("2025-10-13T09:50")
    )
    await give(house, row)


async def closed(house: House, _tap: Tap) -> None:
    starts, ends = "2025-10-13T00:00", "2025-10-14T00:00"
    row = CalendarEntry(
        id="e1", site=SITE, kind="closure", name="Travaux", starts=starts, ends=ends
    )
    await give(house, row)


async def without_plan(house: House, _tap: Tap) -> None:
    async with house.database.with_transaction() as session:
        await session.delete(await session.get(Subscription, "s1"))


SITUATIONS: dict[str, Situation] = {
    "nothing special": tapped(),
    "the unit never received a policy": tapped(version=False),
    "the badge is nobody's": tapped(badge="?" * 43),
    "the badge was reported lost": changed(Credential, "c1", status="lost"),
    "the badge was returned": changed(Credential, "c1", status="returned"),
    "the member is suspended": changed(Holder, "h1", suspended=True),
    "the yearly membership ended on 31 August, 30 days of grace are over": membership("2025-08-31"),
    "the yearly membership ended on 30 September, within 30 days of grace": membership(
        "2025-09-30"
    ),
    "the plan begins on 14 October": changed(Subscription, "s1", starts_on="2025-10-14"),
    "the plan ended on 12 October": changed(Subscription, "s1", ends_on="2025-10-12"),
    "the plan ended on 12 October, with 3 days of grace": changed(
        Subscription, "s1", ends_on="2025-10-12", grace_days=3
    ),
    "the door asks for an authenticated badge": changed(AccessPoint, "in", minimum_assurance=2),
    "at the door of the quiet room": tapped(point="quiet"),
    "the member has no plan": without_plan,
    "the unit has not reached the server for 31 days": tapped(),
    "the unit's clock is uncertain": tapped(trusted=False),
    "closed on Monday for a day": closed,
    "the carnet is empty": carnet(0),
    "the carnet has a pass": carnet(1),
    "the carnet is empty, and the day is paid for": carnet(1, paid=True),
    "inside since 9:30, hard anti-passback": inside("hard"),
    "inside since 9:30, soft anti-passback": inside("soft"),
    "the hall is full and refuses": full("refuse"),
    "the hall is full and warns": full("warn"),
    "the door is blocked": changed(Door, "front", blocked=True),
    "a lockdown is in force": lockdown,
    "the door asks for a PIN, and the right one is typed": pin(),
    "the door asks for a PIN, and the member has none": pin(has=False),
    "the door asks for a PIN, and the member's was too short since 12 October": pin(
        ends="2025-10-12T00:00"
    ),
    "the door asks for a PIN, and none is typed": pin(),
    "the door asks for a PIN, and another is typed": pin(),
    "the door asks for a PIN, and too many were wrong": pin(),
    "the door asks for a PIN outside the hours, and the member has none": pin(
        has=False, alone="day"
    ),
}


def passage(sequence: int, moment: int, **values: Any) -> Passage:
    given = {"journal": "j9", "site": SITE, "unit": UNIT, "door": "front", "access_point": "in",
             "area_from": "outside", "area_to": "salle", "day": "2025-10-13"}  # fmt: skip
    return Passage(**(given | values), sequence=sequence, at=moment)


def test_the_table_has_every_reason() -> None:
    told = {row[2] for row in rows()}
    assert told == {"", *(each.value for each in Reason)}


@pytest.mark.parametrize("row", rows(), ids=lambda row: f"{row[0]} {row[1]}".strip())
async def test_it_is_as_the_table_says(house: House, tmp_path: Path, row: tuple[str, ...]) -> None:
    situation, when, reason, english, french = row
    await with_hours(house)
    tap = Tap(when or USUAL)
    await SITUATIONS[situation](house, tap)
    office, _ = make_office(house, tmp_path)
    async with house.database.with_transaction() as session:
        await office.policies.advance(session, UNIT, min(at(PUBLISHED), at(tap.when)))
    digest = (await house.get(Credential, "c1")).digest
    place = {"in": {}, "quiet": {"door": "quiet", "access_point": "quiet", "area_to": "calme"}}
    await give(
        house,
        passage(
            2, at(tap.when), **place[tap.point], credential=tap.badge or digest,
            reason=reason or None,
            outcome="denied" if reason else "granted", policy_version=1 if tap.version else None,
            trusted=tap.trusted, remarks=list(tap.remarks) or None,
        ),
    )  # fmt: skip
    number = max(each.id for each in await house.all(Passage))
    for language, sentence in (("en", english), ("fr", french)):
        await change(house, Holder, "h1", language=language)
        await change(house, Site, SITE, locale=language)
        async with house.database.reading() as session:
            service = ExplainService(session, house.keys.signing.public)
            found = await service.passage(number, language)
        assert (found.reason or "", found.said) == (reason, sentence), found.exact
        assert found.agrees
        assert found.exact
        assert "%(" not in found.exact
