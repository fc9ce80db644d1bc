"""What the processes of a server are, without what they run: ``serving`` loads all of that."""

from __future__ import annotations

import contextlib
import fcntl
from collections.abc import Iterator
from enum import Flag, auto
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from loquet_server.settings import Settings


class CannotServe(OSError):
    """The server cannot start like this; the message says what to do."""


class Role(Flag):
    """What a process does."""

    WEB = auto()
    INGEST = auto()
    """Also runs the embedded broker, where there is one."""
    BOTH = WEB | INGEST


@contextlib.contextmanager
def alone(settings: Settings) -> Iterator[None]:
    """Hold the data folder: two servers on one would each believe to be the only one."""
    with (settings.data / "lock").open("a") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as error:
            raise CannotServe(
                f"another server runs on {settings.data.absolute()}; stop it, or choose another"
                " folder with LOQUET_DATA"
            ) from error
        yield
