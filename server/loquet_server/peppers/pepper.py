"""A site's pepper: what badges and PINs are digested with for its units. Pure."""

import hashlib
import hmac
from dataclasses import dataclass, field

from loquet_contract.access.credential import Representation, digest
from loquet_contract.access.pin import pin_digest
from loquet_contract.ids import CredentialDigest, HolderId, PepperId, PinDigest
from loquet_contract.wire.rotation import pepper_id


@dataclass(frozen=True, slots=True)
class Pepper:
    """32 bytes that units of a site share; its text form shows none."""

    raw: bytes = field(repr=False)

    @property
    def name(self) -> PepperId:
        """What it is called; that gives nothing away."""
        return pepper_id(self.raw)

    def digest(self, representation: Representation) -> CredentialDigest:
        """Return what units, and our own tables, know a number by."""
        return digest(self.raw, representation)

    def pin(self, holder: HolderId, digits: str) -> PinDigest:
        """Return what units know a holder's PIN by; raise InvalidPin."""
        return pin_digest(self.raw, holder, digits)


def own_pepper(secret: bytes, site: str) -> Pepper:
    """Return the pepper of a site that is new when the server's first one counts no more."""
    text = f"loquet/v1/site-pepper\n{site}".encode()
    return Pepper(hmac.digest(secret, text, hashlib.sha256))
