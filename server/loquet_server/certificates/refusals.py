"""What the embedded broker refused: read from its log, and raised as incidents.

The broker itself says who came without a good certificate, and who spoke or listened where it
must not; only there can it be seen. Whoever knocks ten thousand times makes one incident that
counts, and a round reads a bounded part of the log.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from loquet_server.certificates.repository import CertificateRepository
from loquet_server.chores import again
from loquet_server.incidence import raise_incident
from loquet_server.office import Office, committed

LOOK_SECONDS = 5.0
MOST_BYTES = 1 << 18
"""Of the log in one round; what is older is not told one by one."""
REFUSED: Final = "broker_refused"
OVERREACH: Final = "broker_overreach"
_LINE = re.compile(
    r" \[ERR\] (?P<from>\S+):\d+ - mid:\d+ - (?:\"(?P<client>[^\"]*)\" - )?(?P<what>.*)"
)
_NOT_LET_IN = ("TLS handshake error: ", "authentication error")
_NOT_ALLOWED = ("Publish Violation", "Subscription Violation", "maximum payload exceeded")
_NOISE = ("EOF", "timeout", "connection reset")
"""Whoever only looks whether somebody listens: a monitor, a scan, a cable that was cut."""


@dataclass(frozen=True, slots=True)
class Refusal:
    """One line of the log, as an incident says it."""

    kind: str
    detail: str


class BrokerLog:
    """Reads what is new in a log that may be cut or begun anew meanwhile."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._at = path.stat().st_size if path.exists() else 0

    def read(self) -> list[Refusal]:
        """Return what was refused since the last call."""
        try:
            with self._path.open("rb") as file:
                size = file.seek(0, 2)
                start = self._at if self._at <= size else 0
                file.seek(max(start, size - MOST_BYTES))
                text = file.read(MOST_BYTES)
        except OSError:
            return []
        whole = text[: text.rfind(b"\n") + 1]
        self._at = size - (len(text) - len(whole))
        lines = whole.decode(errors="replace").splitlines()
        return [each for each in map(refusal, lines) if each is not None]


def refusal(line: str) -> Refusal | None:
    """Return what a line says was refused; None if it says nothing of the kind."""
    found = _LINE.search(line)
    if found is None:
        return None
    what, client = found["what"], found["client"]
    who = f"{found['from']} as {client!r}" if client else found["from"]
    if any(word in what for word in _NOT_ALLOWED):
        return Refusal(OVERREACH, f"{who}: {what}"[:300])
    if what.startswith(_NOT_LET_IN) and not what.endswith(_NOISE):
        return Refusal(REFUSED, f"{who}: {what}"[:300])
    return None


async def watch_broker(office: Office, log: Path) -> None:
    """Raise what the broker refuses, for as long as the server runs."""
    reader = BrokerLog(log)
    await again("watch-broker", lambda: raise_refusals(office, reader.read()), every=LOOK_SECONDS)


async def raise_refusals(office: Office, found: Sequence[Refusal]) -> None:
    """Raise one incident of each kind, with how many there were and the last of them."""
    if not found:
        return
    async with committed(office) as transaction:
        session = transaction.session
        site = await CertificateRepository(session).only_site()
        for kind in sorted({each.kind for each in found}):
            some = [each for each in found if each.kind == kind]
            detail = f"{len(some)} × {some[-1].detail}"
            now = office.now_ms()
            row = await raise_incident(
                session, site=site, unit=None, kind=kind, detail=detail, now_ms=now
            )
            if site is not None:
                transaction.after.tell(office, site, "incident", row.kind, row.revision)
