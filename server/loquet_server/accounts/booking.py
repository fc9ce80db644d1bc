"""Passes taken at doors, into the ledger: each once, whoever told of it and however late."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy.orm import Session

from loquet_contract.access.presence import Balance
from loquet_server.accounts.ledger import Conflict, Taking, left, settled
from loquet_server.accounts.repository import Account, AccountsRepository, Span
from loquet_server.days import LAST_MS
from loquet_server.models import PassUse

LONGEST_PERIOD = 2 * 86_400
"""Seconds: a day and its cut-off hour, with room for any time zone's odd nights."""


@dataclass(slots=True)
class Booked:
    """What became of takings: moving facts that changed, by site, and who is a stranger."""

    changes: dict[str, dict[str, Any]] = field(default_factory=dict)
    strangers: list[Taking] = field(default_factory=list)
    """Takings of accounts or holders that the unit's site does not have, or of odd periods."""


def consume(session: Session, takings: Sequence[Taking], now_ms: int) -> Booked:
    """Book passes that were taken; the same taking told again changes nothing."""
    repository, booked = AccountsRepository(session), Booked()
    if not takings:
        return booked
    accounts = repository.accounts({each.account for each in takings}, lock=True)
    by_account: dict[str, list[Taking]] = {}
    for each in takings:
        account = accounts.get(each.account)
        if account is None or account.site != each.site or not _is_near(each):
            booked.strangers.append(each)
        else:
            by_account.setdefault(each.account, []).append(each)
    for name, found in sorted(by_account.items()):
        account = accounts[name]
        known = repository.holders(account.site, {each.holder for each in found})
        booked.strangers += [each for each in found if each.holder not in known]
        good = [each for each in found if each.holder in known]
        changes = booked.changes.setdefault(account.site, {})
        changes |= _book(repository, account, good, now_ms)
    return booked


def _is_near(taking: Taking) -> bool:
    """True if the period is one that the taking can have fallen into."""
    return abs(taking.at // 1000 - taking.period) <= LONGEST_PERIOD


def _book(
    repository: AccountsRepository, account: Account, takings: list[Taking], now_ms: int
) -> dict[str, Any]:
    holders = {each.holder for each in takings}
    known = repository.uses_for(account.id, holders, {each.period for each in takings})
    new, touched = list[PassUse](), list[PassUse]()
    for taking in sorted(takings, key=lambda each: each.at):
        row = known.get((taking.holder, taking.period))
        if row is None:
            row = known[taking.holder, taking.period] = _use(account, taking)
            repository.add_use(row)
            new.append(row)
        else:
            _repeat(row, taking)
        touched.append(row)
    repository.flush()
    fresh = [row.id for row in new]
    since: dict[Span, int] = {}
    for row in touched:
        span = account.span(row.period)
        since[span] = min(since.get(span, row.at), row.at)
    for span, at in since.items():
        settle(repository, account, span, at, fresh)
    return balance_change(repository, account, now_ms) | paid_changes(repository, account, holders)


def _use(account: Account, taking: Taking) -> PassUse:
    clockwork = account.clockwork
    half = clockwork.half(taking.period) if account.counts == "half_day" else None
    return PassUse(
        account=account.id, holder=taking.holder, period=taking.period,
        day=clockwork.date_of(taking.period).isoformat(), half=half, billed=taking.billed,
        at=taking.at, unit=taking.unit,
    )  # fmt: skip


def _repeat(row: PassUse, taking: Taking) -> None:
    """Note that a pass which is taken already was accepted once more."""
    if row.unit is not None and row.unit != taking.unit:
        row.conflict = row.conflict or Conflict.TWICE.value
    if taking.at < row.at:  # whoever came first has paid
        row.at, row.unit = taking.at, taking.unit


def settle(
    repository: AccountsRepository,
    account: Account,
    span: Span,
    since: int,
    fresh: Sequence[int] = (),
) -> None:
    """Count a window of an account anew from ``since`` (UTC milliseconds) on."""
    repository.flush()
    if account.counts is None:
        return
    purchases, uses = repository.purchases(account.id, span), repository.uses(account.id, span)
    changed = settled(
        account.opening, purchases, uses, bills=account.bills, fresh=fresh, since=since
    )
    repository.stand(changed)


def balance_at(repository: AccountsRepository, account: Account, at_ms: int) -> Balance:
    """Return what was left at an instant (UTC milliseconds), by what had happened until then."""
    span = account.span(at_ms // 1000)
    purchases, uses = repository.purchases(account.id, span), repository.uses(account.id, span)
    found = left(account.opening, purchases, uses, at_ms)
    return Balance(found, None if span is None else span[0])


def balance_now(repository: AccountsRepository, account: Account, now_ms: int) -> Balance | None:
    """Return what is left, also of what a clock that is ahead has dated; None if untouched."""
    span = account.span(now_ms // 1000)
    purchases, uses = repository.purchases(account.id, span), repository.uses(account.id, span)
    if not (purchases or uses):
        return None
    found = left(account.opening, purchases, uses, LAST_MS)
    return Balance(found, None if span is None else span[0])


def balance_change(repository: AccountsRepository, account: Account, now_ms: int) -> dict[str, Any]:
    """Return the moving fact of an account; None where units know by themselves."""
    found = None if account.counts is None else balance_now(repository, account, now_ms)
    told = None if found is None else {"left": found.left, "window": found.window}
    return {f"balance/{account.id}": told}


def paid_changes(
    repository: AccountsRepository, account: Account, holders: Iterable[str]
) -> dict[str, Any]:
    """Return the moving facts of what holders have paid for."""
    found = repository.paid(account.id, holders)
    return {f"paid/{account.id}/{holder}": period for holder, period in found.items()}
