"""Drawings that stand by themselves: the same as on the pages, with their colours in them."""

from typing import Any, Final

from fastapi.responses import Response

from loquet_server.timetable.space import Space
from loquet_server.web.pages import macros

SHADES: Final = ("#ffffff", "#cfe0e2", "#98bec2", "#4c898f", "#0b5d66")
"""From nobody to all desks, on paper; the pages take theirs from the style sheet."""


def svg(space: Space, macro: str, values: dict[str, Any]) -> Response:
    """Return a chart as a file; ``macro``: its name among those of the charts."""
    draw = getattr(macros(space.texts.code, "occupancy_charts.html"), macro)
    text = str(draw(**values, alone=True))
    headers = {
        "content-disposition": f'attachment; filename="{macro}.svg"', "cache-control": "no-store",
    }  # fmt: skip
    return Response(text, media_type="image/svg+xml", headers=headers)
