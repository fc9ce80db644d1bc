"""Ids made of names that people typed."""

import re
import unicodedata

NO_UNIT = frozenset({"card", "waiting"})
"""Pages that stand where a unit of that id would have its own."""


def slug(name: str, otherwise: str = "space") -> str:
    """Return an id made of a name: small ASCII letters, digits and dashes."""
    plain = unicodedata.normalize("NFKD", name).encode("ascii", "ignore").decode().lower()
    return re.sub(r"[^a-z0-9]+", "-", plain).strip("-")[:40] or otherwise


def free(wanted: str, taken: set[str]) -> str:
    """Return ``wanted``, with a number after it if that id is taken."""
    found, number = wanted, 1
    while found in taken:
        number += 1
        found = f"{wanted}-{number}"
    return found
