"""A zip of a card's files, the same bytes for the same files."""

import io
import zipfile
from collections.abc import Mapping

_EPOCH = (1980, 1, 1, 0, 0, 0)
"""The first instant that a zip can say: cards tell nobody when they were made."""


def packed(files: Mapping[str, bytes]) -> bytes:
    """Return a zip with these files, by path."""
    raw = io.BytesIO()
    with zipfile.ZipFile(raw, "w", zipfile.ZIP_DEFLATED) as archive:
        for name in sorted(files):
            info = zipfile.ZipInfo(name, _EPOCH)
            info.compress_type = zipfile.ZIP_DEFLATED
            info.external_attr = 0o100644 << 16
            archive.writestr(info, files[name])
    return raw.getvalue()
