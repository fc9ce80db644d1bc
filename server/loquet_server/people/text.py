"""Text as people type it and as every database keeps it: trimmed, on one line, without controls."""

import unicodedata
from datetime import date
from typing import Annotated

from pydantic import AfterValidator, Field, StringConstraints

from loquet_server.web.i18n import N_, Translations

ID_PATTERN = r"^[a-z0-9_-]{1,64}$"
CONTROLS = N_("This holds characters that cannot be kept.")


def _line(text: str) -> str:
    if any(unicodedata.category(each) in ("Cc", "Cs") for each in text):
        raise ValueError(CONTROLS)
    return text


def _lines(text: str) -> str:
    _line(text.replace("\r\n", "").replace("\n", "").replace("\t", ""))
    return text.replace("\r\n", "\n")


def plain(text: str, most: int = 200) -> str:
    """Return what somebody looks for, without what no database can be asked."""
    return "".join(each for each in text if unicodedata.category(each) not in ("Cc", "Cs"))[
        :most
    ].strip()


def in_language(french: str, english: str, texts: Translations) -> str:
    """Return a name in one language; in the other where that is all there is."""
    first, second = (french, english) if texts.code == "fr" else (english, french)
    return first or second


Name = Annotated[
    str,
    StringConstraints(strip_whitespace=True, min_length=1, max_length=200),
    AfterValidator(_line),
]
Line = Annotated[
    str, StringConstraints(strip_whitespace=True, max_length=200), AfterValidator(_line)
]
Short = Annotated[
    str, StringConstraints(strip_whitespace=True, max_length=40), AfterValidator(_line)
]
Price = Annotated[
    str, StringConstraints(strip_whitespace=True, max_length=64), AfterValidator(_line)
]
Reason = Annotated[
    str,
    StringConstraints(strip_whitespace=True, min_length=1, max_length=500),
    AfterValidator(_line),
]
Remark = Annotated[
    str, StringConstraints(strip_whitespace=True, max_length=500), AfterValidator(_line)
]
Note = Annotated[
    str, StringConstraints(strip_whitespace=True, max_length=1000), AfterValidator(_lines)
]
Mail = Annotated[
    str,
    StringConstraints(
        strip_whitespace=True, max_length=200, pattern=r"^([^@\s,;<>]+@[^@\s,;<>]+)?$"
    ),
    AfterValidator(_line),
]
Id = Annotated[str, StringConstraints(pattern=ID_PATTERN)]
Day = Annotated[date, Field(ge=date(1990, 1, 1), le=date(2200, 1, 1))]
"""A local day that a space may have to do with."""
