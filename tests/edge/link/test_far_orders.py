"""What ``door`` passes on of the server's orders: fetch anew, send the log, end."""

import contextlib
import io
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import IO

import pytest

from loquet_contract.ids import CommandId
from loquet_contract.wire.codec import decode_text
from loquet_contract.wire.health import Health
from loquet_contract.wire.messages import UnitState
from loquet_contract.wire.sealing import open_sealed
from loquet_contract.wire.signing import Purpose, Verifier
from loquet_contract.wire.unit_log import SEAL_CONTEXT, UnitLog
from loquet_edge.kept_log import FOLDER
from loquet_edge.seam import Ending, FetchWanted, LogWanted
from tests import policies
from tests.brokers import Listener, NatsBroker, running, until
from tests.edge.link.stage import TOPICS, UNIT_KEY, Stage

ENTRY = "2026-11-22 10:00:00,000 door WARNING: reader front-in does not answer"


class Server:
    """Answers a unit's questions, and keeps what it was sent."""

    def __init__(self) -> None:
        self.policies = 0
        self.logs: list[bytes] = []

    def __call__(self, request: urllib.request.Request, timeout: float) -> IO[bytes]:
        what = request.full_url.rsplit("/", 1)[1]
        if what == "log":
            assert isinstance(request.data, bytes)
            self.logs.append(request.data)
            return io.BytesIO(b"")
        if what == "policy":
            self.policies += 1
            return io.BytesIO("\n".join(policies.whole(1, policies.records(1))).encode())
        raise OSError("not asked for")


@pytest.fixture
def server() -> Server:
    return Server()


@pytest.fixture
def stage(short_folder: Path, server: Server) -> Iterator[Stage]:
    with (
        running(NatsBroker, short_folder / "broker") as broker,
        contextlib.closing(Stage(broker, short_folder / "unit", server)) as found,
    ):
        yield found


def test_a_policy_that_is_held_is_fetched_again_when_the_server_asks(
    stage: Stage, server: Server
) -> None:
    until(lambda: server.policies == 1, "the first policy")
    stage.door.say(FetchWanted())
    until(lambda: server.policies == 2, "the policy once more")


def test_the_log_is_sealed_to_the_server_signed_and_sent_for_its_order(
    stage: Stage, server: Server
) -> None:
    folder = stage.folder / FOLDER
    folder.mkdir()
    (folder / "door.log").write_text(f"{ENTRY}\n{ENTRY} 04A1B2C3D4E5F6\n")
    stage.door.say(LogWanted(CommandId("c1")))
    until(lambda: bool(server.logs), "the log")
    document = server.logs[0]
    said = decode_text(UnitLog, Verifier(UNIT_KEY.public).payload(Purpose.UNIT_LOG, document))
    assert said.command == "c1"
    assert b"front-in" not in document
    text = open_sealed(bytes(range(32)), said.sealed, SEAL_CONTEXT).decode()
    assert text == f"{ENTRY}\n{ENTRY} [number]\n"


def test_the_state_tells_how_the_computer_fares_and_from_where_it_comes(stage: Stage) -> None:
    line = Listener.server(stage.broker, f"{TOPICS}/state")
    stage.status()
    until(lambda: bool(line.heard), "a state")
    payload = Verifier(UNIT_KEY.public).payload(Purpose.STATE, line.heard[0][1])
    said = decode_text(UnitState, payload)
    assert said.address == "127.0.0.1"
    assert said.health[Health.DISK_FREE] > 0
    line.close()


def test_a_link_that_is_to_end_says_so_to_its_process(stage: Stage) -> None:
    until(lambda: stage.door.joined > 0, "the link has joined door")
    assert not stage.link.ending
    stage.door.say(Ending())
    until(lambda: stage.link.ending, "the end")
