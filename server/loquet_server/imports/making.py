"""Does what a draft says, and writes down what was made and what was before."""

from collections.abc import Iterable
from typing import Any

from loquet_contract.access.credential import Representation
from loquet_server.accounts.service import own_account
from loquet_server.imports.draft import COLUMNS, Draft, Given, Line, Outcome
from loquet_server.imports.repository import ImportRepository
from loquet_server.models import (
    Credential,
    Holder,
    ImportRun,
    Membership,
    Organisation,
    Plan,
    Subscription,
)
from loquet_server.office import Office, Transaction
from loquet_server.people.changes import new_id
from loquet_server.people.deriving import Deriving
from loquet_server.people.refusals import DoesNotFit
from loquet_server.peppers.repository import pepper_of
from loquet_server.web.i18n import N_
from loquet_server.who import Actor

SAME_AT_A_READER = N_(
    "A reader of this space makes the same number of two badges, which end in %(one)s and"
    " %(other)s: the door could not tell them apart. Take one of them out of the file."
)


class Making:
    """One import at work; ``run`` learns what was made and changed."""

    def __init__(
        self, office: Office, transaction: Transaction, actor: Actor, run: ImportRun
    ) -> None:
        self._office, self._session, self._actor = office, transaction.session, actor
        self._repository = ImportRepository(transaction.session)
        self._run = run
        self._now = office.now_ms()
        self._created: list[dict[str, Any]] = []
        self._changed: list[dict[str, Any]] = []
        self._organisations: dict[str, str] = {}
        self._plans: dict[str, Plan] = {}
        self._badges: list[tuple[Credential, Representation]] = []

    async def make(self, found: Draft) -> list[str]:
        """Do all of it; return the members who are new or changed."""
        lines = [each for each in found.lines if each.outcome is not Outcome.SAME]
        site = self._run.site
        self._plans = {each.id: each for each in await self._repository.plans(site)}
        there = await self._repository.organisations(site)
        self._organisations = {each.name.casefold(): each.id for each in there}
        known = await self._repository.some(Holder, _known(lines))
        self._pepper = await pepper_of(self._session, self._office.keys, site, writing=True)
        await self._join(lines)
        holders = [(self._holder(line, known), line) for line in lines]
        await self._repository.flush()
        for holder, line in holders:
            await self._belongings(holder, line)
        await self._repository.flush()
        for badge, number in self._badges:
            await self._derive(badge, number)
        self._run.created, self._run.changed = self._created, self._changed
        return [holder.id for holder, _ in holders]

    async def _join(self, lines: list[Line]) -> None:
        for line in lines:
            name = line.organisation
            if name is not None and name.casefold() not in self._organisations:
                row = Organisation(id=new_id("o"), site=self._run.site, name=name)
                self._repository.add(row)
                self._organisations[name.casefold()] = row.id
                self._made("organisations", row.id)
        await self._repository.flush()

    def _holder(self, line: Line, known: dict[str, Holder]) -> Holder:
        organisation = None
        if line.organisation is not None:
            organisation = self._organisations[line.organisation.casefold()]
        if line.holder is not None:
            row = known[line.holder]
            values: dict[str, Any] = {name: after for name, (_, after) in line.changed.items()}
            if organisation is not None:
                values["organisation"] = organisation
            before = {name: getattr(row, name) for name in values}
            for name, value in values.items():
                setattr(row, name, value)
            if values:
                self._changed.append({"holder": row.id, "before": before, "after": values})
            return row
        wish = line.wish
        given = {name: value for name in COLUMNS if (value := getattr(wish, name)) is not None}
        given["organisation"] = organisation
        row = Holder(id=new_id("h"), site=self._run.site, created_at=self._now, **given)
        self._repository.add(row)
        self._made("holders", row.id, given)
        return row

    async def _belongings(self, holder: Holder, line: Line) -> None:
        if line.membership is not None:
            last = line.membership.last
            assert last is not None
            year = Membership(
                id=new_id("y"), holder=holder.id, created_at=self._now,
                starts_on=line.membership.first.isoformat(), ends_on=last.isoformat(),
            )  # fmt: skip
            self._repository.add(year)
            self._made("memberships", year.id)
        if line.plan is not None:
            await self._subscribe(holder, line.plan)
        if line.badge:
            self._badge(holder, line)

    async def _subscribe(self, holder: Holder, given: Given) -> None:
        plan, account = self._plans[given.plan], None
        if plan.counts is not None:
            account = await own_account(
                self._session, self._run.site, plan.id, holder.id, self._now
            )
        row = Subscription(
            id=new_id("s"), site=self._run.site, holder=holder.id, plan=plan.id, account=account,
            starts_on=given.first.isoformat(),
            ends_on=None if given.last is None else given.last.isoformat(),
            created_at=self._now,
        )  # fmt: skip
        self._repository.add(row)
        self._made("subscriptions", row.id, {"ends_on": row.ends_on, "account": account})

    def _badge(self, holder: Holder, line: Line) -> None:
        number, keys = line.wish.badge, self._office.keys
        assert number is not None
        row = Credential(
            id=new_id("c"), site=self._run.site, holder=holder.id, form=number.form.value,
            number_sealed=keys.seal_number(number), digest=self._pepper.digest(number),
            last4=number.value.hex()[-4:].upper(), label=line.wish.badge_label or "", issuer="",
            lossy=number.form.lossy, status="handed_out", disabled=False,
            handed_out_at=self._now, created_at=self._now,
        )  # fmt: skip
        self._repository.add(row)
        self._badges.append((row, number))
        self._made("credentials", row.id, {"holder": holder.id, "status": "handed_out"})

    async def _derive(self, badge: Credential, number: Representation) -> None:
        deriving = Deriving(self._session, self._office.keys, self._run.site)
        found = await deriving.learn(badge, number)
        if found is not None:
            raise DoesNotFit("skip", SAME_AT_A_READER, one=badge.last4, other=found.other.last4)

    def _made(self, table: str, name: str, made: dict[str, Any] | None = None) -> None:
        self._created.append({"table": table, "id": name, "made": made or {}})


def _known(lines: Iterable[Line]) -> list[str]:
    return [each.holder for each in lines if each.holder is not None]
