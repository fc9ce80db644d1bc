"""How often a stranger may be wrong: each try costs a query, though guessing is hopeless."""

import time
from collections import OrderedDict, deque
from collections.abc import Callable
from dataclasses import dataclass, field

from loquet_server.errors import TooMany
from loquet_server.hosts import line_of


@dataclass(slots=True)
class Rate:
    """At most ``most`` failures in ``seconds`` from one address; others are not disturbed.

    Remembers ``addresses`` at most, and forgets the one that was quiet the longest.
    """

    most: int = 30
    seconds: float = 60.0
    addresses: int = 4096
    clock: Callable[[], float] = time.monotonic
    words: str = "too many codes from this address did not count; wait a minute and try again"
    _failures: OrderedDict[str, deque[float]] = field(default_factory=OrderedDict)

    def knows(self, client: str) -> bool:
        """Return whether anything of this address is remembered."""
        return line_of(client) in self._failures

    def check(self, client: str) -> None:
        """Raise TooMany if this address was wrong too often."""
        found = self._failures.get(line_of(client))
        oldest = self.clock() - self.seconds
        while found and found[0] <= oldest:
            found.popleft()
        if found and len(found) >= self.most:
            raise TooMany(self.words)

    def failed(self, client: str) -> None:
        """Count a failure."""
        line = line_of(client)
        found = self._failures.setdefault(line, deque(maxlen=self.most))
        found.append(self.clock())
        self._failures.move_to_end(line)
        if len(self._failures) > self.addresses:
            self._failures.popitem(last=False)
