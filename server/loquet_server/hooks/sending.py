"""One attempt: a signed POST to one judged address; of the answer only its status counts."""

import asyncio
import ssl
import time
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from typing import Final
from urllib.parse import urlsplit

import httpx

from loquet_server.hooks.addresses import Networks, NotThere, judged
from loquet_server.hosts import is_address

SECONDS: Final = 10.0
LONGEST_WAIT: Final = 6 * 3600
"""Seconds; a receiver's ``Retry-After`` counts up to here."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """What came of an attempt. ``problem``: why there is no status; ``wait``: seconds asked for."""

    status: int | None
    problem: str | None
    took_ms: int
    wait: int = 0

    @property
    def taken(self) -> bool:
        """True if the receiver has the message."""
        return self.status is not None and 200 <= self.status < 300

    @property
    def unwanted(self) -> bool:
        """True if the receiver wants no message ever again."""
        return self.status == 410


@cache
def trust() -> ssl.SSLContext:
    """Return what receivers' certificates are judged by; made once, since it takes a while."""
    return ssl.create_default_context()


async def send(
    url: str, headers: Mapping[str, str], body: str, allowed: Networks, seconds: float = SECONDS
) -> Outcome:
    """Try once; never raises for what the other side does."""
    started = time.monotonic()
    status, problem, wait = None, None, 0
    try:
        async with asyncio.timeout(seconds):
            status, wait = await _post(url, headers, body.encode(), await judged(url, allowed))
    except NotThere as error:
        problem = error.problem
    except (TimeoutError, httpx.TimeoutException):
        problem = "too_slow"
    except (httpx.TransportError, ssl.SSLError, OSError) as error:
        problem = "no_trust" if _about_trust(error) else "no_connection"
    except (httpx.InvalidURL, httpx.HTTPError, ValueError):
        problem = "unreadable"
    return Outcome(status, problem, round((time.monotonic() - started) * 1000), wait)


async def _post(url: str, headers: Mapping[str, str], body: bytes, address: str) -> tuple[int, int]:
    """Return the status, and for how long to wait; the body of the answer is never read."""
    parts = urlsplit(url)
    host = parts.hostname or ""
    extensions = {} if is_address(host) else {"sni_hostname": host}
    said = {
        **headers,
        "host": parts.netloc,
        "content-type": "application/json",
        "user-agent": "Loquet-Webhooks/1",
    }
    async with (
        httpx.AsyncClient(verify=trust(), trust_env=False, timeout=SECONDS) as client,
        client.stream(
            "POST",
            httpx.URL(url).copy_with(host=address),
            content=body,
            headers=said,
            extensions=extensions,
            follow_redirects=False,
        ) as answer,
    ):
        return answer.status_code, _wait(answer.headers.get("retry-after", ""))


def _wait(text: str) -> int:
    return min(int(text), LONGEST_WAIT) if text.isascii() and text.isdecimal() else 0


def _about_trust(error: BaseException | None) -> bool:
    """True if the receiver's certificate was the reason."""
    while error is not None:
        if isinstance(error, ssl.SSLCertVerificationError):
            return True
        error = error.__cause__ or error.__context__
    return False
