"""How full the space usually is at an hour, and how full that is in words: without identity."""

from loquet_server.usual.bands import Band, band
from loquet_server.usual.reading import Range, Usual, usual

__all__ = ["Band", "Range", "Usual", "band", "usual"]
