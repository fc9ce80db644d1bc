"""How a site's peppers reach a unit while one replaces another.

The newest desired state names the peppers in force, the newest first. A unit that lacks one asks
for all over HTTP(S): signed by the unit, with an X25519 key made for this question alone, and
answered signed by the server and sealed to that key. A unit knows badges under each pepper that it
holds, and reports them; so the server can wait until all do before policies come under the new one.
"""

import hashlib
from dataclasses import dataclass, field
from typing import ClassVar

from loquet_contract.ids import PepperId, SiteId, UnitId

SEAL_CONTEXT = "peppers"
PEPPER_BYTES = 32
MOST_PEPPERS = 4
"""So many are kept on a unit at once; a rotation has two."""


def pepper_id(pepper: bytes) -> PepperId:
    """Return what a pepper is called, 16 hexadecimal digits; it gives nothing away."""
    return PepperId(hashlib.sha256(b"loquet/v1/pepper\n" + pepper).hexdigest()[:16])


@dataclass(frozen=True, slots=True)
class PeppersRequest:
    """Signed by the unit (purpose ``peppers_request``); ``seal_key`` (X25519) is base64url."""

    kind: ClassVar[str] = "peppers_request"
    site: SiteId
    unit: UnitId
    nonce: str
    seal_key: str


@dataclass(frozen=True, slots=True)
class PeppersAnswer:
    """Signed by the server (purpose ``peppers``); ``sealed`` opens to Peppers."""

    kind: ClassVar[str] = "peppers_answer"
    site: SiteId
    unit: UnitId
    nonce: str
    sealed: str


@dataclass(frozen=True, slots=True)
class Pepper:
    """One pepper: 32 bytes, base64url."""

    id: PepperId
    pepper: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class Peppers:
    """All peppers in force, the newest first; also what a unit keeps in its file."""

    kind: ClassVar[str] = "peppers"
    peppers: tuple[Pepper, ...]
