"""Who was erased, known again by a digest alone: beside the database, so that no backup undoes it.

The file ``erased`` in the data folder holds one line of JSON for each: ``salt``, ``digest``
(SHA-256 of salt and id), ``number`` (of what goes on as accounting evidence) and ``at``. Ids are
random; whoever has the file learns nobody's.
"""

import hashlib
import json
import os
import secrets
from collections.abc import Iterable
from dataclasses import asdict, dataclass
from pathlib import Path

FILE = "erased"


@dataclass(frozen=True, slots=True)
class Tombstone:
    """One who was erased. ``at``: UTC milliseconds."""

    salt: str
    digest: str
    number: str | None
    at: int

    def is_of(self, holder: str) -> bool:
        """True if this is the person who had this id."""
        return _digest(self.salt, holder) == self.digest


def bury(holder: str, number: str | None, at: int) -> Tombstone:
    """Return a new tombstone for the person who has this id."""
    salt = secrets.token_hex(16)
    return Tombstone(salt, _digest(salt, holder), number, at)


def read(folder: Path) -> list[Tombstone]:
    """Return those in a data folder; a line that cannot be read is passed over."""
    try:
        lines = (folder / FILE).read_text("utf-8").splitlines()
    except FileNotFoundError:
        return []
    return [found for line in lines if (found := _parsed(line)) is not None]


def keep(folder: Path, tombstones: Iterable[Tombstone]) -> None:
    """Write those that the folder does not have yet; on the disk when this returns."""
    known = {each.digest for each in read(folder)}
    new = [each for each in tombstones if each.digest not in known]
    if not new:
        return
    descriptor = os.open(folder / FILE, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)
    with os.fdopen(descriptor, "a", encoding="utf-8") as file:
        file.writelines(json.dumps(asdict(each)) + "\n" for each in new)
        file.flush()
        os.fsync(file.fileno())


def _parsed(line: str) -> Tombstone | None:
    try:
        found = json.loads(line)
        return Tombstone(found["salt"], found["digest"], found.get("number"), int(found["at"]))
    except (ValueError, KeyError, TypeError):
        return None


def _digest(salt: str, holder: str) -> str:
    return hashlib.sha256(f"{salt}\n{holder}".encode()).hexdigest()
