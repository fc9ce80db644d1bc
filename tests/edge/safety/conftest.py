"""One house for all tests of this folder; whoever hurts it heals it."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.edge.safety.house import House, a_house


@pytest.fixture(scope="package")
def house() -> Iterator[House]:
    with a_house() as found:
        yield found
