"""How the key of badge numbers stands."""

from typing import Annotated

from pydantic import BaseModel, StringConstraints

from loquet_server.rotation.service import Rotating, Standing

Reason = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=300)]


class RotateIn(BaseModel):
    """Why the key is replaced."""

    reason: Reason


class UnitStands(BaseModel):
    """A unit in a rotation."""

    unit: str
    online: bool
    holds: bool
    enforces: bool
    left_behind: bool


class RotationOut(BaseModel):
    """A rotation that is under way; times in UTC milliseconds.

    ``taken_up_at`` None: units are still fetching the new pepper.
    """

    version: int
    began_at: int
    taken_up_at: int | None
    actor: str
    reason: str
    digests_left: int
    waits_for: list[str]
    units: list[UnitStands]


def shown(found: Rotating) -> RotationOut:
    """Return a rotation as it is told over the API."""
    return RotationOut(
        version=found.new.version,
        began_at=found.new.created_at,
        taken_up_at=found.new.in_use_at,
        actor=found.new.actor,
        reason=found.new.reason,
        digests_left=found.digests,
        waits_for=[each.unit.id for each in found.waits_for],
        units=[_unit(each) for each in found.units],
    )


def _unit(each: Standing) -> UnitStands:
    return UnitStands(
        unit=each.unit.id, online=each.online, holds=each.holds, enforces=each.enforces,
        left_behind=each.left,
    )  # fmt: skip
