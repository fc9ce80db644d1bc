"""What a unit asks for over HTTP(S), by threads of their own: a server that hangs hangs only those.

The whole policy, and what moves. Each question is signed; each answer is lines of text.
"""

import contextlib
import http.client
import os
import secrets
import socket
import ssl
import threading
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import IO, Generic, Protocol, TypeVar

from loquet_contract.wire.codec import MAX_MESSAGE, encode
from loquet_contract.wire.enrolment import MovingRequest, PolicyRequest
from loquet_contract.wire.messages import MAX_MOVING
from loquet_contract.wire.signing import Purpose
from loquet_edge.identity import UnitIdentity
from loquet_edge.policy_file import Held
from loquet_edge.policy_writer import PolicyRefusal, PolicyWriter
from loquet_edge.tls_identity import NO_CHECK_TIME

SECONDS = 30.0
"""How long the server may be silent, at any point."""
ALL_SECONDS = 900.0
"""How long a fetch may take altogether: 60 MB, the largest policy, over half a megabit a second."""
MAX_BYTES = 1 << 30
MAX_LINE = 4 * MAX_MESSAGE
"""Bytes of one line at most; UTF-8 takes four for a character."""
MAX_MOVING_BYTES = 64 << 20
"""Bytes of all that moves: 600,000 accounts and stays."""
T = TypeVar("T")


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


def open_web(
    request: urllib.request.Request, timeout: float, *, check_dates: bool = True
) -> IO[bytes]:
    """Open a request without proxies or redirects: the address is the one of the code."""
    handlers: list[urllib.request.BaseHandler] = [urllib.request.ProxyHandler({}), _NoRedirects()]
    if request.type == "https" and not check_dates:
        context = ssl.create_default_context()
        context.verify_flags |= ssl.VerifyFlags(NO_CHECK_TIME)
        handlers.append(urllib.request.HTTPSHandler(context=context))
    opener = urllib.request.build_opener(*handlers)
    found: IO[bytes] = opener.open(request, timeout=timeout)
    return found


def web_by(clock_trusted: Callable[[], bool]) -> Web:
    """Return ``open_web`` that looks at no date while the clock cannot be trusted.

    Else a unit that was switched off for a year, where no time server answers, never comes back:
    what it asks for is signed, and secrets are sealed besides.
    """
    return lambda request, timeout: open_web(request, timeout, check_dates=clock_trusted())


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
    document = identity.signer.sign(Purpose.POLICY_REQUEST, encode(wish))
    with _asked(identity, "policy", document, web, within) as answer:
        return writer.apply_whole(lines(answer))


def fetch_moving(
    identity: UnitIdentity, have: int | None, web: Web = open_web, within: float = ALL_SECONDS
) -> tuple[str, ...]:
    """Fetch what moved since version ``have``, or all; raise Unreachable or PolicyRefusal.

    The lines are signed messages, in order, and not verified yet.
    """
    who = identity.identity
    wish = MovingRequest(who.site, who.unit, have, secrets.token_hex(16))
    document = identity.signer.sign(Purpose.MOVING_REQUEST, encode(wish))
    with _asked(identity, "moving", document, web, within) as answer:
        found = lines(answer, MAX_MOVING_BYTES, MAX_MOVING)
        return tuple(line for line in found if line)


@contextlib.contextmanager
def _asked(
    identity: UnitIdentity, what: str, document: str, web: Web, within: float
) -> Iterator[IO[bytes]]:
    """Ask the server for ``what``; raise Unreachable if the answer does not come or not whole."""
    who = identity.identity
    request = urllib.request.Request(
        f"{who.server_address.rstrip('/')}/api/v1/units/{who.unit}/{what}",
        data=document.encode(),
        headers={"Content-Type": "application/json", "Accept": "text/plain"},
        method="POST",
    )
    try:
        with web(request, SECONDS) as answer, _hung_up(answer, within):
            yield answer
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
                raise TimeoutError(f"the answer is not there after {within:.0f} s") from error
            raise


def lines(answer: IO[bytes], most: int = MAX_BYTES, longest: int = MAX_LINE) -> Iterator[str]:
    """Return the lines of an answer; raise PolicyRefusal for what is too large or not UTF-8."""
    left = most
    while line := answer.readline(longest + 2):
        left -= len(line)
        if len(line.removesuffix(b"\n")) > longest or left < 0:
            raise PolicyRefusal("the answer is too large")
        try:
            yield line.decode().removesuffix("\n")
        except UnicodeDecodeError as error:
            raise PolicyRefusal("the answer is not UTF-8 text") from error


class Background(Generic[T]):
    """One piece of work at a time on a thread; ``wake`` is called there when it has ended."""

    def __init__(self, wake: Callable[[], None]) -> None:
        self._wake = wake
        self._result: T | None = None
        self._thread = threading.Thread()

    def begin(self, work: Callable[[], T]) -> None:
        """Begin; ``work`` must not raise."""

        def run() -> None:
            self._result = work()
            with contextlib.suppress(OSError):
                self._wake()

        self._result = None
        self._thread = threading.Thread(target=run, name="fetch", daemon=True)
        self._thread.start()

    def result(self) -> T | None:
        """Return how the fetch ended, once; None before and after."""
        result, self._result = self._result, None
        return result

    def ended(self, within: float) -> bool:
        """Wait at most so many seconds; True if no fetch is under way any more."""
        if self._thread.is_alive():
            self._thread.join(within)
        return not self._thread.is_alive()


class PolicyFetch(Background[Fetched]):
    """Fetches the whole policy."""

    def __init__(
        self,
        identity: UnitIdentity,
        writer: PolicyWriter,
        wake: Callable[[], None],
        web: Web = open_web,
    ) -> None:
        super().__init__(wake)
        self._identity, self._writer, self._web = identity, writer, web

    def start(self) -> None:
        """Begin; nobody else may use the writer until ``result`` has answered."""
        self.begin(self._fetched)

    def _fetched(self) -> Fetched:
        try:
            return Fetched(fetch_policy(self._identity, self._writer, self._web))
        except PolicyRefusal as refusal:
            return Fetched(None, refusal.detail, refusal)
        except (Unreachable, ValueError) as error:
            return Fetched(None, str(error))


@dataclass(frozen=True, slots=True)
class FetchedMoving:
    """How asking for what moves ended: with signed messages, or None and why not.

    ``refused``: an answer came and was wrong.
    """

    documents: tuple[str, ...] | None
    detail: str = ""
    refused: bool = False


class MovingFetch(Background[FetchedMoving]):
    """Fetches what moves."""

    def __init__(
        self, identity: UnitIdentity, wake: Callable[[], None], web: Web = open_web
    ) -> None:
        super().__init__(wake)
        self._identity, self._web = identity, web

    def start(self, have: int | None) -> None:
        """Begin to ask for all that moved since version ``have``."""
        self.begin(lambda: self._fetched(have))

    def _fetched(self, have: int | None) -> FetchedMoving:
        try:
            return FetchedMoving(fetch_moving(self._identity, have, self._web))
        except PolicyRefusal as refusal:
            return FetchedMoving(None, refusal.detail, refused=True)
        except (Unreachable, ValueError) as error:
            return FetchedMoving(None, str(error))
