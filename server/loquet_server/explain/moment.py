"""The moving facts as they stood at a moment, as far as the record can tell."""

from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import Any

from sqlalchemy.ext.asyncio import AsyncSession

from loquet_contract.access import passes
from loquet_contract.access.decision import AccessRequest
from loquet_contract.access.policy import HolderRecord, InMemoryPolicy
from loquet_contract.access.presence import Balance, Presence, Stay
from loquet_contract.access.reasons import Reason, Remark
from loquet_contract.ids import AccountId, AreaId, DoorId, HolderId, LockdownId, PinDigest
from loquet_server.accounts.service import left_at
from loquet_server.explain.repository import ExplainRepository
from loquet_server.foresight.layers import proving
from loquet_server.models import Lockdown, Passage


async def then(
    session: AsyncSession,
    policy: InMemoryPolicy,
    site: str,
    holder: HolderRecord | None,
    lockdown: Lockdown | None,
    at_ms: int,
) -> Presence:
    """Return what was known of one holder at one door just before an instant (UTC ms)."""
    locked: dict[DoorId, LockdownId] = {}
    if lockdown is not None:
        locked[DoorId(lockdown.door)] = LockdownId(lockdown.id)
    if holder is None:
        return Presence(locked)
    repository = ExplainRepository(session)
    last = await repository.last_entry(site, holder.holder, at_ms)
    stays = {}
    if last is not None and last.area_to is not None:
        stays[holder.holder] = Stay(AreaId(last.area_to), last.at // 1000)
    paid = {
        (AccountId(account), holder.holder): period
        for account, period in (await repository.paid(holder.holder, at_ms)).items()
    }
    balances = await _balances(session, accounts_of(policy, holder), at_ms)
    return Presence(locked, stays, balances, paid)


def as_the_unit_saw_it(presence: Presence, policy: InMemoryPolicy, row: Passage) -> Presence:
    """Return ``presence`` with what only the unit could know: how many people were inside."""
    told = {row.reason, *(row.remarks or ())}
    if not told & {Reason.AREA_FULL.value, Remark.AREA_FULL.value} or row.area_to is None:
        return presence
    area = policy.area(AreaId(row.area_to))
    if area is None or area.capacity is None:
        return presence
    people = {AreaId(row.area_to): area.capacity}
    return Presence(presence.locked_down, presence.stays, presence.balances, presence.paid, people)


def as_it_was_typed(asked: AccessRequest, policy: InMemoryPolicy, row: Passage) -> AccessRequest:
    """Return the question with what only the unit saw: which PIN was typed, if any.

    A unit tells no digit of it, only what came of it.
    """
    if row.reason == Reason.PIN_EXPECTED.value:
        return asked
    if row.reason == Reason.PIN_WRONG.value:
        return replace(asked, pins=(PinDigest("-"),))
    return replace(proving(asked, policy), pin_blocked=row.reason == Reason.PIN_BLOCKED.value)


def now(facts: Mapping[str, Any], lockdowns: Mapping[str, str]) -> Presence:
    """Return a site's moving facts as units are told them; what cannot be read is left out."""
    stays: dict[HolderId, Stay] = {}
    balances: dict[AccountId, Balance] = {}
    paid: dict[tuple[AccountId, HolderId], int] = {}
    people: dict[AreaId, int] = {}
    for key, value in facts.items():
        match key.split("/"):
            case ["stay", holder] if isinstance(value, dict):
                stays[HolderId(holder)] = Stay(AreaId(value["area"]), value["since"])
            case ["balance", account] if isinstance(value, dict):
                balances[AccountId(account)] = Balance(value["left"], value.get("window"))
            case ["paid", account, holder] if isinstance(value, int):
                paid[AccountId(account), HolderId(holder)] = value
            case ["people", area] if isinstance(value, int):
                people[AreaId(area)] = value
    locked = {DoorId(door): LockdownId(each) for door, each in lockdowns.items()}
    return Presence(locked, stays, balances, paid, people)


def accounts_of(policy: InMemoryPolicy, holder: HolderRecord) -> set[AccountId]:
    """Return the accounts from which a holder's rights take passes."""
    found = set()
    for right in holder.rights or ():
        rule = policy.rule(right.rule)
        if rule is not None and rule.passes is not None:
            found.add(passes.account_of(holder, right))
    for name in holder.rules:
        rule = policy.rule(name)
        if rule is not None and rule.passes is not None:
            found.add(passes.account_of(holder, None))
    return found


async def _balances(
    session: AsyncSession, accounts: Iterable[AccountId], at_ms: int
) -> dict[AccountId, Balance]:
    found = {}
    for account in sorted(accounts):
        left = await left_at(session, account, at_ms // 1000)
        if left is not None:
            found[account] = left
    return found
