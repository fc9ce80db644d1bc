"""Where: what a calendar must know of a place; and the two ways in which a day differs."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal


@dataclass(frozen=True, slots=True)
class Locality:
    """A place: its clock (IANA name), and which holidays it keeps.

    ``department``: "67", "2A", "971"; ``school_zone``: "A", "B" or "C"; "" for none.
    """

    timezone: str
    country: str = "FR"
    department: str = ""
    school_zone: str = ""


@dataclass(frozen=True, slots=True)
class Special:
    """A time that differs. ``starts`` and ``ends``: local ISO minutes, half-open."""

    kind: Literal["closure", "opening"]
    starts: str
    ends: str


class InvalidHours(ValueError):
    """Hours cannot be understood. The message says what, ``hint`` what to write instead.

    ``position``: index of the first character in doubt, None where there is no such place.
    ``code`` and ``values``: what ``words.problem`` makes a sentence in any language from.
    ``words.refused`` makes one.
    """

    def __init__(
        self,
        message: str,
        position: int | None = None,
        hint: str = "",
        *,
        code: str = "",
        values: Mapping[str, Any] | None = None,
    ) -> None:
        super().__init__(message)
        self.position = position
        self.hint = hint
        self.code = code
        self.values = dict(values or {})
