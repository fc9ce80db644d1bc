"""Amounts as people write and read them."""

from typing import Annotated

from babel import Locale
from babel.numbers import format_decimal
from pydantic import StringConstraints

Euros = Annotated[
    str, StringConstraints(strip_whitespace=True, pattern=r"^([0-9]{1,3}([.,][0-9]{1,2})?)?$")
]
"""An amount such as 10, 7.50 or 7,50; nothing is none."""


def cents(text: str) -> int:
    """Return euros as cents; nothing is none."""
    whole, _, part = text.replace(",", ".").partition(".")
    return int(whole or 0) * 100 + int((part + "00")[:2])


def amount(cents: int, locale: Locale) -> str:
    """Return euros in words of a language, such as 10 or 7,50."""
    pattern = "#,##0.00" if cents % 100 else "#,##0"
    return str(format_decimal(cents / 100, pattern, locale=locale))
