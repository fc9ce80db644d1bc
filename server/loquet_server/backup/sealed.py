"""A file sealed with a passphrase: scrypt for the key, ChaCha20-Poly1305 in chunks.

    magic    "LOQUET-BACKUP-1\\n"
    header   length (4 bytes, big-endian), then JSON: {"log_n", "p", "r", "salt" (hex)}
    chunks   64 KiB of content each, sealed: 16 bytes longer; the last one may be shorter

A chunk's nonce is its number (11 bytes, big-endian) and a byte that is 1 for the last chunk
alone, so that a file that was cut, or whose chunks were moved, does not open. Magic and header
are authenticated with each chunk.
"""

import hashlib
import json
import secrets
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO, Final

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import ChaCha20Poly1305

MAGIC: Final = b"LOQUET-BACKUP-1\n"
CHUNK: Final = 64 * 1024
TAG: Final = 16
LOG_N, R, P = 17, 8, 1
"""scrypt: 128 MB and about half a second, for whoever guesses too."""
MOST_LOG_N: Final = 20
"""A file may ask for no more than this: 1 GB."""
LONGEST_HEADER: Final = 4096


class BackupUnusable(Exception):
    """A backup cannot be opened; the text says why and what to do."""


class WrongPassphrase(BackupUnusable):
    """The passphrase is not the one that the file was sealed with."""


class Writer:
    """Seals what is written to it; ``close`` seals the last chunk."""

    def __init__(self, file: BinaryIO, passphrase: str) -> None:
        salt = secrets.token_bytes(16)
        head = {"log_n": LOG_N, "p": P, "r": R, "salt": salt.hex()}
        text = json.dumps(head, sort_keys=True).encode()
        self._head = MAGIC + len(text).to_bytes(4, "big") + text
        self._cipher = ChaCha20Poly1305(_key(passphrase, salt, LOG_N, R, P))
        self._file, self._left, self._number = file, bytearray(), 0
        file.write(self._head)

    def write(self, content: bytes) -> None:
        """Seal content; some of it may wait for more."""
        self._left += content
        while len(self._left) > CHUNK:  # the last chunk is never empty unless all is
            self._seal(bytes(self._left[:CHUNK]), last=False)
            del self._left[:CHUNK]

    def close(self) -> None:
        """Seal the last chunk."""
        self._seal(bytes(self._left), last=True)
        self._left.clear()

    def _seal(self, content: bytes, *, last: bool) -> None:
        self._file.write(self._cipher.encrypt(_nonce(self._number, last), content, self._head))
        self._number += 1


def opened(path: Path, passphrase: str) -> Iterator[bytes]:
    """Yield the content of a sealed file, chunk by chunk; raise BackupUnusable or OSError."""
    with path.open("rb") as file:
        head, cipher = _begin(file, path, passphrase)
        number, chunk = 0, file.read(CHUNK + TAG)
        while True:
            following = file.read(CHUNK + TAG)
            try:
                yield cipher.decrypt(_nonce(number, not following), chunk, head)
            except InvalidTag:
                raise _why(path, number, cipher, chunk, head) from None
            if not following:
                return
            number, chunk = number + 1, following


def _why(
    path: Path, number: int, cipher: ChaCha20Poly1305, chunk: bytes, head: bytes
) -> BackupUnusable:
    """Return what is wrong with a chunk: a file that was cut opens, but for its last mark."""
    for last in (False, True):
        try:
            cipher.decrypt(_nonce(number, last), chunk, head)
        except InvalidTag:
            continue
        return BackupUnusable(f"{path}: the file was cut or has grown; use another backup")
    if number == 0:
        return WrongPassphrase(
            f"{path}: the passphrase is wrong (or the beginning of the file is damaged)"
        )
    return BackupUnusable(f"{path}: damaged {number * (CHUNK + TAG)} bytes in; use another backup")


def _begin(file: BinaryIO, path: Path, passphrase: str) -> tuple[bytes, ChaCha20Poly1305]:
    magic = file.read(len(MAGIC))
    if magic != MAGIC:
        if magic.startswith(b"LOQUET-BACKUP-"):
            raise BackupUnusable(
                f"{path}: made by a newer version of Loquet; install that version first"
            )
        raise BackupUnusable(f"{path}: this is no backup of Loquet")
    size = file.read(4)
    length = int.from_bytes(size, "big")
    text = file.read(min(length, LONGEST_HEADER))
    try:
        plain = json.loads(text)
        log_n, r, p = int(plain["log_n"]), int(plain["r"]), int(plain["p"])
        salt = bytes.fromhex(plain["salt"])
        if not (10 <= log_n <= MOST_LOG_N and 1 <= r <= 16 and 1 <= p <= 4):
            raise ValueError("it asks for too much work")
    except (ValueError, KeyError, TypeError) as error:
        raise BackupUnusable(f"{path}: its header is damaged; use another backup") from error
    return magic + size + text, ChaCha20Poly1305(_key(passphrase, salt, log_n, r, p))


def _nonce(number: int, last: bool) -> bytes:
    return number.to_bytes(11, "big") + bytes([last])


def _key(passphrase: str, salt: bytes, log_n: int, r: int, p: int) -> bytes:
    memory = 128 * (1 << log_n) * r * p + (32 << 20)
    return hashlib.scrypt(
        passphrase.encode(), salt=salt, n=1 << log_n, r=r, p=p, maxmem=memory, dklen=32
    )
