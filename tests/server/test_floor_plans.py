"""A floor's plan: what may be drawn, as text and as a document; pure."""

import io
import zlib

import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image
from pydantic import ValidationError

from loquet_server.floorplan.plan import Mark, MarkKind, Plan, Point, Shape, ShapeKind, scaled
from loquet_server.floors.form import floor_of_form, typed_of
from loquet_server.floors.picture import (
    DRAWING,
    LARGEST_SIDE,
    MOST_BYTES,
    NARROW,
    NOT_READ,
    TOO_LARGE,
    TOO_MANY,
    picture,
)
from loquet_server.floors.repository import Thing
from loquet_server.people.refusals import DoesNotFit
from loquet_server.web.i18n import translations

ENGLISH, FRENCH = translations("en"), translations("fr")
THINGS = (
    Thing(MarkKind.AREA, "salle", "Salle"), Thing(MarkKind.DOOR, "front", "Front"),
    Thing(MarkKind.DESK, "d1", "1", "Salle"), Thing(MarkKind.DESK, "d2", "2", "Salle"),
)  # fmt: skip
POINTS = st.tuples(st.integers(0, 1000), st.integers(0, 600))
WORDS = st.text("abcdéè '’-0123456789", min_size=1, max_size=20).map(
    lambda text: " ".join(text.split())
)
SHAPES = st.one_of(
    st.builds(
        lambda kind, points: Shape(kind=kind, points=tuple(points)),
        st.sampled_from([ShapeKind.WALL, ShapeKind.ROOM]),
        st.lists(POINTS, min_size=2, max_size=6, unique=True),
    ),
    st.builds(
        lambda point, text: Shape(kind=ShapeKind.LABEL, points=(point,), text=text),
        POINTS,
        WORDS.filter(bool),
    ),
)


def _marks(points: list[Point]) -> tuple[Mark, ...]:
    corners, *spots = points[0:2], *points[2:]
    return (
        Mark(kind=MarkKind.AREA, subject="salle", points=tuple(corners)),
        *(
            Mark(kind=thing.kind, subject=thing.id, points=(spot,))
            for thing, spot in zip(THINGS[1:], spots, strict=False)
        ),
    )


PLANS = st.builds(
    lambda shapes, points: Plan(shapes=tuple(shapes), marks=_marks(points)),
    st.lists(SHAPES, max_size=8),
    st.lists(POINTS, min_size=2, max_size=5, unique=True),
)


@given(PLANS, st.sampled_from([ENGLISH, FRENCH]))
def test_what_a_form_shows_is_what_it_says(plan: Plan, texts: object) -> None:
    shown = typed_of("Rez", 600, plan, texts)  # type: ignore[arg-type]
    said = floor_of_form(shown, THINGS, texts)  # type: ignore[arg-type]
    assert said.complaints == {}
    assert said.model is not None
    assert said.model.plan == plan


@given(PLANS, st.integers(200, 3000))
def test_nothing_is_lost_below_the_edge_of_a_flatter_picture(plan: Plan, height: int) -> None:
    moved = scaled(plan, 600, height)
    assert all(y <= height for mark in moved.marks for _, y in mark.points)
    assert moved.subjects() == plan.subjects()


@pytest.mark.parametrize(
    ("field", "text", "where", "said"),
    [
        ("x:desk:d1", "12", "desk:d1", "Write both numbers"),
        ("x:desk:d1", "left", "desk:d1", "Write both numbers"),
        ("points:area:salle", "5 5", "area:salle", "Write points"),
        ("points:area:salle", "5; 6", "area:salle", "Write points"),
        ("points:area:salle", "5 5; 120 9", "area:salle", "Write numbers"),
        ("shapes", "wall 0 0; 10 0\nhouse 1 1", "shapes", "Line 2 is not understood"),
        ("shapes", "label 5 5", "shapes", "Line 1"),
        ("shapes", "wall 5 5", "shapes", "Line 1"),
        ("height", "5", "height", "from 20 to 300"),
        ("name", "", "name", "Please fill this in"),
    ],
)
def test_what_is_not_understood_is_said_beside_its_field(
    field: str, text: str, where: str, said: str
) -> None:
    found = floor_of_form({"name": "Rez", field: text}, THINGS, ENGLISH)
    assert found.model is None
    assert said in found.complaints[where]


def test_a_french_person_may_write_commas() -> None:
    values = {"name": "Rez", "x:desk:d1": "12,5", "y:desk:d1": "40", "shapes": "mur 0 0; 99,9 0"}
    found = floor_of_form(values, THINGS, FRENCH)
    assert found.model is not None
    assert found.model.plan.marks[0].points == ((125, 400),)
    assert found.model.plan.shapes[0].points[1] == (999, 0)


@pytest.mark.parametrize(
    "document",
    [
        {"marks": [{"kind": "desk", "subject": "d1", "points": [[1, 1], [2, 2]]}]},
        {"marks": [{"kind": "desk", "subject": "d1", "points": [[1001, 1]]}]},
        {"marks": [{"kind": "area", "subject": "a", "points": [[1, 1], [1, 1]]}]},
        {"marks": [{"kind": "desk", "subject": "../x", "points": [[1, 1]]}]},
        {"marks": [{"kind": "desk", "subject": "d", "points": [[1, 1]]}] * 2},
        {"shapes": [{"kind": "label", "points": [[1, 1]], "text": ""}]},
        {"shapes": [{"kind": "script", "points": [[1, 1], [2, 2]]}]},
        {"colour": "red"},
    ],
)
def test_a_document_that_means_nothing(document: dict[str, object]) -> None:
    with pytest.raises(ValidationError):
        Plan.model_validate(document)


def test_crowded_desks_are_drawn_smaller_and_never_touch() -> None:
    marks = tuple(
        Mark(kind=MarkKind.DESK, subject=f"d{at}", points=((100 + 50 * at, 100),))
        for at in range(5)
    )
    assert Plan(marks=marks).size == 31
    assert Plan(marks=marks[:1]).size == 58


def _file(kind: str, size: tuple[int, int] = (300, 200), **more: object) -> bytes:
    out = io.BytesIO()
    Image.new("RGB", size, "white").save(out, kind, **more)
    return out.getvalue()


@pytest.mark.parametrize("kind", ["PNG", "JPEG", "WEBP"])
def test_a_picture_is_written_anew_without_what_else_it_told(kind: str) -> None:
    exif = Image.Exif()
    exif[0x010E] = "taken at the back door"
    exif[0x0112] = 6  # turned by a quarter
    found = picture(_file(kind, exif=exif))
    shown = Image.open(io.BytesIO(found.body))
    assert (shown.format, shown.size, found.pixels) == ("WEBP", (200, 300), (200, 300))
    assert not shown.getexif()
    assert b"back door" not in found.body
    assert found.height == 1500


def test_a_large_picture_is_made_smaller() -> None:
    found = picture(_file("PNG", (4800, 2400)))
    assert found.pixels == (LARGEST_SIDE, LARGEST_SIDE // 2)


def _bomb() -> bytes:
    """A PNG that says it is 100,000 wide and high."""
    small = _file("PNG")
    head = b"IHDR" + (100_000).to_bytes(4, "big") * 2 + small[24:29]
    return small[:12] + head + zlib.crc32(head).to_bytes(4, "big") + small[33:]


@pytest.mark.parametrize(
    ("raw", "why"),
    [
        (b"", NOT_READ),
        (b"GIF89a" + bytes(200), NOT_READ),
        (_file("GIF"), NOT_READ),
        (_file("PNG")[:60], NOT_READ),
        (b"<svg xmlns='x'><script>1</script></svg>", DRAWING),
        (b"\xef\xbb\xbf <?xml version='1.0'?><svg/>", DRAWING),
        (bytes(MOST_BYTES + 1), TOO_LARGE),
        (_bomb(), TOO_MANY),
        (_file("PNG", (1000, 100)), NARROW),
    ],
)
def test_what_is_no_picture_for_a_plan_is_refused_with_a_sentence(raw: bytes, why: str) -> None:
    with pytest.raises(DoesNotFit) as refused:
        picture(raw)
    assert refused.value.text == why
