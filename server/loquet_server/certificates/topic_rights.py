"""Rights by topic as mosquitto writes them; ``firmware_config/mosquitto/acl`` is this text."""

from collections.abc import Collection
from enum import StrEnum
from typing import Final

from paho.mqtt.client import topic_matches_sub

from loquet_contract.wire.certificates import SERVER_NAME
from loquet_contract.wire.topics import FROM_UNIT, PREFIX, TO_UNIT, Channel

_HEAD = """\
# Topic rights. A unit's name is the CN of its certificate, or its user name: its id; %u stands
# for it. Ids are [a-z0-9_-], so no unit can be called like the two users with a dot below.
"""
_UNITS = f"{PREFIX}/+/units"


class Right(StrEnum):
    """What a client may do with a topic."""

    WRITE = "write"
    """Publish to it, or leave a will there."""
    READ = "read"
    """Subscribe to it."""


_OF_A_UNIT: Final = {
    Right.WRITE: tuple(f"{_UNITS}/%u/{each}" for each in FROM_UNIT),
    Right.READ: tuple(f"{_UNITS}/%u/{each}" for each in TO_UNIT),
}


def unit_may(unit: str, right: Right, topic: str) -> bool:
    """Return whether a unit has a right to all that a topic, or a filter of topics, stands for."""
    if set(unit) & set("+#/"):
        return False
    # A wildcard in the filter is a level like any other here: only one of ours takes it in.
    return any(topic_matches_sub(each.replace("%u", unit), topic) for each in _OF_A_UNIT[right])


def acl(shut_out: Collection[str] = ()) -> str:
    """Return mosquitto's rights; a unit that is shut out loses all, in open sessions too.

    mosquitto looks at what a user is denied before it looks at patterns.
    """
    said, told = (
        [f"pattern {right} {each}" for each in _OF_A_UNIT[right]]
        for right in (Right.WRITE, Right.READ)
    )
    server = [f"topic read {_UNITS}/+/{each}" for each in FROM_UNIT]
    server += [
        f"topic write {_UNITS}/+/{each}" for each in (*TO_UNIT, Channel.ONLINE, Channel.STATE)
    ]
    server += [f"topic write {PREFIX}/+/areas/#", f"topic readwrite {PREFIX}/+/server/changes"]
    server.append("topic read $SYS/broker/log/#")
    parts = [
        _HEAD,
        _part("What a unit says ...", said),
        _part("... and what it is told.", told),
        _part("The server: ingest, publisher and pages.", [f"user {SERVER_NAME}", *server]),
        _part(
            "Displays and home automation: counts and desk states, never a name.",
            ["user loquet.display", f"topic read {PREFIX}/+/areas/#"],
        ),
    ]
    parts += [
        _part("Shut out.", [f"user {unit}", "topic deny #"]) for unit in sorted(shut_out)
    ]  # fmt: skip
    return "\n".join(parts)


def _part(title: str, lines: list[str]) -> str:
    return "\n".join([f"# {title}", *lines, ""])
