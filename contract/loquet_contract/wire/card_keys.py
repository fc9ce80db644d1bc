"""How a site's card masters reach a unit, and what they are called.

The newest desired state names the masters in force. A unit that has others asks for them over
HTTP(S): signed by the unit, with an X25519 key made for this question alone, and answered signed
by the server and sealed to that key. So the masters are open in no message, on no disk but the
unit's own file for them, and a copied answer opens nothing later.
"""

import hashlib
from dataclasses import dataclass, field
from typing import ClassVar

from loquet_contract.ids import SiteId, UnitId

SEAL_CONTEXT = "card-keys"
MASTER_BYTES = 16
MOST_VERSIONS = 4
"""So many masters may be in force at once; a roll-over has two."""


def name_of(master: bytes) -> str:
    """Return what a master is called, 8 hexadecimal digits; it gives nothing away."""
    return hashlib.sha256(b"loquet/v1/card-key\n" + master).hexdigest()[:8]


@dataclass(frozen=True, slots=True)
class CardKeysRequest:
    """Signed by the unit (purpose ``card_keys_request``); ``seal_key`` (X25519) is base64url."""

    kind: ClassVar[str] = "card_keys_request"
    site: SiteId
    unit: UnitId
    nonce: str
    seal_key: str


@dataclass(frozen=True, slots=True)
class CardKeysAnswer:
    """Signed by the server (purpose ``card_keys``); ``sealed`` opens to CardMasters."""

    kind: ClassVar[str] = "card_keys_answer"
    site: SiteId
    unit: UnitId
    nonce: str
    sealed: str


@dataclass(frozen=True, slots=True)
class CardMaster:
    """One master: AES-128, base64url. ``version`` counts from 1."""

    version: int
    master: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class CardMasters:
    """All masters in force, the newest first; also what a unit keeps in its file."""

    kind: ClassVar[str] = "card_masters"
    keys: tuple[CardMaster, ...]
