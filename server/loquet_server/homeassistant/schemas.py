"""Where Home Assistant's broker is, and what may be done from there."""

from dataclasses import dataclass
from typing import Annotated

from pydantic import BaseModel, Field, StringConstraints

from loquet_server.people.text import Line
from loquet_server.web.i18n import N_

HOST = r"^[A-Za-z0-9_.:-]+$"
PREFIX = r"^[A-Za-z0-9_-]+(/[A-Za-z0-9_-]+)*$"
IN_CLEAR = N_("A password would cross the network in clear: choose TLS, or leave it out.")


class HomeForm(BaseModel):
    """The settings' form. ``commands``: doors may be released from there."""

    enabled: bool = False
    host: Annotated[str, StringConstraints(strip_whitespace=True, max_length=200, pattern=HOST)]
    port: int = Field(default=1883, ge=1, le=65535)
    tls: bool = False
    user: Annotated[Line, Field(max_length=200)] = ""
    password: Annotated[str, StringConstraints(max_length=400)] = ""
    prefix: Annotated[
        str, StringConstraints(strip_whitespace=True, max_length=100, pattern=PREFIX)
    ] = "homeassistant"
    commands: bool = False


@dataclass(frozen=True, slots=True, repr=False)
class Home:
    """What was set; its text form shows no password. ``site``: whose doors these are."""

    site: str
    enabled: bool
    host: str
    port: int
    tls: bool
    user: str
    prefix: str
    commands: bool
    password: str = ""

    def __repr__(self) -> str:
        return f"Home({self.user}@{self.host}:{self.port})"
