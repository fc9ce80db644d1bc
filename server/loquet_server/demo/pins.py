"""The garden door of Le Moulin asks for a PIN; some of its members have one, and some do not."""

from collections.abc import Iterator
from typing import Final

from loquet_contract.ids import HolderId
from loquet_server import models
from loquet_server.days import DAY_MS
from loquet_server.demo import village
from loquet_server.keys import Keys
from loquet_server.models.base import Base

WAY: Final = "jardin-in"
DIGITS: Final = "204958"
"""Everybody's, so that whoever looks at the demo can type it."""
MANY: Final = 8


def asked(way: str) -> str:
    """Return when a way in asks for a PIN."""
    return "always" if way == WAY else "never"


def rows(keys: Keys, now_ms: int) -> Iterator[Base]:
    """Return the PINs of the first members."""
    valid = [each for each in village.members() if each.state == "valid"]
    for at, member in enumerate(valid[:MANY]):
        yield models.Pin(
            holder=member.id, site=village.SITE, digits_sealed=keys.seal_pin(DIGITS),
            digest=keys.unit_pin(HolderId(member.id), DIGITS), length=len(DIGITS),
            made_by="member" if at else "operator", made_at=now_ms - (20 + at) * DAY_MS,
        )  # fmt: skip
