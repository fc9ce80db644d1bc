"""Plans are given, prolonged and ended; each change goes to the doors at once."""

from datetime import date, timedelta

from loquet_server.accounts import service as accounts
from loquet_server.errors import NotFound
from loquet_server.models import Action, Holder, Plan, Subscription
from loquet_server.office import Office, Transaction
from loquet_server.people.changes import new_id, note, put_passes, tell_doors
from loquet_server.people.refusals import DoesNotFit, InTheWay
from loquet_server.subscriptions.repository import SubscriptionRepository
from loquet_server.subscriptions.schemas import SubscriptionIn, Terms
from loquet_server.web.i18n import N_
from loquet_server.who import Actor, own

NO_MEMBER = N_("There is no such member here.")
ARCHIVED = N_("This member was archived; bring them back first.")
NO_PLAN = N_("There is no such plan here.")
PUT_AWAY = N_("This plan is not offered any more.")
NO_ACCOUNT = N_("There is no such account of this plan for this member.")
WEEKDAYS = N_("Choose the weekdays: this plan is for fixed days.")
USED = N_("Passes were used by it: end it instead.")


class SubscriptionService:
    """Changes of one transaction, by one actor."""

    def __init__(self, office: Office, transaction: Transaction, actor: Actor) -> None:
        self._office = office
        self._transaction = transaction
        self._actor = actor
        self._repository = SubscriptionRepository(transaction.session)

    async def give(self, given: SubscriptionIn, passes: int = 0, paid: str = "") -> Subscription:
        """Give a plan to a member, with so many passes; raise Invalid."""
        session, now = self._transaction.session, self._office.now_ms()
        holder, plan = await self._checked(given)
        account = given.account
        if plan.counts is None:
            account = None
        elif account is None:
            account = await accounts.own_account(session, plan.site, plan.id, holder.id, now)
        row = Subscription(
            id=new_id("s"), site=plan.site, holder=holder.id, plan=plan.id, account=account,
            created_at=now,
        )  # fmt: skip
        _write(row, given)
        self._repository.add(row)
        await self._changed(row, Action.SUBSCRIPTION_CREATED)
        if account is not None and passes:
            await put_passes(
                self._office, self._transaction, self._actor, Action.PASSES_SOLD, account,
                row.site, passes, price=paid,
            )  # fmt: skip
        return row

    async def change(self, row: Subscription, given: Terms) -> None:
        """Change days, weekdays, grace or price."""
        plan = await self._repository.plan(row.plan)
        assert plan is not None
        _check_weekdays(plan, given)
        _write(row, given)
        await self._changed(row, Action.SUBSCRIPTION_CHANGED)

    async def end(self, row: Subscription, ends_on: date) -> None:
        """End a subscription with a day; one that was to begin later ends before it begins."""
        first = date.fromisoformat(row.starts_on)
        row.ends_on = max(ends_on, first - timedelta(1)).isoformat()
        row.grace_days = 0
        await self._changed(row, Action.SUBSCRIPTION_ENDED)

    async def delete(self, row: Subscription) -> None:
        """Delete what was given by mistake; raise Conflict once a pass was used by it."""
        if row.account is not None and await self._repository.uses(row):
            raise InTheWay("", USED)
        await self._repository.drop(row)
        await self._changed(row, Action.SUBSCRIPTION_DELETED)

    async def of(self, subscription: str) -> Subscription:
        """Return one subscription; raise NotFound, also for another site's."""
        return await subscription_of(self._repository, self._actor, subscription)

    async def _checked(self, given: SubscriptionIn) -> tuple[Holder, Plan]:
        holder = await self._repository.holder(given.holder)
        if holder is None or not self._actor.sees(holder.site):
            raise DoesNotFit("holder", NO_MEMBER)
        if holder.archived_at is not None:
            raise DoesNotFit("holder", ARCHIVED)
        plan = await self._repository.plan(given.plan)
        if plan is None or plan.site != holder.site:
            raise DoesNotFit("plan", NO_PLAN)
        if plan.archived_at is not None:
            raise DoesNotFit("plan", PUT_AWAY)
        _check_weekdays(plan, given)
        if given.account is not None:
            account = await self._repository.account(given.account)
            theirs = account is not None and (
                account.holder == holder.id
                or (
                    account.organisation is not None and account.organisation == holder.organisation
                )
            )
            if account is None or account.plan != plan.id or not theirs:
                raise DoesNotFit("account", NO_ACCOUNT)
        return holder, plan

    async def _changed(self, row: Subscription, action: Action) -> None:
        note(self._office, self._transaction, self._actor, action, row.id, row.site)
        await tell_doors(self._office, self._transaction, row.site, [row.holder])


async def subscription_of(
    repository: SubscriptionRepository, actor: Actor, subscription: str
) -> Subscription:
    """Return one subscription; raise NotFound, also for another site's."""
    row = await repository.one(subscription)
    if row is None:
        raise NotFound(f"there is no subscription {subscription!r}")
    own(actor, row.site, f"subscription {subscription!r}")
    return row


def _check_weekdays(plan: Plan, given: Terms) -> None:
    if plan.kind == "weekdays" and not given.weekdays:
        raise DoesNotFit("weekdays", WEEKDAYS)


def _write(row: Subscription, given: Terms) -> None:
    row.starts_on = given.starts_on.isoformat()
    row.ends_on = None if given.ends_on is None else given.ends_on.isoformat()
    row.grace_days, row.weekdays, row.price = given.grace_days, given.weekdays, given.price
