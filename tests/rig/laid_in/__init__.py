"""What tests lay into each Python process of a unit, by the environment alone."""

from __future__ import annotations

import os
from pathlib import Path


def words(
    *,
    pauses: tuple[float, float] | None = None,
    raising: tuple[Path, Path] | None = None,
    stuck: tuple[Path, Path] | None = None,
    long_log: int | None = None,
) -> dict[str, str]:
    """Return what goes into the environment.

    ``pauses``: first and longest of the link before it dials again, in seconds. ``raising``: while
    the first file is there, a subscriber on every input line raises before those of the product,
    and leaves a byte in the second. ``stuck``: while the first is there, one of the deciding loop's
    own chores does not come to its end, and leaves bytes in the second. ``long_log``: the log of
    the policy's file is long from so many bytes on.
    """
    before = os.environ.get("PYTHONPATH")
    found = {"PYTHONPATH": os.pathsep.join(filter(None, (str(Path(__file__).parent), before)))}
    if pauses is not None:
        found["LOQUET_RIG_PAUSES"] = " ".join(map(str, pauses))
    if long_log is not None:
        found["LOQUET_RIG_LONG_LOG"] = str(long_log)
    for name, files in (("LOQUET_RIG_RAISES", raising), ("LOQUET_RIG_STUCK", stuck)):
        if files is not None:
            found[name] = os.pathsep.join(map(str, files))
    return found
