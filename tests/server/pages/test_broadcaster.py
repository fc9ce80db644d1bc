"""One render per change and language; nobody waits for a slow viewer."""

import asyncio
import contextlib
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from loquet_server.live.broadcaster import Broadcaster, Update, Viewer
from loquet_server.live.schemas import LiveView, SpaceView

PATIENCE = 5.0


class Space:
    """A space whose fragments are given, and which counts how often it was read and rendered."""

    def __init__(self) -> None:
        self.fragments = {"door-a": "closed", "door-b": "closed"}
        self.reads = 0
        self.renders = 0
        self.failures = 0
        self.read_sites: list[str | None] = []

    async def read(self, site: str | None) -> LiveView:
        self.reads += 1
        self.read_sites.append(site)
        if self.failures:
            self.failures -= 1
            raise OSError("the database is away")
        return LiveView(SpaceView("s", "S", "Europe/Paris"), now=0)

    def render(self, view: LiveView, language: str) -> dict[str, str]:
        self.renders += 1
        return {name: f"{language}:{text}" for name, text in self.fragments.items()}


@asynccontextmanager
async def broadcasting(space: Space) -> AsyncIterator[Broadcaster]:
    broadcaster = Broadcaster(space.read, space.render)
    task = asyncio.create_task(broadcaster.run())
    yield broadcaster
    task.cancel()
    with contextlib.suppress(asyncio.CancelledError):
        await task


async def news(viewer: Viewer) -> Update:
    return await asyncio.wait_for(viewer.next(), PATIENCE)


async def test_a_viewer_is_first_sent_everything() -> None:
    async with broadcasting(Space()) as broadcaster:
        with broadcaster.watch("fr") as viewer:
            update = await news(viewer)
    assert update.fragments == {"door-a": "fr:closed", "door-b": "fr:closed"}
    assert update.ids == ["door-a", "door-b"]


async def test_then_only_what_differs() -> None:
    space = Space()
    async with broadcasting(space) as broadcaster:
        with broadcaster.watch("fr") as viewer:
            await news(viewer)
            space.fragments["door-b"] = "open"
            broadcaster.changed("door", "b", 2)
            update = await news(viewer)
    assert update == Update({"door-b": "fr:open"}, None)


async def test_a_hundred_changes_at_once_are_read_once_and_rendered_once_per_language() -> None:
    space = Space()
    async with broadcasting(space) as broadcaster, _viewers(broadcaster) as viewers:
        for viewer in viewers:
            await news(viewer)
        reads, renders = space.reads, space.renders
        space.fragments["door-a"] = "open"
        for revision in range(100):
            broadcaster.changed("door", "a", revision)
        for viewer in viewers:
            assert (await news(viewer)).fragments == {"door-a": f"{viewer.audience}:open"}
    assert space.reads - reads == 1
    assert space.renders - renders == 2


@asynccontextmanager
async def _viewers(broadcaster: Broadcaster) -> AsyncIterator[list[Viewer]]:
    with contextlib.ExitStack() as stack:
        yield [
            stack.enter_context(broadcaster.watch(language))
            for language in ("fr", "en")
            for _ in range(20)
        ]
    assert broadcaster.viewers == 0


async def test_a_slow_viewer_gets_the_newest_and_holds_up_nobody() -> None:
    space = Space()
    async with broadcasting(space) as broadcaster:
        with broadcaster.watch("fr") as slow, broadcaster.watch("fr") as quick:
            await news(quick)
            for at in range(50):
                space.fragments["door-a"] = f"state {at}"
                broadcaster.changed("door", "a", at)
                assert (await news(quick)).fragments == {"door-a": f"fr:state {at}"}
            late = await news(slow)
    assert late.fragments == {"door-a": "fr:state 49", "door-b": "fr:closed"}


async def test_a_new_door_sends_the_whole_page_its_new_shape() -> None:
    space = Space()
    async with broadcasting(space) as broadcaster:
        with broadcaster.watch("fr") as viewer:
            await news(viewer)
            space.fragments["door-c"] = "closed"
            broadcaster.changed("door", "c", 1)
            update = await news(viewer)
    assert update.ids == ["door-a", "door-b", "door-c"]
    assert set(update.fragments) == {"door-a", "door-b", "door-c"}


async def test_a_database_that_goes_away_is_asked_again() -> None:
    space = Space()
    space.failures = 1
    async with broadcasting(space) as broadcaster:
        with broadcaster.watch("fr") as viewer:
            update = await news(viewer)
    assert update.ids is not None
    assert space.reads == 2


async def test_nothing_is_read_while_nobody_looks() -> None:
    space = Space()
    async with broadcasting(space) as broadcaster:
        broadcaster.changed("door", "a", 1)
        with broadcaster.watch("fr") as viewer:
            await news(viewer)
        reads = space.reads
        broadcaster.changed("door", "a", 2)
        with broadcaster.watch("en") as viewer:
            await news(viewer)
    assert space.reads == reads + 1


async def test_a_change_at_one_site_is_read_there_alone() -> None:
    space = Space()
    async with broadcasting(space) as broadcaster:
        with broadcaster.watch("fr", "here") as here, broadcaster.watch("fr", "there") as there:
            await news(here)
            await news(there)
            space.read_sites.clear()
            space.fragments["door-a"] = "open"
            broadcaster.changed("door", "a", 2, "here")
            assert (await news(here)).fragments == {"door-a": "fr:open"}
            assert space.read_sites == ["here"]
            broadcaster.changed("door", "b", 3)
            assert (await news(there)).fragments == {"door-a": "fr:open"}
    assert sorted(map(str, space.read_sites)) == ["here", "here", "there"]
