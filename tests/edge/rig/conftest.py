"""Fixtures: a rig for each test."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.rig.rig import Rig, a_rig


@pytest.fixture
def rig() -> Iterator[Rig]:
    """A board with reader `front` on SPI 0.0, and what it takes to run processes on it."""
    with a_rig(readers=("front=0.0",)) as running:
        yield running


@pytest.fixture(params=[True, False], ids=["strict_gpiod", "kept_levels"])
def either_rig(request: pytest.FixtureRequest) -> Iterator[Rig]:
    """Rigs of both kinds: what the kernel does with the outputs of a dead process differs."""
    with a_rig(strict_gpiod=request.param, readers=("front=0.0",)) as running:
        yield running
