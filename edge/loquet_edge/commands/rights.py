"""Whether the user that services run as can read and write what the unit needs."""

from __future__ import annotations

import os
import pwd
import stat
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from pathlib import Path

from loquet_edge.config import UnitConfig
from loquet_edge.config_readers import OsdpWiring

SERVICE_USER = "loquet"
"""``User=`` of ``firmware_config/systemd``."""


@dataclass(frozen=True, slots=True)
class User:
    """A user and the groups that it is in."""

    name: str
    uid: int
    groups: Collection[int]

    def may(self, path: Path, read: bool = True, write: bool = False) -> bool:
        """Whether the file's own mode allows it; its folders are looked at apart."""
        found = path.stat()
        if self.uid == 0:
            return True
        shift = 6 if found.st_uid == self.uid else 3 if found.st_gid in self.groups else 0
        wanted = (4 if read else 0) | (2 if write else 0)
        return (stat.S_IMODE(found.st_mode) >> shift) & wanted == wanted


def service_user() -> User | None:
    """Return the user of the services; None where it does not exist, or nobody else can be it."""
    try:
        entry = pwd.getpwnam(SERVICE_USER)
    except KeyError:
        return None
    return User(entry.pw_name, entry.pw_uid, os.getgrouplist(entry.pw_name, entry.pw_gid))


def hidden_from(user: User, config: UnitConfig) -> Iterator[str]:
    """Give, in words, each file of the unit that ``user`` cannot use."""
    advice = f"run 'loquet-edge enrol' as that user: sudo -u {user.name}, or chown it"
    for path, write in ((config.file, False), (config.identity, False), (config.data, True),
                        (config.run, True)):  # fmt: skip
        if path.exists() and not user.may(path, write=write):
            what = "written" if write else "read"
            yield f"{path} cannot be {what} by user {user.name}; {advice}"
    for reader in config.all_readers:
        key = reader.wiring.key_file if isinstance(reader.wiring, OsdpWiring) else None
        if key is not None and key.exists() and not user.may(key):
            yield f"{key} cannot be read by user {user.name}: sudo chown {user.name} {key}"
    if config.data.is_dir():
        for path in sorted(config.data.iterdir()):
            if path.is_file() and path != config.identity and not user.may(path, write=True):
                yield f"{path} cannot be written by user {user.name}; {advice}"
