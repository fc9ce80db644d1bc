"""One's own tokens over the API; new ones are made on the page, with the password."""

from typing import Annotated

from fastapi import APIRouter

from loquet_server.office import OfficeDep, ReadingDep, TransactionDep
from loquet_server.tokens.repository import TokenRepository
from loquet_server.tokens.schemas import TokenOut
from loquet_server.tokens.service import TokenService
from loquet_server.who import Actor, Permission, needs

router = APIRouter(prefix="/api/v1", tags=["tokens"])
Own = Annotated[Actor, needs(Permission.SELF)]


@router.get("/tokens")
async def list_tokens(session: ReadingDep, actor: Own) -> list[TokenOut]:
    """Return one's own tokens, newest first; never their secrets."""
    rows = await TokenRepository(session).of(actor.operator or "")
    return [TokenOut.model_validate(row) for row in rows]


@router.delete("/tokens/{token}")
async def revoke_token(
    token: str, office: OfficeDep, transaction: TransactionDep, actor: Own
) -> TokenOut:
    """Revoke a token; it stops to count at once."""
    row = await TokenService(transaction.session, actor, office.now_ms()).revoke(token)
    return TokenOut.model_validate(row)
