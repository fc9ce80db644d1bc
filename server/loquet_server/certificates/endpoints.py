"""``POST /api/v1/units/{unit}/certificate``: a unit asks for its next; its signature counts."""

from fastapi import APIRouter, Request, Response

from loquet_contract.wire.certificates import CertificateAnswer, CertificateRequest
from loquet_contract.wire.codec import encode
from loquet_contract.wire.signing import Purpose
from loquet_server.authority import Authority
from loquet_server.certificates.issuing import issue_next
from loquet_server.office import OfficeDep, TransactionDep
from loquet_server.unit_requests import asked

router = APIRouter(prefix="/api/v1", tags=["units"])


@router.post("/units/{unit}/certificate")
async def certificate(
    unit: str, request: Request, office: OfficeDep, transaction: TransactionDep
) -> Response:
    """Return the unit's certificate and where the broker is, signed for this question alone."""
    purpose = Purpose.CERTIFICATE_REQUEST
    _, wish = await asked(CertificateRequest, purpose, unit, request, office)
    session, now = transaction.session, office.now_ms()
    pem = await issue_next(session, office.keys, wish.unit, wish.tls_key, now)
    settings = office.settings
    answer = CertificateAnswer(
        site=wish.site,
        unit=wish.unit,
        nonce=wish.nonce,
        certificate=pem,
        authority=Authority.of(office.keys).certificate_pem,
        broker_host=settings.told_broker_host,
        broker_port=settings.broker_port,
        broker_tls=settings.broker_secure,
    )
    document = office.keys.signer.sign(Purpose.CERTIFICATE, encode(answer))
    return Response(document, media_type="application/json")
