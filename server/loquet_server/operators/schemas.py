"""What forms and programs say of operators."""

from typing import Literal

from pydantic import BaseModel, ConfigDict, Field

from loquet_server.identity.fields import Mail, Secret
from loquet_server.people.text import Name
from loquet_server.who import Permission, Role

Language = Literal["fr", "en"]


class SignInForm(BaseModel):
    """Mail and password."""

    mail: Name
    password: Secret


class InviteForm(BaseModel):
    """Somebody to invite. ``site`` empty: all sites."""

    name: Name
    mail: Mail
    role: Role
    site: str | None = Field(default=None, max_length=64)
    language: Language = "fr"


class ChangeForm(BaseModel):
    """What an owner changes of somebody."""

    name: Name
    role: Role
    site: str | None = Field(default=None, max_length=64)


class AccountForm(BaseModel):
    """What everybody changes of themselves."""

    name: Name
    language: Language


class NewPasswordForm(BaseModel):
    """A new password, twice."""

    password: Secret
    again: Secret


class ChangePasswordForm(NewPasswordForm):
    """A new password, and the one until now."""

    current: Secret


class ActorOut(BaseModel):
    """Who asks, as this server sees them."""

    name: str
    role: Role
    site: str | None
    permissions: list[Permission]


class OperatorOut(BaseModel):
    """One operator; never a password."""

    model_config = ConfigDict(from_attributes=True)

    id: str
    name: str
    mail: str
    role: Role
    site: str | None
    language: str
    created_at: int
    disabled_at: int | None
    last_seen_at: int | None
