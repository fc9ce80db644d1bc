"""How the supervisor tells ``door`` which process it had to start again: a file for each."""

import contextlib
import logging
from pathlib import Path

from loquet_contract.wire.events import ProcessRestarted

log = logging.getLogger(__name__)

FOLDER = "restarted"
MAX_TOLD = 100
"""Files left while nobody takes them; a process that dies for ever fills no disk."""


def tell_restart(run: Path, process: str, detail: str) -> None:
    """Leave word that a process was started again; failing to is only logged."""
    folder = run / FOLDER
    try:
        folder.mkdir(exist_ok=True)
        number = max((int(each.name.split(".")[0]) for each in folder.iterdir()), default=0) + 1
        if number <= MAX_TOLD:
            fresh = folder.parent / f"{FOLDER}.new"
            fresh.write_text(detail, "utf-8")
            fresh.replace(folder / f"{number:06d}.{process}")
    except (OSError, ValueError) as error:
        log.error("the restart of %s cannot be told: %s", process, error)


def take_restarts(run: Path) -> list[ProcessRestarted]:
    """Return what was told since, oldest first, and take it away."""
    found: list[ProcessRestarted] = []
    folder = run / FOLDER
    with contextlib.suppress(OSError):
        for file in sorted(folder.iterdir()):
            try:
                detail = file.read_text("utf-8")
                file.unlink()
            except (OSError, UnicodeDecodeError) as error:
                log.error("%s: %s", file, error)
                continue
            found.append(ProcessRestarted(file.name.partition(".")[2], detail))
    return found
