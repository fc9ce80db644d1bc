"""The pages: names the rooms that have one, and joins them to the application."""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Callable, Coroutine, Iterable, Sequence
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any, TypeVar

from fastapi import APIRouter, FastAPI
from sqlalchemy.ext.asyncio import AsyncSession

from loquet_contract.wire.messages import Change
from loquet_server.adoption import page as adoption_page
from loquet_server.areas import page as areas_page
from loquet_server.audit import page as audit_page
from loquet_server.badges import page as badges_page
from loquet_server.bench import endpoints as bench_endpoints
from loquet_server.bench.endpoints import Bench
from loquet_server.bench.schemas import BadgeChoice
from loquet_server.bench.service import BenchService
from loquet_server.bookings import page as bookings_page
from loquet_server.calendar import page as calendar_page
from loquet_server.cards import page as cards_page
from loquet_server.data_protection import page as data_protection_page
from loquet_server.doors import page as doors_page
from loquet_server.enforcement import page as enforcement_page
from loquet_server.errors import Problem
from loquet_server.evacuation import page as evacuation_page
from loquet_server.explain import page as explain_page
from loquet_server.exports import page as exports_page
from loquet_server.floors import page as floors_page
from loquet_server.guests import page as guests_page
from loquet_server.homeassistant import page as homeassistant_page
from loquet_server.hooks import page as hooks_page
from loquet_server.imports import page as imports_page
from loquet_server.incidents import page as incidents_page
from loquet_server.journal import page as journal_page
from loquet_server.journal.page import Looked, nobody_asks
from loquet_server.kiosk import page as kiosk_page
from loquet_server.ledger import record
from loquet_server.live import endpoints as live_endpoints
from loquet_server.live.broadcaster import Broadcaster
from loquet_server.live.fragments import render_fragments
from loquet_server.live.orders import Orders
from loquet_server.live.service import LiveService
from loquet_server.me import page as me_page
from loquet_server.member_neighbours import MemberNeighbours
from loquet_server.members import page as members_page
from loquet_server.models import Action
from loquet_server.notices import page as notices_page
from loquet_server.occupancy import page as occupancy_page
from loquet_server.office import Office
from loquet_server.operators import page as operators_page
from loquet_server.organisations import page as organisations_page
from loquet_server.page_orders import DoorOrders
from loquet_server.passes import page as passes_page
from loquet_server.people_counts import page as people_counts_page
from loquet_server.pins import page as pins_page
from loquet_server.plans import page as plans_page
from loquet_server.plates import page as plates_page
from loquet_server.privacy import looked
from loquet_server.proofs import page as proofs_page
from loquet_server.releases import page as releases_page
from loquet_server.restoration import page as restoration_page
from loquet_server.rotation import page as rotation_page
from loquet_server.schedules import page as schedules_page
from loquet_server.sdcards import page as sdcards_page
from loquet_server.sensors import page as sensors_page
from loquet_server.setup import page as setup_page
from loquet_server.showing import page as showing_page
from loquet_server.sites import page as sites_page
from loquet_server.spaceapi import page as spaceapi_page
from loquet_server.subscriptions import page as subscriptions_page
from loquet_server.takeovers import page as takeovers_page
from loquet_server.thefts import page as thefts_page
from loquet_server.tokens import page as tokens_page
from loquet_server.units import page as units_page
from loquet_server.units import stream as units_stream
from loquet_server.web import reference, trouble
from loquet_server.web.assets import bootstrap_files, own_files
from loquet_server.web.i18n import N_
from loquet_server.web.reading import Clock, Read, Reading
from loquet_server.web.routing import add_routes
from loquet_server.web.security import BrowserPolicy
from loquet_server.who import Actor, Permission

T = TypeVar("T")
Lifespan = Callable[[FastAPI], AbstractAsyncContextManager[None]]


@dataclass(frozen=True, slots=True)
class Room:
    """A page in the navigation of whoever has its permission."""

    path: str
    name: str
    permission: Permission
    beside: tuple[str, ...] = ()
    """Paths of what is found in the same room; longer ones below them belong to it too."""

    def holds(self, path: str) -> bool:
        """True if a page is in this room."""
        return any(
            path == each or (each != "/" and path.startswith(f"{each}/"))
            for each in (self.path, *self.beside)
        )


ROOMS = (
    Room("/", N_("Live view"), Permission.LIVE_READ, ("/evacuation",)),
    Room("/incidents", N_("Incidents"), Permission.LIVE_READ, ("/notices",)),
    Room(
        "/members", N_("Members"), Permission.MEMBERS_READ,
        ("/organisations", "/guests", "/badges", "/explain"),
    ),
    Room("/bookings", N_("Bookings"), Permission.BOOKINGS_READ),
    Room("/plans", N_("Plans"), Permission.PLANS_READ, ("/passes",)),
    Room("/hours", N_("Opening hours"), Permission.HOURS_READ, ("/calendar", "/space")),
    Room(
        "/doors", N_("Doors"), Permission.UNITS_READ,
        ("/units", "/areas", "/sensors", "/pins", "/card-keys", "/badge-key", "/thefts",
         "/enforcement", "/proofs", "/releases"),
    ),
    Room("/occupancy", N_("Occupancy"), Permission.LIVE_READ),
    Room("/journal", N_("Journal"), Permission.LOG_READ),
    Room(
        "/settings", N_("Settings"), Permission.SELF,
        ("/audit", "/operators", "/privacy", "/imports", "/hooks", "/screens", "/showing",
         "/setup", "/account"),
    ),
)  # fmt: skip
BENCH = Room("/bench", N_("Bench"), Permission.BENCH)
OFFICE_PAGES: tuple[Callable[[Office], APIRouter], ...] = (
    operators_page.routes,
    setup_page.routes,
    tokens_page.routes,
    audit_page.routes,
    explain_page.routes,
    imports_page.routes,
    exports_page.routes,
    members_page.routes,
    badges_page.routes,
    cards_page.routes,
    releases_page.routes,
    guests_page.routes,
    floors_page.routes,
    organisations_page.routes,
    schedules_page.routes,
    calendar_page.routes,
    data_protection_page.routes,
    areas_page.routes,
    people_counts_page.routes,
    evacuation_page.routes,
    doors_page.routes,
    sdcards_page.routes,
    adoption_page.routes,
    proofs_page.routes,
    takeovers_page.routes,
    thefts_page.routes,
    restoration_page.routes,
    rotation_page.routes,
    units_page.routes,
    units_stream.routes,
    enforcement_page.routes,
    sites_page.routes,
    sensors_page.routes,
    plans_page.routes,
    plates_page.routes,
    subscriptions_page.routes,
    passes_page.routes,
    bookings_page.routes,
    occupancy_page.routes,
    kiosk_page.routes,
    showing_page.routes,
    pins_page.routes,
    hooks_page.routes,
    incidents_page.routes,
    notices_page.routes,
    homeassistant_page.routes,
    spaceapi_page.routes,
    me_page.routes,
)
"""Each room's ``page.routes``: pages that need the whole office."""


@dataclass(frozen=True, slots=True)
class Parts:
    """What the pages need of the house. ``boards``: folder of simulated boards, None for none."""

    reading: Reading
    read: Read
    clock: Clock
    orders: Orders
    boards: Path | None = None
    badges: Sequence[BadgeChoice] = ()
    looked: Looked = nobody_asks
    """Told of each look at a log that names people."""


def include(
    app: FastAPI, *, boards: Path | None = None, badges: Sequence[BadgeChoice] = ()
) -> None:
    """Add the pages to the application of an office, and hear what changes in it.

    ``boards`` (default: the setting) is a folder of simulated boards' sockets, ``{unit}.sock``;
    with it comes the bench, which offers ``badges``.
    """
    office = app.state.office
    assert isinstance(office, Office)
    folder = boards or office.settings.bench_boards
    parts = Parts(
        lambda: office.database.reading(),
        partial(_read, office),
        office.now_ms,
        DoorOrders(office),
        folder,
        badges,
        partial(_record_look, office),
    )
    app.state.language = office.settings.language
    app.state.neighbours = MemberNeighbours(office)
    for routes in OFFICE_PAGES:
        add_routes(app, routes(office))
    broadcaster = join(app, parts)
    trouble.install(app, Problem, Exception)
    app.include_router(APIRouter(lifespan=_listening(office, broadcaster)))


def join(app: FastAPI, parts: Parts) -> Broadcaster:
    """Add the pages, their assets and what browsers may do; return what to tell of changes.

    Whoever stops the server may set ``app.state.closing`` first, so that no stream holds it up.
    """
    live = LiveService(parts.read, parts.clock)
    broadcaster = Broadcaster(live.view, render_fragments)
    app.state.rooms = ROOMS if parts.boards is None else (*ROOMS, BENCH)
    app.state.broadcaster = broadcaster
    app.state.closing = closing = asyncio.Event()
    app.mount("/static/bootstrap", bootstrap_files())
    app.mount("/static/loquet", own_files())
    app.include_router(APIRouter(lifespan=_broadcasting(broadcaster)))
    add_routes(app, live_endpoints.routes(live, broadcaster, parts.orders, closing))
    add_routes(app, journal_page.routes(parts.reading, parts.looked))
    add_routes(app, reference.router)
    if parts.boards is not None:
        bench = Bench(BenchService(parts.boards), parts.reading, parts.badges)
        add_routes(app, bench_endpoints.routes(bench, closing))
    app.add_middleware(BrowserPolicy)
    return broadcaster


async def _read(office: Office, work: Callable[[AsyncSession], Coroutine[Any, Any, T]]) -> T:
    return await office.database.read(work)


async def _record_look(office: Office, what: str, actor: Actor, holders: Iterable[str]) -> None:
    now = office.now_ms()
    async with office.database.with_transaction() as session:
        record(session, Action.JOURNAL_READ, what, now, actor=actor.name, site=actor.site)
        await looked(session, actor, "journal", holders, now)


def _broadcasting(broadcaster: Broadcaster) -> Lifespan:
    @asynccontextmanager
    async def lifespan(_app: FastAPI) -> AsyncIterator[None]:
        task = asyncio.create_task(broadcaster.run(), name="live-broadcaster")
        try:
            yield
        finally:
            task.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await task

    return lifespan


def _listening(office: Office, broadcaster: Broadcaster) -> Lifespan:
    @asynccontextmanager
    async def lifespan(_app: FastAPI) -> AsyncIterator[None]:
        def heard(site: str, change: Change) -> None:
            broadcaster.changed(change.noun, change.subject, change.revision, site)

        with office.exchange.listening(heard):
            yield

    return lifespan
