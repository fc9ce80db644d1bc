"""What a unit asks over HTTP(S): believed only with the signature of an enrolled unit's key."""

from typing import Protocol, TypeVar

from fastapi import Request

from loquet_contract.ids import SiteId, UnitId
from loquet_contract.wire.codec import MalformedMessage, decode_text
from loquet_contract.wire.signing import Purpose, Verifier, VerifyKey, WrongSignature
from loquet_server.errors import Forbidden
from loquet_server.guard import whence
from loquet_server.hosts import line_of
from loquet_server.models import Unit
from loquet_server.office import Office, limited_body

MAX_REQUEST = 8 * 1024
REFUSED = (
    "This request is not signed by the key of an enrolled unit. Enrol the unit again:"
    " 'loquet-server add-unit' prints a code for 'loquet-edge enrol'."
)


class Addressed(Protocol):
    """Any request that says whose it is."""

    @property
    def site(self) -> SiteId: ...

    @property
    def unit(self) -> UnitId: ...


R = TypeVar("R", bound=Addressed)


async def asked(
    cls: type[R], purpose: Purpose, unit: str, request: Request, office: Office,
    most: int = MAX_REQUEST,
) -> tuple[Unit, R]:  # fmt: skip
    """Return the unit that asks, and what; raise Forbidden unless that unit signed it.

    Raise TooMany for a unit gone mad, and for a line from which strangers ask; a unit that was
    believed from there before is still heard.
    """
    line = line_of(whence(request, office.settings))
    who = f"{unit} {line}"
    if line and not office.requests.knows(who):  # nobody's line is everybody's
        office.unsigned.check(line)
    office.requests.check(who)
    try:
        found = await _believed(cls, purpose, unit, await limited_body(request, most), office)
    except Forbidden:
        office.unsigned.failed(line)
        raise
    office.requests.failed(who)
    return found


async def _believed(
    cls: type[R], purpose: Purpose, unit: str, body: bytes, office: Office
) -> tuple[Unit, R]:
    async with office.database.reading() as reading:  # a stranger locks nothing
        found = await reading.get(Unit, unit)
    if found is None or found.public_key is None or found.revoked_at is not None:
        raise Forbidden(REFUSED)
    try:
        verifier = Verifier(VerifyKey.from_text(found.public_key))
        wish = decode_text(cls, verifier.payload(purpose, body))
    except (WrongSignature, MalformedMessage, UnicodeDecodeError) as error:
        raise Forbidden(REFUSED) from error
    if (wish.site, wish.unit) != (SiteId(found.site), UnitId(found.id)):
        raise Forbidden(REFUSED)
    return found, wish
