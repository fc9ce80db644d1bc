"""What forms and programs say of notices; hours as people write them, such as 22:00."""

import re
from typing import Annotated, Any, Literal, Self
from urllib.parse import urlsplit

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    StringConstraints,
    WithJsonSchema,
    model_validator,
)

from loquet_server.identity.fields import Mail
from loquet_server.incidence.kinds import Severity
from loquet_server.web.i18n import N_

NO_HOUR = N_("Write an hour, such as 22:00.")
NO_SERVER = N_("Write the server's address alone, such as https://ntfy.sh.")
NO_TOPIC = N_("A topic is made of letters, digits, - and _, at most 64 of them.")
NO_TOKEN = N_("This is no token: letters, digits, '.', - and _ alone.")
NO_DAY = N_("Choose at least one day.")
BOTH = N_("Quiet hours need both a beginning and an end, which differ.")
_CLOCK = re.compile(r"([01]?\d|2[0-3]):([0-5]\d)")


def minutes(text: Any) -> Any:
    """Return the minute of the day that a text names."""
    found = _CLOCK.fullmatch(text.strip()) if isinstance(text, str) else None
    if found is None:
        raise ValueError(NO_HOUR)
    return int(found[1]) * 60 + int(found[2])


def clock(minute: int | None) -> str:
    """Return a minute of the day as a form shows it."""
    return "" if minute is None else f"{minute // 60:02d}:{minute % 60:02d}"


def _server(text: str) -> str:
    try:
        parts = urlsplit(text)
        port = parts.port
    except ValueError as error:
        raise ValueError(NO_SERVER) from error
    plain = not (parts.path.strip("/") or parts.query or parts.fragment or parts.username)
    if parts.scheme not in ("http", "https") or not parts.hostname or not plain or port == 0:
        raise ValueError(NO_SERVER)
    if not text.isascii() or not text.isprintable() or " " in text:
        raise ValueError(NO_SERVER)
    return f"{parts.scheme}://{parts.netloc}"


def _topic(text: str) -> str:
    if not re.fullmatch(r"[A-Za-z0-9_-]{1,64}", text):
        raise ValueError(NO_TOPIC)
    return text


def _token(text: str) -> str:
    if not re.fullmatch(r"[A-Za-z0-9._-]{0,200}", text):
        raise ValueError(NO_TOKEN)
    return text


_HOUR = {"type": "string", "pattern": f"^{_CLOCK.pattern}$", "examples": ["22:00"]}
Minute = Annotated[int, BeforeValidator(minutes), WithJsonSchema(_HOUR)]
"""A minute of the day, written as an hour."""
Server = Annotated[
    str, StringConstraints(strip_whitespace=True, max_length=200), AfterValidator(_server)
]
Topic = Annotated[str, StringConstraints(strip_whitespace=True), AfterValidator(_topic)]
Token = Annotated[str, StringConstraints(strip_whitespace=True), AfterValidator(_token)]


class MailWay(BaseModel):
    """Mail to somebody's own address, or another."""

    to: Mail


class NtfyWay(BaseModel):
    """A topic of an ntfy server."""

    server: Server = "https://ntfy.sh"
    topic: Topic
    token: Token = ""


class GotifyWay(BaseModel):
    """An application of a Gotify server."""

    server: Server
    token: Annotated[Token, Field(min_length=1)]


FORMS: dict[str, type[BaseModel]] = {"mail": MailWay, "ntfy": NtfyWay, "gotify": GotifyWay}


class RuleForm(BaseModel):
    """What somebody wants to be told, and when not."""

    least: Severity = Severity.WARNING
    quiet_from: Minute | None = None
    quiet_until: Minute | None = None
    urgent_passes: bool = False

    @model_validator(mode="after")
    def _both(self) -> Self:
        one = self.quiet_from is None
        if one != (self.quiet_until is None) or (not one and self.quiet_from == self.quiet_until):
            raise ValueError(BOTH)
        return self


class DutyForm(BaseModel):
    """A line of the roster."""

    operator: Annotated[str, StringConstraints(min_length=1, max_length=64)]
    weekdays: list[Annotated[int, Field(ge=0, le=6)]] = Field(default_factory=list)
    since: Minute
    until: Minute
    rank: Literal[1, 2, 3] = 1

    @model_validator(mode="before")
    @classmethod
    def _numbers(cls, given: Any) -> Any:
        if isinstance(given, dict) and str(given.get("rank", "")).isdecimal():
            return {**given, "rank": int(given["rank"])}
        return given


class TermsForm(BaseModel):
    """How a space tells of incidents."""

    escalate: int = Field(default=15, ge=0, le=240)
    digest_at: Minute = 480


# ---- what programs say and are told ------------------------------------------------------------


class NewMailWay(MailWay):
    """A way to reach somebody: mail."""

    way: Literal["mail"]


class NewNtfyWay(NtfyWay):
    """A way to reach somebody: ntfy. Topic and token are kept sealed, and never told again."""

    way: Literal["ntfy"]


class NewGotifyWay(GotifyWay):
    """A way to reach somebody: Gotify. The token is kept sealed, and never told again."""

    way: Literal["gotify"]


NewWay = Annotated[NewMailWay | NewNtfyWay | NewGotifyWay, Field(discriminator="way")]


class WayOut(BaseModel):
    """A way to reach somebody. ``shown``: a mail address or a server's name; never a secret.

    ``failing_since``: nothing got through since then.
    """

    model_config = ConfigDict(from_attributes=True)

    id: str
    operator: str
    way: str
    shown: str
    enabled: bool
    failing_since: int | None
    created_at: int


class TriedOut(BaseModel):
    """What came of a test; ``problem`` null: the other side took it. ``detail``: why it did not."""

    problem: str | None
    detail: str


class RuleIn(RuleForm):
    """What somebody wants to be told, and when not: hours of the space's day, both or neither."""

    urgent_passes: bool = True
    """What is urgent comes in quiet hours too."""


class RuleOut(BaseModel):
    """What somebody wants to be told; hours of the space's day."""

    least: Severity
    quiet_from: str | None
    quiet_until: str | None
    urgent_passes: bool


class TermsOut(BaseModel):
    """How a space tells of incidents. ``escalate``: minutes until the next person is told."""

    escalate: int
    digest_at: str


class DutyOut(BaseModel):
    """A line of the roster; Monday is 0. ``until`` not after ``since``: on the next day."""

    id: int
    site: str
    operator: str
    name: str
    weekdays: list[int]
    since: str
    until: str
    rank: int


class OnCallOut(BaseModel):
    """Somebody on call now; not ``reachable``: no way is set, so the next is told."""

    operator: str
    name: str
    rank: int
    reachable: bool


class GapOut(BaseModel):
    """Nobody is on call on this weekday from then until then; Monday is 0."""

    weekday: int
    since: str
    until: str


class NowOut(BaseModel):
    """Who is told now, first to last. ``on_call`` empty: everybody who can be reached, at once."""

    on_call: list[OnCallOut]
    reachable: list[str]
    gaps: list[GapOut]


class NoticeOut(BaseModel):
    """One incident, told to one person by one way; a test has no incident.

    ``level``: 1 is told first. ``next_at`` counts while it waits or is held.
    """

    id: int
    incident: int | None
    kind: str | None
    operator: str
    name: str
    channel: str
    way: str
    level: int
    state: str
    at: int
    next_at: int
    tried_at: int | None
    attempts: int
    problem: str | None
    detail: str
    together: int
