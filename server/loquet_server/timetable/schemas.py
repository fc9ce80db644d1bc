"""What changes for whom, as the API says it."""

from datetime import date

from pydantic import BaseModel

from loquet_server.timetable.effect import Audience, Kind
from loquet_server.timetable.foresight import Foresight
from loquet_server.web.i18n import Translations


class LineOut(BaseModel):
    """What changes for so many of an audience; minutes after midnight of each day.

    ``names``: plans of members, or doors. ``areas``: empty for all that they may enter.
    """

    audience: Audience
    count: int
    names: list[str]
    areas: list[str]
    kind: Kind
    weekdays: list[int]
    dates: list[date]
    before: list[tuple[int, int]]
    after: list[tuple[int, int]]
    text: str


def lines_of(found: Foresight, texts: Translations) -> list[LineOut]:
    """Return what changes, each with its sentence."""
    said = [each.text for each in found.sentences(texts)]
    return [
        LineOut(
            audience=line.audience,
            count=line.count,
            names=list(line.names),
            areas=list(line.areas),
            kind=line.change.kind,
            weekdays=list(line.change.weekdays),
            dates=list(line.change.dates),
            before=list(line.change.before),
            after=list(line.change.after),
            text=text,
        )
        for line, text in zip(found.lines, said, strict=True)
    ]
