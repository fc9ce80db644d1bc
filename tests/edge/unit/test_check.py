"""``check`` and ``doctor`` prove what they say: broker, server, reader chip, rights, liveness."""

import contextlib
import http.server
import socket
import sys
import threading
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from loquet_contract.access.policy import AccessPointRecord, Record
from loquet_contract.ids import AccessPointId, AreaId
from loquet_edge.cli import main
from loquet_edge.commands.rights import User, hidden_from
from loquet_edge.local_sockets import is_served, listen
from tests.edge.unit.a_unit import DOOR, UNIT_TOML, Unit, a_unit, records
from tests.edge.unit.test_moving_unit import EXIT_READER
from tests.rig.rig import a_rig

TAKEN, REFUSED = b"\x20\x02\x00\x00", b"\x20\x02\x00\x05"
"""CONNACK of MQTT 3.1.1: accepted, and not authorised."""


class Health(http.server.BaseHTTPRequestHandler):
    """A server that is well."""

    def do_GET(self) -> None:
        self.send_response(200 if self.path == "/healthz" else 404)
        self.end_headers()

    def log_message(self, format: str, *args: object) -> None:
        return


@contextlib.contextmanager
def an_office(unit: Unit, greeting: bytes = TAKEN) -> Iterator[None]:
    """A broker that greets and a server that answers, where the unit's identity says."""
    broker = socket.create_server(("127.0.0.1", 0))
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Health)

    def greet() -> None:
        while True:
            try:
                client, _ = broker.accept()
            except OSError:
                return
            with client, contextlib.suppress(OSError):
                client.recv(1024)
                client.sendall(greeting)
                client.recv(1024)

    threads = [threading.Thread(target=greet), threading.Thread(target=server.serve_forever)]
    for thread in threads:
        thread.start()
    found = unit.server.identity()
    where = replace(
        found.identity, broker_port=broker.getsockname()[1],
        server_address=f"http://127.0.0.1:{server.server_port}",
    )  # fmt: skip
    replace(found, identity=where).save(unit.config.identity)
    try:
        yield
    finally:
        broker.shutdown(socket.SHUT_RDWR)
        broker.close()
        server.shutdown()
        server.server_close()
        for thread in threads:
            thread.join(20.0)


def run(unit: Unit, command: str) -> Result:
    return CliRunner().invoke(main, [command, "--config", str(unit.file)])


def test_check_of_a_unit_that_can_work_ends_with_0() -> None:
    with a_unit() as unit, an_office(unit):
        found = run(unit, "check")
        assert found.exit_code == 0, found.output
        for said in ("a probe was refused", "ok     broker", "ok     server"):
            assert said in found.output
        unit.config.identity.chmod(0o644)
        assert run(unit, "check").exit_code == 2


def test_a_way_out_without_a_reader_for_it_is_wrong() -> None:
    text = UNIT_TOML.replace('exit = "button"\nexit_line = 23', 'exit = "reader"')
    with a_unit(text) as unit, an_office(unit):
        found = run(unit, "check")
        assert found.exit_code == 2
        assert "needs a reader of this door with exit = true" in found.output
        unit.file.write_text(text + EXIT_READER, "utf-8")
        unit.give_policy(with_a_way_out(True), 2)
        assert run(unit, "check").exit_code == 0


def test_a_reader_that_lets_everybody_through_where_nobody_leaves_is_wrong() -> None:
    with a_unit(UNIT_TOML + EXIT_READER) as unit, an_office(unit):
        unit.give_policy(with_a_way_out(None), 2)
        found = run(unit, "check")
        assert found.exit_code == 2
        assert "exit = true lets any badge through" in found.output


def test_a_way_out_that_only_the_server_knows_is_said() -> None:
    text = UNIT_TOML + EXIT_READER.replace("exit = true", "exit = false")
    with a_unit(text) as unit, an_office(unit):
        unit.give_policy(with_a_way_out(True), 2)
        found = run(unit, "check")
        assert found.exit_code == 0
        assert "for the server out is a way out" in found.output


def with_a_way_out(exit: bool | None) -> list[Record]:
    way = AccessPointRecord(AccessPointId("out"), DOOR, AreaId("open"), AreaId("street"), exit=exit)
    return sorted([*records(), way], key=lambda record: record.key)


def test_a_broker_and_a_server_that_are_away_are_said() -> None:
    with a_unit() as unit:
        found = run(unit, "check")
        assert found.exit_code == 2
        assert "WRONG  broker" in found.output and "127.0.0.1:1 cannot be reached" in found.output
        assert "WRONG  server" in found.output and "does not answer" in found.output


def test_a_broker_that_does_not_take_the_password_is_said() -> None:
    with a_unit() as unit, an_office(unit, REFUSED):
        found = run(unit, "check")
        assert found.exit_code == 2 and "refuses this unit" in found.output


def test_doctor_reads_every_input_also_after_a_unit_that_was_killed() -> None:
    with a_unit() as unit, an_office(unit):
        guard, door = unit.start_two()
        assert "contact:front" in run(unit, "doctor").output  # asked of the running unit
        unit.board.press("exit:front", 0.05)
        unit.wait_released()  # the guard was not disturbed
        for process in (door, guard):
            process.kill()
            process.wait()
        assert unit.config.guard_socket.exists()
        found = run(unit, "doctor")
        assert found.exit_code == 0, found.output
        for name in ("contact:front", "exit:front", "seat:d1", "fire", "rearm"):
            assert f"{name}" in found.output


def test_asking_whether_a_socket_is_served_disturbs_nobody(tmp_path: Path) -> None:
    path = tmp_path / "s"
    assert not is_served(path)
    with listen(path, 0o600) as listener:
        assert is_served(path)
        listener.setblocking(False)
        with pytest.raises(BlockingIOError):
            listener.accept()
    assert path.exists() and not is_served(path)


def test_a_reader_that_is_unplugged_is_wrong() -> None:
    with a_rig(readers=("front=0.0",)) as rig:
        text = UNIT_TOML.replace('"simulated"', '"gpiochip0"')
        file = rig.folder / "unit.toml"
        file.write_text(text, "utf-8")
        words = (sys.executable, "-m", "loquet_edge.cli", "check", "--config", file)
        assert "the chip answers" in rig.start(*words).communicate(timeout=30.0)[0]
        rig.control.unplug("front")
        said = rig.start(*words).communicate(timeout=30.0)[0]
        assert "WRONG  reader front-in" in said


def test_what_the_services_user_cannot_use_is_named() -> None:
    with a_unit() as unit:
        owner = unit.config.identity.stat()
        own = User("loquet", owner.st_uid + 1, [owner.st_gid + 1])
        unit.config.identity.chmod(0o600)
        said = "\n".join(hidden_from(own, unit.config))
        assert f"{unit.config.identity} cannot be read by user loquet" in said
        assert f"{unit.config.data / 'policy.db'} cannot be written" in said
        assert "chown" in said
        unit.file.chmod(0o644)
        assert list(hidden_from(User("owner", owner.st_uid, [owner.st_gid]), unit.config)) == []
