"""The plan of Le Moulin: one floor, drawn, with all its doors and desks."""

from collections.abc import Iterator

from loquet_server.demo import village
from loquet_server.floorplan.plan import Mark, MarkKind, Plan, Point, Shape, ShapeKind
from loquet_server.models import Floor
from loquet_server.models.base import Base

HEIGHT = 640
ROOMS: dict[str, tuple[Point, Point]] = {
    "openspace": ((20, 20), (600, 500)),
    "calme": ((600, 20), (980, 290)),
    "atelier": ((600, 290), (980, 600)),
    "reunion": ((380, 500), (600, 600)),
}
HALL: tuple[Point, Point] = ((20, 500), (380, 600))
DOORS: dict[str, Point] = {
    "entree": (120, 600), "calme": (600, 155), "atelier": (790, 600), "jardin": (20, 260),
}  # fmt: skip
LABELS: tuple[tuple[str, Point], ...] = (
    ("Accueil", (280, 560)), ("Rue du Moulin", (400, 624)),
)  # fmt: skip
READERS: dict[str, Point] = {"entree-in": (175, 585), "calme-in": (580, 205)}
UNITS: dict[str, Point] = {"entree": (50, 560), "atelier": (950, 565)}
_START: dict[str, Point] = {"openspace": (110, 120), "calme": (690, 115), "atelier": (720, 430)}
_STEP: dict[str, Point] = {"openspace": (125, 140), "calme": (110, 110), "atelier": (150, 0)}


def rows(now_ms: int) -> Iterator[Base]:
    """Return the floor."""
    yield Floor(
        id="rez", site=village.SITE, name="Rez-de-chaussée", rank=0, height=HEIGHT,
        plan=plan().plain(), revision=1, changed_at=now_ms,
        changed_by=village.CONTACT.split(",")[0],
    )  # fmt: skip


def plan() -> Plan:
    """Return what is drawn, and what stands where."""
    shapes = [
        *(Shape(kind=ShapeKind.ROOM, points=corners) for corners in (*ROOMS.values(), HALL)),
        *(Shape(kind=ShapeKind.LABEL, points=(at,), text=text) for text, at in LABELS),
    ]
    marks = [
        *(_mark(MarkKind.AREA, area, *corners) for area, corners in ROOMS.items()),
        *(_mark(MarkKind.DOOR, door, at) for door, at in DOORS.items()),
        *(_mark(MarkKind.READER, reader, at) for reader, at in READERS.items()),
        *(_mark(MarkKind.UNIT, unit, at) for unit, at in UNITS.items()),
        *(_mark(MarkKind.DESK, desk.id, _spot(desk)) for desk in village.desks()),
    ]
    return Plan(shapes=tuple(shapes), marks=tuple(marks))


def _mark(kind: MarkKind, subject: str, *points: Point) -> Mark:
    return Mark(kind=kind, subject=subject, points=points)


def _spot(desk: village.DeskPlan) -> Point:
    (left, top), (across, along) = _START[desk.area], _STEP[desk.area]
    return left + desk.x * across, top + desk.y * along
