"""Subscriptions over the API."""

from typing import Annotated

from fastapi import APIRouter

from loquet_server.office import OfficeDep, ReadingDep, TransactionDep
from loquet_server.paging import PageDep
from loquet_server.subscriptions.repository import SubscriptionRepository
from loquet_server.subscriptions.schemas import Ending, SubscriptionIn, SubscriptionOut, Terms
from loquet_server.subscriptions.service import SubscriptionService, subscription_of
from loquet_server.timetable.names import Key, KeyQuery
from loquet_server.web.rooms import within
from loquet_server.who import Actor, Permission, needs

router = APIRouter(prefix="/api/v1", tags=["subscriptions"])

Reader = Annotated[Actor, needs(Permission.MEMBERS_READ)]
Writer = Annotated[Actor, needs(Permission.MEMBERS_WRITE)]


@router.get("/subscriptions")
async def list_subscriptions(
    session: ReadingDep,
    actor: Reader,
    page: PageDep,
    site: KeyQuery = None,
    holder: KeyQuery = None,
    plan: KeyQuery = None,
) -> list[SubscriptionOut]:
    """Return subscriptions by id."""
    rows = await SubscriptionRepository(session).all(
        within(actor, site), holder=holder, plan=plan, limit=page.rows, after=page.after
    )
    return [SubscriptionOut.model_validate(row) for row in page.of(rows, lambda row: row.id)]


@router.post("/subscriptions", status_code=201)
async def give_plan(
    given: SubscriptionIn, office: OfficeDep, transaction: TransactionDep, actor: Writer
) -> SubscriptionOut:
    """Give a plan to a member."""
    row = await SubscriptionService(office, transaction, actor).give(given)
    return SubscriptionOut.model_validate(row)


@router.get("/subscriptions/{subscription}")
async def show_subscription(
    subscription: Key, session: ReadingDep, actor: Reader
) -> SubscriptionOut:
    """Return one subscription."""
    row = await subscription_of(SubscriptionRepository(session), actor, subscription)
    return SubscriptionOut.model_validate(row)


@router.put("/subscriptions/{subscription}")
async def change_subscription(
    subscription: Key,
    given: Terms,
    office: OfficeDep,
    transaction: TransactionDep,
    actor: Writer,
) -> SubscriptionOut:
    """Change days, weekdays, grace or price."""
    service = SubscriptionService(office, transaction, actor)
    row = await service.of(subscription)
    await service.change(row, given)
    return SubscriptionOut.model_validate(row)


@router.post("/subscriptions/{subscription}/end")
async def end_subscription(
    subscription: Key,
    given: Ending,
    office: OfficeDep,
    transaction: TransactionDep,
    actor: Writer,
) -> SubscriptionOut:
    """End a subscription with a day, without grace."""
    service = SubscriptionService(office, transaction, actor)
    row = await service.of(subscription)
    await service.end(row, given.ends_on)
    return SubscriptionOut.model_validate(row)


@router.delete("/subscriptions/{subscription}", status_code=204)
async def delete_subscription(
    subscription: Key, office: OfficeDep, transaction: TransactionDep, actor: Writer
) -> None:
    """Delete what was given by mistake, as long as no pass was used by it."""
    service = SubscriptionService(office, transaction, actor)
    await service.delete(await service.of(subscription))
