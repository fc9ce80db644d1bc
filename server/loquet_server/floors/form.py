"""The form of a floor: positions and drawing as text, so that no mouse and no script is needed.

Positions are percent of the plan's width, with one decimal, from its top left corner. Points
are written ``12.5 40; 30 60``, a drawing a line each: ``wall 0 0; 100 0``, ``room 5 5; 40 60``,
``label 20 20 Kitchen``.
"""

import re
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Final

from pydantic import ValidationError

from loquet_server.floorplan.plan import (
    HIGHEST,
    LOWEST,
    Mark,
    MarkKind,
    Plan,
    Point,
    Shape,
    ShapeKind,
)
from loquet_server.floors.repository import Thing
from loquet_server.floors.schemas import FloorIn
from loquet_server.web.forms import Typed, check
from loquet_server.web.i18n import N_, Translations

WORDS: Final = {
    ShapeKind.WALL: N_("wall"), ShapeKind.ROOM: N_("room"), ShapeKind.LABEL: N_("label"),
}  # fmt: skip
_KINDS: Final = {
    "wall": ShapeKind.WALL, "mur": ShapeKind.WALL, "room": ShapeKind.ROOM,
    "pièce": ShapeKind.ROOM, "piece": ShapeKind.ROOM, "label": ShapeKind.LABEL,
    "étiquette": ShapeKind.LABEL,
}  # fmt: skip
BOTH: Final = N_("Write both numbers, or none.")
NUMBERS: Final = N_("Write numbers from 0 to 100, such as 12.5.")
POINTS: Final = N_("Write points such as 12.5 40; 30 60.")
LINE: Final = N_("Line %(number)s is not understood. Write it such as: %(example)s")
SIZE: Final = N_("A plan can hold no more than this.")
_NUMBER: Final = re.compile(r"\d{1,3}(?:[.,]\d{1,2})?")


def typed_of(name: str, height: int, plan: Plan, texts: Translations) -> dict[str, str]:
    """Return what a form shows of a floor."""
    values = {"name": name, "height": percent(height), "shapes": written(plan.shapes, texts)}
    for mark in plan.marks:
        key = f"{mark.kind.value}:{mark.subject}"
        if mark.kind is MarkKind.AREA:
            values[f"points:{key}"] = "; ".join(_pair(point) for point in mark.points)
        else:
            values[f"x:{key}"], values[f"y:{key}"] = map(percent, mark.points[0])
    return values


def floor_of_form(
    values: Mapping[str, str], things: Iterable[Thing], texts: Translations
) -> Typed[FloorIn]:
    """Return the floor that a form describes, or what is wrong, beside its field."""
    complaints: dict[str, str] = {}
    marks = []
    for thing in things:
        try:
            mark = _mark(thing, values)
        except ValueError as error:
            complaints[thing.key] = texts.gettext(str(error))
        else:
            marks += [mark] if mark else []
    shapes = _shapes(values.get("shapes", ""), complaints, texts)
    height = _height(values.get("height", ""), complaints, texts)
    result = check({"name": values.get("name", "")}, FloorIn, texts)
    result.values, result.complaints = dict(values), result.complaints | complaints
    if not result.complaints and result.model is not None:
        try:
            plan = Plan(shapes=tuple(shapes), marks=tuple(marks))
            result.model = FloorIn(name=result.model.name, height=height, plan=plan)
        except ValidationError:
            result.complain("shapes", texts.gettext(SIZE))
    else:
        result.model = None
    return result


def percent(length: int) -> str:
    """Return thousandths as percent: 125 is 12.5."""
    return f"{length / 10:g}"


def written(shapes: Sequence[Shape], texts: Translations) -> str:
    """Return a drawing, a line each."""
    lines = []
    for shape in shapes:
        points = "; ".join(_pair(point) for point in shape.points)
        lines.append(f"{texts.gettext(WORDS[shape.kind])} {points} {shape.text}".strip())
    return "\n".join(lines)


def _pair(point: Point) -> str:
    return f"{percent(point[0])} {percent(point[1])}"


def _mark(thing: Thing, values: Mapping[str, str]) -> Mark | None:
    """Return where a form says that a thing stands, None for nowhere; raise ValueError."""
    if thing.kind is MarkKind.AREA:
        text = values.get(f"points:{thing.key}", "").strip()
        points = _points(text) if text else ()
        if points and len(set(points)) < 2:
            raise ValueError(POINTS)
    else:
        pair = [values.get(f"{axis}:{thing.key}", "").strip() for axis in "xy"]
        if not any(pair):
            return None
        if not all(pair):
            raise ValueError(BOTH)
        points = ((_length(pair[0], 1000), _length(pair[1], HIGHEST)),)
    return Mark(kind=thing.kind, subject=thing.id, points=points) if points else None


def _points(text: str) -> tuple[Point, ...]:
    found = []
    for part in text.strip().strip(";").split(";"):
        pair = part.split()
        if len(pair) != 2:
            raise ValueError(POINTS)
        found.append((_length(pair[0], 1000), _length(pair[1], HIGHEST)))
    return tuple(found)


def _length(text: str, most: int) -> int:
    if not _NUMBER.fullmatch(text):
        raise ValueError(NUMBERS)
    found = round(float(text.replace(",", ".")) * 10)
    if found > most:
        raise ValueError(NUMBERS)
    return found


def _height(text: str, complaints: dict[str, str], texts: Translations) -> int:
    try:
        found = _length(text.strip() or "60", HIGHEST)
    except ValueError:
        found = 0
    if not LOWEST <= found <= HIGHEST:
        complaints["height"] = texts.gettext(N_("Write a number from 20 to 300."))
    return found


def _shapes(text: str, complaints: dict[str, Any], texts: Translations) -> list[Shape]:
    found = []
    for number, line in enumerate(text.splitlines(), 1):
        if not line.strip():
            continue
        try:
            found.append(_shape(line.strip()))
        except ValueError:
            wall = texts.gettext(WORDS[ShapeKind.WALL])
            values = {"number": number, "example": f"{wall} 5 5; 95 5"}
            complaints.setdefault("shapes", texts.gettext(LINE) % values)
    return found


def _shape(line: str) -> Shape:
    """Return a line of a drawing; raise ValueError."""
    word, _, rest = line.partition(" ")
    kind = _KINDS.get(word.lower())
    if kind is None:
        raise ValueError(word)
    if kind is ShapeKind.LABEL:
        across, along, *said = rest.split(maxsplit=2)
        return Shape(kind=kind, points=_points(f"{across} {along}"), text=said[0] if said else "")
    return Shape(kind=kind, points=_points(rest))
