"""How often a stranger may be wrong: each try costs a query, though guessing is hopeless."""

import ipaddress
import time
from collections import OrderedDict, deque
from collections.abc import Callable
from dataclasses import dataclass, field

from loquet_server.errors import TooMany


@dataclass(slots=True)
class Rate:
    """At most ``most`` failures in ``seconds`` from one address; others are not disturbed.

    Remembers ``addresses`` at most, and forgets the one that was quiet the longest.
    """

    most: int = 30
    seconds: float = 60.0
    addresses: int = 4096
    clock: Callable[[], float] = time.monotonic
    _failures: OrderedDict[str, deque[float]] = field(default_factory=OrderedDict)

    def check(self, client: str) -> None:
        """Raise TooMany if this address was wrong too often."""
        found = self._failures.get(_network(client))
        oldest = self.clock() - self.seconds
        while found and found[0] <= oldest:
            found.popleft()
        if found and len(found) >= self.most:
            raise TooMany(
                "too many codes from this address did not count; wait a minute and try again"
            )

    def failed(self, client: str) -> None:
        """Count a failure."""
        network = _network(client)
        found = self._failures.setdefault(network, deque(maxlen=self.most))
        found.append(self.clock())
        self._failures.move_to_end(network)
        if len(self._failures) > self.addresses:
            self._failures.popitem(last=False)


def _network(client: str) -> str:
    """Return what one line has: an IPv4 address, or an IPv6 network of 64 bits (RFC 6177)."""
    try:
        address = ipaddress.ip_address(client)
    except ValueError:
        return client
    if address.version == 4:
        return str(address)
    return str(ipaddress.ip_network((int(address) >> 64 << 64, 64)))
