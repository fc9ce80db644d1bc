"""The releases on this server: a folder for each, wheels and what they hash to."""

import hashlib
import shutil
from collections.abc import Iterator
from pathlib import Path

from loquet_contract.wire.codec import MalformedMessage, decode_text, encode
from loquet_contract.wire.releases import Release, ReleaseFile, checked, parts
from loquet_server.errors import Invalid
from loquet_server.settings import Settings

HEAD = "release.json"


class Shelf:
    """``{data}/releases/{version}/``; read each time, since another process may add one."""

    def __init__(self, settings: Settings) -> None:
        self._folder = settings.data / "releases"

    def all(self) -> list[Release]:
        """Return the releases, the newest first."""
        found = list(self._read())
        return sorted(found, key=lambda each: parts(each.version), reverse=True)

    def one(self, version: str) -> Release | None:
        """Return a release; None if it is not here."""
        return next((each for each in self._read() if each.version == version), None)

    def file(self, sha256: str, name: str) -> Path | None:
        """Return where a file of a release is; None if no release has it."""
        for release in self._read():
            if any((each.sha256, each.name) == (sha256, name) for each in release.files):
                return self._folder / release.version / name
        return None

    def add(self, folder: Path, now_ms: int) -> Release:
        """Take the wheels of a folder as a release; raise Invalid with what is wrong."""
        wheels = sorted(folder.glob("*.whl"))
        own = [each.name.split("-")[1] for each in wheels if each.name.startswith("loquet-")]
        if len(own) != 1:
            raise Invalid(f"{folder}: holds {len(own)} wheels of loquet itself; one is needed")
        files = tuple(_measured(each) for each in wheels)
        try:
            release = checked(Release(own[0], now_ms, files))
        except MalformedMessage as error:
            raise Invalid(f"{folder}: {error}") from error
        place = self._folder / release.version
        fresh = self._folder / f".{release.version}.new"
        shutil.rmtree(fresh, ignore_errors=True)
        fresh.mkdir(parents=True)
        for each in wheels:
            shutil.copyfile(each, fresh / each.name)
        (fresh / HEAD).write_text(encode(release), "utf-8")
        shutil.rmtree(place, ignore_errors=True)
        fresh.rename(place)
        return release

    def _read(self) -> Iterator[Release]:
        for head in self._folder.glob(f"[0-9]*/{HEAD}"):
            try:
                yield checked(decode_text(Release, head.read_text("utf-8")))
            except (OSError, UnicodeDecodeError, MalformedMessage):
                continue


def _measured(file: Path) -> ReleaseFile:
    raw = file.read_bytes()
    return ReleaseFile(file.name, len(raw), hashlib.sha256(raw).hexdigest())
