"""What forms and programs say of webhooks."""

from typing import Annotated, Literal
from urllib.parse import urlsplit

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, StringConstraints

from loquet_server.hooks.catalogue import CHOICES
from loquet_server.people.text import Name
from loquet_server.web.i18n import N_

NO_ADDRESS = N_("Write a whole address, such as https://example.org/loquet.")
NO_PASSWORD = N_("Leave user name and password out of the address: messages are signed instead.")
UNKNOWN = N_("This event is not in the list.")


def _address(text: str) -> str:
    try:
        parts = urlsplit(text)
        whole = parts.scheme in ("http", "https") and bool(parts.hostname) and parts.port != 0
    except ValueError:
        whole = False
    if not whole or not text.isascii() or not text.isprintable() or " " in text:
        raise ValueError(NO_ADDRESS)
    if parts.username is not None or parts.password is not None:
        raise ValueError(NO_PASSWORD)
    return text.partition("#")[0]


def _known(kinds: list[str]) -> list[str]:
    if set(kinds) - set(CHOICES):
        raise ValueError(UNKNOWN)
    return [each for each in CHOICES if each in kinds]


Url = Annotated[
    str,
    StringConstraints(strip_whitespace=True, min_length=1, max_length=500),
    AfterValidator(_address),
]


class HookIn(BaseModel):
    """An address to tell, and what of."""

    name: Name
    url: Url
    events: Annotated[list[str], AfterValidator(_known)] = Field(min_length=1, max_length=100)
    enabled: bool = True


class HookForm(HookIn):
    """The same from a page, where a box that is not ticked says nothing."""

    enabled: bool = False


class HookOut(BaseModel):
    """One address; never its secret. ``stopped_at``: when the receiver wanted no more."""

    model_config = ConfigDict(from_attributes=True)

    id: str
    site: str
    name: str
    url: str
    events: list[str]
    enabled: bool
    stopped_at: int | None
    created_at: int


class HookMade(HookOut):
    """A new address with its secret, which is told this once."""

    secret: str


class DeliveryOut(BaseModel):
    """One message: when it was kept, how it stands. ``next_at`` counts while it waits."""

    model_config = ConfigDict(from_attributes=True)

    id: int
    message: str
    kind: str
    state: Literal["waiting", "delivered", "dead"]
    at: int
    attempts: int
    next_at: int
    tried_at: int | None
    status: int | None
    problem: str | None
    took_ms: int | None


class EventOut(BaseModel):
    """What can be told, with an example of a whole message."""

    kind: str
    example: dict[str, object]
