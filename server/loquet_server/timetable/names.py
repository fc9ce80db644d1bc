"""Ids in addresses and bodies, and hours as text; nothing that a database could not keep."""

from typing import Annotated

from fastapi import Path, Query
from pydantic import StringConstraints

_ID = r"^[A-Za-z0-9_-]{1,64}$"
_TEXT = r"^[^\x00]*$"

Key = Annotated[str, Path(pattern=_ID)]
"""An id in an address."""
KeyQuery = Annotated[str | None, Query(pattern=_ID)]
"""An id to choose by."""
Ref = Annotated[str, StringConstraints(pattern=_ID)]
"""An id of something else."""
Long = Annotated[str, StringConstraints(strip_whitespace=True, max_length=2000, pattern=_TEXT)]
