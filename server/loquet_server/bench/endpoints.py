"""``/bench``: simulated units under a person's hands; only where there are boards (the demo)."""

import asyncio
import contextlib
import json
from collections.abc import AsyncGenerator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Annotated, Final

from fastapi import APIRouter, Form, Request
from fastapi.responses import HTMLResponse, RedirectResponse, Response
from sse_starlette import EventSourceResponse, ServerSentEvent

from loquet_server.bench import board
from loquet_server.bench.repository import read_names
from loquet_server.bench.schemas import Act, BadgeChoice, BenchUnit, Names, worth_a_tap
from loquet_server.bench.service import BenchService, NoBadgeNumber
from loquet_server.web.i18n import DEFAULT, LANGUAGES, N_, translations
from loquet_server.web.pages import Audience, macros, render
from loquet_server.web.reading import Reading
from loquet_server.web.streams import until
from loquet_server.who import Actor, Permission, needs

COALESCE_SECONDS: Final = 0.03
LOOK_AGAIN_SECONDS: Final = 2.0
"""How often a board that is away is looked for."""

NUMBER_ADVICE: Final = N_("A badge number has 8, 14 or 20 digits from 0 to 9 and a to f.")

Text = Annotated[str, Form(max_length=64)]
Hands = Annotated[Actor, needs(Permission.BENCH)]


class Bench:
    """What the routes share: the boards, the badges, and the names of things."""

    def __init__(
        self, service: BenchService, reading: Reading, badges: Sequence[BadgeChoice]
    ) -> None:
        self.service = service
        self.badges = badges
        self._reading = reading

    async def names(self) -> Names:
        """Return what the space and its things are called."""
        async with self._reading() as session:
            return await read_names(session)

    async def unit(self, unit: str, csrf: str) -> BenchUnit:
        """Return one unit as its board stands; its forms carry ``csrf``."""
        return replace(await self.service.unit(unit, await self.names()), csrf=csrf)


def routes(bench: Bench, closing: asyncio.Event) -> APIRouter:
    """Return the bench's routes; streams end when ``closing`` is set."""
    router = APIRouter(include_in_schema=False)

    @router.get("/bench")
    async def show(request: Request, actor: Hands) -> HTMLResponse:
        return await _page(bench, request)

    @router.post("/bench/{unit}")
    async def act(
        request: Request,
        unit: str,
        actor: Hands,
        act: Annotated[Act, Form()],
        target: Text = "",
        uid: Text = "",
        badge: Text = "",
        keys: Text = "",
    ) -> Response:
        if bench.service.socket(unit) is None:
            return render(request, "not_found.html", {}, 404)
        try:
            await bench.service.act(unit, act, target, keys or badge or uid)
        except NoBadgeNumber:
            texts = translations(Audience.of(request).language)
            return await _page(bench, request, texts.gettext(NUMBER_ADVICE), 422)
        except board.BoardRefused as error:
            return await _page(bench, request, str(error), 422)
        except board.BoardAway as error:
            return await _page(bench, request, str(error), 503)
        return RedirectResponse(f"/bench#unit-{unit}", 303)

    @router.get("/bench/{unit}/stream")
    async def stream(request: Request, unit: str, actor: Hands, lang: str = DEFAULT) -> Response:
        if bench.service.socket(unit) is None:
            return render(request, "not_found.html", {}, 404)
        language = lang if lang in LANGUAGES else DEFAULT
        return EventSourceResponse(
            until(closing, _news(bench, unit, language, request.state.csrf)),
            headers={"cache-control": "no-store"},
        )

    return router


async def _page(
    bench: Bench, request: Request, problem: str = "", status: int = 200
) -> HTMLResponse:
    first, others = worth_a_tap(bench.badges)
    names = await bench.names()
    values = {
        "space": names.space,
        "units": [
            replace(await bench.service.unit(each, names), csrf=request.state.csrf)
            for each in bench.service.units()
        ],
        "badges": first,
        "others": others,
        "problem": problem,
    }
    return render(request, "bench.html", values, status)


async def _news(
    bench: Bench, unit: str, language: str, csrf: str
) -> AsyncGenerator[ServerSentEvent, None]:
    """Render the unit's state whenever its board has changed, or has come or gone."""
    state = macros(language, "bench_parts.html").state
    path = bench.service.socket(unit)
    while path is not None:
        changed = asyncio.Event()
        ears = asyncio.create_task(_hear(path, changed))
        last = ""
        try:
            while not ears.done() or changed.is_set():
                await _either(changed, ears)
                await asyncio.sleep(COALESCE_SECONDS)
                changed.clear()
                html = str(state(await bench.unit(unit, csrf)))
                if html == last:
                    continue  # a light that blinks is drawn blinking, and is no news
                last = html
                said = {"fragments": {f"state-{unit}": html}}
                yield ServerSentEvent(data=json.dumps(said), event="update", retry=1000)
        finally:
            ears.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await ears
        await asyncio.sleep(LOOK_AGAIN_SECONDS)


async def _hear(path: Path, changed: asyncio.Event) -> None:
    with contextlib.suppress(board.BoardAway):
        async for _ in board.watch(path):
            changed.set()


async def _either(changed: asyncio.Event, ears: asyncio.Task[None]) -> None:
    waiting = asyncio.create_task(changed.wait())
    await asyncio.wait({waiting, ears}, return_when=asyncio.FIRST_COMPLETED)
    waiting.cancel()
