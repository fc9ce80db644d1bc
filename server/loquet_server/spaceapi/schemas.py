"""What a manager says of the space to everybody."""

from typing import Annotated
from urllib.parse import urlsplit

from pydantic import AfterValidator, BaseModel, BeforeValidator, Field, StringConstraints

from loquet_server.identity.fields import Mail
from loquet_server.people.text import Line
from loquet_server.web.i18n import N_

NO_ADDRESS = N_("Write a whole address, such as https://example.org/.")
NO_NUMBER = N_("Write a number of degrees, such as 48.117.")


def _address(text: str) -> str:
    try:
        parts = urlsplit(text)
        whole = parts.scheme in ("http", "https") and bool(parts.hostname)
    except ValueError:
        whole = False
    if not whole or not text.isprintable() or " " in text:
        raise ValueError(NO_ADDRESS)
    return text


Url = Annotated[
    str,
    StringConstraints(strip_whitespace=True, min_length=1, max_length=500),
    AfterValidator(_address),
]


def _degrees(given: object) -> object:
    """Return a number as people write it, with a point or a comma."""
    try:
        return float(given.replace(",", ".")) if isinstance(given, str) else given
    except ValueError as error:
        raise ValueError(NO_NUMBER) from error


Degrees = Annotated[float, BeforeValidator(_degrees)]


class PublicSpace(BaseModel):
    """``people``: how many people are inside may be told, rounded to five."""

    enabled: bool = False
    url: Url
    logo: Url
    latitude: Degrees = Field(ge=-90, le=90, allow_inf_nan=False)
    longitude: Degrees = Field(ge=-180, le=180, allow_inf_nan=False)
    mail: Mail
    phone: Annotated[Line, Field(max_length=40)] = ""
    hint: Annotated[Line, Field(max_length=200)] = ""
    people: bool = False
