"""How passes are counted: one for each period that is paid for, in one account.

Used by ``decide`` and by whoever books what was used, so that both count alike.
"""

from loquet_contract.access.policy import HolderRecord, PassTerms, Policy, Right
from loquet_contract.access.presence import Balance, Presence
from loquet_contract.ids import AccountId, HolderId, PeriodId


def account_of(holder: HolderRecord, right: Right | None) -> AccountId:
    """Return where passes of this right are counted: named, or the holder's own."""
    if right is not None and right.account is not None:
        return right.account
    return AccountId(holder.holder)


def period_start(policy: Policy, period: PeriodId, utc: float) -> int | None:
    """Return the start of the accounting period around ``utc``; None if nobody can say."""
    found = policy.period(period)
    return None if found is None else found.start(utc)


def is_paid(presence: Presence, account: AccountId, holder: HolderId, start: int) -> bool:
    """True if the holder's pass for the period that began at ``start`` is taken already."""
    paid = presence.paid.get((account, holder))
    return paid is not None and paid >= start


def balance(
    terms: PassTerms, policy: Policy, presence: Presence, account: AccountId, utc: float
) -> Balance:
    """Return what is left at ``utc``; a new window brings its whole allowance."""
    known = presence.balances.get(account)
    if terms.window is None:
        return known or Balance(0)
    window = period_start(policy, terms.window, utc)
    if window is None:
        return Balance(0)
    if known is None or known.window is None or known.window < window:
        return Balance(terms.allowance or 0, window)
    return known
