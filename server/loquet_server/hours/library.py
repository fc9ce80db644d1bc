"""The one door to the library that evaluates ``opening_hours``."""

from opening_hours import OpeningHours
from opening_hours import ParserError as Unreadable  # type: ignore[attr-defined]

from loquet_server.hours.words import refused

__all__ = ["OpeningHours", "Unreadable", "parsed"]


def parsed(text: str) -> OpeningHours:
    """Return rules that were written anew; raise InvalidHours where they had been misread."""
    try:
        return OpeningHours(text)
    except Unreadable:
        raise refused("unclear_rules", 0, text=text) from None
