"""What a server says of what moves, signed."""

from typing import Any

from loquet_contract.access.presence import Balance, Stay
from loquet_contract.ids import AccountId, AreaId, HolderId
from loquet_contract.wire.codec import encode
from loquet_contract.wire.messages import Moving
from loquet_contract.wire.signing import Purpose, Signer
from tests.edge.unit.a_unit import SITE

CREATED = 1_790_000_000


def moving(signer: Signer, version: int, facts: dict[str, Any], **changes: Any) -> str:
    """A signed message of ``facts``: keys as on the wire, plain values, None for what is gone.

    ``version`` was made at second ``CREATED + version``.
    """
    found: dict[str, Any] = {"balances": {}, "paid": {}, "stays": {}, "people": {}}
    gone = [key for key, value in facts.items() if value is None]
    for key, value in facts.items():
        kind, name, *more = key.split("/")
        if value is None:
            continue
        if kind == "balance":
            found["balances"][AccountId(name)] = Balance(*value)
        elif kind == "paid":
            found["paid"].setdefault(AccountId(name), {})[HolderId(more[0])] = value
        elif kind == "stay":
            found["stays"][HolderId(name)] = Stay(*value)
        else:
            found["people"][AreaId(name)] = value
    fields: dict[str, Any] = {
        "site": SITE, "version": version, "created": CREATED + version, **found,
        "gone": tuple(gone), **changes,
    }  # fmt: skip
    return signer.sign(Purpose.MOVING, encode(Moving(**fields)))


def whole(signer: Signer, version: int, *parts: dict[str, Any], **changes: Any) -> list[str]:
    """All there is at a version, in parts."""
    return [
        moving(signer, version, facts, part=at, parts=len(parts), **changes)
        for at, facts in enumerate(parts)
    ]
