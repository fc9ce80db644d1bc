"""How long to wait after wrong passwords: longer each time, never for good.

Counted by account and by address, in digests of both. An account waits for a minute at most,
so that nobody can lock its owner out for long; an address waits up to a quarter of an hour.
"""

import hashlib
from dataclasses import dataclass
from typing import Final

from loquet_server.errors import TooMany
from loquet_server.hosts import line_of

WINDOW_MS: Final = 3_600_000
"""Older failures are forgotten."""


@dataclass(frozen=True, slots=True)
class Limit:
    """``free`` failures cost nothing; then each doubles the wait, up to ``longest`` seconds."""

    free: int
    longest: int

    def wait_ms(self, failures: int, last: int, now: int) -> int:
        """Return milliseconds to wait still, after so many failures of which one was ``last``."""
        if failures < self.free:
            return 0
        pause = min(1 << min(failures - self.free + 1, 20), self.longest) * 1000
        return max(0, last + pause - now)


ACCOUNT: Final = Limit(5, 60)
ADDRESS: Final = Limit(20, 900)
SETUP: Final = Limit(5, 300)
MEMBER_MAIL: Final = Limit(4, 900)
"""Codes that are sent to one address; a member waits, nobody's mailbox is flooded."""
MEMBER_LINE: Final = Limit(20, 900)
"""Links, codes and wishes for one that come from one line."""


def account_key(mail: str) -> str:
    """Return what failures of an account are counted by."""
    return _key("account", mail.strip().casefold())


def address_key(client: str) -> str:
    """Return what failures of a line are counted by: IPv4 address, or IPv6 network of 64 bits."""
    return _key("address", line_of(client))


def setup_key(client: str) -> str:
    """Return what wrong set-up codes are counted by."""
    return _key("setup", address_key(client))


def member_mail_key(mail: str) -> str:
    """Return what wishes for a code by mail are counted by."""
    return _key("member-mail", mail.strip().casefold())


def member_line_key(client: str) -> str:
    """Return what a line's wrong links and codes are counted by."""
    return _key("member-line", line_of(client))


def refuse(wait_ms: int) -> None:
    """Raise TooMany if there is something to wait for."""
    if wait_ms > 0:
        seconds = -(-wait_ms // 1000)
        raise TooMany(f"too many attempts: wait {seconds} s and try again", wait=seconds)


def _key(kind: str, value: str) -> str:
    return hashlib.sha256(f"loquet/v1/attempt/{kind}\n{value}".encode()).hexdigest()
