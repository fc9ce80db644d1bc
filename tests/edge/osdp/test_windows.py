"""When a key may be set in a reader: asked for, confirmed on the spot, and not for long."""

from __future__ import annotations

from loquet_contract.ids import DoorId, ReaderId
from loquet_contract.wire.events_readers import ReaderKeyWindowClosed, ReaderKeyWindowOpened
from loquet_edge.key_windows import (
    CONFIRM_SECONDS,
    NOWHERE,
    SPAN_SECONDS,
    WINDOW_SECONDS,
    Confirming,
    KeyWindows,
)

IN, OUT, DESK = ReaderId("in"), ReaderId("out"), ReaderId("desk")
FRONT, BACK = DoorId("front"), DoorId("back")


class Scene:
    """A unit with three readers, and what its drivers were told."""

    def __init__(self, refusal: str | None = None) -> None:
        self.opened: list[tuple[str, float]] = []
        self.closed: list[str] = []
        self._refusal = refusal
        places = {IN: Confirming(FRONT, "exit"), OUT: Confirming(BACK, "contact"), DESK: None}
        self.windows = KeyWindows(places, self._open, self.closed.append)

    def _open(self, reader: str, until: float) -> str | None:
        self.opened.append((reader, until))
        return self._refusal

    def ask(self, reader: str, now: float) -> dict[str, object]:
        found = self.windows.inspect({"op": "key_window", "reader": reader}, now)
        assert found is not None
        return found

    def state(self, reader: str, now: float) -> object:
        found = self.windows.inspect({"op": "key_window_state", "reader": reader}, now)
        assert found is not None
        return found.get("state")

    def press(self, *times: float) -> list[object]:
        return [fact for at in times for fact in self.windows.exit_pressed(FRONT, at)]


def test_three_presses_open_it_and_the_key_closes_it() -> None:
    scene = Scene()
    said = scene.ask(IN, 100.0)
    assert (said["door"], said["by"], said["times"]) == (FRONT, "exit", 3)
    assert scene.press(101.0, 103.0) == []
    assert scene.press(104.0) == [ReaderKeyWindowOpened(IN, WINDOW_SECONDS, "exit")]
    assert scene.opened == [(IN, 104.0 + WINDOW_SECONDS)]
    assert scene.state(IN, 105.0) == "open"
    assert scene.windows.key_set(OUT) == []
    assert scene.windows.key_set(IN) == [ReaderKeyWindowClosed(IN, True)]
    assert (scene.state(IN, 106.0), scene.closed) == ("set", [IN])
    assert scene.windows.key_set(IN) == []


def test_one_turn_of_the_re_arm_key_is_enough() -> None:
    opened: list[str] = []
    windows = KeyWindows({IN: Confirming(None, "rearm")}, lambda name, _: opened.append(name))
    assert windows.rearmed(1.0) == []
    said = windows.inspect({"op": "key_window", "reader": IN}, 100.0)
    assert said is not None and (said["by"], said["times"], said["door"]) == ("rearm", 1, None)
    assert windows.exit_pressed(FRONT, 101.0) == []
    assert windows.rearmed(102.0) == [ReaderKeyWindowOpened(IN, WINDOW_SECONDS, "rearm")]
    assert opened == [IN]


def test_people_who_pass_open_no_window() -> None:
    scene = Scene()
    assert scene.press(1.0, 2.0, 3.0) == []
    scene.ask(IN, 100.0)
    assert scene.press(*(101.0 + (SPAN_SECONDS / 2) * at for at in range(20))) == []
    assert scene.windows.exit_pressed(BACK, 110.0) == []
    assert scene.windows.leaf_opened(FRONT, 110.0) == []
    assert not scene.opened


def test_nobody_confirms() -> None:
    scene = Scene()
    scene.ask(IN, 100.0)
    late = 100.0 + CONFIRM_SECONDS
    assert scene.press(late, late + 1, late + 2) == []
    assert scene.windows.chores(late) == []
    assert scene.state(IN, late) == "unconfirmed"
    assert not scene.opened


def test_a_window_ends_by_itself_and_says_so() -> None:
    scene = Scene()
    scene.ask(IN, 100.0)
    scene.press(101.0, 102.0, 103.0)
    assert WINDOW_SECONDS <= 600
    assert scene.windows.chores(103.0 + WINDOW_SECONDS - 1) == []
    assert scene.windows.chores(103.0 + WINDOW_SECONDS) == [ReaderKeyWindowClosed(IN, False)]
    assert (scene.state(IN, 800.0), scene.closed) == ("closed", [IN])
    assert scene.windows.key_set(IN) == []


def test_one_window_at_a_time() -> None:
    scene = Scene()
    scene.ask(IN, 100.0)
    scene.press(101.0, 102.0, 103.0)
    assert "wait for its end" in str(scene.ask(OUT, 104.0)["error"])
    scene.windows.key_set(IN)
    assert scene.ask(OUT, 105.0)["by"] == "contact"
    opened = [scene.windows.leaf_opened(BACK, at) for at in (106.0, 108.0, 110.0)]
    assert opened[-1] == [ReaderKeyWindowOpened(OUT, WINDOW_SECONDS, "contact")]


def test_what_cannot_be_confirmed_or_is_not_there_is_refused() -> None:
    scene = Scene()
    assert scene.ask(DESK, 1.0) == {"error": NOWHERE}
    assert "no OSDP reader is named 'hall'" in str(scene.ask("hall", 1.0)["error"])
    assert scene.windows.inspect({"op": "state"}, 1.0) is None
    assert KeyWindows().chores(1.0) == []


def test_a_key_that_cannot_be_read_opens_nothing() -> None:
    scene = Scene("front.key is readable by others")
    scene.ask(IN, 100.0)
    assert scene.press(101.0, 102.0, 103.0) == []
    assert scene.state(IN, 104.0) == "refused: front.key is readable by others"
    assert not scene.closed
