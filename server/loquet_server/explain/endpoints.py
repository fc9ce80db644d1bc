"""Why, over the API; who asked is written in the record."""

from typing import Annotated, Literal

from fastapi import APIRouter, Query

from loquet_server.explain.schemas import Explanation
from loquet_server.explain.service import ExplainService
from loquet_server.ledger import record
from loquet_server.models import Action
from loquet_server.office import OfficeDep, TransactionDep

router = APIRouter(prefix="/api/v1/explain", tags=["explain"])
Language = Literal["fr", "en"]


@router.get("/passages/{passage}")
async def explain_passage(
    passage: int, office: OfficeDep, transaction: TransactionDep, lang: Language = "fr"
) -> Explanation:
    """Explain a passage by the policy that its unit then enforced."""
    session = transaction.session
    found = await ExplainService(session, office.keys.signing.public).passage(passage, lang)
    record(session, Action.PASSAGE_EXPLAINED, str(passage), office.now_ms())
    return found


@router.get("/holders/{holder}")
async def explain_holder(
    holder: str,
    access_point: str,
    office: OfficeDep,
    transaction: TransactionDep,
    at: Annotated[int | None, Query(ge=0, lt=2**53)] = None,
    lang: Language = "fr",
) -> Explanation:
    """Say whether a holder could pass at an instant (UTC milliseconds; default now)."""
    session, now = transaction.session, office.now_ms()
    service = ExplainService(session, office.keys.signing.public)
    found = await service.holder(holder, access_point, now if at is None else at, lang)
    record(session, Action.PASSAGE_EXPLAINED, holder, now, detail={"access_point": access_point})
    return found
