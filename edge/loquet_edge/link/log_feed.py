"""The unit's log on its way: sealed to the server, sent once, by a thread of its own."""

import http.client
import logging
import urllib.error
import urllib.request
from collections.abc import Callable
from pathlib import Path

from loquet_contract.ids import CommandId
from loquet_contract.wire.codec import encode
from loquet_contract.wire.sealing import seal
from loquet_contract.wire.signing import Purpose
from loquet_contract.wire.unit_log import SEAL_CONTEXT, UnitLog
from loquet_edge.identity import UnitIdentity
from loquet_edge.kept_log import newest
from loquet_edge.link.fetch import SECONDS, Background, Web

log = logging.getLogger(__name__)


class LogFeed(Background[bool]):
    """Sends the newest of the log below ``run`` for each order, one at a time."""

    def __init__(
        self, identity: UnitIdentity, wake: Callable[[], None], run: Path, web: Web
    ) -> None:
        super().__init__(wake)
        self._identity, self._run, self._web = identity, run, web
        self._sending = False

    def send(self, command: CommandId) -> None:
        """Begin to send; an order that comes while another is under way is dropped."""
        self.advance()
        if not self._sending:
            self._sending = True
            self.begin(lambda: self._sent(command))

    def advance(self) -> None:
        """Be ready for the next order once this one is through."""
        if self._sending and self.result() is not None:
            self._sending = False

    def document(self, command: CommandId) -> str:
        """Return the log, sealed and signed."""
        who = self._identity.identity
        text = newest(self._run).encode()
        sealed = seal(self._identity.server_seal_key, text, SEAL_CONTEXT)
        said = UnitLog(who.site, who.unit, command, sealed)
        return self._identity.signer.sign(Purpose.UNIT_LOG, encode(said))

    def _sent(self, command: CommandId) -> bool:
        who = self._identity.identity
        request = urllib.request.Request(
            f"{who.server_address.rstrip('/')}/api/v1/units/{who.unit}/log",
            data=self.document(command).encode(),
            headers={"Content-Type": "application/json"},
            method="POST",
        )
        try:
            with self._web(request, SECONDS):
                return True
        except urllib.error.HTTPError as error:
            with error:
                log.warning("the log was asked for; the server answers %s", error.code)
        except (OSError, http.client.HTTPException, ValueError) as error:
            log.warning("the log was asked for; the server does not take it: %s", error)
        return False
