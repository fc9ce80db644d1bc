"""Doors and lockdowns as the API shows them."""

from pydantic import BaseModel, ConfigDict


class DoorOut(BaseModel):
    """A door and how it stands; times in UTC milliseconds."""

    model_config = ConfigDict(from_attributes=True)

    id: str
    site: str
    unit: str | None
    name: str
    lock_kind: str
    exit_style: str
    has_contact: bool
    blocked: bool
    leaf: str = "unknown"
    lock: str = "unknown"
    mode: str = "unknown"
    alarm: str | None = None
    lockdown: str | None = None
    changed_at: int | None = None
    revision: int = 0


class LockdownOut(BaseModel):
    """A lockdown; ``confirmed_at`` is None until the unit has said that it is in force."""

    model_config = ConfigDict(from_attributes=True)

    id: str
    site: str
    door: str
    actor: str
    reason: str
    since: int
    confirmed_at: int | None
    lifted_at: int | None
    lifted_by: str | None
