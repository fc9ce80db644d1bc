"""The web application: names the routers of all rooms and joins them.

It stands on an office (``assembly.open_office``). The pages join through ``include``.
"""

import importlib
from collections.abc import Callable

from fastapi import APIRouter, FastAPI

from loquet_server import errors, health, openapi
from loquet_server.adoption import endpoints as adoption
from loquet_server.areas import endpoints as areas
from loquet_server.audit import endpoints as audit
from loquet_server.badges import endpoints as badges
from loquet_server.bookings import endpoints as bookings
from loquet_server.calendar import endpoints as calendar
from loquet_server.cards import endpoints as cards
from loquet_server.certificates import endpoints as certificates
from loquet_server.data_protection import endpoints as data_protection
from loquet_server.desks import endpoints as desks
from loquet_server.doors import endpoints as doors
from loquet_server.enforcement import endpoints as enforcement
from loquet_server.enrolment import endpoints as enrolment
from loquet_server.evacuation import endpoints as evacuation
from loquet_server.explain import endpoints as explain
from loquet_server.exports import endpoints as exports
from loquet_server.floors import endpoints as floors
from loquet_server.guard import Guard
from loquet_server.guests import endpoints as guests
from loquet_server.hooks import endpoints as hooks
from loquet_server.idempotency import Idempotency
from loquet_server.imports import endpoints as imports
from loquet_server.incidents import endpoints as incidents
from loquet_server.journal import endpoints as journal
from loquet_server.members import endpoints as members
from loquet_server.metrics import endpoints as metrics
from loquet_server.metrics.duration import Durations, Measured
from loquet_server.moving import endpoints as moving
from loquet_server.notices import endpoints as notices
from loquet_server.office import Office
from loquet_server.operators import endpoints as operators
from loquet_server.organisations import endpoints as organisations
from loquet_server.passes import endpoints as passes
from loquet_server.people_counts import endpoints as people_counts
from loquet_server.pins import endpoints as pins
from loquet_server.plans import endpoints as plans
from loquet_server.policy import endpoints as policy
from loquet_server.proofs import endpoints as proofs
from loquet_server.readable import Readable
from loquet_server.releases import endpoints as releases
from loquet_server.restoration import endpoints as restoration
from loquet_server.rotation import endpoints as rotation
from loquet_server.schedules import endpoints as schedules
from loquet_server.sensors import endpoints as sensors
from loquet_server.sites import endpoints as sites
from loquet_server.spaceapi import endpoints as spaceapi
from loquet_server.subscriptions import endpoints as subscriptions
from loquet_server.takeovers import endpoints as takeovers
from loquet_server.thefts import endpoints as thefts
from loquet_server.tokens import endpoints as tokens
from loquet_server.units import endpoints as units
from loquet_server.web.routing import add_routes

Include = Callable[[FastAPI], None]
"""Adds routes and middleware to the application; its office is ``app.state.office``."""
PAGES = "loquet_server.pages"
"""The module whose ``include(app)`` adds the pages."""

ROUTERS: tuple[APIRouter, ...] = tuple(
    noun.router
    for noun in (
        adoption, areas, audit, badges, bookings, calendar, cards, certificates, data_protection,
        desks, doors, enforcement, enrolment, evacuation, explain, exports, floors, guests, hooks,
        imports, incidents, journal, members, moving, notices, operators, organisations, passes,
        people_counts, pins, plans, policy, proofs, releases, restoration, rotation, schedules,
        sensors, sites, subscriptions, takeovers, thefts, tokens, units,
    )
)  # fmt: skip


def create_app(office: Office, include: Include | None = None) -> FastAPI:
    """Return the application of an office; ``include`` adds the pages (default: ours)."""
    app = FastAPI(
        title="Loquet",
        version="1",
        openapi_url=None,  # ours is openapi.install: FastAPI makes it while all wait
        docs_url=None,  # ours is web.reference: FastAPI takes its own from another host
        redoc_url=None,
    )
    app.state.office = office
    app.state.durations = Durations()
    app.state.spaceapi = spaceapi.Kept()
    errors.install(app)
    for router in (*ROUTERS, health.router, metrics.router, spaceapi.router):
        add_routes(app, router)
    (include or pages())(app)
    openapi.install(app)
    app.add_middleware(Idempotency)
    app.add_middleware(Readable)
    app.add_middleware(Measured, durations=app.state.durations)
    app.add_middleware(Guard)  # last added, first asked
    return app


def pages() -> Include:
    """Return the ``include`` of the pages."""
    found: Include = importlib.import_module(PAGES).include
    return found


def no_pages(_app: FastAPI) -> None:
    """Add nothing: for an API without pages."""
