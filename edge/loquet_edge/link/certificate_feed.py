"""The unit's certificate stays good without a person: asked for in time, or when nothing opens.

In time: when a third of its life is left. A clock that is wrong may miss that, the broker may
have moved, begun to speak TLS, or got another authority with a fresh machine; all that shows in
the same way: no session opens. Then the unit asks too, by the key of its identity, which needs
no certificate and no clock, and goes where the answer says. What is asked for is signed at both
ends for this one question.

One that is old as it comes says that the server's clock and ours are months apart. To ask again
would bring the same, and wear the card: then only a session that does not open is a reason.
"""

import http.client
import logging
import secrets
import urllib.error
import urllib.request
from collections.abc import Callable
from dataclasses import dataclass

from loquet_contract.wire.certificates import CertificateAnswer, CertificateRequest
from loquet_contract.wire.codec import MalformedMessage, decode_text, encode
from loquet_contract.wire.signing import Purpose, WrongSignature
from loquet_edge.identity import UnitIdentity
from loquet_edge.link.fetch import SECONDS, Background, Web
from loquet_edge.link.session import Backoff
from loquet_edge.tls_identity import BrokerPlace, TlsFolder, TlsKey, WrongCertificate

log = logging.getLogger(__name__)

MAX_ANSWER = 16 * 1024
RENEW_MS = 30 * 86_400_000
"""A third of the 90 days for which servers issue certificates."""
FAILURES = 4
"""So many connections in a row that did not open are no hiccup: with the session's pauses, some
four seconds."""
FIRST_SECONDS, MOST_SECONDS = 30.0, 1800.0


@dataclass(frozen=True, slots=True)
class _Asked:
    """What came of a question: ``answer`` None if nothing that counts."""

    key: TlsKey
    answer: CertificateAnswer | None


class CertificateFeed(Background[_Asked]):
    """Asks when it is time; ``arrived`` is called when certificate or broker are new."""

    def __init__(
        self,
        identity: UnitIdentity,
        folder: TlsFolder,
        wake: Callable[[], None],
        arrived: Callable[[], None],
        web: Web,
        backoff: Backoff | None = None,
    ) -> None:
        super().__init__(wake)
        self._identity, self._folder, self._arrived, self._web = identity, folder, arrived, web
        self._backoff = backoff or Backoff(FIRST_SECONDS, MOST_SECONDS)
        self._asking = self._open = False
        self._failures = 0
        self._ask_at = 0.0
        self._ends_at = folder.ends_at_ms()
        self._came_old = False

    def opened(self) -> None:
        """Hear that a session is open."""
        self._open, self._failures = True, 0

    def closed(self) -> None:
        """Hear that a connection has ended, or could not be made."""
        self._failures += 0 if self._open else 1
        self._open = False

    def advance(self, now: float, utc_ms: int) -> None:
        """Ask if it is time; take in what came. ``now``: monotonic seconds."""
        found = self.result() if self._asking else None
        if found is not None:
            self._asking = False
            if found.answer is not None:
                self._take(found.key, found.answer)
                self._came_old = self._is_late(utc_ms)
        self._came_old = self._came_old and self._is_late(utc_ms)
        if not self._asking and now >= self._ask_at and self._due(utc_ms):
            self._ask_at = now + self._backoff.next()
            self._ask(utc_ms)

    def _ask(self, utc_ms: int) -> None:
        try:
            key = self._key(utc_ms)
        except OSError as error:
            log.error("a key for a new certificate cannot be kept: %s", error)
            return
        self._asking = True
        self.begin(lambda: _Asked(key, self._asked(key)))

    def _due(self, utc_ms: int) -> bool:
        if self._ends_at is None:
            place = self._folder.place(self._identity.identity)
            return place.tls or self._failures >= FAILURES
        return self._old(utc_ms) or self._failures >= FAILURES

    def _old(self, utc_ms: int) -> bool:
        return self._is_late(utc_ms) and not self._came_old

    def _is_late(self, utc_ms: int) -> bool:
        return self._ends_at is None or self._ends_at - utc_ms < RENEW_MS

    def _key(self, utc_ms: int) -> TlsKey:
        """Return the key to ask for: with each renewal a new one."""
        kept = None if self._old(utc_ms) else self._folder.key
        return kept or self._folder.pending_key()

    def _take(self, key: TlsKey, answer: CertificateAnswer) -> None:
        before = self._folder.place(self._identity.identity)
        place = BrokerPlace(answer.broker_host, answer.broker_port, answer.broker_tls)
        try:
            self._folder.keep(key, answer.certificate, answer.authority, place)
        except (WrongCertificate, OSError) as error:
            log.error("the certificate that came cannot be kept: %s", error)
            return
        ends_at = self._folder.ends_at_ms()
        if ends_at != self._ends_at or place != before:
            log.info("certificate until %s, broker at %s:%s", ends_at, place.host, place.port)
        if ends_at != self._ends_at:
            self._backoff.reset()
        self._ends_at, self._failures = ends_at, 0
        self._arrived()

    def _asked(self, key: TlsKey) -> CertificateAnswer | None:
        who, nonce = self._identity.identity, secrets.token_hex(16)
        wish = CertificateRequest(who.site, who.unit, nonce, key.public_text)
        document = self._identity.signer.sign(Purpose.CERTIFICATE_REQUEST, encode(wish))
        said = self._posted(document)
        if not said:
            return None
        try:
            payload = self._identity.verifier.payload(Purpose.CERTIFICATE, said)
            answer = decode_text(CertificateAnswer, payload)
        except (WrongSignature, MalformedMessage) as error:
            log.warning("certificate: the answer is not from our server: %s", error)
            return None
        if (answer.site, answer.unit, answer.nonce) != (who.site, who.unit, nonce):
            log.warning("certificate: the answer is to another question")
            return None
        return answer

    def _posted(self, document: str) -> bytes:
        who = self._identity.identity
        request = urllib.request.Request(
            f"{who.server_address.rstrip('/')}/api/v1/units/{who.unit}/certificate",
            data=document.encode(),
            headers={"Content-Type": "application/json", "Accept": "application/json"},
            method="POST",
        )
        try:
            with self._web(request, SECONDS) as answer:
                return answer.read(MAX_ANSWER)
        except urllib.error.HTTPError as error:
            with error:
                log.warning("certificate: the server answers %s %s", error.code, error.reason)
        except (OSError, http.client.HTTPException, ValueError) as error:
            log.warning("certificate: the server does not answer: %s", error)
        return b""
