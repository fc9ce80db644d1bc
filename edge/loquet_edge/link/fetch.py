"""The whole policy over HTTP(S), by a thread of its own: a server that hangs hangs only that."""

import contextlib
import http.client
import os
import secrets
import socket
import threading
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import IO, Protocol

from loquet_contract.wire.codec import MAX_MESSAGE, encode
from loquet_contract.wire.enrolment import PolicyRequest
from loquet_contract.wire.signing import Purpose
from loquet_edge.identity import UnitIdentity
from loquet_edge.policy_writer import Held, PolicyRefusal, PolicyWriter

SECONDS = 30.0
"""How long the server may be silent, at any point."""
ALL_SECONDS = 900.0
"""How long a fetch may take altogether: 60 MB, the largest policy, over half a megabit a second."""
MAX_BYTES = 1 << 30
MAX_LINE = 4 * MAX_MESSAGE
"""Bytes of one line at most; UTF-8 takes four for a character."""


class Unreachable(OSError):
    """The server did not answer, or not as it should; the message says which."""


@dataclass(frozen=True, slots=True)
class Fetched:
    """How a fetch ended: with what is held now, or why not. ``refused``: it came and was wrong."""

    held: Held | None
    detail: str = ""
    refused: PolicyRefusal | None = None


class Web(Protocol):
    """Opens a request; ``urllib.request.urlopen`` or a stand-in."""

    def __call__(self, request: urllib.request.Request, timeout: float) -> IO[bytes]: ...


def open_web(request: urllib.request.Request, timeout: float) -> IO[bytes]:
    """Open a request without proxies or redirects: the address is the one of the code."""
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}), _NoRedirects())
    found: IO[bytes] = opener.open(request, timeout=timeout)
    return found


class _NoRedirects(urllib.request.HTTPRedirectHandler):
    def redirect_request(self, *_args: object) -> None:
        return None


def fetch_policy(
    identity: UnitIdentity,
    writer: PolicyWriter,
    web: Web = open_web,
    within: float = ALL_SECONDS,
) -> Held:
    """Fetch, verify and store the whole policy; raise Unreachable or PolicyRefusal.

    An answer that has not come whole ``within`` so many seconds is hung up on.
    """
    who = identity.identity
    wish = PolicyRequest(who.site, who.unit, writer.version, secrets.token_hex(16))
    request = urllib.request.Request(
        f"{who.server_address.rstrip('/')}/api/v1/units/{who.unit}/policy",
        data=identity.signer.sign(Purpose.POLICY_REQUEST, encode(wish)).encode(),
        headers={"Content-Type": "application/json", "Accept": "text/plain"},
        method="POST",
    )
    try:
        with web(request, SECONDS) as answer, _hung_up(answer, within):
            return writer.apply_whole(lines(answer))
    except urllib.error.HTTPError as error:
        with error:
            raise Unreachable(f"the server answers {error.code} {error.reason}") from error
    except (OSError, http.client.HTTPException) as error:
        raise Unreachable(f"the server does not answer: {error}") from error


@contextlib.contextmanager
def _hung_up(answer: IO[bytes], within: float) -> Iterator[None]:
    """Shut an answer's connection once the time is over; then raise TimeoutError.

    A read's own limit is not enough: a byte now and then would hold the writer for ever.
    """
    late = threading.Event()

    def shut(line: socket.socket) -> None:
        late.set()
        with contextlib.suppress(OSError):
            line.shutdown(socket.SHUT_RDWR)

    with contextlib.ExitStack() as stack:
        with contextlib.suppress(OSError):  # what has no connection cannot be late
            line = stack.enter_context(socket.socket(fileno=os.dup(answer.fileno())))
            timer = threading.Timer(within, shut, (line,))
            timer.daemon = True
            timer.start()
            stack.callback(timer.cancel)
        try:
            yield
        except (PolicyRefusal, OSError, http.client.HTTPException) as error:
            if late.is_set():
                raise TimeoutError(f"the policy is not there after {within:.0f} s") from error
            raise


def lines(answer: IO[bytes]) -> Iterator[str]:
    """Return the lines of an answer; raise PolicyRefusal for what is too large or not UTF-8."""
    left = MAX_BYTES
    while line := answer.readline(MAX_LINE + 1):
        left -= len(line)
        if len(line) > MAX_LINE or left < 0:
            raise PolicyRefusal("the policy is too large")
        try:
            yield line.decode().removesuffix("\n")
        except UnicodeDecodeError as error:
            raise PolicyRefusal("the policy is not UTF-8 text") from error


class PolicyFetch:
    """One fetch at a time; ``wake`` is called on its thread when it has ended."""

    def __init__(
        self,
        identity: UnitIdentity,
        writer: PolicyWriter,
        wake: Callable[[], None],
        web: Web = open_web,
    ) -> None:
        self._identity, self._writer, self._wake, self._web = identity, writer, wake, web
        self._result: Fetched | None = None
        self._thread = threading.Thread()

    def start(self) -> None:
        """Begin; nobody else may use the writer until ``result`` has answered."""
        self._result = None
        self._thread = threading.Thread(target=self._run, name="fetch", daemon=True)
        self._thread.start()

    def result(self) -> Fetched | None:
        """Return how the fetch ended, once; None before and after."""
        result, self._result = self._result, None
        return result

    def ended(self, within: float) -> bool:
        """Wait at most so many seconds; True if no fetch is under way any more."""
        if self._thread.is_alive():
            self._thread.join(within)
        return not self._thread.is_alive()

    def _run(self) -> None:
        try:
            result = Fetched(fetch_policy(self._identity, self._writer, self._web))
        except PolicyRefusal as refusal:
            result = Fetched(None, refusal.detail, refusal)
        except (Unreachable, ValueError) as error:
            result = Fetched(None, str(error))
        self._result = result
        with contextlib.suppress(OSError):
            self._wake()
