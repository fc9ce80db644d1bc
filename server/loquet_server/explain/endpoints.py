"""Why, who, when and what if, over the API; who asked is written in the record."""

from datetime import date
from typing import Annotated, Literal

from fastapi import APIRouter, Path, Query

from loquet_server.explain.outlook import Outlook
from loquet_server.explain.schemas import (
    AreaOutlook,
    Changes,
    Explanation,
    MemberOutlook,
    WhatIf,
)
from loquet_server.explain.service import ExplainService
from loquet_server.ledger import record
from loquet_server.models import Action
from loquet_server.office import OfficeDep, ReadingDep, TransactionDep
from loquet_server.who import Actor, Permission, needs

router = APIRouter(prefix="/api/v1/explain", tags=["explain"])
Language = Literal["fr", "en"]
EARLIEST, LATEST = date(2000, 1, 1), date(2200, 1, 1)
ExplainerDep = Annotated[Actor, needs(Permission.EXPLAIN)]
Name = Annotated[str, Path(max_length=64)]
Moment = Annotated[int | None, Query(ge=0, lt=2**43, description="UTC milliseconds.")]


@router.get("/passages/{passage}")
async def explain_passage(
    passage: Annotated[int, Path(ge=0, lt=2**53)],
    office: OfficeDep,
    transaction: TransactionDep,
    actor: ExplainerDep,
    lang: Language = "fr",
) -> Explanation:
    """Explain a passage by the policy that its unit then enforced."""
    session = transaction.session
    service = ExplainService(session, office.keys.signing.public, actor)
    found = await service.passage(passage, lang)
    site = await service.site_of(passage)
    record(
        session, Action.PASSAGE_EXPLAINED, str(passage), office.now_ms(), actor=actor.name,
        site=site.id,
    )  # fmt: skip
    return found


@router.get("/holders/{holder}")
async def explain_holder(
    holder: Name,
    access_point: Annotated[str, Query(max_length=64)],
    office: OfficeDep,
    transaction: TransactionDep,
    actor: ExplainerDep,
    at: Moment = None,
    lang: Language = "fr",
) -> Explanation:
    """Say whether a member could pass at an instant (default now)."""
    session, now = transaction.session, office.now_ms()
    service = ExplainService(session, office.keys.signing.public, actor)
    found = await service.holder(holder, access_point, now if at is None else at, lang)
    site = await Outlook(session, now, actor).site_of(holder)
    record(
        session, Action.PASSAGE_EXPLAINED, holder, now, actor=actor.name, site=site.id,
        detail={"access_point": access_point},
    )  # fmt: skip
    return found


@router.get("/areas/{area}")
async def explain_area(
    area: Name,
    office: OfficeDep,
    transaction: TransactionDep,
    actor: ExplainerDep,
    at: Moment = None,
    lang: Language = "fr",
) -> AreaOutlook:
    """Say who may enter an area at an instant (default now), and who may not and why."""
    now = office.now_ms()
    outlook = Outlook(transaction.session, now, actor)
    found = await outlook.area(area, now if at is None else at, lang)
    site = await outlook.site_of_area(area)
    record(
        transaction.session, Action.AREA_EXPLAINED, area, now, actor=actor.name, site=site.id,
        detail={"at": found.at},
    )  # fmt: skip
    return found


@router.get("/members/{member}")
async def explain_member(
    member: Name,
    office: OfficeDep,
    transaction: TransactionDep,
    actor: ExplainerDep,
    first: Annotated[date | None, Query(alias="from", ge=EARLIEST, le=LATEST)] = None,
    days: Annotated[int, Query(ge=1, le=31)] = 7,
    lang: Language = "fr",
) -> MemberOutlook:
    """Say when a member may enter what, from a local day on (default today)."""
    outlook = Outlook(transaction.session, office.now_ms(), actor)
    found = await outlook.member(member, first, days, lang)
    site = await outlook.site_of(member)
    record(
        transaction.session, Action.MEMBER_EXPLAINED, member, office.now_ms(), actor=actor.name,
        site=site.id,
    )  # fmt: skip
    return found


@router.post("/what-if")
async def explain_what_if(
    wish: WhatIf, office: OfficeDep, session: ReadingDep, actor: ExplainerDep
) -> Changes:
    """Say what would change for whom if a schedule had other hours; saves nothing."""
    return await Outlook(session, office.now_ms(), actor).what_if(wish)
