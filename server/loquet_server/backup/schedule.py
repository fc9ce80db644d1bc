"""A backup a day, kept for as many days as the settings say."""

import os
from datetime import UTC, datetime
from pathlib import Path

import structlog

from loquet_server.backup.dump import Written, write
from loquet_server.chores import again
from loquet_server.ledger import record
from loquet_server.models import Action
from loquet_server.office import Office

SUFFIX = ".backup"
LOOK_SECONDS = 900.0
DAY_SECONDS = 86_400
_log = structlog.get_logger(__name__)


async def back_up_daily(office: Office) -> None:
    """Write a backup each day for as long as the server runs, where the settings want it."""
    folder = office.settings.backup_folder
    if folder is None:
        return
    if not office.settings.backup_passphrase.get_secret_value():
        _log.error("no_backup", detail="LOQUET_BACKUP_FOLDER needs LOQUET_BACKUP_PASSPHRASE")
        return

    async def work() -> None:
        try:
            if due(folder, office.clock()):
                await back_up(office, folder)
        except OSError as error:  # a full or missing disk: said in one line, tried again
            _log.error("backup_failed", detail=str(error))

    await again("backups", work, every=LOOK_SECONDS)


async def back_up(office: Office, folder: Path) -> Written:
    """Write one backup into a folder, and delete those that are too old."""
    now = office.now_ms()
    name = f"loquet-{datetime.fromtimestamp(now / 1000, UTC):%Y%m%d-%H%M%S}{SUFFIX}"
    passphrase = office.settings.backup_passphrase.get_secret_value()
    found = await write(office.settings, folder / name, passphrase, now, keys=True)
    os.utime(folder / name, (now / 1000, now / 1000))  # not by a machine's clock that is doubted
    async with office.database.with_transaction() as session:
        record(
            session, Action.BACKUP_WRITTEN, name, now, actor="schedule",
            detail={"rows": found.rows, "bytes": found.size},
        )  # fmt: skip
    if not office.doubts_clock:
        expired(folder, office.settings.backup_keep_days, office.clock())
    return found


def due(folder: Path, now: float) -> bool:
    """Return True if the newest backup is a day old, or there is none.

    One from far ahead was made while the clock was wrong: it must not stop all others until then.
    """
    made = [each.stat().st_mtime for each in folder.glob(f"loquet-*{SUFFIX}")]
    believed = [at for at in made if at - now <= DAY_SECONDS]
    return not believed or now - max(believed) >= DAY_SECONDS


def expired(folder: Path, keep_days: int, now: float) -> list[str]:
    """Delete backups that are older than so many days, never the newest; return their names."""
    found = sorted(folder.glob(f"loquet-*{SUFFIX}"), key=lambda each: each.stat().st_mtime)
    old = [each for each in found[:-1] if now - each.stat().st_mtime > keep_days * DAY_SECONDS]
    for each in old:
        each.unlink()
    return [each.name for each in old]
