"""A unit that nobody knows yet, as it asks a server to be let in."""

from dataclasses import dataclass, field, replace

import httpx
from cryptography.hazmat.primitives.asymmetric import ec

from loquet_contract.wire import base64url, sealing
from loquet_contract.wire.adoption import (
    SEAL_CONTEXT,
    Announcement,
    ShortCode,
    Standing,
    Token,
    commit,
    short_code,
    token_proof,
)
from loquet_contract.wire.codec import decode_text, encode
from loquet_contract.wire.enrolment import Identity
from loquet_contract.wire.signing import Purpose, Signer, SigningKey, Verifier, VerifyKey
from loquet_server.authority import spki
from loquet_server.keys import Keys

NEAR, FAR = "192.168.1.20", "203.0.113.7"


@dataclass
class Box:
    """Keys of its own, and what it says."""

    keys: Keys
    key: SigningKey = field(default_factory=SigningKey.generate)
    seal: bytes = field(default_factory=sealing.generate)
    nonce: str = "0f" * 16
    token: Token | None = None
    voucher: str = ""
    server_nonce: str = ""

    def __post_init__(self) -> None:
        public = self.key.public.text
        seal_key = VerifyKey(sealing.public(self.seal)).text
        tls_key = base64url.to_text(spki(ec.generate_private_key(ec.SECP256R1()).public_key()))
        commitment = commit(public, seal_key, tls_key, self.nonce)
        self.asked = Announcement(
            public, seal_key, commitment, tls_key, model="Raspberry Pi 4 Model B", serial="1a2b",
            software="loquet 1", voucher=self.voucher,
            card="" if self.token is None else self.token.card,
            proof="" if self.token is None else token_proof(self.token.secret, commitment),
        )  # fmt: skip

    @property
    def name(self) -> str:
        """How the server calls it while it waits."""
        return self.key.public.key_id

    @property
    def code(self) -> ShortCode:
        """What it shows."""
        server = self.keys.signing.public.text
        return short_code(server, self.server_nonce, self.asked.commitment, self.nonce)

    def words(self, *, shows: bool = True, **changes: str) -> str:
        """Return its signed announcement; ``shows``: with its nonce."""
        asked = replace(self.asked, nonce=self.nonce if shows else "", **changes)
        return Signer(self.key).sign(Purpose.ANNOUNCEMENT, encode(asked))

    def heard(self, text: str) -> Standing:
        """Return what the server says, which its trust anchor has signed."""
        payload = Verifier(self.keys.signing.public).payload(Purpose.STANDING, text)
        found = decode_text(Standing, payload)
        assert found.commitment == self.asked.commitment
        self.server_nonce = found.nonce
        return found

    async def ask(self, http: httpx.AsyncClient) -> Standing:
        """Commit first, then show the nonce."""
        for shows in (False, True):
            answer = await http.post("/api/v1/adoptions", content=self.words(shows=shows))
            assert answer.status_code == 200, answer.text
            found = self.heard(answer.text)
        return found

    def opened(self, found: Standing) -> Identity:
        """Return the identity that was sealed to it."""
        return decode_text(Identity, sealing.open_sealed(self.seal, found.sealed, SEAL_CONTEXT))
