"""A code, an exchange, an identity; and everything that may go wrong on the way."""

import io
import json
import stat
import urllib.error
import urllib.request
from collections.abc import Callable
from email.message import Message
from pathlib import Path
from typing import IO

import pytest

from loquet_contract.wire import base64url, sealing
from loquet_contract.wire.codec import decode_text, encode
from loquet_contract.wire.enrolment import (
    SEAL_CONTEXT,
    Code,
    EnrolAnswer,
    EnrolRequest,
    Identity,
    PolicyRequest,
    proof,
)
from loquet_contract.wire.signing import Purpose, Signer, SigningKey, Verifier, VerifyKey
from loquet_edge.enrolment import PENDING, EnrolmentError, enrol
from loquet_edge.errors import IdentityMissing
from loquet_edge.identity import UnitIdentity
from loquet_edge.policy_store import StoredPolicy
from tests import policies

SECRET = b"0123456789abcdef"
UNIT_TOML = """
[unit]
site = "village"
id = "unit-1"
board = "simulated"
data = "data"
run = "run"
identity = "identity.json"

[[doors]]
id = "main"
lock = "strike"
fail = "secure"
lock_line = 17
lock_active = "high"
exit = "unseen"
"""


class FakeServer:
    """Answers enrolments and policy requests as the server does; in person, without a network."""

    def __init__(self, key: SigningKey = policies.SERVER_KEY) -> None:
        self.key = key
        self.code = Code("http://server.example", policies.SERVER_KEY.public.fingerprint, SECRET)
        self.used_by: str | None = None
        self.unit_toml = UNIT_TOML
        self.fails: list[Exception] = []
        self.mangle: Callable[[str], str] = lambda text: text
        self.policy = "\n".join(policies.whole(3, policies.records(2))) + "\n"
        self.asked: list[str] = []

    def __call__(self, request: urllib.request.Request, timeout: float) -> IO[bytes]:
        assert timeout > 0
        assert isinstance(request.data, bytes)
        self.asked.append(request.full_url)
        if self.fails:
            raise self.fails.pop(0)
        if request.full_url.endswith("/enrol"):
            return io.BytesIO(self.mangle(self.enrol(request.data)).encode())
        assert self.used_by is not None
        unit = Verifier(VerifyKey.from_text(self.used_by))
        wish = decode_text(PolicyRequest, unit.payload(Purpose.POLICY_REQUEST, request.data))
        assert request.full_url == f"http://server.example/api/v1/units/{wish.unit}/policy"
        return io.BytesIO(self.policy.encode())

    def enrol(self, body: bytes) -> str:
        asked = decode_text(EnrolRequest, body)
        assert asked.token == self.code.token
        assert asked.proof == proof(SECRET, asked.public_key, asked.seal_key)
        if self.used_by not in (None, asked.public_key):
            raise refused(410)
        self.used_by = asked.public_key
        identity = Identity(
            policies.SITE, policies.UNIT, "127.0.0.1", 1883, "unit-1", "password",
            "http://server.example", self.key.public.text,
            base64url.to_text(sealing.public(bytes(32))), "pepper-1",  # type: ignore[arg-type]
            base64url.to_text(b"p" * 32), self.unit_toml,
        )  # fmt: skip
        to = base64url.from_text(asked.seal_key)
        sealed = sealing.seal(to, encode(identity).encode(), SEAL_CONTEXT)
        answer = EnrolAnswer(asked.token, self.key.public.text, sealed)
        return Signer(self.key).sign(Purpose.ENROLMENT, encode(answer))


def refused(status: int) -> urllib.error.HTTPError:
    return urllib.error.HTTPError("http://x", status, "no", Message(), io.BytesIO(b"{}"))


def test_a_blank_unit_becomes_a_working_one(tmp_path: Path) -> None:
    server, file = FakeServer(), tmp_path / "unit.toml"
    found = enrol(server.code.text(), tmp_path, web=server)
    assert file.exists()
    assert found.wrote_config
    assert (found.config.unit, found.notes) == ("unit-1", ())
    path = tmp_path / "identity.json"
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert UnitIdentity.load(path) == found.identity
    assert found.identity.key.public.text == server.used_by
    assert found.identity.pepper == b"p" * 32
    assert json.loads(path.read_text())["identity"]["unit"] == "unit-1"
    stored = StoredPolicy(tmp_path / "data" / "policy.db")
    assert stored.version == 3
    stored.close()
    assert not (tmp_path / PENDING).exists()


def test_a_configuration_that_is_there_stays(tmp_path: Path) -> None:
    file = tmp_path / "unit.toml"
    mine = UNIT_TOML.replace("lock_line = 17", "lock_line = 27")
    file.write_text(mine)
    server = FakeServer()
    assert not enrol(server.code.text(), file, web=server).wrote_config
    assert file.read_text() == mine


def test_a_configuration_of_another_unit_is_said(tmp_path: Path) -> None:
    file = tmp_path / "unit.toml"
    file.write_text(UNIT_TOML.replace("unit-1", "unit-9"))
    server = FakeServer()
    with pytest.raises(EnrolmentError, match=r"unit.toml.*'unit-9'.*'unit-1'"):
        enrol(server.code.text(), file, web=server)


def test_an_identity_is_not_replaced_unasked(tmp_path: Path) -> None:
    file, server = tmp_path / "unit.toml", FakeServer()
    enrol(server.code.text(), file, web=server)
    asked = len(server.asked)
    with pytest.raises(EnrolmentError, match="--again"):
        enrol(server.code.text(), file, web=server)
    assert len(server.asked) == asked
    server.used_by = None
    enrol(server.code.text(), file, again=True, web=server)


def test_enrolled_again_with_another_server_it_believes_that_one(tmp_path: Path) -> None:
    file, server = tmp_path / "unit.toml", FakeServer()
    server.policy = "\n".join(policies.whole(57, policies.records(2))) + "\n"
    enrol(server.code.text(), file, web=server)
    other = FakeServer(SigningKey(bytes(range(1, 33))))
    other.code = Code("http://server.example", other.key.public.fingerprint, SECRET)
    policy = policies.whole(1, policies.records(1), signer=Signer(other.key))
    other.policy = "\n".join(policy) + "\n"
    found = enrol(other.code.text(), file, again=True, web=other)
    assert found.policy is not None
    assert found.policy.version == 1
    stored = StoredPolicy(tmp_path / "data" / "policy.db")
    assert stored.version == 1
    stored.close()


def test_an_answer_that_was_lost_can_be_asked_for_again(tmp_path: Path) -> None:
    file, server = tmp_path / "unit.toml", FakeServer()
    server.mangle = lambda _text: ""
    with pytest.raises(EnrolmentError):
        enrol(server.code.text(), file, web=server)
    assert server.used_by is not None
    server.mangle = lambda text: text
    assert enrol(server.code.text(), file, web=server).policy is not None


@pytest.mark.parametrize(
    ("failure", "words"),
    [
        (refused(410), "used, or is older than 15 minutes"),
        (refused(404), "used, or is older than 15 minutes"),
        (refused(503), "look at its log"),
        (urllib.error.URLError("refused"), "check the network"),
        (TimeoutError("timed out"), "check the network"),
    ],
)
def test_a_server_that_says_no_or_nothing(tmp_path: Path, failure: Exception, words: str) -> None:
    server = FakeServer()
    server.fails = [failure]
    with pytest.raises(EnrolmentError, match=words) as error:
        enrol(server.code.text(), tmp_path / "unit.toml", web=server)
    assert "server.example" in str(error.value)
    assert not (tmp_path / "unit.toml").exists()
    assert not (tmp_path / "identity.json").exists()


def test_a_server_with_another_anchor_is_not_believed(tmp_path: Path) -> None:
    server = FakeServer(SigningKey.generate())
    with pytest.raises(EnrolmentError, match="not from the server that made this code"):
        enrol(server.code.text(), tmp_path / "unit.toml", web=server)
    assert not (tmp_path / "identity.json").exists()


@pytest.mark.parametrize(
    "mangle",
    [
        lambda text: text[:-3] + '_"}',
        lambda text: text.replace("sealed", "sealex"),
        lambda _: "[]",
        lambda _: "{}",
        lambda _: '{"payload":"[]"}',
        lambda _: '{"payload":7}',
        lambda _: "<html>",
        lambda _: "[" * 100_000,
    ],
)
def test_an_altered_answer_is_not_believed(tmp_path: Path, mangle: Callable[[str], str]) -> None:
    server = FakeServer()
    server.mangle = mangle
    with pytest.raises(EnrolmentError, match="not from the server that made this code"):
        enrol(server.code.text(), tmp_path / "unit.toml", web=server)
    assert not (tmp_path / "identity.json").exists()


def test_what_is_typed_wrong_costs_nothing(tmp_path: Path) -> None:
    server = FakeServer()
    with pytest.raises(EnrolmentError, match="add-unit"):
        enrol("loquet1.nonsense", tmp_path / "unit.toml", web=server)
    assert server.asked == []


def test_a_policy_that_does_not_come_is_a_note(tmp_path: Path) -> None:
    server = FakeServer()
    server.policy = "nonsense\n"
    found = enrol(server.code.text(), tmp_path / "unit.toml", web=server)
    assert found.policy is None
    assert "asks again" in found.notes[0]


def test_a_folder_that_cannot_be_written_is_found_before_the_code_is_used(tmp_path: Path) -> None:
    server = FakeServer()
    (tmp_path / "file").write_text("")
    with pytest.raises(EnrolmentError, match="cannot be written"):
        enrol(server.code.text(), tmp_path / "file" / "unit.toml", web=server)
    assert server.asked == []


@pytest.mark.parametrize("text", ["", "{}", "[]", '{"identity":{},"private_key":"x"}', "\x00"])
def test_an_identity_that_is_damaged_says_what_to_do(tmp_path: Path, text: str) -> None:
    path = tmp_path / "identity.json"
    with pytest.raises(IdentityMissing, match="loquet-edge enrol"):
        UnitIdentity.load(path)
    path.write_text(text)
    with pytest.raises(IdentityMissing, match="enrol this unit again"):
        UnitIdentity.load(path)
