"""Badges over the API: a number goes in, and never comes out."""

from pydantic import BaseModel, ConfigDict, Field, SecretStr

from loquet_contract.access.credential import Form


class CredentialIn(BaseModel):
    """A new badge. ``number``: hexadecimal, as transmitted, first byte first."""

    holder: str
    form: Form
    number: SecretStr = Field(min_length=6, max_length=40)
    label: str = Field("", max_length=200)
    valid_from: int | None = Field(None, ge=0, lt=2**53)
    valid_until: int | None = Field(None, ge=0, lt=2**53)


class CredentialOut(BaseModel):
    """A badge without its number. ``lossy``: another badge may give the same number."""

    model_config = ConfigDict(from_attributes=True)

    id: str
    site: str
    holder: str
    form: str
    label: str
    lossy: bool
    disabled: bool
    valid_from: int | None
    valid_until: int | None
    created_at: int
