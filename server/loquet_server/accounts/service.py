"""Accounts for the rest of the house: open one, put passes in, give one back, ask what is left.

Functions that change something return the moving facts that changed, for ``moving.tell``.
"""

from collections.abc import Iterable
from typing import Any

from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import Session

from loquet_contract.access.presence import Balance
from loquet_server.accounts import booking
from loquet_server.accounts.booking import balance_at, balance_change, balance_now
from loquet_server.accounts.repository import AccountsRepository
from loquet_server.models import PassPurchase, PassUse


async def left_at(session: AsyncSession, account: str, utc: int) -> Balance | None:
    """Return what was left in an account at an instant (UTC seconds); None without account."""
    return await session.run_sync(_left_at, account, utc * 1000)


async def balances(
    session: AsyncSession, accounts: Iterable[str], now_ms: int
) -> dict[str, Balance]:
    """Return what is left in each of these accounts."""
    return await session.run_sync(_balances, list(accounts), now_ms)


async def balance_changes(
    session: AsyncSession, accounts: Iterable[str], now_ms: int
) -> dict[str, Any]:
    """Return the moving facts of these accounts as they stand now."""
    return await session.run_sync(_changes, list(accounts), now_ms)


async def own_account(session: AsyncSession, site: str, plan: str, holder: str, now_ms: int) -> str:
    """Return a holder's own account of a plan, made if need be."""
    return await session.run_sync(_own, site, plan, holder, now_ms)


async def shared_account(
    session: AsyncSession, site: str, plan: str, organisation: str, now_ms: int
) -> str:
    """Make an account of a plan that an organisation's people share; return its id."""
    return await session.run_sync(
        lambda found: AccountsRepository(found).open(
            site, plan, now_ms, holder=None, organisation=organisation
        )
    )


async def give_accounts(session: AsyncSession, plan: str, now_ms: int) -> None:
    """Give an account to each subscription of a plan that now counts passes."""
    await session.run_sync(_give_accounts, plan, now_ms)


async def plan_changes(session: AsyncSession, plan: str, now_ms: int) -> dict[str, Any]:
    """Return the moving facts of all accounts of a plan as they stand now."""

    def found(plain: Session) -> dict[str, Any]:
        return _changes(plain, AccountsRepository(plain).accounts_of_plan(plan), now_ms)

    return await session.run_sync(found)


async def put_in(session: AsyncSession, purchase: PassPurchase) -> dict[str, Any]:
    """Put passes into an account (or take some out)."""
    return await session.run_sync(_put_in, purchase)


async def give_back(session: AsyncSession, use: PassUse) -> dict[str, Any]:
    """Give a refunded pass back to its account; the period stays paid for."""
    return await session.run_sync(_give_back, use)


def _left_at(session: Session, account: str, at_ms: int) -> Balance | None:
    repository = AccountsRepository(session)
    found = repository.accounts([account]).get(account)
    return None if found is None else balance_at(repository, found, at_ms)


def _balances(session: Session, accounts: list[str], now_ms: int) -> dict[str, Balance]:
    repository, found = AccountsRepository(session), dict[str, Balance]()
    for account in repository.accounts(accounts).values():
        fresh = Balance(account.opening)
        found[account.id] = balance_now(repository, account, now_ms) or fresh
    return found


def _changes(session: Session, accounts: list[str], now_ms: int) -> dict[str, Any]:
    repository, found = AccountsRepository(session), dict[str, Any]()
    for account in repository.accounts(accounts).values():
        found |= balance_change(repository, account, now_ms)
    return found


def _own(session: Session, site: str, plan: str, holder: str, now_ms: int) -> str:
    repository = AccountsRepository(session)
    known = repository.own(plan, holder)
    return known or repository.open(site, plan, now_ms, holder=holder, organisation=None)


def _give_accounts(session: Session, plan: str, now_ms: int) -> None:
    for each in AccountsRepository(session).uncounted(plan):
        each.account = _own(session, each.site, plan, each.holder, now_ms)
    session.flush()


def _put_in(session: Session, purchase: PassPurchase) -> dict[str, Any]:
    repository = AccountsRepository(session)
    account = repository.accounts([purchase.account], lock=True)[purchase.account]
    repository.add_purchase(purchase)
    return balance_change(repository, account, purchase.at)


def _give_back(session: Session, use: PassUse) -> dict[str, Any]:
    repository = AccountsRepository(session)
    account = repository.accounts([use.account], lock=True)[use.account]
    assert use.refunded_at is not None
    booking.settle(repository, account, account.span(use.period), use.at)
    return balance_change(repository, account, use.refunded_at)
