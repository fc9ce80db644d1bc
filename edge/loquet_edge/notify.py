"""Tell whoever supervises this process that it is ready and alive.

The protocol of systemd's ``sd_notify(3)`` and ``sd_watchdog_enabled(3)``: datagrams to the Unix
socket that ``NOTIFY_SOCKET`` names; the supervisor of ``loquet-edge run`` speaks it too. Without
that variable every word is dropped.
"""

import contextlib
import os
import socket
from collections.abc import Mapping


class Notifier:
    """Never blocks and never raises: a supervisor that does not listen holds nobody."""

    def __init__(self, environment: Mapping[str, str] = os.environ) -> None:
        self._address = environment.get("NOTIFY_SOCKET", "")
        usec = environment.get("WATCHDOG_USEC", "")
        pid = environment.get("WATCHDOG_PID", str(os.getpid()))
        watched = usec.isdecimal() and int(usec) > 0 and pid == str(os.getpid())
        self.ping_seconds: float | None = int(usec) / 4e6 if watched and self._address else None
        """How often to call ``alive``: a quarter of what is allowed; None: nobody watches."""
        self._socket: socket.socket | None = None
        if self._address:
            self._socket = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
            self._socket.setblocking(False)

    def ready(self) -> None:
        self._say(b"READY=1")

    def alive(self) -> None:
        self._say(b"WATCHDOG=1")

    def stopping(self) -> None:
        self._say(b"STOPPING=1")

    def status(self, text: str) -> None:
        """Say one line for people, as ``systemctl status`` shows it."""
        self._say(b"STATUS=" + text.replace("\n", " ").encode())

    def close(self) -> None:
        if self._socket is not None:
            self._socket.close()
            self._socket = None

    def _say(self, words: bytes) -> None:
        if self._socket is None:
            return
        # @ stands for the NUL with which names of Linux's abstract namespace begin.
        address = "\0" + self._address[1:] if self._address[0] == "@" else self._address
        with contextlib.suppress(OSError):
            self._socket.sendto(words, address)
