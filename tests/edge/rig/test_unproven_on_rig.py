"""A unit whose door nobody has confirmed, as real processes: its lock's line is left alone."""

from loquet_edge.commissioning.record import FILE
from tests.edge.rig.rig_unit import EXIT, FIRE, LOCK, a_rig_unit, prove

RED = 6


def test_the_line_is_driven_by_nothing_until_somebody_has_confirmed_the_lock() -> None:
    with a_rig_unit(holders=1) as unit:
        (unit.config.data / FILE).unlink()
        unit.start()
        fault = unit.wait_kind("lock_fault")
        assert "loquet-edge commission" in str(fault.body)
        unit.tap(0)
        unit.wait_kind("access_granted")
        unit.press(EXIT)
        unit.wait_kind("exit_requested")
        unit.rig.control.set_input(FIRE, 1)
        unit.wait_kind("fire_alarm")
        assert [each for each in unit.records(LOCK) if each[2] == "output"] == []
        assert [each for each in unit.records(RED) if each[2] == "output"] != []
        unit.wait(unit.config.fire_latch.exists, "the latch on the disk")
        unit.kill_all()

        prove(unit.config)
        unit.rig.control.set_input(FIRE, 0)
        unit.rig.control.set_input(EXIT, 1)
        unit.start()
        # The latch was kept: the first level that the line ever has is released.
        unit.rig.wait_level(LOCK, 1)
        assert unit.rig.output_levels(LOCK) == [1]
