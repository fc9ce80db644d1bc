"""Why, over the API."""

from pydantic import BaseModel


class Explanation(BaseModel):
    """What the rule says of one request at one moment; times: ``at`` ms, ``when`` seconds, UTC.

    ``recorded`` is what the unit did; ``agrees`` whether it did what the rule says.
    """

    answer: str
    """granted or denied."""
    reason: str | None = None
    words: str = ""
    when: int | None = None
    rule: str | None = None
    holder: str | None = None
    access_point: str
    at: int
    policy_version: int | None = None
    recorded: str | None = None
    agrees: bool | None = None
