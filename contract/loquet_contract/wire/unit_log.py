"""What a unit sends when it is asked for its log; sealed to the server, so that nobody on the
way reads it, and signed, so that nobody on the way writes it.
"""

from dataclasses import dataclass
from typing import ClassVar

from loquet_contract.ids import CommandId, SiteId, UnitId

SEAL_CONTEXT = "unit-log"
MAX_LOG = 64 * 1024
"""Bytes of the text, before it is sealed."""


@dataclass(frozen=True, slots=True)
class UnitLog:
    """Signed by the unit (purpose ``unit_log``); ``sealed`` opens to UTF-8 text.

    ``command`` is the order that asked for it: what nobody asked for is not taken.
    """

    kind: ClassVar[str] = "unit_log"
    site: SiteId
    unit: UnitId
    command: CommandId
    sealed: str
