"""The badge for a website: a small drawing that needs no font, script or style. Pure."""

from html import escape
from typing import Final

COLOURS: Final = {
    "calm": "#1c6640", "moderate": "#0b5d66", "busy": "#7d4a00", "full": "#a1211c",
}  # fmt: skip
QUIET: Final = "#525d63"
"""Closed, or not known."""
HEIGHT: Final = 28
LETTER: Final = 7.4
"""Width of a letter of 13 px on average; ``textLength`` makes the text fit whatever the font."""
PADDING: Final = 10


def width(text: str) -> int:
    """Return how wide a text is drawn, without what is around it."""
    return round(LETTER * len(text))


def badge(space: str, text: str, band: str | None) -> str:
    """Return the badge: the space's name, and how full it is; the word says it, not the colour."""
    name, said = space[:60], text[:80]
    left, right = width(name) + 2 * PADDING, width(said) + 2 * PADDING
    whole, colour = left + right, COLOURS.get(band or "", QUIET)
    label = escape(f"{name}: {said}", quote=True)
    texts = "".join(
        f'<text x="{x}" y="18.5" fill="{fill}" textLength="{width(each)}"'
        f' lengthAdjust="spacingAndGlyphs">{escape(each)}</text>'
        for each, x, fill in ((name, PADDING, "#1b2326"), (said, left + PADDING, "#ffffff"))
    )
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{whole}" height="{HEIGHT}"'
        f' viewBox="0 0 {whole} {HEIGHT}" role="img" aria-label="{label}"'
        ' font-family="Verdana, DejaVu Sans, sans-serif" font-size="13">'
        f"<title>{label}</title>"
        f'<rect width="{whole}" height="{HEIGHT}" rx="6" fill="{colour}"/>'
        f'<path d="M6 0H{left}V{HEIGHT}H6A6 6 0 0 1 0 {HEIGHT - 6}V6A6 6 0 0 1 6 0Z"'
        f' fill="#e9e8e2"/>{texts}</svg>'
    )
