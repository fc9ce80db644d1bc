"""Plans over the API."""

from typing import Annotated

from fastapi import APIRouter

from loquet_server.office import OfficeDep, ReadingDep, TransactionDep
from loquet_server.paging import PageDep
from loquet_server.plans import service
from loquet_server.plans.effect import effect_of
from loquet_server.plans.repository import PlanRepository
from loquet_server.plans.schemas import EffectOut, PlanIn, PlanOut, PlanTerms
from loquet_server.plans.service import Shown
from loquet_server.plans.words import sentence
from loquet_server.timetable.names import Key, KeyQuery
from loquet_server.web.i18n import translations
from loquet_server.web.rooms import within
from loquet_server.who import Actor, Permission, needs

router = APIRouter(prefix="/api/v1", tags=["plans"])

Reader = Annotated[Actor, needs(Permission.PLANS_READ)]
Writer = Annotated[Actor, needs(Permission.PLANS_WRITE)]


@router.get("/plans")
async def list_plans(
    session: ReadingDep,
    office: OfficeDep,
    actor: Reader,
    page: PageDep,
    site: KeyQuery = None,
    archived: bool = True,
) -> list[PlanOut]:
    """Return plans by id."""
    repository = PlanRepository(session)
    rows = await repository.all(
        within(actor, site), limit=page.rows, after=page.after, archived=archived
    )
    found = await service.shown(repository, page.of(rows, lambda row: row.id), office.now_ms())
    return [_out(each) for each in found]


@router.post("/plans", status_code=201)
async def create_plan(
    given: PlanIn, office: OfficeDep, transaction: TransactionDep, actor: Writer
) -> PlanOut:
    """Add a plan."""
    row = await service.create(office, transaction, actor, given)
    return await _shown(PlanRepository(transaction.session), actor, row.id, office.now_ms())


@router.get("/plans/{plan}")
async def show_plan(plan: Key, session: ReadingDep, office: OfficeDep, actor: Reader) -> PlanOut:
    """Return one plan."""
    return await _shown(PlanRepository(session), actor, plan, office.now_ms())


@router.put("/plans/{plan}")
async def change_plan(
    plan: Key, given: PlanTerms, office: OfficeDep, transaction: TransactionDep, actor: Writer
) -> PlanOut:
    """Change what a plan says; all who have it are concerned at once."""
    repository = PlanRepository(transaction.session)
    row = await service.plan_of(repository, actor, plan)
    await service.change(office, transaction, actor, row, given)
    return await _shown(repository, actor, plan, office.now_ms())


@router.post("/plans/{plan}/effect")
async def foresee_plan(
    plan: Key, given: PlanTerms, session: ReadingDep, office: OfficeDep, actor: Reader
) -> EffectOut:
    """Return what saving this would change, for whom; nothing is saved."""
    repository, now = PlanRepository(session), office.now_ms()
    row = await service.plan_of(repository, actor, plan)
    (shown,) = await service.shown(repository, [row], now)
    found = await effect_of(session, shown, given, now)
    return EffectOut(fr=found.sentences(translations("fr")), en=found.sentences(translations("en")))


@router.post("/plans/{plan}/archive")
async def archive_plan(
    plan: Key, office: OfficeDep, transaction: TransactionDep, actor: Writer
) -> PlanOut:
    """Offer a plan no more; whoever has it keeps it."""
    return await _put_away(plan, office, transaction, actor, away=True)


@router.post("/plans/{plan}/restore")
async def restore_plan(
    plan: Key, office: OfficeDep, transaction: TransactionDep, actor: Writer
) -> PlanOut:
    """Offer a plan again."""
    return await _put_away(plan, office, transaction, actor, away=False)


@router.delete("/plans/{plan}", status_code=204)
async def delete_plan(
    plan: Key, office: OfficeDep, transaction: TransactionDep, actor: Writer
) -> None:
    """Delete a plan that nobody has or ever had."""
    row = await service.plan_of(PlanRepository(transaction.session), actor, plan)
    await service.delete(office, transaction, actor, row)


async def _put_away(
    plan: str, office: OfficeDep, transaction: TransactionDep, actor: Actor, *, away: bool
) -> PlanOut:
    repository = PlanRepository(transaction.session)
    row = await service.plan_of(repository, actor, plan)
    await service.put_away(office, transaction, actor, row, away=away)
    return await _shown(repository, actor, plan, office.now_ms())


async def _shown(repository: PlanRepository, actor: Actor, plan: str, now_ms: int) -> PlanOut:
    row = await service.plan_of(repository, actor, plan)
    (found,) = await service.shown(repository, [row], now_ms)
    return _out(found)


def _out(shown: Shown) -> PlanOut:
    french, english = (sentence(shown.terms, shown.names, translations(to)) for to in ("fr", "en"))
    plan = shown.plan
    return PlanOut.model_construct(
        None, **dict(shown.terms), id=plan.id, site=plan.site, members=shown.members,
        archived_at=plan.archived_at, sentence_fr=french, sentence_en=english,
    )  # fmt: skip
