"""How a line of mosquitto's log reads, and who is behind a client id.

Client ids, topics and filters are chosen by who comes, and may look like any part of a line, but
hold no line break: mosquitto hangs up on who sends one. So a line is read from its beginning, what
stands for a client is sought among the ids that are known, the longest first, and a line that
mosquitto has cut is never read to its end.
"""

import re
from collections import OrderedDict
from collections.abc import Collection
from dataclasses import dataclass

MOST_SESSIONS = 4096
MOST_REFUSALS = 1024
CUT_BYTES = 999
"""A line of this length lacks its end (``log_line`` in mosquitto's logging.c)."""
ENDED_AT_ONCE = 16
"""Sessions ended in one round: each takes a connection."""
_CAME = re.compile(
    r"New client connected from (?P<from>\S+):\d+ as (?P<client>.*)"
    r" \(p\d, c\d, k\d+, u'(?P<user>[^']*)'\)\.$"
)
"""The user is the last word of the line: a client id may look like the end of one."""
_CAME_CUT = re.compile(r"New client connected from (?P<from>\S+):\d+ as ")
_ID_LETTERS, _TOPIC_LETTERS = 60, 160
"""Of what others choose, in one incident."""


@dataclass(frozen=True, slots=True)
class Came:
    """Who has begun a session. ``client`` None: its id is longer than a line of the log."""

    where: str
    client: str | None
    user: str


def body(line: str) -> str:
    """Return what a line says, without the time before it; empty if there is none."""
    return line.partition(": ")[2]


def is_cut(line: str) -> bool:
    """Return whether mosquitto has left the end of this line out."""
    return len(line.encode(errors="replace")) >= CUT_BYTES


def came(line: str) -> Came | None:
    """Return who a line says has come; None if it says something else."""
    said = body(line)
    if is_cut(line):
        found = _CAME_CUT.match(said)
        return Came(found["from"], None, "") if found else None
    found = _CAME.match(said)
    return Came(found["from"], found["client"], found["user"]) if found else None


def name(text: str) -> str:
    """Return a client id or a user as an incident shows it: bounded, nothing unprintable."""
    return repr(text[:_ID_LETTERS])


def topic(text: str) -> str:
    """Return a topic as an incident shows it: bounded, nothing unprintable."""
    return repr(text[:_TOPIC_LETTERS])


class Sessions:
    """By client id, who came with it last; bounded."""

    def __init__(self, most: int = MOST_SESSIONS) -> None:
        self._most = most
        self._users: OrderedDict[str, str] = OrderedDict()

    def add(self, client: str, user: str) -> None:
        """Remember who came with an id."""
        self._users[client] = user
        self._users.move_to_end(client)
        if len(self._users) > self._most:
            self._users.popitem(last=False)

    def user_of(self, client: str) -> str | None:
        """Return who came with this id last; None if that is not known."""
        return self._users.get(client)

    def take(self, users: Collection[str]) -> list[str]:
        """Return and forget client ids of these users, some at a time."""
        found = [client for client, user in self._users.items() if user in users]
        for client in found[:ENDED_AT_ONCE]:
            del self._users[client]
        return found[:ENDED_AT_ONCE]

    def parted(self, text: str, between: re.Pattern[str]) -> tuple[str, str]:
        """Return the client id that ``text`` begins with, and what follows ``between``."""
        found = list(between.finditer(text))
        for each in reversed(found):
            if text[: each.start()] in self._users:
                return text[: each.start()], text[each.end() :]
        if not found:
            return text, ""
        return text[: found[-1].start()], text[found[-1].end() :]

    def named(self, client: str) -> str:
        """Return a session as an incident shows it."""
        return f"{name(client)} of {name(self._users.get(client, 'nobody'))}"
