"""Deposits as people write them."""

from typing import Annotated

from pydantic import StringConstraints

Euros = Annotated[
    str, StringConstraints(strip_whitespace=True, pattern=r"^([0-9]{1,3}([.,][0-9]{1,2})?)?$")
]
"""An amount such as 10, 7.50 or 7,50; nothing is none."""


def cents(text: str) -> int:
    """Return euros as cents; nothing is none."""
    whole, _, part = text.replace(",", ".").partition(".")
    return int(whole or 0) * 100 + int((part + "00")[:2])
