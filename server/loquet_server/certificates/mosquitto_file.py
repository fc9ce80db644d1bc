"""What mosquitto's rights dropped, from the one place where it is said: a log at level debug.

mosquitto says that it denied a publish, and which will was left, with a line for each packet, and
to a file alone. That file lies on a small memory file system of its own on the server's machine
(``firmware_config/mosquitto/run-brokerlog.mount``): what fills it fills nothing else. We empty it
when it has grown, and when we have told something of it, so that nothing is told again after a
restart; mosquitto appends, and goes on at the beginning. Whatever it writes in the instant between
our last look and the cut is lost. Messages themselves are never in it.
"""

import os
import re
import stat
from collections import deque
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import structlog

from loquet_server.certificates.mosquitto_lines import (
    MOST_REFUSALS,
    Sessions,
    body,
    came,
    topic,
)
from loquet_server.certificates.refusals import OVERREACH, Refusal
from loquet_server.certificates.topic_rights import Right, unit_may
from loquet_server.processes import CannotServe
from loquet_server.settings import BrokerKind, Settings

MOST_LINE = 4096
"""Bytes; mosquitto writes no longer ones."""
CHUNK = 1 << 18
MOST_AT_ONCE = 32 << 20
"""Bytes read in one round: more than the file system holds that we ship."""
CUT_AT = 4 << 20
"""Bytes; half of that file system."""
_DENIED, _CAME, _WILL = b": Denied PUBLISH from ", b": New client connected ", b": Will message "
_WORDS = (_DENIED, _CAME, _WILL)
_MARKS = re.compile(r" \(d\d, q\d, r\d, m\d+, '")
_END = re.compile(r"', \.\.\. \(\d+ bytes\)\)$")
_log = structlog.get_logger(__name__)


class DeniedReader:
    """Makes refusals of the bytes of a log, however they are cut into reads."""

    def __init__(self) -> None:
        self._sessions = Sessions()
        self._refusals: deque[Refusal] = deque(maxlen=MOST_REFUSALS)
        self._piece = b""
        self._too_long = False
        self._comer: str | None = None
        self._will_of: str | None = None
        """Whose will the next line names."""

    def feed(self, data: bytes) -> None:
        """Take in what was written since the last call."""
        *lines, self._piece = (self._piece + data).split(b"\n")
        for line in lines:
            self._whole(b"" if self._too_long or len(line) > MOST_LINE else line)
            self._too_long = False
        if len(self._piece) > MOST_LINE:
            self._piece, self._too_long = b"", True

    def begin_anew(self) -> None:
        """Forget the beginning of a line whose end will not come."""
        self._piece, self._too_long, self._will_of = b"", False, None

    def refusals(self) -> list[Refusal]:
        """Return what was refused since the last call."""
        found = list(self._refusals)
        self._refusals.clear()
        return found

    def _whole(self, line: bytes) -> None:
        will_of, self._will_of = self._will_of, None
        if will_of is None and not any(word in line for word in _WORDS):
            return  # nearly all: a line for each packet
        text = line.decode(errors="replace")
        said = body(text)
        if will_of is not None and said.startswith("\t"):
            self._will(will_of, said[1:])
        elif said.startswith("Denied PUBLISH from "):
            self._denied(said.removeprefix("Denied PUBLISH from "))
        elif said.startswith("Will message specified"):
            self._will_of = self._comer
        elif found := came(text):
            self._comer = found.client
            if found.client is not None:
                self._sessions.add(found.client, found.user)

    def _denied(self, said: str) -> None:
        client, where = self._sessions.parted(said, _MARKS)
        self._note(client, f"may not publish to {topic(_END.sub('', where))}")

    def _will(self, client: str, where: str) -> None:
        user = self._sessions.user_of(client)
        # Names with a dot are no units'.
        if user and "." not in user and not unit_may(user, Right.WRITE, where):
            self._note(client, f"may not leave a will for {topic(where)}")

    def _note(self, client: str, what: str) -> None:
        self._refusals.append(Refusal(OVERREACH, f"{self._sessions.named(client)}: {what}"))


class MosquittoFile:
    """Reads what is new in a log that we empty, and that may be absent or begun anew."""

    def __init__(self, path: Path) -> None:
        self._path, self._reader = path, DeniedReader()
        self._at, self._file = 0, (0, 0)
        self._complained = False

    def read(self) -> list[Refusal]:
        """Return what was refused since the last call; what cannot be read is told once."""
        try:
            with self._opened() as handle:
                self._catch_up(handle)
                if self._at >= CUT_AT:
                    self._empty(handle)
            self._complained = False
        except FileNotFoundError:
            self._reader.begin_anew()  # mosquitto has not started yet
        except OSError as error:
            if not self._complained:
                _log.warning("mosquitto_log_unreadable", file=str(self._path), error=str(error))
            self._complained = True
        return self._reader.refusals()

    def empty(self) -> None:
        """Cut off what was told; what came meanwhile is told by the next ``read``."""
        try:
            with self._opened() as handle:
                self._catch_up(handle)
                self._empty(handle)
        except OSError:
            return  # the next read says why

    @contextmanager
    def _opened(self) -> Iterator[int]:
        # The broker is not trusted: what it may have put here instead is neither followed, nor
        # waited for, nor emptied.
        flags = os.O_RDWR | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC
        handle = os.open(self._path, flags)
        try:
            found = os.fstat(handle)
            if not stat.S_ISREG(found.st_mode) or found.st_nlink != 1:
                raise OSError(f"{self._path} is no plain file")
            if self._file != (found.st_dev, found.st_ino) or found.st_size < self._at:
                self._reader.begin_anew()
                self._file, self._at = (found.st_dev, found.st_ino), 0
            yield handle
        finally:
            os.close(handle)

    def _catch_up(self, handle: int) -> None:
        most = self._at + MOST_AT_ONCE
        while self._at < most and (found := os.pread(handle, CHUNK, self._at)):
            self._reader.feed(found)
            self._at += len(found)

    def _empty(self, handle: int) -> None:
        os.ftruncate(handle, 0)
        self._at = 0


def refuse_unusable_log(settings: Settings) -> None:
    """Raise CannotServe if mosquitto's log is asked for, and can never be read."""
    path = settings.broker_log
    if path is None:
        return
    said = f"LOQUET_BROKER_LOG={path}"
    if settings.broker is not BrokerKind.EXTERNAL:
        raise CannotServe(
            f"{said} is about a mosquitto, and this server runs its own broker: leave it out, or"
            " set LOQUET_BROKER=external"
        )
    if not path.parent.is_dir():
        raise CannotServe(
            f"{said}: there is no folder {path.parent}; have it mounted (docs/guides/link.md says"
            " how), correct the path, or leave the setting out"
        )
    hidden = not os.access(path.parent, os.X_OK)
    if hidden or (path.exists() and not (path.is_file() and os.access(path, os.R_OK | os.W_OK))):
        raise CannotServe(
            f"{said}: the server's user must be able to read and to empty this file; give it to"
            " mosquitto's group with mode 0660, and have the server in that group"
            " (docs/guides/link.md)"
        )
