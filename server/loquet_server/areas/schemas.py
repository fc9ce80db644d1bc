"""Areas over the API."""

from pydantic import BaseModel


class AreaOut(BaseModel):
    """How full an area is. ``present`` only where exits are sensed, ``seen_today`` elsewhere."""

    site: str
    area: str
    utc: int
    desks_free: int
    desks_occupied: int
    desks_unknown: int
    seen_today: int | None
    present: int | None
