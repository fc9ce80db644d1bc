"""What the ledger asks the database; plain, blocking code within one transaction."""

import secrets
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Select, func, select, update
from sqlalchemy.orm import Session

from loquet_server.accounts.ledger import Purchase, Use
from loquet_server.accounts.windows import Clockwork
from loquet_server.models import (
    Holder,
    PassAccount,
    PassPurchase,
    PassUse,
    Plan,
    Site,
    Subscription,
)


@dataclass(frozen=True, slots=True)
class Account:
    """An account and the terms of its plan. ``window`` None: its passes are bought."""

    clockwork: Clockwork
    id: str
    site: str
    plan: str
    holder: str | None
    organisation: str | None
    counts: str | None
    allowance: int | None
    window: str | None
    when_empty: str

    @property
    def bills(self) -> bool:
        """True if a use for which no pass is left is to be billed."""
        return self.when_empty == "bill"

    @property
    def opening(self) -> int:
        """Passes that each window brings."""
        return (self.allowance or 0) if self.window is not None else 0

    def span(self, utc: int) -> tuple[int, int] | None:
        """Return the window around an instant (UTC seconds); None where nothing ever lapses."""
        return None if self.window is None else self.clockwork.window(self.window, utc)


Span = tuple[int, int] | None


class AccountsRepository:
    """Queries of one transaction."""

    def __init__(self, session: Session) -> None:
        self._session = session

    # ---- accounts ------------------------------------------------------------------------

    def accounts(self, ids: Iterable[str], *, lock: bool = False) -> dict[str, Account]:
        """Return accounts by id; ``lock``: nobody else counts in them meanwhile."""
        query = _ACCOUNTS.where(PassAccount.id.in_(sorted(ids))).order_by(PassAccount.id)
        if lock:
            query = query.with_for_update(of=PassAccount)
        rows = self._session.execute(query).all()
        return {row.id: Account(Clockwork(*row[:3]), *row[3:]) for row in rows}

    def accounts_of_plan(self, plan: str) -> list[str]:
        """Return the ids of a plan's accounts."""
        query = select(PassAccount.id).where(PassAccount.plan == plan).order_by(PassAccount.id)
        return list(self._session.execute(query).scalars())

    def own(self, plan: str, holder: str) -> str | None:
        """Return a holder's own account of a plan."""
        query = select(PassAccount.id).where(PassAccount.plan == plan, PassAccount.holder == holder)
        found = self._session.execute(query.order_by(PassAccount.created_at, PassAccount.id))
        return found.scalars().first()

    def open(
        self, site: str, plan: str, now_ms: int, *, holder: str | None, organisation: str | None
    ) -> str:
        """Make a new account, a holder's own or an organisation's; return its id."""
        name = f"a{secrets.token_hex(8)}"
        self._session.add(
            PassAccount(
                id=name, site=site, plan=plan, holder=holder, organisation=organisation,
                created_at=now_ms,
            )
        )  # fmt: skip
        self._session.flush()
        return name

    def uncounted(self, plan: str) -> Sequence[Subscription]:
        """Return a plan's subscriptions that have no account."""
        query = select(Subscription).where(
            Subscription.plan == plan, Subscription.account.is_(None)
        )
        return list(self._session.execute(query.order_by(Subscription.id)).scalars())

    def holders(self, site: str, ids: Iterable[str]) -> set[str]:
        """Return those of these holders that are of this site."""
        query = select(Holder.id).where(Holder.site == site, Holder.id.in_(sorted(ids)))
        return set(self._session.execute(query).scalars())

    # ---- what happened -------------------------------------------------------------------

    def purchases(self, account: str, span: Span) -> list[Purchase]:
        """Return what was bought, given or corrected, within a window or ever."""
        query = select(PassPurchase.at, PassPurchase.amount).where(PassPurchase.account == account)
        if span is not None:
            start, end = span
            query = query.where(PassPurchase.at >= start * 1000, PassPurchase.at < end * 1000)
        query = query.order_by(PassPurchase.at, PassPurchase.id)
        return [Purchase(at, amount) for at, amount in self._session.execute(query)]

    def uses(self, account: str, span: Span) -> list[Use]:
        """Return the uses for periods within a window, or all."""
        query = select(
            PassUse.id, PassUse.at, PassUse.billed, PassUse.conflict, PassUse.refunded_at
        ).where(PassUse.account == account)
        if span is not None:
            query = query.where(PassUse.period >= span[0], PassUse.period < span[1])
        return [Use(*row) for row in self._session.execute(query.order_by(PassUse.at, PassUse.id))]

    def uses_for(
        self, account: str, holders: Iterable[str], periods: Iterable[int]
    ) -> dict[tuple[str, int], PassUse]:
        """Return the uses that paid for these holders' periods, and perhaps others."""
        query = select(PassUse).where(
            PassUse.account == account,
            PassUse.holder.in_(sorted(set(holders))),
            PassUse.period.in_(sorted(set(periods))),
        )
        found = self._session.execute(query.execution_options(populate_existing=True)).scalars()
        return {(row.holder, row.period): row for row in found}

    def add_use(self, row: PassUse) -> None:
        """Store a use; its account must be locked."""
        self._session.add(row)

    def stand(self, uses: Iterable[Use]) -> None:
        """Write how these uses stand now."""
        for use in uses:
            changed = update(PassUse).where(PassUse.id == use.key)
            changed = changed.values(billed=use.billed, conflict=use.conflict)
            self._session.execute(changed.execution_options(synchronize_session="fetch"))

    def add_purchase(self, row: PassPurchase) -> None:
        """Store passes bought, given or corrected."""
        self._session.add(row)
        self._session.flush()

    def paid(self, account: str, holders: Iterable[str]) -> dict[str, int]:
        """Return the start of the latest period that each holder has paid for."""
        query = (
            select(PassUse.holder, func.max(PassUse.period))
            .where(PassUse.account == account, PassUse.holder.in_(sorted(holders)))
            .group_by(PassUse.holder)
        )
        return {holder: period for holder, period in self._session.execute(query)}  # noqa: C416

    def flush(self) -> None:
        """Let the database see what was changed so far."""
        self._session.flush()


_ACCOUNTS: Select[*tuple[Any, ...]] = (
    select(
        Site.timezone, Site.day_starts, Site.half_day_at, PassAccount.id, PassAccount.site,
        PassAccount.plan, PassAccount.holder, PassAccount.organisation, Plan.counts,
        Plan.allowance, Plan.window, Plan.when_empty,
    )
    .join(Plan, Plan.id == PassAccount.plan)
    .join(Site, Site.id == PassAccount.site)
)  # fmt: skip
