"""Typed names.

An id that may appear in a topic is 1 to 64 characters of ``[a-z0-9_-]``, so that it can
neither contain a topic separator nor an MQTT wildcard. Holder ids are opaque: they say
nothing about the person.
"""

import re
from typing import NewType

SiteId = NewType("SiteId", str)
UnitId = NewType("UnitId", str)
DoorId = NewType("DoorId", str)
AccessPointId = NewType("AccessPointId", str)
AreaId = NewType("AreaId", str)
DeskId = NewType("DeskId", str)
ReaderId = NewType("ReaderId", str)
SensorId = NewType("SensorId", str)
"""A sensor on the space's own broker."""
CounterId = NewType("CounterId", str)
"""A counter of people at a door."""
HolderId = NewType("HolderId", str)
ScheduleId = NewType("ScheduleId", str)
RuleId = NewType("RuleId", str)
JournalId = NewType("JournalId", str)
BootId = NewType("BootId", str)
GrantId = NewType("GrantId", str)
KeyId = NewType("KeyId", str)
PepperId = NewType("PepperId", str)
CommandId = NewType("CommandId", str)
LockdownId = NewType("LockdownId", str)
AccountId = NewType("AccountId", str)
"""Where passes are counted: one member's, or one shared by an organisation."""
PeriodId = NewType("PeriodId", str)
CredentialDigest = NewType("CredentialDigest", str)
"""Unpadded base64url of 32 bytes: HMAC-SHA256(site pepper, canonical representation)."""
PinDigest = NewType("PinDigest", str)
"""Unpadded base64url of 32 bytes: what is kept of a holder's PIN (``access.pin``)."""

_ID = re.compile(r"[a-z0-9_-]{1,64}")


class InvalidId(ValueError):
    """A name cannot be an id; the message says which name and what is allowed."""


def check_id(value: str, what: str) -> str:
    """Return ``value`` if it may stand in a topic; raise InvalidId naming ``what`` otherwise."""
    if not isinstance(value, str) or _ID.fullmatch(value) is None:
        raise InvalidId(
            f"{what} {value!r} is not an id: use 1 to 64 characters of a-z, 0-9, '_' and '-'"
        )
    return value
