"""``/live/units``: tells an open page that units have changed; the page then asks anew."""

import asyncio
from collections.abc import AsyncGenerator
from typing import Annotated, Final

from fastapi import APIRouter, Request
from sse_starlette import EventSourceResponse, ServerSentEvent

from loquet_contract.wire.messages import Change
from loquet_server.office import Office, OfficeDep
from loquet_server.web.streams import until
from loquet_server.who import Actor, Permission, needs

BEAT_SECONDS: Final = 10.0
"""Figures such as a temperature are told by nobody: a page looks this often."""
GATHER_SECONDS: Final = 0.3
"""Changes that follow each other this closely are looked at together."""
STREAM_SECONDS: Final = 1800.0
SEND_SECONDS: Final = 30.0
NOUNS: Final = frozenset({"unit", "incident"})
router = APIRouter(include_in_schema=False)


def routes(_office: Office) -> APIRouter:
    """Return the route of the stream."""
    return router


@router.get("/live/units")
async def stream(
    request: Request, office: OfficeDep, actor: Annotated[Actor, needs(Permission.UNITS_READ)]
) -> EventSourceResponse:
    """Say ``changed`` when a unit did, and ``beat`` else."""
    headers = {"cache-control": "no-store", "x-accel-buffering": "no"}
    news = until(request.app.state.closing, changes(office, actor))
    return EventSourceResponse(news, headers=headers, send_timeout=SEND_SECONDS)


async def changes(office: Office, actor: Actor) -> AsyncGenerator[ServerSentEvent, None]:
    """Yield what to tell a page of one actor, for as long as a stream lives."""
    clock, news = asyncio.get_running_loop().time, asyncio.Event()
    end = clock() + STREAM_SECONDS

    def heard(site: str, change: Change) -> None:
        if change.noun in NOUNS and actor.sees(site):
            news.set()

    with office.exchange.listening(heard):
        yield ServerSentEvent(data="", event="beat", retry=1000)
        while clock() < end:
            try:
                async with asyncio.timeout(BEAT_SECONDS):
                    await news.wait()
            except TimeoutError:
                yield ServerSentEvent(data="", event="beat")
                continue
            await asyncio.sleep(GATHER_SECONDS)
            news.clear()
            yield ServerSentEvent(data="", event="changed")
