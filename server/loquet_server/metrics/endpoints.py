"""``/metrics`` for Prometheus: with an API token that may ``live:read``."""

from collections.abc import Iterator
from typing import Annotated

from fastapi import APIRouter, Request
from fastapi.responses import Response
from prometheus_client import CollectorRegistry
from prometheus_client.exposition import CONTENT_TYPE_PLAIN_0_0_4, generate_latest
from prometheus_client.metrics_core import Metric
from sqlalchemy.orm import Session

from loquet_server.metrics.duration import Durations
from loquet_server.metrics.families import Figures, families
from loquet_server.metrics.repository import MetricsRepository
from loquet_server.office import Office, OfficeDep, ReadingDep
from loquet_server.who import Actor, Permission, needs

router = APIRouter(tags=["health"])


class _Once:
    """A collector of what was just read."""

    def __init__(self, found: list[Metric]) -> None:
        self._found = found

    def collect(self) -> Iterator[Metric]:
        """Yield it."""
        yield from self._found


@router.get("/metrics", response_class=Response)
async def metrics(
    request: Request,
    office: OfficeDep,
    session: ReadingDep,
    actor: Annotated[Actor, needs(Permission.LIVE_READ)],
) -> Response:
    """Return metrics in the Prometheus text format; no name and no number of anybody."""
    figures = await session.run_sync(lambda plain: _figures(plain, office, actor.site))
    registry = CollectorRegistry()
    registry.register(_Once(list(families(figures))))
    durations: Durations = request.app.state.durations
    text = generate_latest(registry) + generate_latest(durations.registry)
    headers = {"cache-control": "no-store"}
    return Response(text, media_type=CONTENT_TYPE_PLAIN_0_0_4, headers=headers)


def _figures(session: Session, office: Office, site: str | None) -> Figures:
    now, ingest = office.now_ms(), office.ingest
    repository = MetricsRepository(session, site)
    return Figures(
        units=tuple(repository.units(now)),
        areas=tuple(repository.areas(now)),
        incidents=repository.incidents(),
        deliveries=repository.deliveries(),
        entries=repository.entries(),
        refused=repository.refused(),
        database_bytes=repository.database_bytes(),
        broker=office.exchange.online,
        ingest_lag=None if ingest is None else ingest.lag,
        ingest_session=ingest is not None and ingest.online,
        homeassistant=None if office.home is None else office.home.online,
    )
