"""``/healthz`` for monitors, ``/metrics`` for Prometheus."""

import asyncio
from typing import Annotated

from fastapi import APIRouter
from fastapi.responses import JSONResponse, PlainTextResponse
from sqlalchemy import func, select
from sqlalchemy.exc import SQLAlchemyError

from loquet_server.models import Incident, Unit, UnitState
from loquet_server.office import Office, OfficeDep, ReadingDep
from loquet_server.who import Actor, Permission, needs

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


@router.get("/metrics")
async def metrics(
    office: OfficeDep,
    session: ReadingDep,
    actor: Annotated[Actor, needs(Permission.LIVE_READ)],
) -> PlainTextResponse:
    """Return gauges in the Prometheus text format; no name and no number of anybody."""
    units = (await session.execute(select(func.count()).select_from(Unit))).scalar_one()
    online = (
        await session.execute(select(func.count()).where(UnitState.online.is_(True)))
    ).scalar_one()
    backlog = (await session.execute(select(func.sum(UnitState.backlog)))).scalar_one() or 0
    open_incidents = (
        await session.execute(select(func.count()).where(Incident.ended_at.is_(None)))
    ).scalar_one()
    found: dict[str, float] = {
        "loquet_units": units,
        "loquet_units_online": online,
        "loquet_unit_backlog_entries": backlog,
        "loquet_incidents_open": open_incidents,
        "loquet_broker_session": int(office.exchange.online),
    }
    if office.ingest is not None:
        found["loquet_ingest_lag_seconds"] = office.ingest.lag
    lines = [f"# TYPE {name} gauge\n{name} {value}" for name, value in found.items()]
    return PlainTextResponse("\n".join(lines) + "\n", media_type="text/plain; version=0.0.4")


async def _database(office: Office) -> str:
    try:
        async with asyncio.timeout(ANSWER_SECONDS):
            return "ok" if await office.database.answers() else "wrong answer"
    except (OSError, SQLAlchemyError, TimeoutError):
        return "no answer"


def _broker(office: Office) -> str:
    return "ok" if office.exchange.online else "no session"
