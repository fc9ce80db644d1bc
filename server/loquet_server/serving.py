"""The processes of a server: web, ingest and the embedded broker, together or apart.

``running`` starts what its roles ask for, and stops it in reverse: pages first, the broker
last. It never leaves a process behind; if it is killed itself, the kernel ends the broker.
"""

import asyncio
import contextlib
import fcntl
import signal
import socket
import ssl
from collections.abc import AsyncIterator, Iterable, Iterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from enum import Flag, auto
from typing import Any

import click
import structlog
import uvicorn

from loquet_contract.wire.messages import Change
from loquet_server.app import Include, broker_address, create_app, open_office
from loquet_server.broker import Broker, BrokerUser, unit_user
from loquet_server.database import Database
from loquet_server.identity.preferences import with_preferences
from loquet_server.ingest.service import IngestService
from loquet_server.ingest.subscriber import Subscriber
from loquet_server.keys import load as load_keys
from loquet_server.migrations import migrate
from loquet_server.office import Office
from loquet_server.policy.repository import PolicyRepository
from loquet_server.settings import SERVED, Accounts, BrokerKind, Settings, url_of
from loquet_server.setup.service import SetupService
from loquet_server.units.repository import UnitRepository

BROKER_SECONDS = 20.0
RENEW_SECONDS = 3600.0
_log = structlog.get_logger(__name__)


class CannotServe(OSError):
    """The server cannot start like this; the message says what to do."""


class Role(Flag):
    """What a process does."""

    WEB = auto()
    INGEST = auto()
    """Also runs the embedded broker, where there is one."""
    BOTH = WEB | INGEST


@dataclass(slots=True)
class Running:
    """A server that runs. ``port``: where pages answer, if they do."""

    office: Office
    port: int | None = None
    broker: Broker | None = None
    subscriber: Subscriber | None = None


@asynccontextmanager
async def running(
    settings: Settings, role: Role = Role.BOTH, include: Include | None = None
) -> AsyncIterator[Running]:
    """Yield a server with all that its role asks for; raise CannotServe, BrokerUnusable ..."""
    async with AsyncExitStack() as stack:
        listening = None
        if Role.WEB in role:
            listening = stack.enter_context(_listen(settings.host, settings.port))
            settings = settings.model_copy(update={"port": listening.getsockname()[1]})
        settings.data.mkdir(parents=True, exist_ok=True)
        if Role.INGEST in role:
            stack.enter_context(_alone(settings))
        settings = await _migrated(settings)
        broker = None
        if Role.INGEST in role and settings.broker is BrokerKind.EMBEDDED:
            broker = await _broker(stack, settings)
        office = await stack.enter_async_context(open_office(settings))
        found = Running(office, broker=broker)
        await office.exchange.wait_online(BROKER_SECONDS)
        if Role.INGEST in role:
            await _ingest(stack, found)
        if listening is not None:
            await _web(stack, office, listening, include)
            found.port = settings.port
            address = url_of(settings.host, settings.port, secure=settings.secure)
            (settings.data / SERVED).write_text(f"{address}\n")
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


@contextlib.contextmanager
def _alone(settings: Settings) -> Iterator[None]:
    """Hold the data folder: two servers on one would each believe to be the only one."""
    with (settings.data / "lock").open("a") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as error:
            raise CannotServe(
                f"another server runs on {settings.data.absolute()}; stop it, or choose another"
                " folder with LOQUET_DATA"
            ) from error
        yield


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
    password = load_keys(settings.keys_folder).broker_password
    broker = Broker(settings.broker_folder, settings.broker_host, settings.broker_port, password)
    stack.push_async_callback(broker.stop)
    await broker.start(users)
    return broker


async def _ingest(stack: AsyncExitStack, found: Running) -> None:
    office, broker = found.office, found.broker
    service = IngestService(office.database, office.keys.signer, office.clock)
    subscriber = Subscriber(service, broker_address(office.settings, office.keys))
    stack.push_async_callback(subscriber.stop)
    await subscriber.start()
    await subscriber.wait_online(BROKER_SECONDS)
    found.subscriber = office.ingest = subscriber
    if broker is not None:
        _follow_users(stack, office, broker)
    stack.push_async_callback(_ended, asyncio.create_task(_renew(office), name="renew-policies"))


def _follow_users(stack: AsyncExitStack, office: Office, broker: Broker) -> None:
    """Give the broker new units' passwords: at once here, on a change from other processes."""
    tasks: set[asyncio.Task[None]] = set()

    async def refresh() -> None:
        await broker.set_users(await _users(office.database))

    def heard(_site: str, change: Change) -> None:
        if change.noun == "unit" and not tasks:
            task = asyncio.create_task(refresh())
            tasks.add(task)
            task.add_done_callback(tasks.discard)

    office.units_changed = refresh
    stack.enter_context(office.exchange.listening(heard))


async def _renew(office: Office) -> None:
    """Keep units' policies young, and what stands retained at the broker true."""
    told: set[str] = set()
    while True:
        try:
            async with office.database.reading() as session:
                units = await PolicyRepository(session).units()
            await renew(office, units, told)
        # An outermost loop: whatever fails now, units must not go stale for want of a retry.
        except Exception:  # noqa: BLE001
            _log.exception("renewal_failed")
        await asyncio.sleep(RENEW_SECONDS)


async def renew(office: Office, units: Iterable[str], told: set[str]) -> None:
    """Renew each unit's policy; units not in ``told`` get anew what stands retained for them."""
    for unit in units:
        try:
            async with office.database.with_transaction() as session:
                found = await office.policies.renew(session, unit, office.now_ms())
                await session.flush()
                if unit not in told:
                    found += await office.policies.retained(session, unit)
            office.publish(found)
            told.add(unit)
        # A loop over strangers: one unit's bad row must not let all others go stale.
        except Exception:  # noqa: BLE001
            _log.exception("renewal_failed", unit=unit)


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


async def _web(
    stack: AsyncExitStack, office: Office, listening: socket.socket, include: Include | None
) -> None:
    app = create_app(office, include)
    config = uvicorn.Config(
        app,
        log_config=None,
        access_log=False,
        proxy_headers=False,  # nobody may claim to come from loopback
        server_header=False,
        timeout_graceful_shutdown=2,
        **_tls(office.settings),
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
