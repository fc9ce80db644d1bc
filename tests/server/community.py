"""A space with every plan that coworking spaces sell, and people who change their minds."""

import random
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from loquet_contract.ids import SiteId, UnitId
from loquet_contract.wire.signing import SigningKey
from loquet_server import models as m
from loquet_server.database import Database

SITE, HALL, ANNEXE = SiteId("village"), UnitId("hall"), UnitId("annexe")
START = 1_760_000_000_000
"""Thursday, 9 October 2025, 08:53:20 UTC."""
OPENING = "Mo-Fr 09:00-18:00; Sa 10:00-13:00; PH off"


async def build(database: Database) -> None:
    """Write the space, in order of its references."""
    async with database.with_transaction() as session:
        for rows in _rows():
            session.add_all(rows)
            await session.flush()


def _rows() -> list[list[m.Base]]:
    site = str(SITE)
    key = SigningKey(b"u" * 32).public.text
    return [
        [m.Site(id=site, name="Village", opening="opening", department="67", school_zone="B")],
        [
            *(m.Unit(id=unit, site=site, name=unit, public_key=key) for unit in (HALL, ANNEXE)),
            m.Area(id="salle", site=site, name="Salle", capacity=2),
            m.Area(id="calme", site=site, name="Calme", exit_sensing=True, when_full="refuse"),
            m.Area(id="atelier", site=site, name="Atelier", consumes=False, opening="evenings"),
            m.Schedule(id="always", site=site, name="24/7", always=True, follows_calendar=False),
            m.Schedule(id="opening", site=site, name="Opening", hours=OPENING),
            m.Schedule(id="evenings", site=site, name="Evenings", hours="Mo-Fr 18:00-23:00; Sa,Su"),
        ],
        [*_doors(site), *_plans(site)],
        [*_ways(), *_rules()],
    ]


def _doors(site: str) -> list[m.Base]:
    return [
        m.Door(id="front", site=site, unit=HALL, name="Front", unlock_schedule="opening"),
        m.Door(id="quiet", site=site, unit=HALL, name="Quiet"),
        m.Door(id="work", site=site, unit=ANNEXE, name="Work"),
    ]


def _ways() -> list[m.Base]:
    return [
        m.AccessPoint(id="in", door="front", reader="a", area_from="outside", area_to="salle"),
        m.AccessPoint(
            id="out", door="front", reader="b", area_from="salle", area_to="outside", exit=True
        ),
        m.AccessPoint(
            id="quiet", door="quiet", reader="c", area_from="salle", area_to="calme",
            anti_passback="hard",
        ),
        m.AccessPoint(id="work", door="work", reader="d", area_from="outside", area_to="atelier"),
    ]  # fmt: skip


def _plans(site: str) -> list[m.Base]:
    def plan(name: str, kind: str, **values: Any) -> m.Plan:
        return m.Plan(id=name, site=site, kind=kind, name_fr=name, name_en=name, **values)

    return [
        plan("resident", "resident", expires_days=90),
        plan("full", "full_time", grace_days=5),
        plan("days", "part_time", lead_minutes=15, lag_minutes=10),
        plan("month", "part_time", counts="day", allowance=8, window="month"),
        plan("halves", "part_time", counts="half_day", allowance=3, window="week",
             when_empty="bill"),
        plan("evenings", "evenings_weekends"),
        plan("carnet", "carnet", counts="day"),
        plan("staff", "staff", needs_membership=False, expires_days=400, stale_days=30),
    ]  # fmt: skip


def _rules() -> list[m.Base]:
    return [
        m.Rule(id="r1", plan="resident", areas=["salle", "calme", "atelier"], schedule="always"),
        m.Rule(id="r2", plan="full", areas=["salle", "calme", "atelier"]),
        m.Rule(id="r3", plan="days", areas=["salle"]),
        m.Rule(id="r4", plan="month", areas=["salle", "calme"]),
        m.Rule(id="r5", plan="halves", areas=["salle"]),
        m.Rule(id="r6", plan="evenings", areas=["salle"], schedule="evenings"),
        m.Rule(id="r7", plan="carnet", access_points=["in", "out"]),
        m.Rule(id="r8", plan="staff", areas=["salle", "calme", "atelier"], schedule="always"),
    ]


PLANS = ("resident", "full", "days", "month", "halves", "evenings", "carnet", "staff")
Edit = Callable[[AsyncSession], Any]


@dataclass
class Life:
    """Random things that happen to a space; what changed is what an edit returns."""

    draw: random.Random
    count: int = 0
    holders: list[str] = field(default_factory=list)

    async def happen(self, session: AsyncSession) -> set[str] | None:
        """Change something; return whom it concerns, None if it concerns the whole space."""
        edits: list[Edit] = [
            self.join, self.join, self.subscribe, self.subscribe, self.end, self.suspend,
            self.archive, self.badge, self.badge, self.lose, self.hand_on, self.invite,
            self.cancel, self.membership, self.plan, self.closure, self.event, self.door,
            self.hours, self.rule,
        ]  # fmt: skip
        edit = self.draw.choice(edits if self.holders else [self.join])
        found = await edit(session)
        await session.flush()
        return found  # type: ignore[no-any-return]

    def name(self, letter: str) -> str:
        self.count += 1
        return f"{letter}{self.count}"

    def someone(self) -> str:
        return self.draw.choice(self.holders)

    async def pick(self, session: AsyncSession, model: type[Any]) -> Any:
        rows = list((await session.execute(select(model).order_by(model.id))).scalars())
        return self.draw.choice(rows) if rows else None

    async def join(self, session: AsyncSession) -> set[str]:
        holder = self.name("h")
        session.add(m.Holder(id=holder, site=SITE, name=holder))
        self.holders.append(holder)
        await session.flush()
        await self._subscribe(session, holder)
        return {holder} | await self._badge(session, holder)

    async def subscribe(self, session: AsyncSession) -> set[str]:
        return await self._subscribe(session, self.someone())

    async def _subscribe(self, session: AsyncSession, holder: str) -> set[str]:
        plan, account = self.draw.choice(PLANS), None
        if plan in ("month", "halves", "carnet"):
            account = self.name("a")
            session.add(m.PassAccount(id=account, site=SITE, plan=plan, holder=holder))
            await session.flush()
        session.add(
            m.Subscription(
                id=self.name("s"),
                site=SITE,
                holder=holder,
                plan=plan,
                starts_on=self.draw.choice(["2025-01-01", "2025-10-09", "2025-12-31"]),
                ends_on=self.draw.choice([None, "2025-02-01", "2025-10-31", "2026-02-28"]),
                grace_days=self.draw.choice([None, 0, 10]),
                weekdays=self.draw.choice([[0, 2], [4]]) if plan == "days" else None,
                account=account,
            )
        )
        return {holder}

    async def end(self, session: AsyncSession) -> set[str]:
        row = await self.pick(session, m.Subscription)
        if row is None:
            return set()
        await session.delete(row)
        return {row.holder}

    async def suspend(self, session: AsyncSession) -> set[str]:
        row = await session.get(m.Holder, self.someone())
        assert row is not None
        row.suspended = not row.suspended
        return {row.id}

    async def archive(self, session: AsyncSession) -> set[str]:
        row = await session.get(m.Holder, self.someone())
        assert row is not None
        row.archived_at = None if row.archived_at else START
        return {row.id}

    async def badge(self, session: AsyncSession) -> set[str]:
        return await self._badge(session, self.someone())

    async def _badge(self, session: AsyncSession, holder: str) -> set[str]:
        name = self.name("c")
        session.add(
            m.Credential(
                id=name, site=SITE, holder=holder, form="uid7", number_sealed="",
                digest=f"{name:x<43}", issuer=self.draw.choice(["", 'a "b"']),
            )
        )  # fmt: skip
        return {holder}

    async def lose(self, session: AsyncSession) -> set[str]:
        row = await self.pick(session, m.Credential)
        if row is None or row.holder is None:
            return set()
        row.status = self.draw.choice(["lost", "returned", "blocked", "handed_out"])
        return {row.holder}

    async def hand_on(self, session: AsyncSession) -> set[str]:
        """Give a badge to somebody else, or back to the drawer; only one of both is told of."""
        row = await self.pick(session, m.Credential)
        if row is None:
            return set()
        before = row.holder
        row.holder = self.draw.choice([None, self.someone()])
        row.status = "stock" if row.holder is None else "handed_out"
        told = {row.holder, before} - {None}
        return {self.draw.choice(sorted(told))} if told else set()

    async def invite(self, session: AsyncSession) -> set[str]:
        holder, now = self.someone(), START + self.draw.choice([-200, 0, 3]) * 86_400_000
        session.add(
            m.ExtraWindow(
                id=self.name("w"), site=SITE, holder=holder, area="salle", starts_at=now,
                ends_at=now + 7_200_000, reserved=self.draw.random() < 0.5,
            )
        )  # fmt: skip
        return {holder}

    async def cancel(self, session: AsyncSession) -> set[str]:
        row = await self.pick(session, m.ExtraWindow)
        if row is None:
            return set()
        row.cancelled_at = START
        return {row.holder}

    async def membership(self, session: AsyncSession) -> set[str]:
        holder = self.someone()
        session.add(
            m.Membership(
                id=self.name("m"), holder=holder, starts_on="2025-01-01", ends_on="2025-12-31"
            )
        )
        return {holder}

    async def plan(self, session: AsyncSession) -> None:
        row = await self.pick(session, m.Plan)
        row.grace_days = self.draw.choice([0, 3, 30])
        row.expires_days = self.draw.choice([7, 30, 400])
        row.needs_membership = self.draw.random() < 0.7
        site = await session.get(m.Site, SITE)
        assert site is not None
        site.membership_required = self.draw.random() < 0.5

    async def closure(self, session: AsyncSession) -> None:
        session.add(
            m.CalendarEntry(
                id=self.name("e"), site=SITE, kind=self.draw.choice(["closure", "opening"]),
                name="x", starts="2025-10-14T08:00", ends="2025-10-14T20:00",
                area=self.draw.choice([None, "salle", "calme"]),
            )
        )  # fmt: skip

    async def event(self, session: AsyncSession) -> None:
        session.add(
            m.CalendarEntry(
                id=self.name("e"), site=SITE, kind="event", name="x", area="atelier",
                starts="2025-10-15T19:00", ends="2025-10-16T01:00",
                plans=[self.draw.choice(PLANS)], everybody=self.draw.random() < 0.3,
            )
        )  # fmt: skip

    async def door(self, session: AsyncSession) -> None:
        row = await self.pick(session, m.Door)
        row.blocked = not row.blocked
        name = self.name("p")
        session.add(
            m.AccessPoint(
                id=name, door=row.id, reader=name, area_from="outside",
                area_to=self.draw.choice(["salle", "atelier"]),
            )
        )  # fmt: skip

    async def hours(self, session: AsyncSession) -> None:
        row = await session.get(m.Schedule, "opening")
        assert row is not None
        row.hours = self.draw.choice([OPENING, "Mo-Su 08:00-20:00", "Mo-Fr 9h-18h", "24/7"])

    async def rule(self, session: AsyncSession) -> None:
        row = await self.pick(session, m.Rule)
        row.areas = self.draw.choice([["salle"], ["salle", "calme"], ["atelier"]])
        row.schedule = self.draw.choice([None, "always", "evenings"])
