"""What forms of accounts ask for, beside names: a mail address, a password."""

from typing import Annotated

from pydantic import StringConstraints

Mail = Annotated[
    str,
    StringConstraints(
        strip_whitespace=True,
        to_lower=True,
        max_length=200,
        pattern=r"^[^@\s<>\",;:\x00-\x1f]+@[^@\s<>\",;:\x00-\x1f]+\.[^@\s<>\",;:\x00-\x1f]+$",
    ),
]
Secret = Annotated[str, StringConstraints(min_length=1, max_length=400)]
