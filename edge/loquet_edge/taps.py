"""What a badge does: asks to be let in, or out, or is taken down.

The lock moves before anything is written, and at the way out before anything is known.
"""

from __future__ import annotations

import secrets
from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING

from loquet_contract.access.credential import Assurance, digests
from loquet_contract.access.decision import EXIT_RULE, AccessRequest, Denied, Granted, decide
from loquet_contract.access.reasons import Reason
from loquet_contract.ids import CredentialDigest, GrantId, ReaderId
from loquet_contract.wire import events as facts
from loquet_contract.wire.events import Event
from loquet_edge.door import events
from loquet_edge.doorway import Doorway
from loquet_edge.drivers.ports import CardSeen, KeyPressed
from loquet_edge.keypads import Keypads, Tap
from loquet_edge.passages import Passages
from loquet_edge.throttle import Throttle

if TYPE_CHECKING:
    from loquet_edge.runner import Parts, ReaderPlace

UNKNOWN_A_MINUTE = 10
"""Unknown badges that are recorded, per reader; the others are refused and leave no trace."""
_ASSURANCES = {"uid": Assurance.UID, "authenticated": Assurance.AUTHENTICATED}
PROBE_DIGEST = CredentialDigest("probe")


class Taps:
    """Answers badges; ``record`` keeps the facts."""

    def __init__(
        self, parts: Parts, passages: Passages, record: Callable[[Iterable[Event]], None]
    ) -> None:
        self._parts, self._passages, self._record = parts, passages, record
        self._unknown = Throttle(UNKNOWN_A_MINUTE)
        self._keypads = Keypads(parts, self._settle, self._refuse)

    def probe(self) -> None:
        """Ask what no badge asks, so that the whole way of a tap is proven, lock excepted."""
        for place in self._parts.readers.values():
            self._decide(AccessRequest(place.access_point, (PROBE_DIGEST,)))

    def card_seen(self, seen: CardSeen) -> None:
        """Somebody holds a badge to a reader."""
        place = self._parts.readers.get(ReaderId(seen.reader))
        if place is None:
            return
        doorway = self._parts.doorways[place.door]
        leaving = place.exit or self._leads_out(place)
        if leaving:
            self._let_out(doorway)  # before anything is known of the badge
        if not seen.presented:
            return
        number = seen.presented[0].canonical()
        request = AccessRequest(
            place.access_point,
            digests(self._parts.peppers, seen.presented),
            _ASSURANCES[seen.assurance],
        )
        reader = ReaderId(seen.reader)
        self._keypads.badge_seen(reader, request.digests)
        tap = Tap(reader, doorway, request, number)
        if self._told_instead(tap):
            return
        if leaving:
            self._name_leaver(doorway, request)
            return
        self._settle(tap)

    def key_pressed(self, pressed: KeyPressed) -> None:
        """Somebody types at a reader; heard only where a badge waits for its PIN."""
        self._keypads.pressed(ReaderId(pressed.reader), pressed.key)

    @property
    def deadline(self) -> float | None:
        """When ``pass_time`` is due, in monotonic seconds."""
        return self._keypads.deadline

    def pass_time(self, now: float) -> None:
        """Wait no longer for a PIN that did not come."""
        self._keypads.pass_time(now)

    def _settle(self, tap: Tap) -> Granted | Denied:
        """Decide a tap and act on it: let in, ask for the PIN, or refuse; return the answer."""
        answer = self._decide(tap.request)
        if isinstance(answer, Denied) and answer.lifts is not None:
            self._lift(tap.doorway, answer)
            answer = self._decide(tap.request)
        if isinstance(answer, Denied) and answer.reason is Reason.PIN_EXPECTED and answer.holder:
            request = self._keypads.checked(tap.request, tap.reader, answer.holder)
            if not request.pin_blocked:
                self._keypads.ask(tap, answer)
                return answer
            answer = self._decide(request)
        if isinstance(answer, Granted):
            self._let_in(tap, answer)
        else:
            self._refuse(tap, answer)
        return answer

    def _decide(self, request: AccessRequest) -> Granted | Denied:
        presence = self._parts.moving.presence(self._parts.wishes.locked_down)
        return decide(request, self._parts.policy, presence, self._parts.clock.now())

    def _let_in(self, tap: Tap, granted: Granted) -> None:
        doorway, request = tap.doorway, tap.request
        grant = GrantId(secrets.token_hex(8))
        now = self._parts.clock.now().monotonic
        given = events.GrantGiven(grant, granted.extended_release)
        found = doorway.feed(given, now, tap.reader)
        self._record_grant(doorway, request, granted, grant, found)
        self._parts.server.badge_granted(doorway.id)

    def _record_grant(
        self,
        doorway: Doorway,
        request: AccessRequest,
        granted: Granted,
        grant: GrantId,
        found: Iterable[Event],
    ) -> None:
        self._passages.granted(grant, granted, request.access_point)
        fact = facts.AccessGranted(
            door=doorway.id,
            access_point=request.access_point,
            grant=grant,
            holder=granted.holder,
            credential=granted.digest,
            rule=granted.rule,
            policy_version=self._parts.policy.version or 0,
            assurance=request.assurance,
            extended_release=granted.extended_release,
            stale=granted.stale,
            account=granted.account,
            period=granted.period,
            billed=granted.billed or None,
            remarks=granted.remarks or None,
            pin=granted.pin or None,
        )
        self._record((fact, *found))

    def _leads_out(self, place: ReaderPlace) -> bool:
        """True if the policy says that this reader is at the way out."""
        known = self._parts.policy.access_point(place.access_point)
        return known is not None and bool(known.exit)

    def _let_out(self, doorway: Doorway) -> None:
        """Any badge at the way out, whoever's it is: nothing is asked of it."""
        self._record(doorway.feed(events.ExitAsked(), self._parts.clock.now().monotonic))

    def _name_leaver(self, doorway: Doorway, request: AccessRequest) -> None:
        """Record who was let out, where the policy knows badge and place, so that a stay ends."""
        if self._parts.policy.access_point(request.access_point) is None:
            return
        for known in request.digests:
            found = self._parts.policy.credential(known)
            if found is not None:
                grant = GrantId(secrets.token_hex(8))
                now = self._parts.clock.now().monotonic
                told = doorway.feed(events.LeaverNamed(grant), now)
                granted = Granted(found[0].holder, found[0].badge, EXIT_RULE)
                self._record_grant(doorway, request, granted, grant, told)
                return

    def _told_instead(self, tap: Tap) -> bool:
        """Tell a badge that is to be enrolled, sealed, in place of deciding it."""
        doorway, request = tap.doorway, tap.request
        now = self._parts.clock.now().monotonic
        command = self._parts.enrolling.take(request.access_point, now)
        sealed = None if command is None else self._parts.seal(tap.number)
        if command is None or sealed is None:
            return False
        doorway.enrolling(now, None, tap.reader)
        doorway.acknowledge(now, tap.reader)
        self._record(
            (
                facts.CredentialPresented(
                    doorway.id, request.access_point, command, sealed,
                    request.digests[0] if request.digests else None,
                ),
            )
        )  # fmt: skip
        return True

    def _refuse(self, tap: Tap, denied: Denied) -> None:
        now = self._parts.clock.now().monotonic
        tap.doorway.refuse(now, tap.reader, denied.reason)
        unknown = denied.reason is Reason.CREDENTIAL_UNKNOWN
        if unknown and not self._unknown.passes(tap.reader, now):
            return
        fact = facts.AccessDenied(
            door=tap.doorway.id,
            access_point=tap.request.access_point,
            reason=denied.reason,
            policy_version=self._parts.policy.version,
            holder=denied.holder,
            credential=denied.digest,
            when=denied.when,
            sealed=self._parts.seal(tap.number) if unknown else None,
        )
        self._record((fact,))

    def _lift(self, doorway: Doorway, denied: Denied) -> None:
        if denied.lifts is None:
            return
        self._parts.wishes.lift(denied.lifts)
        now = self._parts.clock.now().monotonic
        self._record(doorway.feed(events.LockdownLifted(denied.lifts, denied.holder), now))
