"""What a unit is to hold besides its policy, from the lockdowns in force. Pure."""

from collections.abc import Iterable, Sequence

from loquet_contract.ids import DoorId, LockdownId, PepperId, SiteId, UnitId
from loquet_contract.wire.messages import Desired, Lockdown
from loquet_server.models import Lockdown as LockdownRow


def desired(
    site: str, unit: str, version: int, now_ms: int, in_force: Iterable[LockdownRow],
    card_keys: Sequence[str], peppers: Sequence[str] = (),
) -> Desired:  # fmt: skip
    """Return a unit's desired state, to be signed.

    ``card_keys``, ``peppers``: names, the newest first; of a site whose pepper never was replaced
    none are said.
    """
    lockdowns = {
        DoorId(each.door): Lockdown(
            LockdownId(each.id), each.actor, each.reason, each.since // 1000
        )
        for each in in_force
    }
    return Desired(
        SiteId(site), UnitId(unit), version, now_ms // 1000, lockdowns,
        card_keys=tuple(card_keys) or None,
        peppers=tuple(PepperId(each) for each in peppers) or None,
    )  # fmt: skip
