"""Doors as the API shows them, and orders to them."""

from typing import Annotated

from pydantic import BaseModel, ConfigDict, StringConstraints

from loquet_server.ledger import LOCAL_OPERATOR

Said = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=200)]


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


class Order(BaseModel):
    """Who wants it, and why; both are written in the record."""

    actor: Said = LOCAL_OPERATOR
    reason: Said


class Done(BaseModel):
    """What became of an order."""

    outcome: str
    detail: str = ""


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
