"""What this unit saw itself and the server has not told yet: passes taken, stays, people.

It lies over what the server told last, and each piece goes once the server's word covers it.
Pure: rows in, rows out; whoever keeps them is ``moving``. A row's key is
``spent/ACCOUNT/HOLDER/PERIOD`` or ``stay/HOLDER``.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from loquet_contract.access.presence import Balance, Stay
from loquet_contract.ids import AccountId, AreaId, HolderId

LATE_SECONDS = 60
"""That a stay ended may be told so much after an entry that it does not mean."""
SETTLED_SECONDS = 600.0
"""After this long, with all facts acknowledged, the server knows, whatever it made of them."""
MOST_STEPS = 1000

Rows = dict[str, Any]
"""Rows to keep; None for those that are no more."""


@dataclass(frozen=True, slots=True)
class Spent:
    """A pass that was taken here, for the period that began at ``period`` (UTC seconds).

    ``fresh`` is how many passes the window that began at ``window`` brought, where it is windows
    that bring them; ``noted`` is in monotonic seconds. One that is ``billed`` was not there.
    """

    account: AccountId
    holder: HolderId
    period: int
    window: int | None
    fresh: int
    billed: bool
    noted: float = 0.0

    @property
    def key(self) -> str:
        return f"spent/{self.account}/{self.holder}/{self.period}"


class _Account:
    """What was taken from one account: by holder and period, and how many in each window."""

    def __init__(self) -> None:
        self.spent: dict[HolderId, dict[int, Spent]] = {}
        self.taken: dict[int | None, list[int]] = {}
        """For each window (None: bought passes) how many it brought, and how many are taken."""

    def add(self, spent: Spent) -> None:
        mine = self.spent.setdefault(spent.holder, {})
        if spent.period in mine:
            return
        mine[spent.period] = spent
        if not spent.billed:
            window = self.taken.setdefault(spent.window, [spent.fresh, 0])
            window[0] = max(window[0], spent.fresh)
            window[1] += 1

    def drop(self, spent: Spent) -> None:
        mine = self.spent[spent.holder]
        del mine[spent.period]
        if not mine:
            del self.spent[spent.holder]
        if not spent.billed:
            window = self.taken[spent.window]
            window[1] -= 1
            if not window[1]:
                del self.taken[spent.window]

    def balance(self, told: Balance | None) -> Balance | None:
        """Return what is left over what was told."""
        if not self.taken:
            return told
        newest = max((each for each in self.taken if each is not None), default=None)
        if newest is None:
            left, window = (0, None) if told is None else (told.left, told.window)
            return Balance(max(0, left - self.taken[None][1]), window)
        if told is not None and told.window is not None and told.window >= newest:
            left, window = told.left, told.window
        else:
            left, window = self.taken[newest][0], newest
        taken = self.taken[window][1] if window in self.taken else 0
        return Balance(max(0, left - taken), window)


class Unconfirmed:
    """The unit's own facts; each method that changes them returns the rows to keep."""

    def __init__(self) -> None:
        self._accounts: dict[AccountId, _Account] = {}
        self._stays: dict[HolderId, tuple[Stay, float]] = {}
        self._steps: dict[AreaId, list[tuple[float, int]]] = {}

    def recall(self, rows: Iterator[tuple[str, Any]], now: float) -> None:
        """Take in the rows that were kept; what is no such row is left out."""
        for key, value in rows:
            kind, *names = key.split("/")
            try:
                if kind == "spent":
                    account, holder, period = names
                    window, fresh, billed = value
                    self._add(
                        Spent(
                            AccountId(account), HolderId(holder), int(period), window,
                            int(fresh), bool(billed), now,
                        )
                    )  # fmt: skip
                elif kind == "stay":
                    area, since = value
                    self._stays[HolderId(names[0])] = Stay(AreaId(area), int(since)), now
            except (ValueError, TypeError, IndexError):
                continue

    def forget(self) -> Rows:
        """Forget everything."""
        rows: Rows = {each.key: None for each in self._all()}
        rows |= {f"stay/{holder}": None for holder in self._stays}
        self._accounts, self._stays, self._steps = {}, {}, {}
        return rows

    def rows(self) -> Rows:
        """Return all that is to be kept."""
        found: Rows = {each.key: [each.window, each.fresh, each.billed] for each in self._all()}
        stays = ((holder, stay) for holder, (stay, _) in self._stays.items())
        return found | {f"stay/{holder}": [stay.area, stay.since] for holder, stay in stays}

    # ---- what was seen --------------------------------------------------------------------

    def spend(self, spent: Spent) -> Rows:
        """A pass was taken; the same one twice is one."""
        self._add(spent)
        return {spent.key: [spent.window, spent.fresh, spent.billed]}

    def stay(self, holder: HolderId, stay: Stay, noted: float) -> Rows:
        """Somebody went through to an area."""
        self._stays[holder] = stay, noted
        return {f"stay/{holder}": [stay.area, stay.since]}

    def step(self, area: AreaId, people: int, utc: float) -> None:
        """An area has so many more people; the estimate of a moment, never kept."""
        steps = self._steps.setdefault(area, [])
        steps.append((utc, people))
        del steps[:-MOST_STEPS]

    # ---- over what was told ---------------------------------------------------------------

    def balance(self, account: AccountId, told: Balance | None) -> Balance | None:
        """Return what is left in an account."""
        own = self._accounts.get(account)
        return told if own is None else own.balance(told)

    def paid(self, account: AccountId, holder: HolderId, told: int | None) -> int | None:
        """Return the start of the latest period that is paid for."""
        own = self._accounts.get(account)
        mine = None if own is None else own.spent.get(holder)
        if mine is None:
            return told
        return max(mine) if told is None else max(told, *mine)

    def where(self, holder: HolderId, told: Stay | None) -> Stay | None:
        """Return where a holder went last."""
        mine = self._stays.get(holder)
        if mine is None or (told is not None and told.since > mine[0].since):
            return told
        return mine[0]

    def people(self, area: AreaId, told: int | None) -> int | None:
        """Return how many are in an area, where that is told at all."""
        if told is None:
            return None
        return max(0, told + sum(people for _, people in self._steps.get(area, ())))

    # ---- what the server's word covers ----------------------------------------------------

    def heard(self, told: Mapping[str, Any], created: int) -> Rows:
        """Let go of what ``told`` covers: rows as ``moving`` keeps them, None for what is gone."""
        rows: Rows = {}
        for key, value in told.items():
            kind, *names = key.split("/")
            if kind == "paid" and value is not None:
                rows |= self._confirm(AccountId(names[0]), HolderId(names[1]), value)
            elif kind == "stay":
                since = created - LATE_SECONDS if value is None else value[1]
                rows |= self._arrived(HolderId(names[0]), since)
            elif kind == "people":
                area = AreaId(names[0])
                steps = self._steps.pop(area, [])
                if later := [each for each in steps if each[0] > created]:
                    self._steps[area] = later
        return rows

    def asked(self) -> Iterator[str]:
        """Give the key of each word of the server that would cover something here."""
        for each in self._all():
            yield f"paid/{each.account}/{each.holder}"
        for holder in self._stays:
            yield f"stay/{holder}"
        for area in self._steps:
            yield f"people/{area}"

    def settle(self, now: float) -> Rows:
        """Let go of what is so old that the server has decided otherwise about it."""
        rows: Rows = {}
        for each in self._all():
            if each.noted <= now - SETTLED_SECONDS:
                rows |= self._drop(each)
        for holder, (_, noted) in list(self._stays.items()):
            if noted <= now - SETTLED_SECONDS:
                del self._stays[holder]
                rows[f"stay/{holder}"] = None
        return rows

    def _all(self) -> list[Spent]:
        holders = (mine for own in self._accounts.values() for mine in own.spent.values())
        return [each for mine in holders for each in mine.values()]

    def _add(self, spent: Spent) -> None:
        self._accounts.setdefault(spent.account, _Account()).add(spent)

    def _drop(self, spent: Spent) -> Rows:
        account = self._accounts[spent.account]
        account.drop(spent)
        if not account.spent:
            del self._accounts[spent.account]
        return {spent.key: None}

    def _confirm(self, account: AccountId, holder: HolderId, period: int) -> Rows:
        own, rows = self._accounts.get(account), Rows()
        mine = {} if own is None else own.spent.get(holder, {})
        for each in [each for each in mine.values() if each.period <= period]:
            rows |= self._drop(each)
        return rows

    def _arrived(self, holder: HolderId, since: int) -> Rows:
        mine = self._stays.get(holder)
        if mine is None or mine[0].since > since:
            return {}
        del self._stays[holder]
        return {f"stay/{holder}": None}
