"""A blank unit for a visitor to adopt: it comes when somebody first looks at those that wait.

It has an SD card's token and nothing else. Once somebody has let it in it is a unit as the others
are, found again at every later start of the demo.
"""

import asyncio
import contextlib
import json
import sys
import tomllib
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from pathlib import Path

from loquet_contract.wire.adoption import REFUSED, WAITING
from loquet_server.admission.tokens import AdoptionTokens
from loquet_server.demo import village
from loquet_server.office import Office
from loquet_server.settings import Settings
from loquet_server.who import SHELL

LOOK_SECONDS = 0.5


@dataclass(slots=True)
class Newcomer:
    """The blank unit of one demo; ``folder`` is its SD card, ``boards`` where the bench looks.

    ``start`` runs a command with a log until the demo ends; ``say`` prints a line.
    """

    office: Office
    folder: Path
    boards: Path
    start: Callable[[list[str], Path], Awaitable[object]]
    say: Callable[[str], None]
    _task: asyncio.Task[None] | None = field(default=None)

    def come(self) -> None:
        """Come, unless it is there."""
        if self._task is None:
            self._task = asyncio.create_task(self._live(), name="newcomer")

    def come_back(self) -> None:
        """Come at once if somebody has let it in at an earlier start."""
        if (self.folder / "identity.json").exists():
            self.come()

    async def end(self) -> None:
        """Look after it no more."""
        if self._task is not None:
            self._task.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await self._task

    async def _live(self) -> None:
        config, code = self.folder / "unit.toml", ""
        try:
            await self._prepare(config)
            await self.start(
                [sys.executable, "-m", "loquet_edge.cli", "simulate", "--config", str(config)],
                self.folder / "unit.log",
            )
        except OSError as error:
            self.say(f"No blank unit comes: {error}")
            return
        while not (board := self.folder / "run" / "board.sock").exists():
            shown = _shown(self.folder)
            if shown.get("state") == WAITING and shown.get("code") != code:
                code = shown["code"]
                self.say(f"A blank unit waits at /units/waiting. It shows the code {code}.")
            await asyncio.sleep(LOOK_SECONDS)
        name = tomllib.loads(config.read_text("utf-8"))["unit"]["id"]
        (self.boards / f"{name}.sock").unlink(missing_ok=True)
        (self.boards / f"{name}.sock").symlink_to(board)

    async def _prepare(self, config: Path) -> None:
        """Give it a new token; or, once it was let in, the broker's port of today."""
        self.folder.mkdir(parents=True, exist_ok=True)
        (self.folder / "run" / "board.sock").unlink(missing_ok=True)
        if config.exists():
            config.write_text(at_broker(config.read_text("utf-8"), self.office.settings), "utf-8")
            return
        if _shown(self.folder).get("state") == REFUSED:  # it asks as another one
            for name in ("adoption.json", "adoption.pending"):
                (self.folder / name).unlink(missing_ok=True)
        office = self.office
        async with office.database.with_transaction() as session:
            tokens = AdoptionTokens(session, office.settings, office.keys)
            found = await tokens.issue(village.SITE, SHELL, office.now_ms())
        (self.folder / "adoption-token").write_text(found.text, "utf-8")


def at_broker(text: str, settings: Settings) -> str:
    """Return a ``unit.toml`` that leads to the broker of today, wherever it led before."""
    head, _, _ = text.partition("\n[link]\n")
    return f'{head}\n[link]\nbroker = "{settings.broker_host}:{settings.broker_port}"\n'


def _shown(folder: Path) -> dict[str, str]:
    try:
        found = json.loads((folder / "adoption.json").read_text("utf-8"))
    except (OSError, ValueError):
        return {}
    return {str(name): str(value) for name, value in found.items()}
