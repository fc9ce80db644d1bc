"""The server as a whole: in this process, and as a process that is killed."""

import asyncio
import json
import os
import re
import shutil
import signal
import subprocess
import sys
from collections.abc import AsyncIterator, Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx
import psutil
import pytest
from click.testing import CliRunner
from sqlalchemy import select

from loquet_contract.ids import BootId
from loquet_contract.wire.codec import decode_text, encode
from loquet_contract.wire.envelope import Ack
from loquet_contract.wire.events import DoorOpened, OpeningCause
from loquet_contract.wire.messages import Manifest, Online
from loquet_contract.wire.signing import Purpose, SigningKey, Verifier
from loquet_contract.wire.topics import Channel
from loquet_server.app import no_pages
from loquet_server.broker import free_port, hash_password
from loquet_server.cli import main
from loquet_server.models import (
    Door,
    DoorState,
    Entry,
    Policy,
    PolicyRecord,
    Schedule,
    Site,
    Unit,
)
from loquet_server.mqtt import Address
from loquet_server.office import Office
from loquet_server.processes import CannotServe
from loquet_server.serving import Running, running
from loquet_server.settings import Accounts, Settings
from loquet_server.units.retelling import renew
from tests.server.house import SITE, UNIT, Journal
from tests.server.test_ingest import FRONT
from tests.server.wire import connected

KEY = SigningKey(b"u" * 32)


@pytest.fixture
def settings(tmp_path: Path, sqlite_template: Path) -> Settings:
    shutil.copy(sqlite_template, tmp_path / "loquet.db")
    return Settings(data=tmp_path, port=0, broker_port=free_port(), accounts=Accounts.LOCAL)


@pytest.fixture
async def server(settings: Settings) -> AsyncIterator[Running]:
    async with running(settings, include=no_pages) as found:
        async with found.office.database.with_transaction() as session:
            session.add(Site(id=SITE, name="La Maison"))
            await session.flush()
            password = hash_password("pw")
            session.add(
                Unit(
                    id=UNIT, site=SITE, name="Hall", public_key=KEY.public.text,
                    broker_password_hash=password,
                )
            )  # fmt: skip
            await session.flush()
            session.add(Door(id=FRONT, site=SITE, unit=UNIT, name="Front"))
        await found.office.units_changed()
        yield found


def unit_address(server: Running) -> Address:
    settings = server.office.settings
    return Address(settings.broker_host, settings.broker_port, UNIT, "pw")


async def test_a_fact_becomes_a_row_an_ack_and_a_change(server: Running) -> None:
    journal = Journal(KEY)
    journal.write(DoorOpened(FRONT, OpeningCause.EXIT))
    changed: asyncio.Queue[str] = asyncio.Queue()
    ack = journal.topic(Channel.ACK)
    hearing = server.office.exchange.listening(lambda _, found: changed.put_nowait(found.noun))
    async with connected(unit_address(server), "loquet-hall", ack) as unit:
        with hearing:
            message = journal.message()
            unit.session.publish(message.topic, message.payload)
            document = (await unit.next("/ack")).payload
            async with asyncio.timeout(10):
                while await changed.get() != "door":
                    pass
    found = decode_text(
        Ack, Verifier(server.office.keys.signing.public).payload(Purpose.ACK, document)
    )
    assert (found.sequence, found.chain) == (1, journal.chain)
    async with server.office.database.reading() as session:
        row = await session.get(DoorState, FRONT)
    assert row is not None
    assert row.leaf == "open"


async def test_many_batches_while_the_broker_is_killed_arrive_once(server: Running) -> None:
    journal = Journal(KEY)
    for _ in range(400):
        journal.write(DoorOpened(FRONT, OpeningCause.EXIT))
    verifier = Verifier(server.office.keys.signing.public)
    async with connected(unit_address(server), "hall", journal.topic(Channel.ACK)) as unit:
        for first in range(1, 401, 10):
            message = journal.message(first, first + 9)
            unit.session.publish(message.topic, message.payload)
            if first == 201:
                assert server.broker is not None
                assert server.broker.pid is not None
                os.kill(server.broker.pid, signal.SIGKILL)
        acked = 0
        while acked < 400:
            document = (await unit.next("/ack", 30)).payload
            acked = decode_text(Ack, verifier.payload(Purpose.ACK, document)).sequence
            if acked < 400:  # whatever was lost on the way is sent again from there
                message = journal.message(acked + 1, min(acked + 50, 400))
                unit.session.publish(message.topic, message.payload)
    async with server.office.database.reading() as session:
        rows = (await session.execute(select(Entry.sequence).order_by(Entry.sequence))).scalars()
        assert list(rows) == list(range(1, 401))


async def test_pages_answer_and_health_is_well(server: Running) -> None:
    base = f"http://127.0.0.1:{server.port}"
    async with httpx.AsyncClient(base_url=base, timeout=60.0) as http:
        answer = await http.get("/healthz")
        assert (answer.status_code, answer.json()["status"]) == (200, "ok")
        assert (await http.get("/api/v1/openapi.json")).status_code == 200


async def test_hours_that_cannot_be_understood_leave_no_unit_without_a_policy(
    server: Running,
) -> None:
    office = server.office
    bad = {"weekdays": "every", "from": "25:00"}
    async with office.database.with_transaction() as session:
        session.add(Schedule(id="bent", site=SITE, name="Bent", intervals=[bad]))
        session.add(Unit(id="aaa", site=SITE, name="First", public_key=KEY.public.text))
        await session.flush()
        session.add(Door(id="odd", site=SITE, unit="aaa", name="Odd", unlock_schedule="bent"))
    told: set[str] = set()
    await renew(office, ["aaa", UNIT], told)
    assert told == {"aaa", UNIT}
    async with office.database.reading() as session:
        made = (await session.execute(select(Policy.unit))).scalars().all()
        bent = select(PolicyRecord.line).where(PolicyRecord.key == "schedule/bent")
        lines = (await session.execute(bent)).scalars().all()
    assert set(made) == {"aaa", UNIT}
    assert [json.loads(line)["bounds"] for line in lines] == [[]]


async def test_a_unit_hears_again_what_its_broker_has_lost(server: Running) -> None:
    office, journal = server.office, Journal(KEY)
    policy = journal.topic(Channel.POLICY)
    async with office.database.with_transaction() as session:
        made = await office.policies.renew(session, UNIT, office.now_ms() - 60_000)
    assert policy in {each.topic for each in made}, "made a minute ago, and never told"
    async with connected(unit_address(server), "loquet-hall", policy) as unit:
        online = encode(Online(UNIT, True, BootId("b1")))
        unit.session.publish(journal.topic(Channel.ONLINE), online, retain=True)
        state = journal.state()
        unit.session.publish(state.topic, state.payload)
        manifest = (await unit.next("/policy", 20)).payload
    verifier = Verifier(office.keys.signing.public)
    found = decode_text(Manifest, verifier.payload(Purpose.POLICY, manifest))
    assert (found.unit, found.version) == (UNIT, 1)


async def test_what_is_prepared_is_there_before_there_are_pages(settings: Settings) -> None:
    done: list[str] = []

    async def prepare(office: Office) -> None:
        async with office.database.with_transaction() as session:
            session.add(Site(id=SITE, name="La Maison"))
        done.append("prepared")

    async with running(settings, include=lambda _: done.append("pages"), prepare=prepare) as found:
        address = f"http://127.0.0.1:{found.port}/api/v1/sites"
        async with httpx.AsyncClient() as http:
            sites = (await http.get(address)).json()
    assert done == ["prepared", "pages"]
    assert [each["id"] for each in sites] == [SITE]


async def test_two_servers_on_one_folder_are_refused(server: Running) -> None:
    settings = server.office.settings.model_copy(update={"port": 0})
    with pytest.raises(CannotServe, match="another server runs"):
        async with running(settings, include=no_pages):
            pass


async def test_a_port_in_use_is_said(server: Running) -> None:
    with pytest.raises(CannotServe, match="PORT="):
        async with running(server.office.settings, include=no_pages):
            pass


@contextmanager
def process(folder: Path) -> Iterator[tuple[subprocess.Popen[str], int]]:
    """Yield ``loquet-server serve`` as it is run by people, and the port of its pages."""
    environment = os.environ | {
        "LOQUET_DATA": str(folder), "LOQUET_PORT": "0", "LOQUET_BROKER_PORT": str(free_port()),
    }  # fmt: skip
    command = [sys.executable, "-m", "loquet_server.cli", "serve"]
    with subprocess.Popen(
        command, env=environment, stderr=subprocess.PIPE, text=True, start_new_session=True
    ) as found:
        try:
            assert found.stderr is not None
            said = ""
            while '"event": "serving"' not in said:
                line = found.stderr.readline()
                assert line, f"it did not start: {said}"
                said = line
            port = re.search(r'"port": (\d+)', said)
            assert port is not None
            yield found, int(port[1])
        finally:
            if found.poll() is None:
                found.kill()
            found.communicate()


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGKILL])
def test_no_process_outlives_the_server(
    tmp_path: Path, sqlite_template: Path, number: signal.Signals
) -> None:
    shutil.copy(sqlite_template, tmp_path / "loquet.db")
    with process(tmp_path) as (server, port):
        assert httpx.get(f"http://127.0.0.1:{port}/healthz").status_code == 200
        children = psutil.Process(server.pid).children(recursive=True)
        assert any("nats-server" in child.name() for child in children)
        server.send_signal(number)
        server.wait(15)
        _, alive = psutil.wait_procs(children, 10)
        assert alive == []
        assert server.returncode == (-number if number is signal.SIGKILL else 0)


def test_wrong_usage_and_settings_exit_with_2(tmp_path: Path, sqlite_template: Path) -> None:
    environment = {"LOQUET_DATA": str(tmp_path)}
    shutil.copy(sqlite_template, tmp_path / "loquet.db")
    process = subprocess.run(
        [sys.executable, "-m", "loquet_server.cli", "serve"], capture_output=True, text=True,
        env=os.environ | environment | {"LOQUET_PORT": "many"}, check=False,
    )  # fmt: skip
    assert (process.returncode, "LOQUET_" in process.stderr) == (2, True), process.stderr
    for arguments, said in (
        (["backup"], "Missing argument 'FILE'"),
        (["migrate", "--to", "base"], "--yes"),
        (["explain"], "passage"),
        (["add-unit", "Not An Id"], "is not an id"),
    ):
        found = CliRunner(env=environment).invoke(main, arguments)
        assert (found.exit_code, said in found.stderr) == (2, True), found.stderr
