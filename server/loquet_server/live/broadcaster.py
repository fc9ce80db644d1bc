"""One render per change and language, pushed to everybody who looks.

Ingest says *what* changed, never how it is now: on a change the space is read once, rendered
once per language, and only the fragments that differ are pushed. One task does all the
reading and rendering, so that nothing older can ever follow something newer.

Each viewer has a mailbox that keeps, per fragment, only the newest: it cannot grow, and a
slow viewer skips what it was too late for instead of slowing the others. Whoever connects,
for the first time or again, is sent everything once.
"""

import asyncio
import contextlib
import logging
from collections.abc import Awaitable, Callable, Iterator, Mapping
from dataclasses import dataclass, field

from loquet_server.live.schemas import LiveView

COALESCE_SECONDS = 0.03
"""Changes that follow each other this closely are shown together."""
REFRESH_SECONDS = 30.0
"""While somebody looks, the space is read anew this often, whatever was or was not told."""
RETRY_SECONDS = 2.0

Fragments = dict[str, str]
Read = Callable[[], Awaitable[LiveView | None]]
Render = Callable[[LiveView, str], Fragments]

log = logging.getLogger(__name__)


@dataclass(slots=True)
class Update:
    """What a page must replace. ``ids``: with a first update, all the fragments there are."""

    fragments: Fragments
    ids: list[str] | None = None


@dataclass(eq=False, slots=True)
class Viewer:
    """Somebody who looks, and what has changed since they last heard."""

    language: str
    complete: bool = False
    _pending: Fragments = field(default_factory=dict)
    _ids: list[str] | None = None
    _news: asyncio.Event = field(default_factory=asyncio.Event)

    def tell(self, changed: Mapping[str, str], everything: Fragments) -> None:
        """Keep what changed, or everything when this viewer has not had everything yet."""
        self._pending.update(changed if self.complete else everything)
        if not self.complete:
            self._ids = list(everything)
            self.complete = True
        if self._pending:
            self._news.set()

    def outdated(self) -> None:
        """The page's own shape changed: whatever was pending, everything is sent again."""
        self._pending.clear()
        self.complete = False

    async def next(self) -> Update:
        """Wait for news, and return all of it."""
        await self._news.wait()
        update = Update(self._pending, self._ids)
        self._pending, self._ids = {}, None
        self._news.clear()
        return update


class Broadcaster:
    """Give it to whatever hears of changes; run it as one task of the web process."""

    def __init__(self, read: Read, render: Render, *, refresh: float = REFRESH_SECONDS) -> None:
        self._read = read
        self._render = render
        self._refresh = refresh
        self._viewers: set[Viewer] = set()
        self._shown: dict[str, Fragments] = {}
        self._dirty = asyncio.Event()

    @property
    def viewers(self) -> int:
        """How many look."""
        return len(self._viewers)

    def changed(self, noun: str, subject: str, revision: int) -> None:
        """Something has a new revision, committed. Cheap; call it for every ``Change``."""
        self._dirty.set()

    @contextlib.contextmanager
    def watch(self, language: str) -> Iterator[Viewer]:
        """Be a viewer; the first update holds everything."""
        viewer = Viewer(language)
        self._viewers.add(viewer)
        self._dirty.set()
        try:
            yield viewer
        finally:
            self._viewers.discard(viewer)

    async def run(self) -> None:
        """Push until cancelled."""
        while True:
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(self._dirty.wait(), self._refresh)
            await asyncio.sleep(COALESCE_SECONDS)
            self._dirty.clear()
            try:
                await self._push()
            # A page that stands still is worse than any one failure: say it, and try again.
            except Exception:
                log.exception("the live page could not be read; trying again")
                await asyncio.sleep(RETRY_SECONDS)
                self._dirty.set()

    async def _push(self) -> None:
        if not self._viewers:
            self._shown.clear()
            return
        view = await self._read()
        if view is None:
            return
        for language in {viewer.language for viewer in self._viewers}:
            self._push_to(language, self._render(view, language))

    def _push_to(self, language: str, now: Fragments) -> None:
        before = self._shown.get(language, {})
        self._shown[language] = now
        changed = {name: html for name, html in now.items() if before.get(name) != html}
        for viewer in self._viewers:
            if viewer.language != language:
                continue
            if viewer.complete and before.keys() != now.keys():
                viewer.outdated()
            viewer.tell(changed, now)
