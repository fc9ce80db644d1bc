"""A door that cannot work is refused when it is made, and says why."""

import math

import pytest

from loquet_contract.ids import DoorId
from loquet_edge.door import DoorConfig, ExitStyle, InvalidDoorConfig, LockKind

TIMES = (
    "release", "extended_release", "maximum", "pre_alarm", "alarm", "exit_stuck", "settle",
    "lock_follow",
)  # fmt: skip


@pytest.mark.parametrize("key", TIMES)
@pytest.mark.parametrize("value", [0, -1, math.nan, math.inf, -math.inf, True, "5", None])
def test_a_time_must_be_a_positive_number(key: str, value: object) -> None:
    with pytest.raises(InvalidDoorConfig) as refused:
        DoorConfig(DoorId("atelier"), **{key: value})
    assert "'atelier'" in str(refused.value)
    assert f"{key} = {value!r}" in str(refused.value)
    assert "write a number of seconds" in str(refused.value)


@pytest.mark.parametrize(
    ("key", "limit"),
    [("release", "maximum"), ("extended_release", "maximum"), ("pre_alarm", "alarm")],
)
def test_one_time_must_fit_in_another(key: str, limit: str) -> None:
    with pytest.raises(InvalidDoorConfig, match=f"{key} = 31: .*longer than {limit} = 30"):
        DoorConfig(DoorId("d"), **{key: 31})


def test_the_defaults_are_those_of_the_design() -> None:
    config = DoorConfig(DoorId("d"))
    assert (config.release, config.extended_release, config.maximum) == (5, 15, 30)
    assert (config.pre_alarm, config.alarm) == (20, 30)


@pytest.mark.parametrize("lock", LockKind)
@pytest.mark.parametrize("exit", ExitStyle)
def test_only_a_sensor_beside_a_free_handle_moves_no_lock(lock: LockKind, exit: ExitStyle) -> None:
    free_handle = exit is ExitStyle.SENSOR and lock is not LockKind.MAGLOCK
    assert DoorConfig(DoorId("d"), lock, exit).exit_releases is not free_handle
