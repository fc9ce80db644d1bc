"""Passes are sold, corrected and given back; doors hear at once what is left."""

from loquet_server.accounts import service as accounts
from loquet_server.errors import NotFound
from loquet_server.models import Action, PassAccount, PassPurchase, PassUse
from loquet_server.office import Office, Transaction
from loquet_server.passes.repository import PassRepository
from loquet_server.passes.schemas import AccountIn
from loquet_server.people.changes import note, put_passes, tell_balances
from loquet_server.people.refusals import DoesNotFit, InTheWay
from loquet_server.web.i18n import N_
from loquet_server.who import Actor, own

REFUNDED = N_("This pass was given back already.")
NO_ORGANISATION = N_("There is no such organisation here.")
NOT_COUNTING = N_("This plan counts no passes.")


class PassService:
    """Changes of one transaction, by one actor."""

    def __init__(self, office: Office, transaction: Transaction, actor: Actor) -> None:
        self._office = office
        self._transaction = transaction
        self._actor = actor
        self._repository = PassRepository(transaction.session)

    async def account(self, account: str) -> PassAccount:
        """Return one account; raise NotFound, also for another site's."""
        return await account_of(self._repository, self._actor, account)

    async def open(self, given: AccountIn) -> str:
        """Open an account that an organisation's people share; return its id."""
        session, now = self._transaction.session, self._office.now_ms()
        organisation = await self._repository.organisation(given.organisation)
        if organisation is None or not self._actor.sees(organisation.site):
            raise DoesNotFit("organisation", NO_ORGANISATION)
        plan = await self._repository.plan(given.plan)
        if plan is None or plan.site != organisation.site or plan.counts is None:
            raise DoesNotFit("plan", NOT_COUNTING)
        name = await accounts.shared_account(session, plan.site, plan.id, organisation.id, now)
        note(self._office, self._transaction, self._actor, Action.ACCOUNT_CREATED, name, plan.site)
        return name

    async def sell(self, account: PassAccount, amount: int, price: str) -> PassPurchase:
        """Put passes into an account that were sold or given."""
        return await put_passes(
            self._office, self._transaction, self._actor, Action.PASSES_SOLD, account.id,
            account.site, amount, price=price,
        )  # fmt: skip

    async def correct(self, account: PassAccount, amount: int, reason: str) -> PassPurchase:
        """Add passes or take some away by hand."""
        return await put_passes(
            self._office, self._transaction, self._actor, Action.PASSES_CORRECTED, account.id,
            account.site, amount, reason=reason,
        )  # fmt: skip

    async def refund(self, use: int, reason: str) -> PassUse:
        """Give a pass back; the day stays paid for. Raise NotFound, or Conflict if it was."""
        session, now = self._transaction.session, self._office.now_ms()
        row = await self._repository.use(use)
        if row is None:
            raise NotFound(f"there is no use {use} of a pass")
        account = await self._repository.account(row.account)
        assert account is not None
        own(self._actor, account.site, f"use {use} of a pass")
        if row.refunded_at is not None:
            raise InTheWay("", REFUNDED)
        row.refunded_at, row.refunded_by, row.refund_reason = now, self._actor.name[:200], reason
        await session.flush()
        changes = await accounts.give_back(session, row)
        note(
            self._office, self._transaction, self._actor, Action.PASS_REFUNDED, str(use),
            account.site, reason=reason, detail={"holder": row.holder},
        )  # fmt: skip
        await tell_balances(self._office, self._transaction, account.site, changes)
        return row


async def account_of(repository: PassRepository, actor: Actor, account: str) -> PassAccount:
    """Return one account; raise NotFound, also for another site's."""
    row = await repository.account(account)
    if row is None:
        raise NotFound(f"there is no account {account!r}")
    own(actor, row.site, f"account {account!r}")
    return row
