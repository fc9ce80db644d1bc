"""What the forms of the first start say."""

from pathlib import Path
from typing import Annotated, Final, Literal
from zoneinfo import available_timezones

from pydantic import AfterValidator, BaseModel, Field, StringConstraints, field_validator

from loquet_server.departments import DEPARTMENTS, ZONES
from loquet_server.hosts import within
from loquet_server.identity.fields import Mail, Secret
from loquet_server.identity.mail import Security
from loquet_server.people.text import Line, Name
from loquet_server.settings import Settings
from loquet_server.web.i18n import N_

TIMEZONES: Final = (
    "Europe/Paris", "Europe/Brussels", "Europe/Luxembourg", "Europe/Zurich", "Europe/Monaco",
    "America/Guadeloupe", "America/Martinique", "America/Cayenne", "America/Miquelon",
    "Indian/Reunion", "Indian/Mayotte", "Pacific/Noumea", "Pacific/Tahiti", "Pacific/Wallis",
    "UTC",
)  # fmt: skip
"""Those that are offered first."""


class CodeForm(BaseModel):
    """The one-time code that the server printed."""

    code: Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=64)]


class OwnerForm(BaseModel):
    """The first owner."""

    name: Name
    mail: Mail
    password: Secret
    again: Secret
    language: Literal["fr", "en"] = "fr"


def _timezone(text: str) -> str:
    if text not in available_timezones():
        raise ValueError(N_("There is no such time zone; one is written like Europe/Paris."))
    return text


def _department(text: str) -> str:
    if text and text not in DEPARTMENTS:
        raise ValueError(N_("There is no such department; write its number, such as 29 or 2A."))
    return text


def _zone(text: str) -> str:
    if text and text not in ZONES:
        raise ValueError(N_("School holidays have the zones A, B and C."))
    return text


class SpaceForm(BaseModel):
    """The space: what doors and calendars must know of it."""

    name: Name
    address: Line = ""
    contact: Line = ""
    timezone: Annotated[str, AfterValidator(_timezone)] = "Europe/Paris"
    department: Annotated[str, AfterValidator(_department)] = ""
    school_zone: Annotated[str, AfterValidator(_zone)] = ""


class ReachForm(BaseModel):
    """How people reach the pages."""

    kind: Literal["here", "proxy", "certificate"]
    public_url: Line = ""
    trusted_proxies: Line = ""
    tls_certificate: Annotated[str, StringConstraints(strip_whitespace=True, max_length=500)] = ""
    tls_key: Annotated[str, StringConstraints(strip_whitespace=True, max_length=500)] = ""

    @field_validator("public_url")
    @classmethod
    def _address(cls, text: str) -> str:
        if text and not text.startswith("https://"):
            raise ValueError(N_("Write the whole address, such as https://loquet.example."))
        try:
            Settings(data=Path(), public_url=text)
        except ValueError as error:
            raise ValueError(
                N_("Write the whole address, such as https://loquet.example.")
            ) from error
        return text

    @field_validator("trusted_proxies")
    @classmethod
    def _proxies(cls, text: str) -> str:
        try:
            networks = Settings(data=Path(), trusted_proxies=text).proxies
        except ValueError as error:
            raise ValueError(N_("Write addresses, such as 127.0.0.1, parted by commas.")) from error
        if any(each.prefixlen == 0 for each in networks) or within("8.8.8.8", networks):
            raise ValueError(N_("This would believe everybody. Name your own proxy alone."))
        return text


class HostingForm(BaseModel):
    """How units reach this server."""

    kind: Literal["on_site", "hosted"]
    address: Annotated[
        str, StringConstraints(strip_whitespace=True, max_length=200, pattern=r"^https?://[^/\s]+$")
    ]
    broker_public_host: Annotated[
        str, StringConstraints(strip_whitespace=True, max_length=200, pattern=r"^[^/\s:]*$")
    ] = ""


class MailForm(BaseModel):
    """A mail server that sends for us. An empty password keeps the one that is there."""

    host: Annotated[
        str, StringConstraints(strip_whitespace=True, max_length=200, pattern=r"^[A-Za-z0-9.:-]+$")
    ]
    port: int = Field(default=587, ge=1, le=65535)
    security: Security = Security.STARTTLS
    sender: Mail
    user: Line = ""
    password: Annotated[str, StringConstraints(max_length=400)] = ""
