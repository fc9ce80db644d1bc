"""A release of the unit's own program: files known by their digests, signed by the server.

A unit believes a release only from its own server, for itself, and as an answer to a question
that it has just asked: an offer that somebody kept cannot be shown to it again. It takes no
version older than its own unless a person on the spot says so.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar

from loquet_contract.ids import SiteId, UnitId
from loquet_contract.wire.codec import MalformedMessage

MAX_FILES = 300
MAX_FILE = 64 << 20
"""Bytes of one file; the largest that a unit needs today has 5 MiB."""
_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._+]*(?:-[A-Za-z0-9._+]+){4,5}\.whl")
_VERSION = re.compile(r"[0-9]{1,6}(?:\.[0-9]{1,6}){0,3}")
_DIGEST = re.compile(r"[0-9a-f]{64}")


@dataclass(frozen=True, slots=True)
class ReleaseFile:
    """A wheel (PyPA binary distribution format): its file name, bytes, and SHA-256 in hex."""

    name: str
    size: int
    sha256: str


@dataclass(frozen=True, slots=True)
class Release:
    """All files of a version, for every kind of unit; each takes those that suit it."""

    kind: ClassVar[str] = "release"
    version: str
    created: int
    files: tuple[ReleaseFile, ...]


@dataclass(frozen=True, slots=True)
class ReleaseRequest:
    """A unit asks whether it is to run another version; signed by it (``release_request``)."""

    kind: ClassVar[str] = "release_request"
    site: SiteId
    unit: UnitId
    nonce: str
    version: str


@dataclass(frozen=True, slots=True)
class ReleaseAnswer:
    """What this unit is to run; signed by the trust anchor (``release``). None: as it is."""

    kind: ClassVar[str] = "release_answer"
    site: SiteId
    unit: UnitId
    nonce: str
    release: Release | None = None


def parts(version: str) -> tuple[int, ...]:
    """Return a version's numbers, to compare; raise MalformedMessage unless it is ``1.2.3``."""
    if _VERSION.fullmatch(version) is None:
        raise MalformedMessage(f"a version is numbers with dots between them, not {version[:40]!r}")
    found = [int(each) for each in version.split(".")]
    while found and not found[-1]:
        found.pop()
    return tuple(found)


def checked(release: Release) -> Release:
    """Return the release if its names can be files and no more; raise MalformedMessage."""
    parts(release.version)
    names = [each.name for each in release.files]
    if not 0 < len(names) <= MAX_FILES or len(set(names)) != len(names):
        raise MalformedMessage(f"a release has 1 to {MAX_FILES} files, each once")
    for each in release.files:
        if _NAME.fullmatch(each.name) is None or _DIGEST.fullmatch(each.sha256) is None:
            raise MalformedMessage(f"{each.name[:80]!r} is no wheel with its SHA-256")
        if not 0 < each.size <= MAX_FILE:
            raise MalformedMessage(f"{each.name}: {each.size} bytes; at most {MAX_FILE}")
    if sum(each.name.startswith(f"loquet-{release.version}-") for each in release.files) != 1:
        raise MalformedMessage(f"a release holds loquet {release.version} itself, once")
    return release


def suiting(files: Sequence[ReleaseFile], python: str, machine: str) -> tuple[ReleaseFile, ...]:
    """Return the wheels for a Python (``cp311``) on a machine (``aarch64``), by their names.

    More than are needed may remain; the installer chooses among them.
    """
    return tuple(each for each in files if _suits(each.name, python, machine))


def _suits(name: str, python: str, machine: str) -> bool:
    tags, abi, platform = name.removesuffix(".whl").rsplit("-", 3)[1:]
    pythons = tags.split(".")
    if not any(each in ("py3", python) for each in pythons) and abi != "abi3":
        return False
    return platform == "any" or any(each.endswith(f"_{machine}") for each in platform.split("."))
