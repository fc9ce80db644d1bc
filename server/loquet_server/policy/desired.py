"""What a unit is to hold besides its policy, from the lockdowns in force. Pure."""

from collections.abc import Iterable

from loquet_contract.ids import DoorId, LockdownId, SiteId, UnitId
from loquet_contract.wire.messages import Desired, Lockdown
from loquet_server.models import Lockdown as LockdownRow


def desired(
    site: str, unit: str, version: int, now_ms: int, in_force: Iterable[LockdownRow]
) -> Desired:
    """Return a unit's desired state, to be signed."""
    lockdowns = {
        DoorId(each.door): Lockdown(
            LockdownId(each.id), each.actor, each.reason, each.since // 1000
        )
        for each in in_force
    }
    return Desired(SiteId(site), UnitId(unit), version, now_ms // 1000, lockdowns)
