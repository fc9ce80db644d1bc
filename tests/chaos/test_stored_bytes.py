"""Every byte that a unit stores for 10,000 members: no number, name, address or PIN among them.

The policy is what the server compiles of people who have all of that; the unit is the whole of
``door`` with its stores, in which hundreds of them badge, and strangers too. The files with which
its SD card began come from the same server; what its first start leaves of them is searched too.
"""

from __future__ import annotations

import contextlib
import logging
import random
import re
import sqlite3
import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from loquet_contract.access.credential import digest, from_uid
from loquet_contract.access.pin import pin_digest
from loquet_contract.ids import HolderId, SiteId, UnitId
from loquet_contract.wire import base64url, sealing
from loquet_contract.wire.enrolment import Identity
from loquet_edge.app import DoorApp
from loquet_edge.config import UnitConfig
from loquet_edge.drivers.catalogue import open_lines
from loquet_edge.drivers.ports import CardSeen
from loquet_edge.identity import UnitIdentity
from loquet_edge.inbox import Stop
from loquet_edge.notify import Notifier
from loquet_edge.policy_writer import PolicyWriter
from loquet_server import models
from loquet_server.database import Database
from loquet_server.keys import Keys
from loquet_server.keys import load as load_keys
from loquet_server.migrations import migrate
from loquet_server.policy.publisher import PolicyPublisher
from loquet_server.policy.repository import PolicyRepository
from tests.chaos.numbers import Numbers
from tests.chaos.sd_card import PASSPHRASE, a_first_start
from tests.edge.unit.a_unit import DOOR, POINT, SITE, UNIT, a_unit
from tests.server.test_publisher import text_of

MEMBERS, TAPPING, STRANGERS = 10_000, 200, 5
NAME, STREET, MAIL = "Qvortrup", "Mésangeraie", "qvortrup.example"
PEOPLE = re.compile(rb"qvortrup|m(?:\xc3\xa9|e|\\u00e9)sangeraie|\+33 ?6", re.IGNORECASE)
_draw = random.Random(20_261_122)
CARDS = [
    bytes([4, *_draw.randbytes(6)]) if number % 3 else bytes([0x5A, *number.to_bytes(2), 0xC3])
    for number in range(MEMBERS)
]
UNKNOWN = [bytes([4, *_draw.randbytes(6)]) for _ in range(STRANGERS)]
PINS = [f"{_draw.randrange(10**8):08}" for _ in range(100)]


async def compiled(folder: Path, keys: Keys) -> list[str]:
    """The unit's policy as the server makes it of 10,000 members."""
    database = Database(f"sqlite+aiosqlite:///{folder / 'server.db'}")
    try:
        await migrate(database)
        async with database.with_transaction() as session:
            for rows in _rows(keys):
                session.add_all(rows)
                await session.flush()
                session.expunge_all()
        async with database.with_transaction() as session:
            await PolicyPublisher(keys, 30).advance_site(session, SITE, int(time.time() * 1000))
        async with database.reading() as session:
            return text_of(await PolicyRepository(session).versions(UNIT)).splitlines()
    finally:
        await database.close()


def _rows(keys: Keys) -> Iterator[list[object]]:
    names = [f"h{number}" for number in range(MEMBERS)]
    yield [models.Site(id=SITE, name="Village", opening="always")]
    yield [
        models.Area(id="open", site=SITE, name="Salle"),
        models.Schedule(id="always", site=SITE, name="Always", hours="24/7"),
        models.Plan(id="full", site=SITE, name_fr="Plein temps", name_en="Full time"),
        models.Unit(id=UNIT, site=SITE, name="front", public_key="k" * 43, enrolled_at=0),
    ]
    yield [models.Rule(id="r1", plan="full", areas=["open"])]
    yield [
        models.Door(id=door, site=SITE, unit=UNIT, name=f"Porte {STREET}")
        for door in (DOOR, "back")
    ]
    yield [
        models.AccessPoint(
            id=point, door=door, reader=f"r-{door}", area_from="outside", area_to="open", pin=pin
        )
        for point, door, pin in ((POINT, DOOR, "never"), ("back-in", "back", "always"))
    ]
    yield [
        models.Holder(
            id=name, site=SITE, name=f"Zoé {NAME} {name}", mail=f"{name}@{MAIL}",
            phone=f"+33 6 98 {name}", note=f"3 rue de la {STREET}",
        )
        for name in names
    ]  # fmt: skip
    yield [
        models.Subscription(
            id=f"s{name}", site=SITE, holder=name, plan="full", starts_on="2025-01-01",
            ends_on="2040-12-31",
        )
        for name in names
    ]  # fmt: skip
    yield [
        models.Credential(
            id=f"c{name}", site=SITE, holder=name, form=f"uid{len(card)}", number_sealed="",
            digest=keys.unit_digest(from_uid(card)),
        )
        for name, card in zip(names, CARDS, strict=True)
    ]  # fmt: skip
    yield [
        models.Pin(
            holder=name, site=SITE, digits_sealed="", length=8, made_by="member", made_at=0,
            digest=pin_digest(keys.pepper, HolderId(name), digits),
        )
        for name, digits in zip(names, PINS, strict=False)
    ]  # fmt: skip


def dumped(folder: Path) -> dict[str, bytes]:
    """Every file of a folder."""
    return {
        str(path.relative_to(folder)): path.read_bytes()
        for path in sorted(folder.rglob("*"))
        if path.is_file()
    }


def a_day(config: UnitConfig) -> None:
    """Members and strangers badge at the whole of ``door``; returns while it still runs."""
    app = DoorApp(config, open_lines(config), Notifier({}))
    app.start()
    for uid in (*CARDS[:TAPPING], *UNKNOWN):
        app.inbox.put(CardSeen("front-in", (from_uid(uid),), "uid", time.monotonic()))
    app.inbox.put(Stop("the day is over"))
    # Whoever reads keeps the write-ahead logs from being emptied: they are stored bytes as well.
    with contextlib.ExitStack() as stack:
        for each in ("journal.db", "moving.db"):
            reader = stack.enter_context(contextlib.closing(sqlite3.connect(config.data / each)))
            reader.execute("BEGIN")
            reader.execute("SELECT count(*) FROM sqlite_schema").fetchone()
        app.run()


@pytest.fixture
def logged(tmp_path: Path) -> Iterator[Path]:
    """A file that takes in every word that the unit's code logs."""
    file = tmp_path / "unit.log"
    handler = logging.FileHandler(file)
    handler.setLevel(logging.DEBUG)
    root = logging.getLogger("loquet_edge")
    before = root.level
    root.setLevel(logging.DEBUG)
    root.addHandler(handler)
    yield file
    root.removeHandler(handler)
    root.setLevel(before)
    handler.close()


async def test_no_byte_of_a_unit_tells_who_its_ten_thousand_members_are(
    tmp_path: Path, logged: Path
) -> None:
    keys = load_keys(tmp_path / "keys")
    lines = await compiled(tmp_path, keys)
    with a_unit() as unit:
        config = unit.config
        told = unit.server.identity().identity
        pepper = base64url.to_text(keys.pepper)
        identity = UnitIdentity.load(config.identity)
        mine = type(identity)(_of(told, keys, pepper), identity.key)
        mine.save(config.identity)
        (config.data / "policy.db").unlink()
        with contextlib.closing(
            PolicyWriter(config.data / "policy.db", mine.verifier, SiteId(SITE), UnitId(UNIT))
        ) as writer:
            assert writer.apply_whole(lines).records > 2 * MEMBERS
            a_day(config)
            files = dumped(unit.file.parent) | {"unit.log": logged.read_bytes()}
        granted = unit.kinds("access_granted", "access_denied")
    assert sum('"pin' in line for line in lines) >= len(PINS)
    assert granted == ["access_granted"] * TAPPING + ["access_denied"] * STRANGERS
    assert {"data/policy.db", "data/journal.db", "data/moving.db", "identity.json"} <= files.keys()
    assert any(name.endswith("-wal") for name in files)
    began = await a_first_start(tmp_path, keys)
    assert {"card/user-data", "card/network-config", "unit/boot/firmware/user-data"} <= began.keys()
    assert [name for name, data in began.items() if PASSPHRASE.encode() in data] == []
    _tells_nobody(files | began)


def _of(told: Identity, keys: Keys, pepper: str) -> Identity:
    """An identity that believes this server, and has its pepper."""
    return replace(
        told, server_key=keys.signing.public.text, pepper=pepper, pepper_id=keys.pepper_id,
        server_seal_key=base64url.to_text(sealing.public(keys.sealing)),
    )  # fmt: skip


def _tells_nobody(files: dict[str, bytes]) -> None:
    began, numbers = time.process_time(), Numbers([*CARDS, *UNKNOWN])
    pins = {each.encode() for each in PINS}
    leaks: list[str] = []
    for name, data in files.items():
        leaks += numbers.found(name, data)
        leaks += [f"{each!r} in {name}" for each in PEOPLE.findall(data)]
        digits = set(re.findall(rb"(?<!\d)\d{8}(?!\d)", data))
        leaks += [f"PIN {each!r} in {name}" for each in pins & digits]
    size = sum(map(len, files.values()))
    took = time.process_time() - began
    print(f"{len(files)} files, {size / 1e6:.1f} MB searched in {took:.1f} s of processor time")
    assert leaks == []


@pytest.mark.parametrize("number", [bytes.fromhex("04a1b2c3d4e5f6"), bytes.fromhex("5aaabbcc")])
def test_the_search_finds_a_number_in_each_notation(number: bytes) -> None:
    numbers, value = Numbers([number]), int.from_bytes(number)
    backwards = number[::-1]
    written = [
        number.hex().encode(), number.hex(":").upper().encode(), backwards.hex("-").encode(),
        b"%d" % value, b"%d" % int.from_bytes(backwards), number, backwards,
        b"%03d,%05d" % (number[-3], int.from_bytes(number[-2:])),
        base64url.to_text(number).encode(), b"ff" + number.hex().encode() + b"00",
    ]  # fmt: skip
    for each in written:
        assert numbers.found("here", b'x{"n":"' + each + b'"}y'), each
    assert numbers.found("here", digest(b"p" * 32, from_uid(number)).encode()) == []
