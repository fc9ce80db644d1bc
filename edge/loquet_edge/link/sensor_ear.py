"""The session with the space's own broker, on a thread of its own.

That broker is nobody's friend: what it floods us with is dropped before it is looked at, and
counted; while it is away, or hangs, the link's own work goes on. The thread owns the session and
the sensors; the link gives it plans and takes frames, through a bounded queue.
"""

import contextlib
import logging
import queue
import select
import socket
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field

from loquet_contract.ids import SensorId
from loquet_contract.wire.sensors import SensorPlan, SensorSeen, TopicSeen
from loquet_edge.config import UnitConfig
from loquet_edge.link.inbox import Allowance
from loquet_edge.link.session import Backoff, Broker, Closed, Opened, Received, Session
from loquet_edge.sensors.hearing import AWAY_SECONDS, Frame, Sensors
from loquet_edge.sensors.preview import Preview

log = logging.getLogger(__name__)

MAX_WAITING = 1000
"""Frames that the link has not taken; more are dropped, and all are told anew."""
PER_SECOND, AT_ONCE = 200.0, 2000.0
"""Messages that are looked at; at the start, all that the broker has kept comes at once."""
LONGEST = 0.5
LOOK_SECONDS = 0.2
"""A flood must not make us count it all day."""
NOT_YET = "not connected yet"


@dataclass(frozen=True, slots=True)
class Seen:
    """How things stand, for the server; fields as in ``SensorsSeen``."""

    version: int
    broker: str
    sensors: dict[SensorId, SensorSeen] = field(default_factory=dict)
    topics: tuple[TopicSeen, ...] = ()
    dropped: int = 0


class SensorEar:
    """Listens to one broker by one plan after another. ``wake`` is called when frames wait."""

    def __init__(
        self,
        broker: Broker,
        wake: Callable[[], None],
        clock: Callable[[], float] = time.monotonic,
        wall: Callable[[], float] = time.time,
        away: float = AWAY_SECONDS,
    ) -> None:
        self._away = away
        self._broker, self._wake, self._clock, self._wall = broker, wake, clock, wall
        self._plan: SensorPlan | None = None
        self._plans: queue.SimpleQueue[SensorPlan] = queue.SimpleQueue()
        self._frames: queue.Queue[Frame] = queue.Queue(MAX_WAITING)
        self._lost_frames = threading.Event()
        self._ending = threading.Event()
        self._rouse, self._rouser = socket.socketpair()
        self._rouse.setblocking(False)
        self._seen = Seen(0, NOT_YET)
        self._session: Session | None = None
        self._sensors = Sensors((), 0.0)
        self._preview = Preview()
        self._allowance = Allowance(PER_SECOND, AT_ONCE)
        self._filters: tuple[str, ...] | None = None
        self._trouble = NOT_YET
        self._dropped = 0
        self._look_at = 0.0
        self._thread = threading.Thread(target=self._run, name="sensor-ear", daemon=True)

    def start(self) -> None:
        self._thread.start()

    def follow(self, plan: SensorPlan) -> None:
        """Listen by this plan from now on; from any thread."""
        self._plans.put(plan)
        self._call()

    def frames(self) -> list[Frame]:
        """Return what desks are to hear."""
        found: list[Frame] = []
        with contextlib.suppress(queue.Empty):
            while len(found) < MAX_WAITING:
                found.append(self._frames.get_nowait())
        return found

    def tell_all(self) -> None:
        """Have every sensor told anew: somebody knows nothing yet."""
        self._lost_frames.set()
        self._call()

    @property
    def seen(self) -> Seen:
        """How things stand; replaced as a whole, so any thread may read it."""
        return self._seen

    def close(self) -> bool:
        """End; return False if the thread hangs in a call."""
        self._ending.set()
        self._call()
        if self._thread.is_alive():
            self._thread.join(2 * LONGEST)
        self._rouser.close()
        return not self._thread.is_alive()

    # ---- on the thread --------------------------------------------------------------------

    def _run(self) -> None:
        while not self._ending.is_set():
            self._turn()
        if self._session is not None:
            self._session.close()
        self._rouse.close()

    def _turn(self) -> None:
        self._wait()
        now = self._clock()
        with contextlib.suppress(queue.Empty):
            self._begin(self._plans.get_nowait(), now)
        if self._filters != self._listening(self._plan):
            self._listen(now)
        if self._session is not None:
            for event in self._session.advance(now):
                self._take(event, now)
        self._tell(self._sensors.pass_time(now))
        if self._lost_frames.is_set():
            self._tell_anew()
        if now >= self._look_at:
            self._look_at = now + LOOK_SECONDS
            self._look()

    def _wait(self) -> None:
        readers, writers = ([], []) if self._session is None else self._session.sockets()
        now = self._clock()
        deadlines = [now + LONGEST]
        if self._session is not None:
            deadlines.append(self._session.deadline())
        if self._sensors.deadline is not None:
            deadlines.append(self._sensors.deadline)
        pause = max(0.0, min(deadlines) - now)
        select.select([*readers, self._rouse], writers, [], pause)
        with contextlib.suppress(BlockingIOError):
            self._rouse.recv(64)

    def _begin(self, plan: SensorPlan, now: float) -> None:
        same = self._plan is not None and self._plan.sensors == plan.sensors
        self._plan = plan
        if not same:
            self._sensors = Sensors(plan.sensors, now, self._away)
            self._filters = None  # what the broker has kept is to come again, for the new mappings

    def _previewing(self) -> bool:
        return self._plan is not None and self._wall() < self._plan.preview_until

    def _listening(self, plan: SensorPlan | None) -> tuple[str, ...]:
        if plan is None:
            return ()
        shown = plan.preview if self._previewing() else ()
        return tuple(sorted({*self._sensors.topics, *shown}))

    def _listen(self, now: float) -> None:
        """Begin a session with other subscriptions."""
        if self._session is not None:
            self._session.close()
            self._sensors.disconnected(now)
        self._filters = self._listening(self._plan)
        if not self._previewing():
            self._preview.clear()
        self._session = Session(self._broker, self._filters, None, Backoff(1.0, 60.0))

    def _take(self, event: object, now: float) -> None:
        if isinstance(event, Opened):
            self._trouble = ""
            self._sensors.connected()
            log.info("listening to %d topics of the space's broker", len(self._filters or ()))
        elif isinstance(event, Closed):
            if not self._trouble:
                log.warning("no session with the space's broker: %s", event.why)
            self._trouble = event.why[:200]
            self._sensors.disconnected(now)
        elif isinstance(event, Received):
            self._hear(event, now)

    def _hear(self, event: Received, now: float) -> None:
        if not self._allowance.take(now):
            self._dropped += 1
            return
        utc = int(self._wall() * 1000)
        if self._previewing():
            self._preview.hear(event.topic, event.payload, event.retained, utc)
        self._tell(self._sensors.hear(event.topic, event.payload, event.retained, now, utc))

    def _tell(self, frames: list[Frame]) -> None:
        for frame in frames:
            try:
                self._frames.put_nowait(frame)
            except queue.Full:
                self._lost_frames.set()
        if frames:
            self._wake()

    def _tell_anew(self) -> None:
        with contextlib.suppress(queue.Empty):
            while True:
                self._frames.get_nowait()
        self._lost_frames.clear()
        self._tell(self._sensors.frames())

    def _look(self) -> None:
        version = 0 if self._plan is None else self._plan.version
        seen = Seen(
            version, self._trouble, dict(self._sensors.seen()), self._preview.topics(),
            self._dropped,
        )  # fmt: skip
        if seen != self._seen:
            self._seen = seen
            self._wake()

    def _call(self) -> None:
        with contextlib.suppress(OSError):
            self._rouser.send(b".", socket.MSG_DONTWAIT)


def home_broker(config: UnitConfig) -> Broker | None:
    """Return the space's own broker as we enter it; None if there is none, or no password."""
    found = config.sensors
    if found is None:
        return None
    password = ""
    if found.password_file is not None:
        try:
            password = found.password_file.read_text("utf-8").strip()
        except (OSError, UnicodeDecodeError) as error:
            log.error("%s cannot be read, so no sensor is heard: %s", found.password_file, error)
            return None
    host, port = found.broker
    return Broker(host, port, found.user, password, f"loquet-{config.unit}", found.tls)
