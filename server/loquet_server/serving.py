"""The processes of a server: web, ingest and the embedded broker, together or apart.

``running`` starts what its roles ask for, and stops it in reverse: pages first, the broker
last. It never leaves a process behind; if it is killed itself, the kernel ends the broker.
"""

from __future__ import annotations

import asyncio
import contextlib
import signal
import socket
import ssl
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import click
import structlog
import uvicorn

from loquet_contract.wire.messages import Change
from loquet_server.adoption.beacon import advertising
from loquet_server.areas.keeping import keep_counting
from loquet_server.assembly import broker_address, open_office
from loquet_server.backup.barred import refuse_unfinished
from loquet_server.backup.schedule import back_up_daily
from loquet_server.broker import Broker, BrokerUser, unit_user
from loquet_server.certificates.keeping import embedded_files, keep_broker, refresh_files
from loquet_server.certificates.mosquitto_file import refuse_unusable_log
from loquet_server.certificates.mosquitto_log import watch_mosquitto
from loquet_server.certificates.refusals import watch_broker
from loquet_server.chores import tried
from loquet_server.database import Database
from loquet_server.home_orders import releasing
from loquet_server.homeassistant.bridge import bridging
from loquet_server.hooks.courier import Courier
from loquet_server.hosts import is_loopback
from loquet_server.identity.preferences import with_preferences
from loquet_server.incidents.watch import watch_incidents
from loquet_server.ingest.rival import watch_rival
from loquet_server.ingest.service import IngestService
from loquet_server.ingest.subscriber import Subscriber
from loquet_server.keys import load as load_keys
from loquet_server.me.round import keep_round
from loquet_server.migrations import migrate
from loquet_server.notices.teller import Teller
from loquet_server.office import Office
from loquet_server.privacy.keeping import keep_clean
from loquet_server.processes import CannotServe, Role, alone
from loquet_server.reckoning.clock import ServerClock
from loquet_server.reckoning.keeping import (
    ClockWatch,
    follow,
    keep_following,
    keep_watching,
)
from loquet_server.reckoning.witnesses import Witnesses
from loquet_server.reservations.keeper import keeping
from loquet_server.rotation.keeping import keep_rotating
from loquet_server.settings import SERVED, Accounts, BrokerKind, Settings, url_of
from loquet_server.setup.service import SetupService
from loquet_server.units.repository import UnitRepository
from loquet_server.units.retelling import keep_policies, keep_telling, renew_all
from loquet_server.units.watch import keep_watch
from loquet_server.usual.keeping import keep

if TYPE_CHECKING:
    from fastapi import FastAPI

    from loquet_server.app import Include

BROKER_SECONDS = 20.0
_log = structlog.get_logger(__name__)


Prepare = Callable[[Office], Awaitable[None]]
"""Makes an office ready for its first visitor."""


@dataclass(slots=True)
class Running:
    """A server that runs. ``port``: where pages answer, if they do."""

    office: Office
    port: int | None = None
    broker: Broker | None = None
    subscriber: Subscriber | None = None


@asynccontextmanager
async def running(
    settings: Settings,
    role: Role = Role.BOTH,
    include: Include | None = None,
    prepare: Prepare | None = None,
) -> AsyncIterator[Running]:
    """Yield a server with all that its role asks for; raise CannotServe, BrokerUnusable ...

    ``prepare`` is done before anything else writes and before a page answers; who asks
    meanwhile waits.
    """
    async with AsyncExitStack() as stack:
        listening = None
        if Role.WEB in role:
            listening = stack.enter_context(_listen(settings.host, settings.port))
            settings = settings.model_copy(update={"port": listening.getsockname()[1]})
        settings.data.mkdir(parents=True, exist_ok=True)
        if Role.INGEST in role:
            stack.enter_context(alone(settings))
            refuse_unusable_log(settings)
        refuse_unfinished(settings.data)
        settings = await _migrated(settings)
        refuse_clear_text(settings)
        make_app = _loaded(include) if listening is not None else None
        broker = None
        if Role.INGEST in role and settings.broker is BrokerKind.EMBEDDED:
            broker = await _broker(stack, settings)
        office = await stack.enter_async_context(open_office(settings))
        found = Running(office, broker=broker)
        if Role.INGEST in role:
            await refresh_files(office)  # without them a new mosquitto does not start
        await office.exchange.wait_online(BROKER_SECONDS)
        if office.machine_clock is not None:
            await _followed(stack, office.database, office.machine_clock, role)
        if prepare is not None:
            await prepare(office)
        if Role.INGEST in role:
            await _ingest(stack, found)
        if listening is not None and make_app is not None:
            await _web(stack, make_app(office), office.settings, listening)
            found.port = settings.port
            address = url_of(settings.host, settings.port, secure=settings.secure)
            (settings.data / SERVED).write_text(f"{address}\n")
            await stack.enter_async_context(advertising(office.settings))
        yield found


async def serve(settings: Settings, role: Role) -> None:
    """Run until SIGTERM or SIGINT; raise CannotServe if ingest ends by itself."""
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for each in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(each, stop.set)
    async with running(settings, role) as found:
        if found.port is not None:
            await invite_owner(found.office, found.port)
        _log.info("serving", port=found.port, role=str(role), data=str(settings.data))
        await until_stopped(stop, found.subscriber)
    _log.info("stopped")


async def invite_owner(office: Office, port: int) -> None:
    """Print a one-time code for the first start, while nobody owns this server."""
    if office.settings.accounts is Accounts.LOCAL:
        return
    async with office.database.with_transaction() as session:
        service = SetupService(session, office.now_ms())
        code = await service.code() if await service.pending() else None
    if code is not None:
        scheme = "https" if office.settings.secure else "http"
        click.echo(
            f"\nThis server belongs to nobody yet. Go to {scheme}://localhost:{port}/setup\n"
            f"and type this code:  {code}\n"
            "From another machine, open a tunnel first:"
            f" ssh -L {port}:localhost:{port} THIS-SERVER\n"
        )


async def until_stopped(stop: asyncio.Event, subscriber: Subscriber | None) -> None:
    """Wait for ``stop``; raise CannotServe if ingest ends: without it, nothing is kept."""
    waits: set[asyncio.Task[Any]] = {asyncio.create_task(stop.wait())}
    if subscriber is not None:
        waits.add(asyncio.create_task(subscriber.ended(), name="ingest-ended"))
    _, left = await asyncio.wait(waits, return_when=asyncio.FIRST_COMPLETED)
    for each in left:
        each.cancel()
    if not stop.is_set():
        raise CannotServe(
            "ingest has ended, so facts of units are no longer kept (units keep them); the log"
            " says why: put that right, and start the server again"
        )


@contextlib.contextmanager
def _listen(host: str, port: int) -> Iterator[socket.socket]:
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with socket.socket(family, socket.SOCK_STREAM) as found:
        found.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            found.bind((host, port))
            found.listen(128)
        except OSError as error:
            raise CannotServe(
                f"cannot listen on {host} port {port}: {error.strerror}; stop what uses it, or"
                " choose another port, such as PORT=8080"
            ) from error
        yield found


def refuse_clear_text(settings: Settings) -> None:
    """Raise CannotServe if the broker were to speak in clear on a network."""
    if settings.broker_secure or is_loopback(settings.broker_host):
        return
    raise CannotServe(
        f"LOQUET_BROKER_TLS=off would send units' words in clear to {settings.broker_host}, and"
        " let in whoever has a password; leave it out, or keep the broker on this machine"
        " (LOQUET_BROKER_HOST=127.0.0.1)"
    )


async def _migrated(settings: Settings) -> Settings:
    """Bring the database up to date; return settings with what was set on the pages."""
    database = Database(settings.database)
    try:
        await migrate(database)
        return await with_preferences(settings, database)
    finally:
        await database.close()


async def _users(database: Database) -> list[BrokerUser]:
    async with database.reading() as session:
        rows = await UnitRepository(session).broker_users()
    return [unit_user(*row) for row in rows]


async def _broker(stack: AsyncExitStack, settings: Settings) -> Broker:
    database = Database(settings.database)
    try:
        users = await _users(database)
    finally:
        await database.close()
    keys = load_keys(settings.keys_folder)
    broker = Broker(
        settings.broker_folder, settings.broker_host, settings.broker_port, keys.broker_password,
        embedded_files(settings, keys, int(time.time() * 1000)),
    )  # fmt: skip
    stack.push_async_callback(broker.stop)
    await broker.start(users)
    return broker


async def _followed(
    stack: AsyncExitStack, database: Database, clock: ServerClock, role: Role
) -> None:
    """Go by what was known of the time; where nobody ingests, for as long as this runs."""
    await follow(database, clock)
    if Role.INGEST not in role:
        chore = asyncio.create_task(keep_following(database, clock), name="follow-clock")
        stack.push_async_callback(_ended, chore)


async def _ingest(stack: AsyncExitStack, found: Running) -> None:
    office, broker = found.office, found.broker
    witnesses, clock = Witnesses(), office.machine_clock
    watch = None
    if clock is not None:
        watch = ClockWatch(office.database, clock, witnesses, lambda: renew_all(office))
        await watch.look()
    service = IngestService(office.database, office.keys.signer, office.clock, witnesses)
    subscriber = Subscriber(service, broker_address(office.settings, office.keys))
    stack.push_async_callback(subscriber.stop)
    await subscriber.start()
    await subscriber.wait_online(BROKER_SECONDS)
    found.subscriber = office.ingest = subscriber
    if broker is not None or office.settings.broker_files is not None:
        _follow_units(stack, office, broker)
    await stack.enter_async_context(bridging(office, releasing(office)))
    await stack.enter_async_context(keeping(office))
    chores = {
        "renew-policies": keep_policies(office),
        "tell-again": keep_telling(office),
        "keep-certificates": keep_broker(office, broker),
        "deliver-webhooks": Courier(office).run(),
        "tell-people": Teller(office).run(),
        "watch-incidents": watch_incidents(office),
        "keep-history": keep(office),
        "purge": keep_clean(office),
        "rotate": keep_rotating(office),
        "backups": back_up_daily(office),
        "count-people": keep_counting(office),
        "member-sessions": keep_round(office),
        "watch-units": keep_watch(office),
    }
    if broker is not None:
        chores["watch-broker"] = watch_broker(office, broker.log)
    else:
        address = broker_address(office.settings, office.keys)
        chores["watch-broker"] = watch_mosquitto(office, address)
    chores["watch-rival"] = watch_rival(office, lambda: subscriber.contested)
    if watch is not None:
        chores["watch-clock"] = keep_watching(watch)
    for name, chore in chores.items():
        stack.push_async_callback(_ended, asyncio.create_task(chore, name=name))


def _follow_units(stack: AsyncExitStack, office: Office, broker: Broker | None) -> None:
    """Tell the broker who may come: at once here, on a change from other processes."""
    changed, one_by_one = asyncio.Event(), asyncio.Lock()

    async def refresh() -> None:
        async with one_by_one:  # what was read earlier must not be said later
            if broker is not None:
                await broker.set_users(await _users(office.database))
            await refresh_files(office)

    async def follow() -> None:
        while True:
            await changed.wait()
            changed.clear()
            await tried("follow-units", refresh)

    def heard(_site: str, change: Change) -> None:
        if change.noun == "unit":
            changed.set()

    office.units_changed = refresh
    stack.push_async_callback(_ended, asyncio.create_task(follow(), name="follow-units"))
    stack.enter_context(office.exchange.listening(heard))


def _tls(settings: Settings) -> dict[str, Any]:
    """Return what uvicorn needs to speak https; raise CannotServe if the files will not do."""
    if settings.tls_certificate is None and settings.tls_key is None:
        return {}
    if settings.tls_certificate is None or settings.tls_key is None:
        raise CannotServe("https needs both LOQUET_TLS_CERTIFICATE and LOQUET_TLS_KEY")
    try:
        context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
        context.load_cert_chain(settings.tls_certificate, settings.tls_key, password=lambda: b"")
    except (OSError, ValueError) as error:
        raise CannotServe(
            f"https cannot be served with {settings.tls_certificate} and {settings.tls_key}:"
            f" {error}; correct LOQUET_TLS_CERTIFICATE and LOQUET_TLS_KEY, or what /setup/reach set"
        ) from error
    return {"ssl_certfile": settings.tls_certificate, "ssl_keyfile": settings.tls_key}


class _Server(uvicorn.Server):
    """uvicorn without signals of its own: it would raise them again before we have cleaned up."""

    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        yield


def _loaded(include: Include | None) -> Callable[[Office], FastAPI]:
    """Load all rooms of the web application; return what makes one.

    It takes seconds on a small machine: done before a unit has anybody to wait for, and in no
    process without pages.
    """
    from loquet_server.app import create_app, pages

    chosen = include or pages()
    return lambda office: create_app(office, chosen)


async def _web(
    stack: AsyncExitStack, app: FastAPI, settings: Settings, listening: socket.socket
) -> None:
    config = uvicorn.Config(
        app,
        log_config=None,
        access_log=False,
        proxy_headers=False,  # nobody may claim to come from loopback
        server_header=False,
        timeout_graceful_shutdown=2,
        **_tls(settings),
    )
    server = _Server(config)
    task = asyncio.create_task(server.serve(sockets=[listening]), name="web")

    async def stop() -> None:
        if hasattr(app.state, "closing"):  # streams of open pages end by themselves
            app.state.closing.set()
        server.should_exit = True
        await task

    stack.push_async_callback(stop)
    while not server.started:
        if task.done():
            raise CannotServe("the pages did not start; the log says why")
        await asyncio.sleep(0.01)


async def _ended(task: asyncio.Task[None]) -> None:
    task.cancel()
    with contextlib.suppress(asyncio.CancelledError):
        await task
