"""What payloads mean: the shapes of real programs, and whatever else may come."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from loquet_contract.wire.payloads import InvalidPath, Unreadable, compiled, meaning, value_at
from tests.contract.shapes import SHAPES, Shape


@pytest.mark.parametrize("shape", SHAPES, ids=lambda shape: shape.name)
def test_a_payload_means_what_its_program_says(shape: Shape) -> None:
    if shape.means is None:
        with pytest.raises(Unreadable) as caught:
            meaning(shape.payload, shape.path, shape.active, shape.idle)
        assert len(str(caught.value)) < 300
    else:
        assert meaning(shape.payload, shape.path, shape.active, shape.idle) is shape.means


@given(payload=st.binary(max_size=300), path=st.sampled_from(["", "a", "a.b", "[0]", '"x y"']))
def test_no_payload_breaks_the_reader(payload: bytes, path: str) -> None:
    try:
        assert isinstance(value_at(payload, path), str)
    except Unreadable as error:
        assert str(error)


@pytest.mark.parametrize("path", ["a..b", "[", "a b", "x" * 500, "f(", "(" * 150])
def test_a_path_that_is_none_is_refused_with_its_place(path: str) -> None:
    with pytest.raises(InvalidPath):
        compiled(path)
