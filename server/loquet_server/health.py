"""``/healthz`` for monitors."""

import asyncio

from fastapi import APIRouter
from fastapi.responses import JSONResponse
from sqlalchemy.exc import SQLAlchemyError

from loquet_server.office import Office, OfficeDep

router = APIRouter(tags=["health"])
MOST_LAG = 30.0
"""Seconds that a message may wait for ingest before we call ourselves unwell."""
ANSWER_SECONDS = 2.0


@router.get("/healthz")
async def healthz(office: OfficeDep) -> JSONResponse:
    """Return 200 when database, broker and ingest are well, else 503 and which is not."""
    checks = {"database": await _database(office), "broker": _broker(office)}
    if office.ingest is not None:
        late = office.ingest.lag > MOST_LAG
        checks["ingest"] = "late" if late else "ok" if office.ingest.online else "no session"
    well = all(found == "ok" for found in checks.values())
    content = {"status": "ok" if well else "unwell", "checks": checks}
    headers = {"cache-control": "no-store"}
    return JSONResponse(content, 200 if well else 503, headers=headers)


async def _database(office: Office) -> str:
    try:
        async with asyncio.timeout(ANSWER_SECONDS):
            return "ok" if await office.database.answers() else "wrong answer"
    except (OSError, SQLAlchemyError, TimeoutError):
        return "no answer"


def _broker(office: Office) -> str:
    return "ok" if office.exchange.online else "no session"
