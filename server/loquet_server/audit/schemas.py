"""Changes as they are shown."""

from typing import Any

from pydantic import BaseModel, ConfigDict


class ChangeOut(BaseModel):
    """One change; ``at`` in UTC milliseconds, ``action`` of the closed vocabulary."""

    model_config = ConfigDict(from_attributes=True)

    id: int
    at: int
    action: str
    site: str | None
    subject: str
    actor: str
    reason: str
    detail: dict[str, Any] | None
