"""What comes from the broker: looked at, verified, and handed on.

Nothing that comes is believed for having come. Here it is measured, its topic is parsed and its
signature verified, so that a hostile broker cannot drown ``door``; ``door`` verifies commands,
wishes, acknowledgements and what moves again, since it does not believe us either. Policies are
verified and written here. What does not verify becomes a ``Refused`` for the journal, within a
bound per second: the first forged messages are evidence, the next ten thousand are not.
"""

import contextlib
import hashlib
from collections import OrderedDict
from collections.abc import Iterable
from dataclasses import dataclass
from typing import TypeVar

from loquet_contract.ids import PepperId, SiteId, UnitId
from loquet_contract.wire.codec import MalformedMessage, decode_text
from loquet_contract.wire.commands import Command
from loquet_contract.wire.envelope import Ack
from loquet_contract.wire.messages import MAX_DELTA, MAX_MOVING, Delta, Desired, Moving
from loquet_contract.wire.sensors import SensorPlan
from loquet_contract.wire.signing import Purpose, Verifier, WrongSignature
from loquet_contract.wire.topics import TO_UNIT, Channel, parse_unit_topic
from loquet_edge.policy_file import Held
from loquet_edge.policy_writer import (
    PepperMissing,
    PolicyGap,
    PolicyLost,
    PolicyOlder,
    PolicyRefusal,
    PolicyWriter,
)
from loquet_edge.seam import (
    MAX_REFUSED,
    Acknowledged,
    Commanded,
    PolicyChanged,
    Refused,
    ToDoor,
    Wished,
)

MAX_DOCUMENT = 96 * 1024
"""Bytes of an acknowledgement, a wish or a command: as a packet for ``door`` they grow."""
GRACE_SECONDS = 2.0
"""A delta usually follows its manifest; after this the whole policy is fetched."""
_REMEMBERED = 256
_LIMIT = {
    Channel.DELTA: MAX_DELTA + 4096, Channel.MOVING: MAX_MOVING, Channel.SENSORS: 128 * 1024,
}  # fmt: skip
_T = TypeVar("_T", Ack, Desired, Command, SensorPlan)


@dataclass(frozen=True, slots=True)
class Heard:
    """What one message comes to: messages for ``door``, or what the link itself sees to."""

    to_door: tuple[ToDoor, ...] = ()
    ack: Ack | None = None
    moving: str | None = None
    sensors: str | None = None
    """A verified SensorPlan."""


class Inbox:
    """Takes messages in. Times are monotonic seconds."""

    def __init__(
        self, site: SiteId, unit: UnitId, verifier: Verifier, writer: PolicyWriter
    ) -> None:
        self._site, self._unit = site, unit
        self._verifier, self._writer = verifier, writer
        self._refusals = Allowance(per_second=1.0, burst=20.0)
        self._refused: OrderedDict[bytes, None] = OrderedDict()
        self.fetching = False
        """True while somebody else writes the policy: then nothing here touches it."""
        self._later: str | None = None
        self._awaited = 0
        """Version of a policy whose pepper is not here yet."""
        self._wanted = 0
        self._anew = self._once_more = False
        self._fetch_at: float | None = None

    def take(self, topic: str, payload: bytes, now: float) -> Heard:
        """Return what a message comes to; never raises, whatever came."""
        place = parse_unit_topic(topic)
        if place is None or place.channel not in TO_UNIT:
            return self._refusal("topic", "a topic that is none of ours", payload, now)
        purpose = str(place.channel)
        if (place.site, place.unit) != (self._site, self._unit):
            return self._refusal(purpose, "addressed to another unit", payload, now)
        if not payload:
            return Heard()
        limit = _LIMIT.get(place.channel, MAX_DOCUMENT)
        if len(payload) > limit:
            detail = f"{len(payload)} bytes are more than the {limit} allowed"
            return self._refusal(purpose, detail, payload, now)
        try:
            return self._taken(place.channel, payload.decode(), now)
        except PolicyRefusal as refusal:
            if self.awaits_pepper(refusal):
                return Heard()
            if isinstance(refusal, PolicyLost):
                self.fetch_wanted(1, now)
            return self._refusal(purpose, refusal.detail, payload, now, refusal.version)
        except RecursionError:
            return self._refusal(purpose, "nested too deeply", payload, now)
        except (WrongSignature, MalformedMessage, UnicodeDecodeError) as error:
            return self._refusal(purpose, str(error), payload, now)

    def fetch_due(self, now: float) -> bool:
        """True if the whole policy should be fetched now."""
        if self.fetching or self._fetch_at is None or now < self._fetch_at:
            return False
        if self._anew:
            return True
        if (self._writer.version or 0) >= self._wanted and self._writer.version is not None:
            self._fetch_at = None
            return False
        return True

    def deadline(self) -> float:
        """Return when ``fetch_due`` may say otherwise."""
        return float("inf") if self._fetch_at is None or self.fetching else self._fetch_at

    def fetch_wanted(self, version: int, at: float) -> None:
        """Have the whole policy fetched at that time, unless ``version`` is held by then."""
        self._wanted = max(self._wanted, version)
        self._fetch_at = at if self._fetch_at is None else min(at, self._fetch_at)

    def fetch_sooner(self, at: float) -> None:
        """Have a fetch that waits after a failure tried at that time, if not before."""
        if self._fetch_at is not None:
            self._fetch_at = min(at, self._fetch_at)

    def fetch_anew(self, now: float) -> None:
        """Have the whole policy fetched now, whatever is held; after a fetch that began before."""
        if self.fetching:
            self._once_more = True
        else:
            self._anew, self._fetch_at = True, now

    def awaits_pepper(self, refusal: PolicyRefusal) -> bool:
        """True if a policy only has to wait for its pepper; it is fetched when that is here."""
        if not isinstance(refusal, PepperMissing):
            return False
        self._awaited = max(self._awaited, refusal.version or 1)
        self._fetch_at = None
        return True

    def peppers_held(self, names: Iterable[PepperId], now: float) -> None:
        """Hear under which peppers ``door`` can know a badge."""
        held = frozenset(names)
        if held == self._writer.peppers:
            return
        self._writer.peppers = held
        if self._awaited:
            self.fetch_wanted(self._awaited, now)
            self._awaited = 0

    def fetched(self, retry_at: float | None, now: float) -> Heard:
        """The fetch ended: with a policy if ``retry_at`` is None. Tells ``door`` what is held."""
        self.fetching = False
        self._fetch_at = retry_at
        if retry_at is None:
            self._anew, self._once_more = self._once_more, False
            self._fetch_at = now if self._anew else None
        if retry_at is None and (self._writer.version or 0) < self._wanted:
            # The server answered with less than its own manifest promised: believe what it has.
            self._wanted = self._writer.version or 0
        later, self._later = self._later, None
        if later is not None:
            with contextlib.suppress(PolicyRefusal):
                self._manifest(later, now)
        if retry_at is None and self._writer.held is None:
            self.fetch_wanted(1, now)
        return Heard(self.held())

    def held(self) -> tuple[PolicyChanged, ...]:
        """Return what ``door`` should know of the policy on the disk."""
        held = self._writer.held
        return () if held is None else (PolicyChanged(held.version, held.digest),)

    def refusal(self, purpose: str, detail: str, now: float, version: int | None = None) -> Heard:
        """Return a refusal of something that came another way than by the broker."""
        return self._refusal(purpose, detail, detail.encode(), now, version)

    def _taken(self, channel: Channel, text: str, now: float) -> Heard:
        if channel is Channel.POLICY:
            return self._manifest(text, now)
        if channel is Channel.DELTA:
            return self._delta(text, now)
        if channel is Channel.ACK:
            ack = self._verified(Ack, Purpose.ACK, text)
            return Heard((Acknowledged(text),), ack)
        if channel is Channel.DESIRED:
            self._verified(Desired, Purpose.DESIRED, text)
            return Heard((Wished(text),))
        if channel is Channel.MOVING:
            self.verify_moving(text)
            return Heard(moving=text)
        if channel is Channel.SENSORS:
            self._verified(SensorPlan, Purpose.SENSORS, text)
            return Heard(sensors=text)
        self._verified(Command, Purpose.COMMAND, text)
        return Heard((Commanded(text),))

    def verify_moving(self, text: str) -> None:
        """Raise WrongSignature or MalformedMessage unless a document is a Moving of this site."""
        moving = decode_text(Moving, self._verifier.payload(Purpose.MOVING, text))
        if moving.site != self._site:
            raise MalformedMessage("signed for another site")

    def _verified(self, cls: type[_T], purpose: Purpose, text: str) -> _T:
        found = decode_text(cls, self._verifier.payload(purpose, text))
        if (found.site, found.unit) != (self._site, self._unit):
            raise MalformedMessage("signed for another unit")
        return found

    def _manifest(self, text: str, now: float) -> Heard:
        if self.fetching:
            return self._put_off(text)
        before = self._writer.held
        if self._writer.offer(text):
            self.fetch_wanted(self._writer.offered, now + (GRACE_SECONDS if before else 0.0))
        return self._changed(before)

    def _delta(self, text: str, now: float) -> Heard:
        if self.fetching:
            return self._put_off(decode_text(Delta, text).manifest)
        before = self._writer.held
        try:
            self._writer.apply_delta(text)
        except PolicyOlder:
            return Heard()  # queued by the broker while the whole policy was fetched
        except PolicyGap as gap:
            self.fetch_wanted(gap.version or 0, now)
        return self._changed(before)

    def _put_off(self, document: str) -> Heard:
        """Keep the newest genuine manifest until the fetch has ended."""
        version = self._writer.verified(document).version
        if self._later is None or version >= self._writer.verified(self._later).version:
            self._later = document
        return Heard()

    def _changed(self, before: Held | None) -> Heard:
        return Heard() if self._writer.held == before else Heard(self.held())

    def _refusal(
        self, purpose: str, detail: str, about: bytes, now: float, version: int | None = None
    ) -> Heard:
        mark = hashlib.sha256(purpose.encode() + about).digest()
        if mark in self._refused or not self._refusals.take(now):
            return Heard()
        self._refused[mark] = None
        if len(self._refused) > _REMEMBERED:
            self._refused.popitem(last=False)
        return Heard((Refused(purpose, detail[:MAX_REFUSED], version),))


class Allowance:
    """So many a second, and so many at once."""

    def __init__(self, per_second: float, burst: float) -> None:
        self._rate, self._burst = per_second, burst
        self._left, self._at = burst, 0.0

    def take(self, now: float) -> bool:
        """True if one more is allowed; then it is counted."""
        self._left = min(self._burst, self._left + (now - self._at) * self._rate)
        self._at = now
        if self._left < 1.0:
            return False
        self._left -= 1.0
        return True
