"""The bench: what a board's lines mean, what acts say to it, and boards that go away."""

import asyncio
import contextlib
import json
import tempfile
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from loquet_server.bench import board
from loquet_server.bench.schemas import Act, BadgeChoice, Names, worth_a_tap
from loquet_server.bench.service import clean_uid, read_board, request_of
from loquet_server.database import Database
from tests.server.pages import space
from tests.server.pages.house import OrdersTaken, lent
from tests.server.pages.reading import part_of, text_of

BADGES = (
    BadgeChoice("04a1b2c3d4e5f6", "Camille Morvan", "valid", "Résident"),
    BadgeChoice("04deadbeef0000", "", "unknown"),
)


def line(name: str, active: bool) -> dict[str, Any]:
    return {"line": name, "offset": 1, "active": active, "level": 1, "direction": "input"}


def snapshot(**changed: bool) -> dict[str, Any]:
    lines = {
        "lock:entree": False, "contact:entree": False, "exit:entree": False,
        "led_granted:entree": False, "led_denied:entree": True, "buzzer:entree": False,
        "lock:calme": True, "fire": False, "rearm": False, "seat:g01": True, "pir:g02": False,
    } | changed  # fmt: skip
    return {
        "lines": [line(name, active) for name, active in lines.items()],
        "readers": [{"reader": "entree-in", "plugged": True, "cards": []}],
        "indicators": {"network": "whole", "feedback:entree": "not_now"},
        "strict_gpiod": True,
    }


class FakeBoard:
    """Answers like a board: one snapshot, a record of what was asked, refusals on demand."""

    def __init__(self) -> None:
        self.asked: list[dict[str, Any]] = []
        self.refusal: str | None = None

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with contextlib.suppress(ConnectionError):
            while raw := await reader.readline():
                request = json.loads(raw)
                writer.write(json.dumps(self._answer(request)).encode() + b"\n")
                await writer.drain()
        writer.close()

    def _answer(self, request: dict[str, Any]) -> dict[str, Any]:
        if request["op"] == "snapshot":
            return {"id": request["id"], "ok": True, "snapshot": snapshot()}
        self.asked.append({k: v for k, v in request.items() if k != "id"})
        if self.refusal:
            return {"id": request["id"], "ok": False, "error": self.refusal}
        return {"id": request["id"], "ok": True}


@pytest.fixture(scope="module")
def boards() -> Iterator[Path]:
    """The folder of all boards of this file, so that one application serves all its tests."""
    with tempfile.TemporaryDirectory(prefix="lq-", dir="/tmp") as found:
        yield Path(found)


@pytest.fixture
async def fake(boards: Path) -> AsyncIterator[FakeBoard]:
    found = FakeBoard()
    path = boards / "entree.sock"
    server = await asyncio.start_unix_server(found.serve, str(path))
    yield found
    server.close()
    await server.wait_closed()
    path.unlink()


@pytest.fixture
async def bench(furnished: Database, boards: Path) -> AsyncIterator[httpx.AsyncClient]:
    app = lent(furnished, lambda: space.NOW, OrdersTaken(), boards, badges=BADGES)
    async with httpx.AsyncClient(
        transport=httpx.ASGITransport(app), base_url="http://localhost"
    ) as found:
        yield found


def test_keys_are_typed_as_they_are_and_are_no_badge() -> None:
    typed = ("press_keys", {"reader": "entree-in", "keys": "204958#"})
    assert request_of(Act.KEYS, "entree-in", " 2049 58# ") == typed


async def test_a_pin_is_typed_from_the_page(fake: FakeBoard, bench: httpx.AsyncClient) -> None:
    page = (await bench.get("/bench")).text
    assert 'name="keys"' in page
    form = {"act": "keys", "target": "entree-in", "keys": "204958#"}
    assert (await bench.post("/bench/entree", data=form)).status_code == 303
    assert fake.asked == [{"op": "press_keys", "reader": "entree-in", "keys": "204958#"}]


async def test_without_boards_there_is_no_bench(client: httpx.AsyncClient) -> None:
    assert (await client.get("/bench")).status_code == 404


async def test_a_folder_without_boards_says_how_to_start_them(bench: httpx.AsyncClient) -> None:
    page = (await bench.get("/bench?lang=en")).text
    assert "Start the demo with: make demo" in text_of(page)


async def test_the_page_shows_lock_leaf_lights_and_desks_by_name(
    bench: httpx.AsyncClient, fake: FakeBoard
) -> None:
    page = (await bench.get("/bench?lang=en")).text
    text = text_of(page)
    assert "Boîtier de l'entrée" in text
    assert "Porte d'entrée Locked Leaf closed Not now One short, one long flash and sound" in text
    assert "Porte de la salle calme Released" in text
    assert "G1 · leave" in text and "G2 · move about" in text
    assert part_of(page, "network-entree") == "Network"


@pytest.mark.parametrize(
    ("form", "asked"),
    [
        ({"act": "tap", "target": "entree-in", "badge": "04a1b2c3d4e5f6", "uid": ""},
         {"op": "tap", "reader": "entree-in", "uid": "04a1b2c3d4e5f6", "seconds": 0.6}),
        ({"act": "tap_aes", "target": "entree-in", "badge": "04a1b2c3d4e5f6", "uid": ""},
         {"op": "tap", "reader": "entree-in", "uid": "04a1b2c3d4e5f6", "seconds": 0.6,
          "kind": "ultralight_aes"}),
        ({"act": "tap", "target": "entree-in", "uid": "04:A1:B2:C3"},
         {"op": "tap", "reader": "entree-in", "uid": "04a1b2c3", "seconds": 0.6}),
        ({"act": "open", "target": "entree"},
         {"op": "set_input", "line": "contact:entree", "active": True}),
        ({"act": "press_exit", "target": "entree"},
         {"op": "set_input", "line": "exit:entree", "active": True, "seconds": 1.0}),
        ({"act": "let_go_exit", "target": "entree"},
         {"op": "set_input", "line": "exit:entree", "active": False}),
        ({"act": "ring", "target": "entree"},
         {"op": "set_input", "line": "doorbell:entree", "active": True, "seconds": 1.0}),
        ({"act": "open_case", "target": "entree"},
         {"op": "set_input", "line": "tamper:entree", "active": True}),
        ({"act": "close_case"}, {"op": "set_input", "line": "tamper", "active": False}),
        ({"act": "cut_mains"}, {"op": "set_input", "line": "mains", "active": True}),
        ({"act": "cut_fire"}, {"op": "set_input", "line": "fire", "active": True}),
        ({"act": "restore_fire"}, {"op": "set_input", "line": "fire", "active": False}),
        ({"act": "rearm"}, {"op": "set_input", "line": "rearm", "active": True, "seconds": 1.0}),
        ({"act": "sit", "target": "seat:g01"},
         {"op": "set_input", "line": "seat:g01", "active": True}),
        ({"act": "cut_network"}, {"op": "indicate", "indicator": "network", "value": "cut"}),
        ({"act": "restore_network"}, {"op": "indicate", "indicator": "network", "value": "whole"}),
        ({"act": "unplug", "target": "entree-in"}, {"op": "unplug", "reader": "entree-in"}),
    ],
)  # fmt: skip
async def test_an_act_says_one_thing_to_the_board(
    bench: httpx.AsyncClient, fake: FakeBoard, form: dict[str, str], asked: dict[str, Any]
) -> None:
    answer = await bench.post("/bench/entree", data=form)
    assert answer.status_code == 303
    assert fake.asked == [asked]


async def test_every_act_has_words_for_the_board() -> None:
    for act in set(Act) - {Act.WALK_IN, Act.WALK_OUT}:
        op, arguments = request_of(act, "x", "04a1b2c3")
        assert op and arguments


async def test_walking_through_the_beams_is_the_full_path(
    bench: httpx.AsyncClient, fake: FakeBoard
) -> None:
    for act, path in (
        ("walk_in", ["outer on", "inner on", "outer off", "inner off"]),
        ("walk_out", ["inner on", "outer on", "inner off", "outer off"]),
    ):
        fake.asked.clear()
        answer = await bench.post("/bench/entree", data={"act": act, "target": "main"})
        assert answer.status_code == 303
        seen = [each for each in fake.asked if each["op"] == "set_input"]
        words = [f"{s['line'].partition(':')[0]} {'on' if s['active'] else 'off'}" for s in seen]
        assert words == path


def test_a_board_with_beams_radars_and_named_sensors() -> None:
    found = snapshot(**{
        "outer:main": True, "inner:main": False, "presence:g03": True, "pir:g04.window": False,
    })  # fmt: skip
    unit = read_board("entree", found, Names())
    assert [(each.id, each.outer, each.inner) for each in unit.counters] == [("main", True, False)]
    assert [(each.id, each.kind, each.sensor, each.taken) for each in unit.desks] == [
        ("g01", "seat", "", True), ("g02", "pir", "", False),
        ("g03", "presence", "", True), ("g04", "pir", "window", False),
    ]  # fmt: skip


@pytest.mark.parametrize("uid", ["", "hello", "04a1b2", "04a1b2c3d4", "0" * 22])
async def test_a_number_that_is_no_badge_is_refused_with_advice(
    bench: httpx.AsyncClient, fake: FakeBoard, uid: str
) -> None:
    answer = await bench.post(
        "/bench/entree?lang=en", data={"act": "tap", "target": "entree-in", "uid": uid}
    )
    assert answer.status_code == 422
    assert "8, 14 or 20 digits" in part_of(answer.text, "problem")
    assert fake.asked == []


def test_a_number_may_be_written_with_colons_and_spaces() -> None:
    assert clean_uid(" 04:A1 b2:c3 ") == "04a1b2c3"


async def test_what_a_board_refuses_is_shown(bench: httpx.AsyncClient, fake: FakeBoard) -> None:
    fake.refusal = "no reader 'x'"
    answer = await bench.post("/bench/entree", data={"act": "unplug", "target": "x"})
    assert answer.status_code == 422
    assert "no reader" in part_of(answer.text, "problem")


async def test_a_board_that_is_gone_is_named_and_the_page_stands(
    bench: httpx.AsyncClient, boards: Path
) -> None:
    (boards / "entree.sock").touch()
    page = await bench.get("/bench?lang=en")
    assert page.status_code == 200
    assert "board does not answer" in text_of(page.text)
    answer = await bench.post("/bench/entree", data={"act": "rearm"})
    (boards / "entree.sock").unlink()
    assert answer.status_code == 503


@pytest.mark.parametrize("unit", ["nobody", "..", "%2e%2e%2fentree"])
async def test_a_unit_without_a_board_is_not_found(bench: httpx.AsyncClient, unit: str) -> None:
    assert (await bench.post(f"/bench/{unit}", data={"act": "rearm"})).status_code in (404, 405)


async def test_watching_tells_of_changes_and_ends_when_the_board_goes(
    short_folder: Path,
) -> None:
    async def two_lines(_reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(b'{"id":1,"ok":true}\n{"event":"line"}\n')
        await writer.drain()
        writer.close()

    server = await asyncio.start_unix_server(two_lines, str(short_folder / "b.sock"))
    heard = 0
    with pytest.raises(board.BoardAway):
        async for _ in board.watch(short_folder / "b.sock"):
            heard += 1
    assert heard == 2
    server.close()
    await server.wait_closed()


def test_a_cut_network_and_a_cut_loop_are_read_from_the_board() -> None:
    found = snapshot(fire=True)
    found["indicators"] = {"network": "cut"}
    unit = read_board("entree", found, Names())
    assert unit.fire is True
    assert unit.network_cut


def test_one_badge_of_each_kind_comes_first() -> None:
    badges = [
        BadgeChoice("1", "A", "valid", "Résident"),
        BadgeChoice("2", "B", "valid", "Résident"),
        BadgeChoice("3", "C", "valid", "Soirs"),
        BadgeChoice("4", "D", "expired", "Soirs"),
        BadgeChoice("5", "", "unknown"),
    ]
    first, others = worth_a_tap(badges)
    assert [badge.uid for badge in first] == ["1", "3", "4", "5"]
    assert [badge.uid for badge in others] == ["2"]
