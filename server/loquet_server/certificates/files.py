"""The files that brokers read: the authority, the broker's own certificate, who is shut out.

``authority.pem``  who issues certificates; whoever shows none of it is not let in
``broker.crt``     the broker's certificate, and ``broker.key`` its key, for its own user alone
``crl.pem``        certificates that were revoked (mosquitto; NATS goes by its list of users)
``acl``            rights by topic for mosquitto, with the units that are shut out

Each is written whole or not at all, and only if it says something new, so that a file that
changes is a reason to read them all again.
"""

import os
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

from loquet_server.authority import BROKER_DAYS, Authority, ends_at_ms, issued_by, names_in
from loquet_server.certificates.topic_rights import acl
from loquet_server.settings import Settings

_FRESH_MS = BROKER_DAYS * 86_400_000 // 3
_NOWHERE = ("0.0.0.0", "::", "")


@dataclass(frozen=True, slots=True)
class BrokerFiles:
    """Where the files of one broker are."""

    folder: Path

    @property
    def authority(self) -> Path:
        return self.folder / "authority.pem"

    @property
    def certificate(self) -> Path:
        return self.folder / "broker.crt"

    @property
    def key(self) -> Path:
        return self.folder / "broker.key"

    @property
    def revoked(self) -> Path:
        return self.folder / "crl.pem"

    @property
    def acl_file(self) -> Path:
        return self.folder / "acl"

    def keep_certificate(self, authority: Authority, names: Sequence[str], now_ms: int) -> bool:
        """Make authority and certificate good for ``names``; True if something was written."""
        fresh = self._put(self.authority, authority.certificate_pem, 0o644)
        if not fresh and self._good(authority, names, now_ms):
            return False
        certificate, key = authority.issue_server(names, now_ms)
        # a broker that starts between the two is started again; one that runs reads them later
        self._put(self.key, key, 0o640)
        self._put(self.certificate, certificate, 0o644)
        return True

    def keep_revoked(
        self, authority: Authority, serials: Sequence[str], last_ms: int, shut_out: Collection[str]
    ) -> bool:
        """Write who is shut out, for mosquitto; True if that is new."""
        wrote = self._put(self.revoked, authority.revocations(serials, last_ms), 0o644)
        return self._put(self.acl_file, acl(shut_out), 0o640) or wrote

    def _good(self, authority: Authority, names: Sequence[str], now_ms: int) -> bool:
        try:
            found = self.certificate.read_text("ascii")
            return (
                self.key.exists()
                and issued_by(authority, found)
                and set(names) <= names_in(found)
                and ends_at_ms(found) - now_ms > _FRESH_MS
            )
        except (OSError, ValueError):
            return False

    def _put(self, path: Path, text: str, mode: int) -> bool:
        """Write a file whole or not at all; False if it said so already."""
        if path.exists() and path.read_text("utf-8") == text:
            return False
        self.folder.mkdir(parents=True, exist_ok=True, mode=0o750)
        fresh = path.with_name(f".{path.name}.new")
        fresh.unlink(missing_ok=True)
        handle = os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(handle, "w", encoding="utf-8") as file:
            os.fchmod(file.fileno(), mode)  # whatever the umask: mosquitto is of the group
            file.write(text)
            file.flush()
            os.fsync(file.fileno())
        fresh.replace(path)
        return True


def names_for(settings: Settings) -> list[str]:
    """Return by which names and addresses the broker may be reached."""
    found = [
        settings.told_broker_host,
        settings.broker_host,
        urlsplit(settings.own_address).hostname or "",
        "localhost",
        "127.0.0.1",
        "::1",
    ]
    return [each for each in dict.fromkeys(found) if each not in _NOWHERE]
