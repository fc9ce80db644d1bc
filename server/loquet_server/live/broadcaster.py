"""One render per change and audience, pushed to everybody who looks.

Ingest says *what* changed, never how it is now: on a change its space is read once, rendered
once per audience, and only the fragments that differ are pushed. One task does all the
reading and rendering, so that nothing older can ever follow something newer.

Each viewer has a mailbox that keeps, per fragment, only the newest: it cannot grow, and a
slow viewer skips what it was too late for instead of slowing the others. Whoever connects,
for the first time or again, is sent everything once.
"""

import asyncio
import contextlib
import logging
import math
from collections.abc import Awaitable, Callable, Iterator, Mapping
from dataclasses import dataclass, field

from loquet_server.live.schemas import LiveView

COALESCE_SECONDS = 0.03
"""Changes that follow each other this closely are shown together."""
FIRST_SECONDS = 0.003
"""After a quiet time the first is shown at once, with those of the same commit."""
REFRESH_SECONDS = 30.0
"""While somebody looks, the space is read anew this often, whatever was or was not told."""
RETRY_SECONDS = 2.0

Fragments = dict[str, str]
Read = Callable[[str | None], Awaitable[LiveView | None]]
"""Returns a site's view, by default that of the first."""
Render = Callable[[LiveView, str], Fragments]

log = logging.getLogger(__name__)


@dataclass(slots=True)
class Update:
    """What a page must replace. ``ids``: with a first update, all the fragments there are."""

    fragments: Fragments
    ids: list[str] | None = None


@dataclass(eq=False, slots=True)
class Viewer:
    """Somebody who looks at a site, and what has changed since they last heard."""

    audience: str
    site: str | None = None
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
        self._shown: dict[tuple[str | None, str], Fragments] = {}
        self._dirty = asyncio.Event()
        self._sites: set[str | None] | None = set()
        """Whose changes are not yet shown; None: everybody's."""

    @property
    def viewers(self) -> int:
        """How many look."""
        return len(self._viewers)

    def changed(self, noun: str, subject: str, revision: int, site: str | None = None) -> None:
        """Something of a site has a new revision, committed. Cheap; for every ``Change``.

        Without a site it counts for all of them.
        """
        if site is None:
            self._sites = None
        elif self._sites is not None:
            self._sites.add(site)
        self._dirty.set()

    @contextlib.contextmanager
    def watch(self, audience: str, site: str | None = None) -> Iterator[Viewer]:
        """Be a viewer of a site, by default the first; the first update holds everything."""
        viewer = Viewer(audience, site)
        self._viewers.add(viewer)
        if self._sites is not None:
            self._sites.add(site)
        self._dirty.set()
        try:
            yield viewer
        finally:
            self._viewers.discard(viewer)

    async def run(self) -> None:
        """Push until cancelled."""
        loop, pushed = asyncio.get_running_loop(), -math.inf
        while True:
            try:
                await asyncio.wait_for(self._dirty.wait(), self._refresh)
            except TimeoutError:
                self._sites = None
            await asyncio.sleep(max(pushed + COALESCE_SECONDS - loop.time(), FIRST_SECONDS))
            self._dirty.clear()
            try:
                await self._push()
                pushed = loop.time()
            # A page that stands still is worse than any one failure: say it, and try again.
            except Exception:
                log.exception("the live page could not be read; trying again")
                await asyncio.sleep(RETRY_SECONDS)
                self._sites = None
                self._dirty.set()

    async def _push(self) -> None:
        told, self._sites = self._sites, set()
        watched = {viewer.site for viewer in self._viewers}
        for site, audience in [*self._shown]:
            if site not in watched:
                del self._shown[site, audience]
        for site in watched:
            if told is not None and site is not None and site not in told:
                continue
            view = await self._read(site)
            if view is None:
                continue
            looking = [viewer for viewer in self._viewers if viewer.site == site]
            for audience in {viewer.audience for viewer in looking}:
                self._push_to(site, audience, self._render(view, audience))

    def _push_to(self, site: str | None, audience: str, now: Fragments) -> None:
        before = self._shown.get((site, audience), {})
        self._shown[site, audience] = now
        changed = {name: html for name, html in now.items() if before.get(name) != html}
        for viewer in self._viewers:
            if (viewer.site, viewer.audience) != (site, audience):
                continue
            if viewer.complete and before.keys() != now.keys():
                viewer.outdated()
            viewer.tell(changed, now)
