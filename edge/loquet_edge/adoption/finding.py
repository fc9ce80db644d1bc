"""Servers on the unit's own network, as they say of themselves by multicast DNS (RFC 6762, 6763).

Whoever is on that network may say anything there: what is found is only asked, never believed.
"""

import queue
import time
from collections.abc import Callable, Sequence

from loquet_contract.wire.adoption import SERVICE
from loquet_edge.errors import EdgeError

SECONDS = 3.0
QUIET_SECONDS = 0.5
"""Once one was found, so much silence ends the look."""
MOST = 16
"""Names that are asked about: whoever is on the network may make up any number of them."""


class CannotLook(EdgeError):
    """There is no way to look around here."""


def find_servers(
    seconds: float = SECONDS, interfaces: Sequence[str] | None = None
) -> tuple[str, ...]:
    """Return the addresses of servers that answer within some seconds, each once, sorted."""
    try:
        from zeroconf import InterfaceChoice, ServiceBrowser, ServiceStateChange, Zeroconf
    except ImportError as error:
        raise CannotLook(
            "zeroconf is not installed, so nobody is looked for; say --server or --token, or run:"
            " pip install 'loquet[edge]'"
        ) from error
    heard: queue.SimpleQueue[str] = queue.SimpleQueue()

    def changed(
        zeroconf: Zeroconf, service_type: str, name: str, state_change: ServiceStateChange
    ) -> None:
        if state_change is not ServiceStateChange.Removed:
            heard.put(name)

    on = list(interfaces) if interfaces is not None else InterfaceChoice.All
    with Zeroconf(interfaces=on) as zeroconf:

        def address_of(name: str, within: float) -> bytes:
            info = zeroconf.get_service_info(SERVICE, name, timeout=int(within * 1000))
            return b"" if info is None else info.properties.get(b"address") or b""

        browser = ServiceBrowser(zeroconf, SERVICE, handlers=[changed])
        try:
            return gathered(heard, address_of, seconds)
        finally:
            browser.cancel()


def gathered(
    heard: "queue.SimpleQueue[str]",
    address_of: Callable[[str, float], bytes],
    seconds: float,
    clock: Callable[[], float] = time.monotonic,
) -> tuple[str, ...]:
    """Return the addresses behind the first names that are heard; takes twice ``seconds`` at most.

    ``address_of`` gets a name, and within how many seconds to answer.
    """
    until, found = clock() + 2 * seconds, set[str]()
    for _ in range(MOST):
        left = until - clock()
        if left <= 0:
            break
        try:
            name = heard.get(timeout=min(left, QUIET_SECONDS if found else seconds))
        except queue.Empty:
            break
        text = address_of(name, min(seconds, max(0.0, until - clock()))).decode("utf-8", "replace")
        if text.startswith(("http://", "https://")) and text.isascii() and text.isprintable():
            found.add(text)
    return tuple(sorted(found))
