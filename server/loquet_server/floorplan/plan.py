"""A floor's plan as a document: what is drawn, and what stands where.

All lengths are whole thousandths of the plan's width, from its top left corner; so a plan is
1000 wide, whatever is under it, and ``height`` high. Two points of a room or an area are the
opposite corners of a rectangle; more are the corners of a polygon.
"""

from collections.abc import Iterable, Iterator
from enum import StrEnum
from itertools import combinations, pairwise
from typing import Annotated, Any, Final

from pydantic import BaseModel, ConfigDict, Field, StringConstraints, model_validator

WIDTH: Final = 1000
LOWEST, HIGHEST = 200, 3000
"""How high a plan may be: from a corridor to a tower drawn upright."""
MOST_POINTS, MOST_SHAPES, MOST_MARKS = 60, 400, 1000
LARGEST_MARK, SMALLEST_MARK = 58, 22
CROWDED: Final = 0.62
"""A mark is this part of the distance to its nearest neighbour, so that words fit between."""

Point = tuple[
    Annotated[int, Field(ge=0, le=WIDTH)],
    Annotated[int, Field(ge=0, le=HIGHEST)],
]
Text = Annotated[
    str,
    StringConstraints(strip_whitespace=True, max_length=80, pattern=r"^[^\x00-\x1f\x7f]*$"),
]


class ShapeKind(StrEnum):
    """What may be drawn."""

    WALL = "wall"
    ROOM = "room"
    LABEL = "label"


class MarkKind(StrEnum):
    """What may stand on a plan."""

    AREA = "area"
    DOOR = "door"
    DESK = "desk"
    READER = "reader"
    UNIT = "unit"
    SENSOR = "sensor"


class _Document(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class _Placed(_Document):
    points: Annotated[tuple[Point, ...], Field(min_length=1, max_length=MOST_POINTS)]

    @property
    def corners(self) -> str:
        """The corners of its outline, of a rectangle all four, as SVG writes them."""
        return path_of(outline(self.points))

    @property
    def line(self) -> str:
        """Its points as SVG writes them."""
        return path_of(self.points)

    @property
    def top(self) -> Point:
        """The top left corner of what surrounds it: where its name is written."""
        return min(x for x, _ in self.points), min(y for _, y in self.points)


class Shape(_Placed):
    """A line of a wall, the outline of a room, or a word."""

    kind: ShapeKind
    text: Text = ""

    @model_validator(mode="after")
    def _whole(self) -> "Shape":
        if self.kind is ShapeKind.LABEL:
            if len(self.points) != 1 or not self.text:
                raise ValueError("a label has one point and a text")
        elif len(set(self.points)) < 2:
            raise ValueError(f"a {self.kind.value} has two points at least")
        return self


class Mark(_Placed):
    """Where something of the space stands. ``subject``: its id; an area has an outline."""

    kind: MarkKind
    subject: Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9_-]{1,64}$")]

    @model_validator(mode="after")
    def _whole(self) -> "Mark":
        if self.kind is MarkKind.AREA:
            if len(set(self.points)) < 2:
                raise ValueError("an area has two corners at least")
        elif len(self.points) != 1:
            raise ValueError(f"a {self.kind.value} stands at one point")
        return self


class Plan(_Document):
    """What is drawn on a floor, and what stands there; each thing once."""

    shapes: Annotated[tuple[Shape, ...], Field(max_length=MOST_SHAPES)] = ()
    marks: Annotated[tuple[Mark, ...], Field(max_length=MOST_MARKS)] = ()

    @model_validator(mode="after")
    def _once(self) -> "Plan":
        known: set[tuple[MarkKind, str]] = set()
        for mark in self.marks:
            if (mark.kind, mark.subject) in known:
                raise ValueError(f"{mark.kind.value} {mark.subject!r} stands here twice")
            known.add((mark.kind, mark.subject))
        return self

    @property
    def size(self) -> int:
        """How large desks and doors are drawn, so that neighbours and their words do not touch."""
        kinds = (MarkKind.DESK, MarkKind.DOOR)
        spots = [mark.points[0] for mark in self.marks if mark.kind in kinds]
        nearest = min(_distances(spots), default=float(WIDTH))
        return round(min(max(nearest * CROWDED, SMALLEST_MARK), LARGEST_MARK))

    def subjects(self) -> set[tuple[str, str]]:
        """Return what stands here, by kind and id."""
        return {(mark.kind.value, mark.subject) for mark in self.marks}

    def plain(self) -> dict[str, Any]:
        """Return the document as it is kept."""
        return self.model_dump(mode="json")


def read(document: dict[str, Any]) -> Plan:
    """Return a kept document as a plan; raise ValueError."""
    return Plan.model_validate(document)


def outline(points: tuple[Point, ...]) -> tuple[Point, ...]:
    """Return the corners of an outline; of a rectangle all four."""
    if len(points) != 2:
        return points
    (left, top), (right, bottom) = points
    return ((left, top), (right, top), (right, bottom), (left, bottom))


def within(plan: Plan, height: int) -> bool:
    """Return True if nothing lies below the lower edge."""
    return all(y <= height for points in _points(plan) for _, y in points)


def scaled(plan: Plan, before: int, after: int) -> Plan:
    """Return a plan drawn for one height on a floor of another: nothing is lost below the edge."""
    if before == after or within(plan, after):
        return plan

    def moved(points: tuple[Point, ...]) -> tuple[Point, ...]:
        return tuple((x, min(after, round(y * after / before))) for x, y in points)

    return Plan(
        shapes=tuple(
            each.model_copy(update={"points": moved(each.points)}) for each in plan.shapes
        ),
        marks=tuple(each.model_copy(update={"points": moved(each.points)}) for each in plan.marks),
    )


def path_of(points: Iterable[Point]) -> str:
    """Return points as SVG writes them."""
    return " ".join(f"{x},{y}" for x, y in points)


def _points(plan: Plan) -> Iterator[tuple[Point, ...]]:
    yield from (each.points for each in plan.shapes)
    yield from (each.points for each in plan.marks)


def _distances(spots: list[Point]) -> Iterator[float]:
    """Yield the distances of neighbours; of two that stand on each other nothing is learnt."""
    ordered = sorted(spots)
    pairs = combinations(ordered, 2) if len(ordered) <= 200 else pairwise(ordered)
    for (one, two), (other, another) in pairs:
        across, along = abs(one - other), abs(two - another)
        if across + along:
            yield max(across, along)
