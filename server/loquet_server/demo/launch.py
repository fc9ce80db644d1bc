"""Starts a whole village: the server, two simulated units, and members who come and go.

Units are processes of their own, enrolled with one-time codes as any unit is; they reach the
broker through a cable that the bench can pull. Everything ends with this process.
"""

import asyncio
import contextlib
import os
import shutil
import signal
import sys
import tempfile
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from functools import partial
from pathlib import Path

import click

from loquet_server import pages, serving
from loquet_server.broker import free_port, port_is_free
from loquet_server.demo import letterbox, seed, village
from loquet_server.demo.hands import BoardHands
from loquet_server.demo.life import Life
from loquet_server.demo.newcomer import Newcomer
from loquet_server.enrolment.service import EnrolmentService
from loquet_server.leash import leashed
from loquet_server.office import Office
from loquet_server.settings import Accounts, Settings, url_of

ANY = ("0.0.0.0", "::")
_SECONDS = 30.0
_STOP_SECONDS = 8.0


class DemoFailed(OSError):
    """A simulated unit cannot be enrolled or started; the message shows what it said."""


async def run_demo(settings: Settings, speed: float = 1.0) -> None:
    """Run the demo until SIGTERM or SIGINT; ``speed`` 0: nobody comes by himself."""
    settings = settings.model_copy(update={"broker_port": _broker_port(settings)})
    if "accounts" not in settings.model_fields_set:  # whoever tries it signs in nowhere
        settings = settings.model_copy(update={"accounts": Accounts.LOCAL})
    stop = asyncio.Event()
    for each in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(each, stop.set)
    async with demo(settings, speed) as port:
        click.echo(
            f"\nLoquet: {village.SITE_NAME} is open.\n"
            f"  live view        http://localhost:{port}/\n"
            f"  simulated doors  http://localhost:{port}/bench\n"
            f"  a blank unit     http://localhost:{port}/units/waiting\n"
            "Ctrl-C ends it; the data stays in"
            f" {settings.data}.\n"
        )
        await stop.wait()
        click.echo("Closing...")


@asynccontextmanager
async def demo(settings: Settings, speed: float) -> AsyncIterator[int]:
    """Yield the port of the pages while the village lives."""
    boards = settings.data / "boards"
    runs = Path(tempfile.mkdtemp(prefix="loquet-"))  # Unix socket paths must be short
    badges = seed.badges(datetime.now(UTC))
    try:
        async with (
            letterbox.letterbox(_show_letter) as post,
            serving.running(
                settings,
                include=partial(pages.include, boards=boards, badges=badges),
                prepare=partial(_furnish, post=post),
            ) as found,
            contextlib.AsyncExitStack() as stack,
        ):
            processes: list[asyncio.subprocess.Process] = []
            stack.push_async_callback(_stop_all, processes)
            newcomer = _welcome(stack, processes, found.office, boards)
            starts = (_unit(processes, found.office, unit, runs / unit) for unit in village.UNITS)
            await asyncio.gather(*starts)
            sockets = {unit: runs / unit / "board.sock" for unit in village.UNITS}
            _show_boards(boards, sockets)
            newcomer.come_back()
            if speed > 0:
                await stack.enter_async_context(_living(Life(BoardHands(sockets), speed)))
            yield found.port or settings.port
    finally:
        shutil.rmtree(runs, ignore_errors=True)
        shutil.rmtree(boards, ignore_errors=True)


def _broker_port(settings: Settings) -> int:
    """Return the wanted port, or a free one: a second broker on a laptop is no reason to stop."""
    if port_is_free(settings.broker_host, settings.broker_port):
        return settings.broker_port
    return free_port(settings.broker_host)


def from_here(settings: Settings) -> Settings:
    """Return settings by which this machine's own units find us, if we listen on any address."""
    changes = {}
    if not settings.address and settings.host in ANY:
        changes["address"] = url_of("127.0.0.1", settings.port)
    if not settings.broker_public_host and settings.broker_host in ANY:
        changes["broker_public_host"] = "127.0.0.1"
    return settings.model_copy(update=changes)


async def _furnish(office: Office, post: int) -> None:
    """Write the village before anybody looks, and let this machine's own units find us.

    ``post``: the port of the demo's own mail server.
    """
    office.settings = from_here(office.settings)
    async with office.database.with_transaction() as session:
        await seed.seed(session, office.keys, office.now_ms())
        await letterbox.use(session, office.keys, post)


def _show_letter(text: str) -> None:
    click.echo(f"\n{text}\n")


def _welcome(
    stack: contextlib.AsyncExitStack, processes: list[asyncio.subprocess.Process], office: Office,
    boards: Path,
) -> Newcomer:  # fmt: skip
    """Have a blank unit come when somebody looks at those that wait."""

    async def start(command: list[str], log: Path) -> None:
        processes.append(await _start(command, log))

    folder = office.settings.data.absolute() / "units" / "newcomer"
    newcomer = Newcomer(office, folder, boards.absolute(), start, click.echo)
    stack.push_async_callback(newcomer.end)
    office.waiting_shown = newcomer.come
    return newcomer


def _show_boards(folder: Path, sockets: dict[str, Path]) -> None:
    """Put the boards where the bench looks for them."""
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    for unit, path in sockets.items():
        (folder / f"{unit}.sock").symlink_to(path)


@asynccontextmanager
async def _living(life: Life) -> AsyncIterator[None]:
    task = asyncio.create_task(life.run(), name="life")
    try:
        yield
    finally:
        task.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await task


async def _unit(
    processes: list[asyncio.subprocess.Process], office: Office, unit: str, run: Path
) -> None:
    """Start one simulated unit, enrolled first if it never was; wait until its board answers."""
    settings = office.settings
    folder = settings.data.absolute() / "units" / unit
    folder.mkdir(parents=True, exist_ok=True)
    run.mkdir(parents=True)
    config, cable = folder / "unit.toml", free_port()
    config.write_text(village.unit_toml(unit, str(run), f"127.0.0.1:{cable}"), "utf-8")
    log = folder / "unit.log"
    edge = [sys.executable, "-m", "loquet_edge.cli"]
    if not (folder / "identity.json").exists():
        async with office.database.with_transaction() as session:
            service = EnrolmentService(session, settings, office.keys, office.now_ms())
            code = await service.add_unit(unit)
        await _enrol([*edge, "enrol", code.text, "--config", str(config)])
    target = f"{cable}={settings.broker_host}:{settings.broker_port}"
    process = await _start([*edge, "simulate", "--config", str(config), "--cable", target], log)
    processes.append(process)
    await _until((run / "board.sock").exists, process, log)


async def _enrol(command: list[str]) -> None:
    process = await asyncio.create_subprocess_exec(
        *command, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.STDOUT
    )
    said, _ = await process.communicate()
    if process.returncode != 0:
        raise DemoFailed(f"a simulated unit was not enrolled: {said.decode(errors='replace')}")


async def _start(command: list[str], log: Path) -> asyncio.subprocess.Process:
    with log.open("wb") as out:
        return await asyncio.create_subprocess_exec(
            *leashed(command), stdout=out, stderr=out, process_group=0
        )


async def _stop_all(processes: list[asyncio.subprocess.Process]) -> None:
    await asyncio.gather(*map(_stop, processes))


async def _stop(process: asyncio.subprocess.Process) -> None:
    """End a unit in order, so that its journal closes; then make sure."""
    if process.returncode is None:
        process.terminate()
        try:
            await asyncio.wait_for(process.wait(), _STOP_SECONDS)
        except TimeoutError:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGKILL)
            await process.wait()


async def _until(there: Callable[[], bool], process: asyncio.subprocess.Process, log: Path) -> None:
    end = asyncio.get_running_loop().time() + _SECONDS
    while not there():
        if process.returncode is not None or asyncio.get_running_loop().time() > end:
            said = log.read_text("utf-8", "replace")[-2000:]
            raise DemoFailed(f"a simulated unit did not start; {log} ends with:\n{said}")
        await asyncio.sleep(0.05)
