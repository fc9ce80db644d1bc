"""Push, by way of Apprise, in a process of its own for each message.

So the server never holds that library; what it logs of a failure can be told from what it logs
of others; it can be stopped; and it reaches no other address than the one that was judged.
"""

import asyncio
import json
import os
import sys
from collections.abc import Mapping
from typing import Final
from urllib.parse import urlsplit

from loquet_server.hooks.addresses import port_of
from loquet_server.incidence.kinds import Severity
from loquet_server.notices.letter import Letter

SECONDS: Final = 30.0
CHILD: Final = "loquet_server.notices.push_child"
PRIORITY: Final[Mapping[str, Mapping[Severity, str]]] = {
    "ntfy": {Severity.INFO: "low", Severity.WARNING: "default", Severity.URGENT: "max"},
    "gotify": {Severity.INFO: "low", Severity.WARNING: "normal", Severity.URGENT: "emergency"},
}
_KEPT: Final = ("PATH", "LANG", "HOME", "SSL_CERT_FILE", "SSL_CERT_DIR", "REQUESTS_CA_BUNDLE")
"""No proxy among them: nobody has judged where it leads."""
_at_once = asyncio.Semaphore(2)


async def send(
    way: str, address: Mapping[str, str], ip: str, letter: Letter, seconds: float = SECONDS
) -> tuple[str | None, str]:
    """Return what went wrong, None for nothing, and what the library said of it.

    ``ip``: the address to connect to, which was judged.
    """
    parts = urlsplit(address["server"])
    wanted = {
        "way": way,
        "host": parts.hostname,
        "port": port_of(parts),
        "ip": ip,
        "secure": parts.scheme == "https",
        "topic": address.get("topic", ""),
        "token": address.get("token", ""),
        "priority": PRIORITY[way][letter.severity],
        "title": letter.title,
        "body": letter.whole,
        "link": letter.link,
    }
    async with _at_once:
        return await _ask(json.dumps(wanted).encode(), seconds)


async def _ask(wanted: bytes, seconds: float) -> tuple[str | None, str]:
    """The address goes by standard input: a command line is everybody's to read."""
    child = await asyncio.create_subprocess_exec(
        sys.executable, "-I", "-m", CHILD,
        stdin=asyncio.subprocess.PIPE, stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.DEVNULL,
        env={name: os.environ[name] for name in _KEPT if name in os.environ},
    )  # fmt: skip
    try:
        async with asyncio.timeout(seconds):
            out, _ = await child.communicate(wanted)
    except TimeoutError:
        return "too_slow", ""
    finally:
        if child.returncode is None:
            child.kill()
            await child.wait()
    try:
        found = json.loads(out)
        return (None, "") if found["sent"] else ("refused", str(found["said"])[:1000])
    except (ValueError, KeyError, TypeError):
        return "no_library", f"status {child.returncode}"
