"""A server as a waiting unit meets it: in person, without a network."""

import hashlib
import io
import urllib.request
from dataclasses import replace
from typing import IO

from loquet_contract.ids import PepperId, SiteId, UnitId
from loquet_contract.wire import base64url, sealing
from loquet_contract.wire.adoption import (
    ADOPTED,
    SEAL_CONTEXT,
    WAITING,
    Announcement,
    ShortCode,
    Standing,
    committed,
    short_code,
)
from loquet_contract.wire.codec import decode_text, encode, parse
from loquet_contract.wire.enrolment import Identity
from loquet_contract.wire.signing import Purpose, Signer, SigningKey, Verifier, VerifyKey
from tests import policies

ADDRESS = "http://server.example"
TOML = '[unit]\nsite = "village"\nid = "unit-1"\nboard = "simulated"\n'


class FakeServer:
    """Answers announcements and the first policy."""

    def __init__(self, key: SigningKey = policies.SERVER_KEY) -> None:
        self.key = key
        self.secret = b"one"
        self.state = WAITING
        self.heard: list[Announcement] = []
        self.fails: list[Exception] = []
        self.toml = TOML

    def __call__(self, request: urllib.request.Request, timeout: float) -> IO[bytes]:
        assert timeout > 0
        assert isinstance(request.data, bytes)
        if self.fails:
            raise self.fails.pop(0)
        if not request.full_url.endswith("/adoptions"):
            raise OSError("there is no policy yet")
        return io.BytesIO(self.answered(request.data).encode())

    def answered(self, body: bytes) -> str:
        """Return the signed answer to an announcement, which must be in order."""
        claimed = parse(parse(body)["payload"])["public_key"]
        payload = Verifier(VerifyKey.from_text(claimed)).payload(Purpose.ANNOUNCEMENT, body)
        asked = decode_text(Announcement, payload)
        assert not asked.nonce or committed(asked)
        self.heard.append(asked)
        found = Standing(asked.commitment, self.key.public.text, self.nonce(asked), self.state)
        if self.state == ADOPTED:
            found = replace(found, sealed=self.sealed(asked))
        return Signer(self.key).sign(Purpose.STANDING, encode(found))

    def nonce(self, asked: Announcement) -> str:
        """Return the nonce for a commitment."""
        return hashlib.sha256(self.secret + asked.commitment.encode()).hexdigest()[:32]

    def code(self) -> ShortCode:
        """Return the code of the last one that showed its nonce."""
        asked = self.heard[-1]
        assert asked.nonce
        key = self.key.public.text
        return short_code(key, self.nonce(asked), asked.commitment, asked.nonce)

    def sealed(self, asked: Announcement) -> str:
        """Return the identity of unit-1, sealed to whoever asks."""
        identity = Identity(
            SiteId("village"), UnitId("unit-1"), "127.0.0.1", 1883, "unit-1", "secret", ADDRESS,
            self.key.public.text, base64url.to_text(sealing.public(b"x" * 32)),
            PepperId("pepper-1"), base64url.to_text(b"p" * 32), self.toml, voucher="our word",
        )  # fmt: skip
        to = base64url.from_text(asked.seal_key)
        return sealing.seal(to, encode(identity).encode(), SEAL_CONTEXT)
