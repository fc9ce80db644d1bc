"""Keys of OSDP readers as files: 32 hexadecimal digits, for the unit's own user only.

Beside ``x.key`` there may be ``x.key.next``: a new key that the reader may or may not have by now.
Until it is known to have it, both are tried.
"""

from __future__ import annotations

import contextlib
import hashlib
import os
import pwd
import secrets
import stat
from pathlib import Path

from loquet_edge.errors import EdgeError
from loquet_edge.protocols.osdp_keys import KEY_BYTES, WeakKey, key_of, weakness_of

SERVICE_USER = "loquet"
"""``User=`` of ``firmware_config/systemd``: whoever makes a key as root makes it for that user."""


class KeyFileFault(EdgeError, ValueError):
    """A key file cannot be used; the text says which, why and what to do."""


def load(path: Path, reader: str) -> tuple[bytes, ...]:
    """Return the key of a reader, and after it the next one if there is one; raise KeyFileFault."""
    keys = [_read(path, reader)]
    following = next_path(path)
    if following.exists():
        keys.append(_read(following, reader))
    return tuple(keys)


def next_path(path: Path) -> Path:
    """Return where a key waits that the reader may not have yet."""
    return path.with_name(f"{path.name}.next")


def make(path: Path) -> None:
    """Write a new random key where there is none; raise FileExistsError."""
    while weakness_of(key := secrets.token_bytes(KEY_BYTES)) is not None:
        pass
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(handle, "w", encoding="ascii") as file:
        file.write(key.hex() + "\n")
        file.flush()
        os.fsync(file.fileno())
    _give(path)


def promote(path: Path) -> bool:
    """The reader has the next key: make it the key; False if there was none."""
    try:
        next_path(path).replace(path)
    except FileNotFoundError:
        return False
    return True


def mark_of(key: bytes) -> str:
    """Return what two people can compare over the telephone, and no thief can use."""
    return hashlib.sha256(b"loquet osdp key:" + key).hexdigest()[:8]


def _give(path: Path) -> None:
    """Have files that root makes belong to the user that reads them."""
    if os.geteuid() != 0:
        return
    with contextlib.suppress(KeyError):
        user = pwd.getpwnam(SERVICE_USER)
        for each in (path, path.parent):
            os.chown(each, user.pw_uid, user.pw_gid)


def _read(path: Path, reader: str) -> bytes:
    try:
        mode = stat.S_IMODE(path.stat().st_mode)
        text = path.read_text("ascii")
    except FileNotFoundError as error:
        raise KeyFileFault(
            f"{path} does not exist: make the reader's key with loquet-edge osdp-key {reader}"
        ) from error
    except (OSError, UnicodeDecodeError) as error:
        raise KeyFileFault(f"{path} cannot be read: {error}") from error
    if mode & 0o077:
        raise KeyFileFault(f"{path} is readable by others: chmod 600 {path}")
    try:
        return key_of(text)
    except WeakKey as error:
        raise KeyFileFault(
            f"{path}: {error}; a thief would try it first. Move the file away, and make a key"
            f" with loquet-edge osdp-key {reader}"
        ) from error
    except ValueError as error:
        raise KeyFileFault(f"{path}: {error}") from error
