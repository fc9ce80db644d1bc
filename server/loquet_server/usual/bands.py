"""How full, in four words: what strangers may know of a space."""

from typing import Final, Literal

from loquet_server.web.i18n import N_

Band = Literal["calm", "moderate", "busy", "full"]
_FROM: Final[tuple[tuple[float, Band], ...]] = (
    (0.95, "full"),
    (0.65, "busy"),
    (0.35, "moderate"),
)
"""From which part on each word holds; 0.95, since a space of 20 desks with one left is full."""


def band(part: float) -> Band:
    """Return the word for a part of the whole, 0 to 1."""
    return next((word for least, word in _FROM if part >= least), "calm")


BANDS: Final[dict[Band, str]] = {
    "calm": N_("calm"),
    "moderate": N_("moderately full"),
    "busy": N_("busy"),
    "full": N_("full"),
}
"""The words as people read them."""
