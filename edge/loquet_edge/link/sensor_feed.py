"""The space's own sensors, on their way to ``door`` and to the server.

The signed plan says what is listened to. It is kept on the disk, so that desks work after a
restart without the server, and passed on to ``door`` as it came, since ``door`` believes only
what is signed about which sensor stands at which desk. What is heard goes to ``door``; how all
stands goes to the server, on change, but not more often than it can be read; the version in it
tells the server whether its plan has come.
"""

import logging
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

from loquet_contract.ids import SiteId, UnitId
from loquet_contract.wire.codec import MalformedMessage, decode_text, encode
from loquet_contract.wire.sensors import MAX_SEEN, SensorPlan, SensorsSeen
from loquet_contract.wire.signing import Purpose, Signer, Verifier, WrongSignature
from loquet_edge.identity import write_private
from loquet_edge.link.sensor_ear import Seen, SensorEar
from loquet_edge.seam import Mapped, Sensed, ToDoor

log = logging.getLogger(__name__)

SAY_SECONDS = 2.0
REPEAT_SECONDS = 60.0
"""Said again although nothing has changed, so that a page sees that it is not old."""
NO_BROKER = "this unit's unit.toml names no broker under [sensors]"


class SensorFeed:
    """Times are monotonic seconds. ``ear`` None: the unit knows no broker of the space."""

    def __init__(
        self,
        ear: SensorEar | None,
        file: Path,
        verifier: Verifier,
        signer: Signer,
        place: tuple[SiteId, UnitId],
        wall: Callable[[], float],
    ) -> None:
        self._ear, self._file, self._verifier = ear, file, verifier
        self._signer, self._site, self._unit = signer, *place
        self._wall = wall
        self._document: str | None = None
        self._version = 0
        self._mapped = False
        self._said: Seen | None = None
        self._say_at = 0.0
        self._repeat_at = 0.0

    def start(self) -> None:
        """Listen by the plan that the disk holds, if it holds one."""
        if self._ear is not None:
            self._ear.start()
        try:
            kept = self._file.read_text("utf-8")
        except FileNotFoundError:
            return
        except (OSError, UnicodeDecodeError) as error:
            log.error("%s cannot be read, so the server is waited for: %s", self._file, error)
            return
        try:
            self._follow(kept)
        except (WrongSignature, MalformedMessage) as error:
            log.error("%s does not count: %s", self._file, error)

    def hear(self, document: str) -> None:
        """Take a verified plan of the broker; one that is older than ours changes nothing."""
        if self._follow(document):
            try:
                write_private(self._file, document)
            except OSError as error:
                log.error("%s cannot be written; it counts until a restart: %s", self._file, error)

    def door_found(self) -> None:
        """A ``door`` is there and knows nothing yet."""
        self._mapped = False

    def advance(self) -> list[ToDoor]:
        """Return what ``door`` is to hear."""
        found: list[ToDoor] = []
        if not self._mapped and self._document is not None:
            self._mapped = True
            found.append(Mapped(self._document))
            if self._ear is not None:
                self._ear.tell_all()
        if self._ear is not None:
            found += [Sensed(frame.sensor, frame.hearing) for frame in self._ear.frames()]
        return found

    def say(self, now: float) -> str | None:
        """Return a signed word on how all stands, if it is time for one."""
        if now < self._say_at or (self._ear is None and self._document is None):
            return None
        seen = Seen(self._version, NO_BROKER) if self._ear is None else self._ear.seen
        if seen == self._said and now < self._repeat_at:
            return None
        self._said, self._say_at, self._repeat_at = seen, now + SAY_SECONDS, now + REPEAT_SECONDS
        said = SensorsSeen(
            self._site, self._unit, int(self._wall() * 1000), seen.version, seen.broker,
            seen.sensors, seen.topics, seen.dropped,
        )  # fmt: skip
        document = self._signer.sign(Purpose.SEEN, encode(said))
        if len(document.encode()) > MAX_SEEN:
            document = self._signer.sign(Purpose.SEEN, encode(replace(said, topics=())))
        return document

    def unsaid(self) -> None:
        """The last word did not reach the broker: it is to be said again."""
        self._said = None

    def close(self) -> bool:
        """End; return False if a thread hangs in a call."""
        return self._ear is None or self._ear.close()

    def _follow(self, document: str) -> bool:
        plan = decode_text(SensorPlan, self._verifier.payload(Purpose.SENSORS, document))
        if (plan.site, plan.unit) != (self._site, self._unit):
            raise MalformedMessage("signed for another unit")
        if plan.version <= self._version:
            return False
        self._document, self._version, self._mapped = document, plan.version, False
        if self._ear is not None:
            self._ear.follow(plan)
        return True
