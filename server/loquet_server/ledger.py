"""Who did what: one audit row per change, in the closed vocabulary of ``models.Action``."""

from typing import Any

from sqlalchemy.ext.asyncio import AsyncSession

from loquet_server.models import Action, Audit
from loquet_server.who import LOCAL

LOCAL_OPERATOR = LOCAL.name


def record(
    session: AsyncSession,
    action: Action,
    subject: str,
    at: int,
    *,
    actor: str,
    reason: str = "",
    site: str | None = None,
    detail: dict[str, Any] | None = None,
) -> None:
    """Write one row; ``at`` in UTC milliseconds. It stands or falls with the change itself."""
    session.add(
        Audit(
            at=at,
            action=action.value,
            site=site,
            subject=subject,
            actor=actor[:200],
            reason=reason[:500],
            detail=detail,
        )
    )
