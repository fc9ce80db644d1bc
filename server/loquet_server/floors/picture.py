"""The picture under a plan: read with care, and written anew.

What people upload may be made to do harm: it is never served as it came. Its size is known
before it is unpacked, only three formats are read, and what is kept is a fresh WebP of the
pixels alone: where and when a photograph was taken stays out.
"""

import hashlib
import io
import warnings
from dataclasses import dataclass
from typing import Final

from PIL import Image, ImageOps, UnidentifiedImageError

from loquet_server.people.refusals import DoesNotFit
from loquet_server.web.i18n import N_

MOST_BYTES: Final = 4 << 20
MOST_PIXELS: Final = 40_000_000
"""About A1 at 150 dots an inch; unpacked it is 160 MB."""
LARGEST_SIDE: Final = 2400
QUALITY: Final = 82
FORMATS: Final = ("PNG", "JPEG", "WEBP")
MEDIA_TYPE: Final = "image/webp"
FIELD: Final = "file"
TOO_LARGE: Final = N_("The picture is larger than 4 MB. Save it smaller.")
NOT_READ: Final = N_("This is no picture that can be read. Save it as PNG, JPEG or WebP.")
DRAWING: Final = N_(
    "SVG drawings are not taken, since they may hold programs. Save the drawing as PNG."
)
TOO_MANY: Final = N_("The picture has more than 40 million points. Save it smaller.")
NARROW: Final = N_("The picture is too narrow or too flat for a plan.")


@dataclass(frozen=True, slots=True)
class Picture:
    """A picture of our own making; ``height`` in thousandths of its width."""

    digest: str
    pixels: tuple[int, int]
    body: bytes

    @property
    def height(self) -> int:
        across, along = self.pixels
        return round(1000 * along / across)


def picture(raw: bytes) -> Picture:
    """Return what was uploaded as a picture; raise DoesNotFit."""
    if len(raw) > MOST_BYTES:
        raise DoesNotFit(FIELD, TOO_LARGE)
    if _is_drawing(raw):
        raise DoesNotFit(FIELD, DRAWING)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # its own limits are higher than ours
            return _written(_read(raw))
    except DoesNotFit:  # which is a ValueError too
        raise
    except Image.DecompressionBombError as error:
        raise DoesNotFit(FIELD, TOO_MANY) from error
    except (UnidentifiedImageError, OSError, SyntaxError, ValueError, EOFError) as error:
        raise DoesNotFit(FIELD, NOT_READ) from error


def _read(raw: bytes) -> Image.Image:
    found = Image.open(io.BytesIO(raw), formats=FORMATS)
    across, along = found.size
    if across * along > MOST_PIXELS:
        raise DoesNotFit(FIELD, TOO_MANY)
    if not 0.2 <= along / across <= 3:
        raise DoesNotFit(FIELD, NARROW)
    found.draft("RGB", (LARGEST_SIDE, LARGEST_SIDE))  # a large JPEG is unpacked small
    found.load()
    return ImageOps.exif_transpose(found)


def _written(found: Image.Image) -> Picture:
    found.thumbnail((LARGEST_SIDE, LARGEST_SIDE))
    bare = found.convert("RGBA" if found.has_transparency_data else "RGB")
    out = io.BytesIO()
    bare.save(out, "WEBP", quality=QUALITY, exif=b"", icc_profile=None)
    body = out.getvalue()
    return Picture(hashlib.sha256(body).hexdigest(), bare.size, body)


def _is_drawing(raw: bytes) -> bool:
    head = raw[:1024].lstrip(b"\xef\xbb\xbf \t\r\n").lower()
    return head.startswith((b"<svg", b"<?xml", b"<!doctype svg", b"<!--"))
