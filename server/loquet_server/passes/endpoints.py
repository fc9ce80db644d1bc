"""Accounts and passes over the API."""

from collections.abc import Sequence
from typing import Annotated

from fastapi import APIRouter, Path, Query
from sqlalchemy.ext.asyncio import AsyncSession

from loquet_server.accounts import service as accounts
from loquet_server.ledger import record
from loquet_server.models import Action, PassAccount
from loquet_server.office import OfficeDep, ReadingDep, TransactionDep
from loquet_server.paging import PageDep
from loquet_server.passes.repository import PassRepository
from loquet_server.passes.schemas import (
    MONTH,
    AccountIn,
    AccountOut,
    Correction,
    PurchaseOut,
    Refund,
    Sale,
    UseOut,
)
from loquet_server.passes.service import PassService, account_of
from loquet_server.timetable.names import Key, KeyQuery
from loquet_server.web.rooms import within
from loquet_server.who import Actor, Permission, needs

router = APIRouter(prefix="/api/v1", tags=["passes"])

Reader = Annotated[Actor, needs(Permission.MEMBERS_READ)]
Writer = Annotated[Actor, needs(Permission.PASSES_WRITE)]
Month = Annotated[str | None, Query(pattern=rf"^{MONTH}$")]
UseKey = Annotated[int, Path(ge=1, lt=2**53)]


@router.get("/accounts")
async def list_accounts(
    session: ReadingDep,
    office: OfficeDep,
    actor: Reader,
    page: PageDep,
    site: KeyQuery = None,
    holder: KeyQuery = None,
    organisation: KeyQuery = None,
) -> list[AccountOut]:
    """Return accounts by id, with what is left in each."""
    rows = await PassRepository(session).accounts(
        within(actor, site), holder=holder, organisation=organisation, limit=page.rows,
        after=page.after,
    )  # fmt: skip
    return await _shown(session, page.of(rows, lambda row: row.id), office.now_ms())


@router.post("/accounts", status_code=201)
async def open_account(
    given: AccountIn, office: OfficeDep, transaction: TransactionDep, actor: Writer
) -> AccountOut:
    """Open an account that an organisation's people share."""
    service = PassService(office, transaction, actor)
    row = await service.account(await service.open(given))
    return (await _shown(transaction.session, [row], office.now_ms()))[0]


@router.get("/accounts/{account}")
async def show_account(
    account: Key, session: ReadingDep, office: OfficeDep, actor: Reader
) -> AccountOut:
    """Return one account, and what is left in it."""
    row = await account_of(PassRepository(session), actor, account)
    return (await _shown(session, [row], office.now_ms()))[0]


@router.get("/accounts/{account}/purchases")
async def list_purchases(
    account: Key, session: ReadingDep, actor: Reader, page: PageDep
) -> list[PurchaseOut]:
    """Return what came into an account, the newest first."""
    repository = PassRepository(session)
    row = await account_of(repository, actor, account)
    rows = await repository.purchases(row.id, limit=page.rows, before=page.number)
    return [PurchaseOut.model_validate(row) for row in page.of(rows, lambda row: row.id)]


@router.post("/accounts/{account}/purchases", status_code=201)
async def sell_passes(
    account: Key, given: Sale, office: OfficeDep, transaction: TransactionDep, actor: Writer
) -> PurchaseOut:
    """Sell passes into an account."""
    service = PassService(office, transaction, actor)
    row = await service.sell(await service.account(account), given.amount, given.price)
    return PurchaseOut.model_validate(row)


@router.post("/accounts/{account}/corrections", status_code=201)
async def correct_passes(
    account: Key,
    given: Correction,
    office: OfficeDep,
    transaction: TransactionDep,
    actor: Writer,
) -> PurchaseOut:
    """Add passes or take some away by hand, with a reason."""
    service = PassService(office, transaction, actor)
    row = await service.correct(await service.account(account), given.amount, given.reason)
    return PurchaseOut.model_validate(row)


@router.get("/passes")
async def list_uses(
    office: OfficeDep,
    transaction: TransactionDep,
    actor: Reader,
    page: PageDep,
    site: KeyQuery = None,
    account: KeyQuery = None,
    holder: KeyQuery = None,
    month: Month = None,
    billed: bool | None = None,
    conflict: bool | None = None,
) -> list[UseOut]:
    """Return passes that were used, the newest first: members and days. Each look is recorded."""
    asked = within(actor, site)
    about = account or holder or month or "all"
    record(
        transaction.session,
        Action.PASSES_READ,
        about,
        office.now_ms(),
        actor=actor.name,
        site=asked,
    )
    rows = await PassRepository(transaction.session).uses(
        asked, account=account, holder=holder, month=month, billed=billed,
        conflict=conflict, limit=page.rows, before=page.number,
    )  # fmt: skip
    return [UseOut.model_validate(row) for row in page.of(rows, lambda row: row.id)]


@router.post("/passes/{use}/refund")
async def refund_pass(
    use: UseKey, given: Refund, office: OfficeDep, transaction: TransactionDep, actor: Writer
) -> UseOut:
    """Give a pass back, with a reason; the day stays paid for."""
    row = await PassService(office, transaction, actor).refund(use, given.reason)
    return UseOut.model_validate(row)


async def _shown(
    session: AsyncSession, rows: Sequence[PassAccount], now_ms: int
) -> list[AccountOut]:
    left = await accounts.balances(session, [row.id for row in rows], now_ms)
    return [
        AccountOut(
            id=row.id, site=row.site, plan=row.plan, holder=row.holder,
            organisation=row.organisation, left=left[row.id].left,
        )
        for row in rows
    ]  # fmt: skip
