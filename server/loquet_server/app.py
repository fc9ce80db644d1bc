"""The web application: names the concrete parts and joins them.

``open_office(settings)`` gives database, keys, broker session and publisher; ``create_app``
the application on top of them. The pages join through ``include``.
"""

import importlib
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager

from fastapi import APIRouter, FastAPI

from loquet_server import errors, health, openapi
from loquet_server.areas import endpoints as areas
from loquet_server.audit import endpoints as audit
from loquet_server.badges import endpoints as badges
from loquet_server.broker import SERVER_USER
from loquet_server.calendar import endpoints as calendar
from loquet_server.database import Database
from loquet_server.desks import endpoints as desks
from loquet_server.doors import endpoints as doors
from loquet_server.enforcement import endpoints as enforcement
from loquet_server.enrolment import endpoints as enrolment
from loquet_server.exchange import Exchange
from loquet_server.explain import endpoints as explain
from loquet_server.exports import endpoints as exports
from loquet_server.guard import Guard
from loquet_server.guests import endpoints as guests
from loquet_server.idempotency import Idempotency
from loquet_server.imports import endpoints as imports
from loquet_server.incidents import endpoints as incidents
from loquet_server.journal import endpoints as journal
from loquet_server.keys import Keys
from loquet_server.keys import load as load_keys
from loquet_server.members import endpoints as members
from loquet_server.moving import endpoints as moving
from loquet_server.mqtt import Address
from loquet_server.office import Office
from loquet_server.operators import endpoints as operators
from loquet_server.organisations import endpoints as organisations
from loquet_server.passes import endpoints as passes
from loquet_server.plans import endpoints as plans
from loquet_server.policy import endpoints as policy
from loquet_server.policy.publisher import PolicyPublisher
from loquet_server.readable import Readable
from loquet_server.schedules import endpoints as schedules
from loquet_server.settings import BrokerKind, Settings
from loquet_server.sites import endpoints as sites
from loquet_server.subscriptions import endpoints as subscriptions
from loquet_server.tokens import endpoints as tokens
from loquet_server.units import endpoints as units

Include = Callable[[FastAPI], None]
"""Adds routes and middleware to the application; its office is ``app.state.office``."""
PAGES = "loquet_server.pages"
"""The module whose ``include(app)`` adds the pages."""

ROUTERS: tuple[APIRouter, ...] = tuple(
    noun.router
    for noun in (
        areas, audit, badges, calendar, desks, doors, enforcement, enrolment, explain, exports,
        guests, imports, incidents, journal, members, moving, operators, organisations, passes,
        plans, policy, schedules, sites, subscriptions, tokens, units,
    )
)  # fmt: skip


def broker_address(settings: Settings, keys: Keys) -> Address:
    """Return where the broker is, and as whom this server comes."""
    if settings.broker is BrokerKind.EMBEDDED:
        return Address(
            settings.broker_host, settings.broker_port, SERVER_USER, keys.broker_password
        )
    password = settings.broker_password.get_secret_value()
    return Address(settings.broker_host, settings.broker_port, settings.broker_user, password)


@asynccontextmanager
async def open_office(settings: Settings) -> AsyncIterator[Office]:
    """Yield an office whose session at the broker is on its way; close all at the end."""
    keys = load_keys(settings.keys_folder)
    office = Office(
        settings,
        Database(settings.database),
        keys,
        Exchange(broker_address(settings, keys)),
        PolicyPublisher(keys, settings.policy_horizon_days),
    )
    await office.exchange.start()
    try:
        yield office
    finally:
        await office.exchange.stop()
        await office.database.close()


def create_app(office: Office, include: Include | None = None) -> FastAPI:
    """Return the application of an office; ``include`` adds the pages (default: ours)."""
    app = FastAPI(
        title="Loquet",
        version="1",
        openapi_url="/api/v1/openapi.json",
        docs_url=None,  # ours is web.reference: FastAPI takes its own from another host
        redoc_url=None,
    )
    app.state.office = office
    errors.install(app)
    for router in ROUTERS:
        app.include_router(router)
    app.include_router(health.router)
    (include or pages())(app)
    openapi.install(app)
    app.add_middleware(Idempotency)
    app.add_middleware(Readable)
    app.add_middleware(Guard)  # last added, first asked
    return app


def pages() -> Include:
    """Return the ``include`` of the pages."""
    found: Include = importlib.import_module(PAGES).include
    return found


def no_pages(_app: FastAPI) -> None:
    """Add nothing: for an API without pages."""
