"""Secrets on their way: ``door`` asks, the server answers; here nobody can open either."""

import http.client
import logging
import urllib.error
import urllib.request
from collections.abc import Callable

from loquet_edge.identity import UnitIdentity
from loquet_edge.link.fetch import SECONDS, Background, Web
from loquet_edge.seam import KeysCame, PeppersCame

log = logging.getLogger(__name__)

MAX_ANSWER = 8 * 1024


class KeyFeed(Background[str]):
    """Passes one question at a time to the server, and its answer to ``send``.

    ``what``: ``card-keys`` or ``peppers``; ``came`` makes of an answer what ``door`` is told.
    """

    def __init__(
        self,
        identity: UnitIdentity,
        wake: Callable[[], None],
        send: Callable[[KeysCame | PeppersCame], None],
        web: Web,
        what: str = "card-keys",
        came: Callable[[str], KeysCame | PeppersCame] = KeysCame,
    ) -> None:
        super().__init__(wake)
        self._identity, self._send, self._web = identity, send, web
        self._what, self._came = what, came
        self._asking = False

    def ask(self, document: str) -> None:
        """Pass a signed question on; one that comes while another is under way is dropped."""
        if not self._asking:
            self._asking = True
            self.begin(lambda: self._asked(document))

    def advance(self) -> None:
        """Pass on what came."""
        answer = self.result() if self._asking else None
        if answer is not None:
            self._asking = False
            if answer:
                self._send(self._came(answer))

    def _asked(self, document: str) -> str:
        """Return the server's answer; empty if there is none, since ``door`` will ask again."""
        who = self._identity.identity
        request = urllib.request.Request(
            f"{who.server_address.rstrip('/')}/api/v1/units/{who.unit}/{self._what}",
            data=document.encode(),
            headers={"Content-Type": "application/json", "Accept": "text/plain"},
            method="POST",
        )
        try:
            with self._web(request, SECONDS) as answer:
                return answer.read(MAX_ANSWER).decode()
        except urllib.error.HTTPError as error:
            with error:
                log.warning("%s: the server answers %s %s", self._what, error.code, error.reason)
        except (OSError, http.client.HTTPException, ValueError) as error:
            log.warning("%s: the server does not answer: %s", self._what, error)
        return ""
