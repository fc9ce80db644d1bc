"""Keeps at Home Assistant's broker what is to stand there, and carries out what it may ask for.

All that stands there is one table, topic to payload, made anew from the database whenever a
page would be told of a change; what differs is published. What stands there and is ours but not
in the table is taken away. So nothing has to be remembered, and a restart changes nothing.
"""

import asyncio
import contextlib
import json
from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Any, Final

import structlog

from loquet_contract.wire.messages import Change
from loquet_server.chores import tried
from loquet_server.homeassistant.connection import Connection, Heard
from loquet_server.homeassistant.discovery import (
    LONGEST,
    SHORTEST,
    announcements,
    parting,
    written,
)
from loquet_server.homeassistant.house import House, Names
from loquet_server.homeassistant.repository import read_house
from loquet_server.homeassistant.schemas import Home
from loquet_server.homeassistant.service import load
from loquet_server.homeassistant.states import states
from loquet_server.office import Office

ACTOR: Final = "Home Assistant"
NOUN: Final = "homeassistant"
"""Told when the settings were changed."""
CALM_SECONDS: Final = 0.25
"""Changes come in swarms; a swarm is published once."""
LATEST_SECONDS: Final = 60.0
"""Counts of people change with time alone."""
MOST_ORDERS: Final = 8
_log = structlog.get_logger(__name__)

Release = Callable[[str, str, str], Awaitable[None]]
"""Releases a door for a reason, in somebody's name; raises CannotRelease."""


class CannotRelease(Exception):
    """A door was not released; the message says why."""


class Bridge:
    """One server's side of Home Assistant."""

    def __init__(self, office: Office, release: Release) -> None:
        self._office = office
        self._release = release
        self._changed = asyncio.Event()
        self._orders: asyncio.Queue[tuple[str, str]] = asyncio.Queue(MOST_ORDERS)
        self._home: Home | None = None
        self._names = Names(server_name(office), "homeassistant")
        self._connection: Connection | None = None
        self._wanted: dict[str, str] = {}
        self._said: dict[str, str] = {}
        self._house: House | None = None
        self._reload = True

    @property
    def online(self) -> bool | None:
        """True while there is a session; None where it is switched off."""
        return None if self._connection is None else self._connection.online

    @property
    def problem(self) -> str:
        """Why there is none, in the broker's words; empty if nobody knows."""
        return "" if self._connection is None else self._connection.problem

    async def run(self) -> None:
        """Go on until cancelled."""
        with self._office.exchange.listening(self._hear):
            orders = asyncio.create_task(self._carry_out(), name="home-orders")
            try:
                while True:
                    await self._turn()
            finally:
                orders.cancel()
                with contextlib.suppress(asyncio.CancelledError):
                    await orders
                await self._leave()

    async def _turn(self) -> None:
        await tried("home", self._look)
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(self._changed.wait(), LATEST_SECONDS)
            await asyncio.sleep(CALM_SECONDS)
        self._changed.clear()

    async def _look(self) -> None:
        if self._reload:
            self._reload = False
            await self._settle()
        if self._connection is not None and self._connection.online:
            await self._refresh()

    # ---- settings

    async def _settle(self) -> None:
        """Do as the settings say, if they say something else than before."""
        async with self._office.database.reading() as session:
            found = await load(session, self._office.keys)
        found = found if found is not None and found.enabled else None
        if found == self._home:
            return
        if self._home is not None and (found is None or _elsewhere(found, self._home)):
            self._withdraw()
        await self._leave()
        self._home = found
        if found is not None:
            self._names = Names(self._names.server, found.prefix)
            self._join(found)

    def _join(self, home: Home) -> None:
        names = self._names
        self._connection = Connection(
            home, names.online,
            (names.birth, f"{names.base}/#", f"{names.prefix}/device/+/config"),
            self._came, self._heard,
        )  # fmt: skip
        self._connection.start()

    async def _leave(self) -> None:
        if self._connection is not None:
            await self._connection.stop()
            self._connection = None
        self._said.clear()

    def _withdraw(self) -> None:
        """Take away all that stands there."""
        if self._connection is not None and self._connection.online:
            for topic in sorted(self._said.keys() | self._wanted.keys()):
                if topic != self._names.online:
                    self._connection.say(topic, "")

    # ---- what stands there

    async def _refresh(self) -> None:
        """Publish what differs from what was said."""
        assert self._home is not None
        house = await self._read(self._home)
        if house is None:
            return
        self._house = house
        self._wanted = table(house, self._names, commands=self._home.commands)
        gone = sorted(self._said.keys() - self._wanted.keys(), key=self._names.is_config)
        for topic, payload in self._wanted.items():
            if self._said.get(topic) != payload:
                self._announce(topic, payload, self._said.get(topic, ""))
        for topic in gone:
            self._say(topic, "")
            del self._said[topic]

    async def _read(self, home: Home) -> House | None:
        office, server = self._office, self._names.server
        async with office.database.reading() as session:
            return await session.run_sync(
                lambda plain: read_house(
                    plain, home.site, server, office.settings.public_url, office.now_ms()
                )
            )

    def _announce(self, topic: str, payload: str, before: str) -> None:
        """Say something; of a device, first what it no longer has."""
        if self._names.is_config(topic):
            old = _plain(before)
            leaving = None if old is None else parting(old, json.loads(payload))
            if leaving is not None:
                self._say(topic, written(leaving))
        self._say(topic, payload)
        self._said[topic] = payload

    def _say(self, topic: str, payload: str) -> None:
        if self._connection is not None:
            self._connection.say(topic, payload)

    # ---- what is heard

    def _hear(self, site: str, change: Change) -> None:
        """A page would be told: look again."""
        if change.noun == NOUN:
            self._reload = True
        elif self._home is None or site != self._home.site:
            return
        self._changed.set()

    def _came(self) -> None:
        """There is a new session: all is said again."""
        self._said.clear()
        self._changed.set()

    def _heard(self, message: Heard) -> None:
        if message.topic == self._names.birth:
            if message.payload == b"online" and not message.retained:
                self._came()
            return
        door = self._names.door_of(message.topic)
        if door is not None:
            self._ordered(door, message)
        elif message.retained and message.payload:
            self._found(message.topic, message.payload.decode("utf-8", "replace"))

    def _found(self, topic: str, payload: str) -> None:
        """Something stood there before we came: it counts as said, so that it is put right."""
        ours = self._names.is_config(topic) or topic.startswith(f"{self._names.base}/")
        if not ours or topic == self._names.online:
            return
        said = self._said.setdefault(topic, payload)
        if said != payload and self._names.is_config(topic):
            self._announce(topic, said, payload)
        if self._wanted.get(topic) != said:
            self._changed.set()

    # ---- orders

    def _ordered(self, door: str, message: Heard) -> None:
        """Take an order, if it may be given, is new, and says why."""
        if not message.payload:
            return  # what stood there was taken away
        self._say(message.topic, "")  # no order stands: it would be given again at each restart
        if message.retained:
            _log.warning("home_order_retained", door=door)
            return
        reason = reason_of(message.payload)
        known = self._house is not None and any(each.id == door for each in self._house.doors)
        if self._home is None or not self._home.commands or not known or reason is None:
            _log.warning("home_order_refused", door=door, reason_given=reason is not None)
            return
        try:
            self._orders.put_nowait((door, reason))
        except asyncio.QueueFull:
            _log.warning("home_order_dropped", door=door)

    async def _carry_out(self) -> None:
        while True:
            door, reason = await self._orders.get()
            try:
                await self._release(door, reason, ACTOR)
                _log.info("home_order_done", door=door)
            except CannotRelease as error:
                _log.warning("home_order_failed", door=door, detail=str(error))
            # An outermost loop: one order that fails must not be the last.
            except Exception:  # noqa: BLE001
                _log.exception("home_order_failed", door=door)


def table(house: House, names: Names, *, commands: bool) -> dict[str, str]:
    """Return all that is to stand there, states first: who finds a device finds how it stands."""
    found = states(house, names, commands=commands)
    found[names.online] = "online"
    devices = announcements(house, names, commands=commands)
    return found | {topic: written(device) for topic, device in devices.items()}


def reason_of(payload: bytes) -> str | None:
    """Return why a door is to be released; None for whatever is not such an order."""
    found = _plain(payload.decode("utf-8", "replace")) if len(payload) <= 1000 else None
    if found is None or found.get("command") != "UNLOCK":
        return None
    reason = found.get("reason")
    text = reason.strip() if isinstance(reason, str) else ""
    return text if SHORTEST <= len(text) <= LONGEST and text.isprintable() else None


def server_name(office: Office) -> str:
    """Return what tells this server from others at the same broker; it gives nothing away."""
    return office.keys.signing.public.key_id.lower().replace("-", "")[:8]


def _elsewhere(one: Home, other: Home) -> bool:
    """True if what stands for one does not stand for the other."""
    return (one.host, one.port, one.prefix, one.site) != (
        other.host, other.port, other.prefix, other.site,
    )  # fmt: skip


def _plain(text: str) -> dict[str, Any] | None:
    try:
        found = json.loads(text) if text else None
    except ValueError:
        return None
    return found if isinstance(found, dict) else None


@contextlib.asynccontextmanager
async def bridging(office: Office, release: Release) -> AsyncIterator[Bridge]:
    """Run a bridge meanwhile."""
    bridge = Bridge(office, release)
    office.home = bridge
    task = asyncio.create_task(bridge.run(), name="home-assistant")
    try:
        yield bridge
    finally:
        task.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await task
        office.home = None
