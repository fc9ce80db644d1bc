"""The files of ``firmware_config``: one truth for pages, cards and whoever copies."""

from functools import cache
from importlib.resources import files
from pathlib import Path
from typing import Final

_INSTALLED: Final = "firmware_config"
_REPOSITORY: Final = Path(__file__).resolve().parents[3] / "firmware_config"
_FOLDERS: Final = ("bin", "boot", "journald", "nftables", "sysusers", "systemd", "timesyncd",
                   "tmpfiles", "udev")  # fmt: skip
_SCRIPT: Final = "install.sh"


class FirmwareMissing(LookupError):
    """This installation of the server came without the files of units."""


def folder() -> Path:
    """Return where they are: in the installed package, or beside it in a clone."""
    installed = Path(str(files("loquet_server"))) / _INSTALLED
    for each in (installed, _REPOSITORY):
        if (each / _SCRIPT).is_file():
            return each
    raise FirmwareMissing(f"there is no {_SCRIPT} in {installed}: install loquet[server] again")


@cache
def unit_files() -> dict[str, bytes]:
    """Return what ``install.sh unit`` needs, by path: itself and the files that it places."""
    found = folder()
    names = [_SCRIPT]
    for each in _FOLDERS:
        names += sorted(f"{each}/{file.name}" for file in (found / each).iterdir())
    return {name: (found / name).read_bytes() for name in names}


def read(name: str) -> str:
    """Return the text of one file."""
    return (folder() / name).read_text("utf-8")


def boot_lines(*, uart: bool, rtc: str) -> str:
    """Return the lines for ``config.txt``, as ``install.sh`` writes them for these choices."""
    names = ["boot/config.txt"]
    names += ["boot/uart.txt"] if uart else []
    names += [f"boot/rtc-{rtc}.txt"] if rtc != "none" else []
    return "".join(read(name) for name in names)
