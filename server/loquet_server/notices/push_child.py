"""The process that sends one push message: reads what to send, and says what came of it.

It knows one name and the address that was judged for it. A redirect is not followed, and no
name server is asked.
"""

import json
import logging
import socket
import sys
from collections.abc import Callable
from typing import Any


class Kept(logging.Handler):
    """Keeps what is said of a failure."""

    def __init__(self) -> None:
        super().__init__(logging.WARNING)
        self.said: list[str] = []

    def emit(self, record: logging.LogRecord) -> None:
        """Keep one line."""
        self.said.append(record.getMessage())


def only(host: str, ip: str) -> Callable[..., Any]:
    """Return what stands for ``socket.getaddrinfo`` here: one name, and its judged address."""
    family = socket.AF_INET6 if ":" in ip else socket.AF_INET

    def answer(asked: str | bytes | None, port: int | None, *_more: Any, **_named: Any) -> Any:
        name = asked.decode() if isinstance(asked, bytes) else asked
        if name not in (host, ip):
            raise socket.gaierror(socket.EAI_NONAME, "no other address is asked here")
        where = (ip, port or 0, 0, 0) if family == socket.AF_INET6 else (ip, port or 0)
        return [(family, socket.SOCK_STREAM, socket.IPPROTO_TCP, "", where)]

    return answer


def made(wanted: dict[str, Any]) -> Any:
    """Return Apprise's own object for a way; imported here alone, for it is large."""
    common = {
        "host": wanted["host"], "port": wanted["port"], "secure": wanted["secure"],
        "priority": wanted["priority"], "redirect": "no",
    }  # fmt: skip
    if wanted["way"] == "gotify":
        from apprise.plugins.gotify import NotifyGotify

        gotify: Any = NotifyGotify
        return gotify(token=wanted["token"], fullpath="/", **common)
    from apprise.plugins.ntfy import NotifyNtfy

    ntfy: Any = NotifyNtfy
    token = {"token": wanted["token"], "auth": "token"} if wanted["token"] else {}
    return ntfy(
        targets=[wanted["topic"]], mode="private", click=wanted["link"] or None,
        include_image=False, **token, **common,
    )  # fmt: skip


def main() -> None:
    """Send what standard input says; write what came of it."""
    wanted = json.load(sys.stdin)
    socket.getaddrinfo = only(wanted["host"], wanted["ip"])
    kept = Kept()
    logging.getLogger("apprise").addHandler(kept)
    sent = bool(made(wanted).notify(body=wanted["body"], title=wanted["title"]))
    json.dump({"sent": sent, "said": " ".join(kept.said)}, sys.stdout)


if __name__ == "__main__":
    main()
