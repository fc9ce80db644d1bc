"""What forms and programs say of tokens."""

from pydantic import BaseModel, ConfigDict, Field

from loquet_server.people.text import Name
from loquet_server.who import Permission


class TokenForm(BaseModel):
    """A token to make. ``days``: how long it counts; 0 for no end."""

    name: Name
    scopes: list[Permission] = Field(min_length=1)
    days: int = Field(default=365, ge=0, le=3650)


class TokenOut(BaseModel):
    """One token; never its secret."""

    model_config = ConfigDict(from_attributes=True)

    id: str
    name: str
    scopes: list[str]
    created_at: int
    expires_at: int | None
    last_used_at: int | None
    revoked_at: int | None
