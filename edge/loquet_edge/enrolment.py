"""A unit gets its identity: one code, one exchange, and it can open doors.

The keys are made here and kept before the server is asked, so that an answer lost on the way
can be asked for again with the same code. The answer is believed only if the key whose
fingerprint stands in the code has signed it, and it opens only with the key made for it.
"""

import contextlib
import json
import urllib.error
import urllib.request
from dataclasses import dataclass
from http.client import HTTPException
from importlib.metadata import version
from pathlib import Path

from loquet_contract.wire import base64url, sealing
from loquet_contract.wire.codec import (
    MAX_MESSAGE,
    canonical,
    decode_text,
    encode,
    parse,
)
from loquet_contract.wire.enrolment import (
    SEAL_CONTEXT,
    Code,
    EnrolAnswer,
    EnrolRequest,
    Identity,
    InvalidCode,
    proof,
    tls_proof,
)
from loquet_contract.wire.signing import Purpose, SigningKey, Verifier, VerifyKey, WrongSignature
from loquet_edge.config import load
from loquet_edge.identity import UnitIdentity, write_private
from loquet_edge.link.fetch import Web, open_web
from loquet_edge.settling import Enrolled, EnrolmentError, check_writable, settle
from loquet_edge.tls_identity import TlsFolder, TlsKey

__all__ = ["PENDING", "Enrolled", "EnrolmentError", "enrol"]

SECONDS = 20.0
PENDING = "enrolment.pending"


@dataclass(frozen=True, slots=True)
class _Keys:
    signing: SigningKey
    seal: bytes


def enrol(code_text: str, place: Path, *, again: bool = False, web: Web = open_web) -> Enrolled:
    """Enrol this unit with a code of ``loquet-server add-unit``; raise EnrolmentError.

    ``place`` is the unit's configuration file, or the folder where it is to be ``unit.toml``.
    Writes the identity, a ``unit.toml`` if there is none, and the first policy. ``again`` allows
    an identity that is there to be replaced.
    """
    try:
        code = Code.from_text(code_text)
    except InvalidCode as error:
        raise EnrolmentError(str(error)) from error
    config_file = place if place.suffix == ".toml" else place / "unit.toml"
    before = load(config_file) if config_file.exists() else None
    check_writable(config_file, before, again)
    pending = config_file.parent / PENDING
    keys = _pending(pending, code)
    tls = TlsFolder((before.identity if before is not None else config_file).parent)
    tls_key = tls.pending_key()
    identity = UnitIdentity(_exchange(code, keys, tls_key, web), keys.signing)
    found = settle(identity, tls_key, config_file, pending, web)
    tls.forget_pending()
    return found


def _pending(path: Path, code: Code) -> _Keys:
    """Return the keys of an exchange with this code that was begun before, or new ones."""
    with contextlib.suppress(OSError, ValueError, KeyError, TypeError):
        kept = json.loads(path.read_text("utf-8"))
        if kept["token"] == code.token:
            signing = SigningKey(base64url.from_text(kept["signing"]))
            return _Keys(signing, base64url.from_text(kept["seal"]))
    keys = _Keys(SigningKey.generate(), sealing.generate())
    kept = {
        "token": code.token,
        "signing": base64url.to_text(keys.signing.raw),
        "seal": base64url.to_text(keys.seal),
    }
    write_private(path, canonical(kept))
    return keys


def _exchange(code: Code, keys: _Keys, tls: TlsKey, web: Web) -> Identity:
    public = keys.signing.public.text
    seal = base64url.to_text(sealing.public(keys.seal))
    software = f"loquet {version('loquet')}"
    asked = EnrolRequest(
        code.token, public, seal, proof(code.secret, public, seal), software,
        tls.public_text, tls_proof(code.secret, public, tls.public_text),
    )  # fmt: skip
    document = _post(code, encode(asked), web)
    try:
        answer = _believed(code, document)
        opened = sealing.open_sealed(keys.seal, answer.sealed, SEAL_CONTEXT)
        return decode_text(Identity, opened)
    except (ValueError, LookupError, TypeError) as error:
        raise EnrolmentError(
            f"{code.address}: the answer is not from the server that made this code ({error});"
            " check the address, and that nobody stands in between, then ask for a new code"
        ) from error


def _believed(code: Code, document: bytes) -> EnrolAnswer:
    """Return the answer if the key of the code's fingerprint signed it, for this code."""
    claimed = parse(parse(document)["payload"])["server_key"]
    key = VerifyKey.from_text(str(claimed))
    if key.fingerprint != code.fingerprint:
        raise WrongSignature("another fingerprint than the code's")
    answer = decode_text(EnrolAnswer, Verifier(key).payload(Purpose.ENROLMENT, document))
    if answer.token != code.token:
        raise WrongSignature("an answer to another code")
    return answer


def _post(code: Code, body: str, web: Web) -> bytes:
    request = urllib.request.Request(
        f"{code.address.rstrip('/')}/api/v1/enrol",
        data=body.encode(),
        headers={"Content-Type": "application/json", "Accept": "application/json"},
        method="POST",
    )
    try:
        with web(request, SECONDS) as answer:
            return answer.read(MAX_MESSAGE)
    except urllib.error.HTTPError as error:
        with error:
            raise EnrolmentError(_refused(code, error.code)) from error
    except (OSError, HTTPException) as error:
        raise EnrolmentError(
            f"{code.address}: the server does not answer ({error}); check the network and the"
            " address, then use the same code again within its 15 minutes"
        ) from error


def _refused(code: Code, status: int) -> str:
    if status >= 500:
        return (
            f"{code.address}: the server failed (HTTP {status}); look at its log, then use the"
            " same code again within its 15 minutes"
        )
    return (
        f"{code.address}: the server does not accept this code (HTTP {status}): it has been used,"
        " or is older than 15 minutes; ask for a new one with 'loquet-server add-unit'"
    )
