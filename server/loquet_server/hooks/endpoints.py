"""Webhooks over the API."""

from typing import Annotated

from fastapi import APIRouter, Path

from loquet_server.hooks.catalogue import CHOICES, EVENTS
from loquet_server.hooks.outbox import iso
from loquet_server.hooks.repository import HookRepository
from loquet_server.hooks.schemas import DeliveryOut, EventOut, HookIn, HookMade, HookOut
from loquet_server.hooks.service import HookService, delivery_of, hook_of
from loquet_server.office import OfficeDep, ReadingDep, TransactionDep
from loquet_server.paging import PageDep
from loquet_server.timetable.names import Key, KeyQuery
from loquet_server.timetable.space import site_of
from loquet_server.web.rooms import within
from loquet_server.who import Actor, Permission, needs

router = APIRouter(prefix="/api/v1", tags=["webhooks"])
Writes = Annotated[Actor, needs(Permission.HOOKS_WRITE)]
Number = Annotated[int, Path(ge=1, le=2**53)]
_EXAMPLE_MS = 1_772_440_267_000
SHOWN = 100


@router.get("/hook-events")
async def list_events(actor: Writes) -> list[EventOut]:
    """Return what webhooks can be told of, with an example of each message."""
    return [
        EventOut(
            kind=kind,
            example={
                "type": kind, "timestamp": iso(_EXAMPLE_MS), "data": dict(EVENTS[kind].example),
            },
        )
        for kind in CHOICES
    ]  # fmt: skip


@router.get("/hooks")
async def list_hooks(
    actor: Writes, session: ReadingDep, page: PageDep, site: KeyQuery = None
) -> list[HookOut]:
    """Return webhooks by id; never their secrets."""
    rows = await HookRepository(session).by_id(within(actor, site), page.after or "", page.rows)
    return [HookOut.model_validate(row) for row in page.of(rows, lambda row: row.id)]


@router.post("/sites/{site}/hooks", status_code=201)
async def create_hook(
    site: Key, given: HookIn, office: OfficeDep, transaction: TransactionDep, actor: Writes
) -> HookMade:
    """Add a webhook; the answer holds its secret, this once."""
    found = await site_of(transaction.session, site, actor)
    row, secret = await HookService(office, transaction, actor).create(found.id, given)
    return HookMade(**HookOut.model_validate(row).model_dump(), secret=secret)


@router.get("/hooks/{hook}")
async def show_hook(hook: Key, session: ReadingDep, actor: Writes) -> HookOut:
    """Return one webhook."""
    return HookOut.model_validate(await hook_of(session, hook, actor))


@router.put("/hooks/{hook}")
async def change_hook(
    hook: Key, given: HookIn, office: OfficeDep, transaction: TransactionDep, actor: Writes
) -> HookOut:
    """Change a webhook."""
    row = await hook_of(transaction.session, hook, actor)
    await HookService(office, transaction, actor).change(row, given)
    return HookOut.model_validate(row)


@router.delete("/hooks/{hook}", status_code=204)
async def delete_hook(
    hook: Key, office: OfficeDep, transaction: TransactionDep, actor: Writes
) -> None:
    """Delete a webhook, and what waits for it."""
    row = await hook_of(transaction.session, hook, actor)
    await HookService(office, transaction, actor).delete(row)


@router.post("/hooks/{hook}/secret")
async def renew_secret(
    hook: Key, office: OfficeDep, transaction: TransactionDep, actor: Writes
) -> HookMade:
    """Make a new secret; for a day the one before signs too."""
    row = await hook_of(transaction.session, hook, actor)
    secret = await HookService(office, transaction, actor).renew_secret(row)
    return HookMade(**HookOut.model_validate(row).model_dump(), secret=secret)


@router.post("/hooks/{hook}/test", status_code=202)
async def test_hook(
    hook: Key, office: OfficeDep, transaction: TransactionDep, actor: Writes
) -> DeliveryOut:
    """Send a test message; look at its delivery for what came of it."""
    row = await hook_of(transaction.session, hook, actor)
    made = await HookService(office, transaction, actor).test(row)
    return DeliveryOut.model_validate(made)


@router.get("/hooks/{hook}/deliveries")
async def list_deliveries(
    hook: Key, session: ReadingDep, actor: Writes, before: int | None = None
) -> list[DeliveryOut]:
    """Return a webhook's last messages, newest first; ``before``: older than that one."""
    row = await hook_of(session, hook, actor)
    found = await HookRepository(session).deliveries(row.id, SHOWN, before)
    return [DeliveryOut.model_validate(each) for each in found]


@router.post("/hook-deliveries/{delivery}/send-again", status_code=202)
async def send_again(
    delivery: Number, office: OfficeDep, transaction: TransactionDep, actor: Writes
) -> DeliveryOut:
    """Send a message again, under the same id."""
    row, hook = await delivery_of(transaction.session, delivery, actor)
    await HookService(office, transaction, actor).send_again(row, hook)
    return DeliveryOut.model_validate(row)
