"""What a unit is given when it is let in, by an enrolment code or by an adoption: the same."""

import hashlib
import hmac

from loquet_contract.ids import SiteId, UnitId
from loquet_contract.wire.adoption import Voucher
from loquet_contract.wire.codec import encode
from loquet_contract.wire.enrolment import Identity
from loquet_contract.wire.sealing import public
from loquet_contract.wire.signing import Purpose, VerifyKey
from loquet_server.authority import Authority
from loquet_server.keys import Keys
from loquet_server.models import Unit
from loquet_server.peppers.pepper import Pepper
from loquet_server.settings import Settings


def broker_password(keys: Keys, request: str, public_key: str) -> str:
    """Return the password that a request gives a key: to ask again changes nothing."""
    words = f"loquet/v1/broker-password\n{request}\n{public_key}"
    return VerifyKey(hmac.digest(keys.sealing, words.encode(), hashlib.sha256)).text


def identity_of(
    settings: Settings,
    keys: Keys,
    unit: Unit,
    password: str,
    pepper: Pepper,
    certificate: str = "",
) -> Identity:
    """Return a unit's whole identity; ``pepper``: the one under which its site's policies are.

    ``certificate``: of ``certificates.issuing.issue_first``; a unit without asks for one later.
    """
    return Identity(
        site=SiteId(unit.site),
        unit=UnitId(unit.id),
        broker_host=settings.told_broker_host,
        broker_port=settings.broker_port,
        broker_user=unit.id,
        broker_password=password,
        server_address=settings.own_address,
        server_key=keys.signing.public.text,
        server_seal_key=VerifyKey(public(keys.sealing)).text,
        pepper_id=pepper.name,
        pepper=VerifyKey(pepper.raw).text,
        unit_toml=(unit.hardware or {}).get("unit_toml", ""),
        voucher=_voucher(keys, unit),
        authority=Authority.of(keys).certificate_pem,
        certificate=certificate or None,
        broker_tls=settings.broker_secure,
    )


def _voucher(keys: Keys, unit: Unit) -> str:
    said = Voucher(SiteId(unit.site), UnitId(unit.id), unit.public_key or "", unit.enrolled_at or 0)
    return keys.signer.sign(Purpose.VOUCHER, encode(said))
