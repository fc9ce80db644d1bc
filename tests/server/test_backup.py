"""Backups: whole or not at all, opened by the passphrase alone, and nobody erased comes back."""

import errno
import json
import os
import zlib
from collections.abc import Callable
from pathlib import Path

import pytest
from click.testing import CliRunner
from hypothesis import given
from hypothesis import settings as tuned
from hypothesis import strategies as st

from loquet_server.backup import dump, sealed
from loquet_server.backup.restore import AHEAD, NotEmpty, prove, restore
from loquet_server.backup.schedule import back_up, due, expired
from loquet_server.backup.sealed import BackupUnusable, Writer, WrongPassphrase, opened
from loquet_server.cli import main
from loquet_server.database import Database
from loquet_server.keys import load as load_keys
from loquet_server.models import Look, Policy, SensorPlan
from loquet_server.sensing import plans as sensing
from loquet_server.settings import Settings
from tests.server import remains
from tests.server.desk import make_office
from tests.server.house import SITE, START, UNIT, House
from tests.server.remains import NAME, PERSON, WORDS
from tests.server.test_privacy_erasure import erased

PHRASE = "trois petits chats"


@pytest.fixture
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    """Work less for the key: what is tested is not how slow it is."""
    monkeypatch.setattr(sealed, "LOG_N", 10)


def where(house: House, folder: Path, url: str = "") -> Settings:
    """Return settings of a server on a folder, whose broker is nowhere."""
    return Settings(data=folder, database_url=url, broker_port=1)


async def backed_up(house: House, folder: Path, *, keys: bool = True) -> Path:
    """Write a backup of a house in which the person lives; return the file."""
    chosen = where(house, folder / "first", house.database.url)
    load_keys(chosen.keys_folder)
    found = await dump.write(chosen, folder / "b.backup", PHRASE, START, keys=keys)
    assert found.size == (folder / "b.backup").stat().st_size
    return folder / "b.backup"


async def test_what_was_written_comes_back_as_it_was(
    house: House, tmp_path: Path, quick: None
) -> None:
    await remains.settle_in(house)
    office, _ = make_office(house, tmp_path)
    async with house.database.with_transaction() as session:
        await office.policies.advance_site(session, SITE, START)
        await sensing.advance(session, house.keys.signer, SITE, UNIT, START)
    before = await remains.dump(house.database)
    file = await backed_up(house, tmp_path)
    raw = file.read_bytes()
    assert [word for word in WORDS if word.encode() in raw] == []
    chosen = where(house, tmp_path / "second")
    found = await restore(chosen, file, PHRASE, force=False)
    assert (found.head.made_at, found.erased) == (START, 0)
    database = Database(chosen.database)
    after = await remains.dump(database)
    still = ("sites", "doors", "desks", "plans", "rules", "schedules", "areas", "units")
    assert {name: after[name] for name in still} == {name: before[name] for name in still}
    assert NAME in after["holders"] and PERSON in after["credentials"]
    async with database.reading() as session:
        (version,) = {row.version for row in await office.policies.current(session, "hall")}
        plan = await session.get_one(SensorPlan, UNIT)
    assert version == AHEAD + 2 and len(await house.all(Policy)) == 2
    assert plan.version == AHEAD + 2, "a unit takes no plan that is older than the one it holds"
    await database.close()
    first, second = (load_keys(tmp_path / each / "keys") for each in ("first", "second"))
    assert first.pepper == second.pepper and first.signing.raw == second.signing.raw


@pytest.mark.parametrize("database_kind", ["sqlite"])
async def test_whoever_was_erased_since_is_erased_again(
    house: House, tmp_path: Path, quick: None
) -> None:
    await remains.settle_in(house)
    file = await backed_up(house, tmp_path)
    office, _ = make_office(house, tmp_path / "first")
    await erased(office)
    later = tmp_path / "later.backup"
    await dump.write(where(house, tmp_path / "first", house.database.url), later, PHRASE, START,
                     keys=True)  # fmt: skip
    # over the very database, whose tombstones are kept through the replacing
    chosen = where(house, tmp_path / "first", house.database.url)
    with pytest.raises(NotEmpty, match="--force"):
        await restore(chosen, file, PHRASE, force=False)
    found = await restore(chosen, file, PHRASE, force=True)
    assert found.erased == 1
    left = await remains.remains(house.database, *WORDS)
    assert set(left) <= {"moving_facts"}
    # into a folder that knows of nothing: the tombstone came within the later backup
    fresh = where(house, tmp_path / "fresh")
    assert (await restore(fresh, later, PHRASE, force=False)).erased == 0
    assert (tmp_path / "fresh" / "erased").exists()
    assert (await restore(fresh, file, PHRASE, force=True)).erased == 1


@pytest.mark.parametrize("database_kind", ["sqlite"])
async def test_what_has_had_its_time_does_not_come_back(
    house: House, tmp_path: Path, quick: None
) -> None:
    async with house.database.with_transaction() as session:
        session.add(Look(holder="h1", hour_utc=START, actor="Zoé", what="journal", last_at=START))
    file = await backed_up(house, tmp_path, keys=False)
    found = await restore(where(house, tmp_path / "second"), file, PHRASE, force=False)
    assert found.purged["looks"] == 1 and not found.head.keys


@pytest.mark.parametrize("database_kind", ["sqlite"])
async def test_a_damaged_file_is_refused_before_anything_is_touched(
    house: House, tmp_path: Path, quick: None
) -> None:
    file = await backed_up(house, tmp_path)
    whole = file.read_bytes()
    damage: dict[str, tuple[Callable[[bytes], bytes], type[Exception], str]] = {
        "wrong": (lambda raw: raw, WrongPassphrase, "passphrase is wrong"),
        "cut": (lambda raw: raw[:-20], BackupUnusable, "use another backup|passphrase is wrong"),
        "empty": (lambda raw: b"", BackupUnusable, "no backup"),
        "newer": (lambda raw: raw.replace(b"BACKUP-1", b"BACKUP-2"), BackupUnusable, "newer"),
        "head": (lambda raw: raw[:20] + b"{}" + raw[22:], BackupUnusable, "header is damaged"),
        "grown": (lambda raw: raw + b"x", BackupUnusable, "use another backup|passphrase"),
    }
    for name, (hurt, error, words) in damage.items():
        file.write_bytes(hurt(whole))
        with pytest.raises(error, match=words):
            await restore(where(house, tmp_path / name), file,
                          "another" if name == "wrong" else PHRASE, force=False)  # fmt: skip
        assert not (tmp_path / name).exists()


def test_a_backup_of_a_newer_version_is_refused(tmp_path: Path, quick: None) -> None:
    file = tmp_path / "new.backup"
    with file.open("wb") as raw:
        writer = Writer(raw, PHRASE)
        lines = [{"backup": 1, "revision": "0999", "software": "9.0", "made_at": 1, "keys": False}]
        writer.write(zlib.compress(b"".join(json.dumps(each).encode() + b"\n" for each in lines)))
        writer.close()
    with pytest.raises(BackupUnusable, match=r"newer version of Loquet \(9.0\)"):
        prove(file, PHRASE)


class FullDisk:
    """A file on a disk that is full after some bytes."""

    def __init__(self, room: int) -> None:
        self.room = room

    def write(self, content: bytes) -> int:
        self.room -= len(content)
        if self.room < 0:
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        return len(content)


def test_a_full_disk_is_said(quick: None) -> None:
    writer = Writer(FullDisk(100_000), PHRASE)  # type: ignore[arg-type]
    with pytest.raises(OSError, match="No space left"):
        writer.write(os.urandom(300_000))


@pytest.mark.parametrize("database_kind", ["sqlite"])
async def test_what_cannot_be_written_leaves_nothing(
    house: House, tmp_path: Path, quick: None
) -> None:
    chosen = where(house, tmp_path / "no-keys", house.database.url)
    with pytest.raises(FileNotFoundError):
        await dump.write(chosen, tmp_path / "x.backup", PHRASE, START, keys=True)
    assert list(tmp_path.glob("*backup*")) == [] == list(tmp_path.glob(".*part"))


@tuned(max_examples=25, deadline=None)
@given(sizes=st.lists(st.integers(0, 3 * sealed.CHUNK), max_size=4), at=st.floats(0, 0.999))
def test_any_content_comes_back_and_any_flipped_bit_is_found(
    tmp_path_factory: pytest.TempPathFactory, sizes: list[int], at: float
) -> None:
    file, content = tmp_path_factory.mktemp("seal") / "f", [os.urandom(size) for size in sizes]
    before = sealed.LOG_N
    sealed.LOG_N = 10  # type: ignore[misc]
    try:
        with file.open("wb") as raw:
            writer = Writer(raw, PHRASE)
            for each in content:
                writer.write(each)
            writer.close()
    finally:
        sealed.LOG_N = before  # type: ignore[misc]
    assert b"".join(opened(file, PHRASE)) == b"".join(content)
    hurt = bytearray(file.read_bytes())
    where_ = len(sealed.MAGIC) + 80 + int(at * (len(hurt) - len(sealed.MAGIC) - 80))
    hurt[where_] ^= 1
    file.write_bytes(hurt)
    with pytest.raises(BackupUnusable):
        b"".join(opened(file, PHRASE))


@pytest.mark.parametrize("database_kind", ["sqlite"])
async def test_a_daily_backup_makes_no_folder_for_a_stick_that_is_away(
    house: House, tmp_path: Path, quick: None
) -> None:
    office, _ = make_office(house, tmp_path)
    stick = tmp_path / "stick"
    with pytest.raises(dump.NoFolder, match=r"there is no such folder.*mount"):
        await back_up(office, stick)
    assert not stick.exists()


def test_old_backups_expire_but_never_the_newest(tmp_path: Path) -> None:
    now = 1_800_000_000.0
    for days in (40, 20, 15, 3):
        file = tmp_path / f"loquet-{99 - days}.backup"
        file.write_text("x")
        os.utime(file, (now - days * 86_400,) * 2)
    (tmp_path / "mine.backup").write_text("x")
    assert due(tmp_path, now) and not due(tmp_path, now - 2.5 * 86_400)
    assert expired(tmp_path, 14, now) == ["loquet-59.backup", "loquet-79.backup",
                                          "loquet-84.backup"]  # fmt: skip
    assert expired(tmp_path, 1, now) == []
    assert due(tmp_path / "none", now)
    assert due(tmp_path, now - 300 * 86_400), "made while the clock was ahead"


def test_the_commands_say_what_is_wrong(tmp_path: Path, quick: None) -> None:
    run = CliRunner().invoke
    data, file = ["--data", str(tmp_path / "d")], str(tmp_path / "x.backup")
    assert run(main, ["migrate", *data]).exit_code == 0
    assert run(main, ["backup", file, *data]).exit_code == 2  # no passphrase
    phrase = tmp_path / "phrase"
    phrase.write_text(PHRASE + "\n")
    answer = run(main, ["backup", file, *data, "--passphrase-file", str(phrase)])
    assert answer.exit_code == 2 and "there are no keys" in answer.output
    load_keys(tmp_path / "d" / "keys")
    with_phrase = [*data, "--passphrase-file", str(phrase)]
    away = tmp_path / "stick" / "loquet"
    answer = run(main, ["backup", str(away / "x.backup"), *with_phrase])
    assert answer.exit_code == 2 and "--make-folder" in answer.output, answer.output
    assert not away.parent.exists(), "it would lie on the disk that it is to outlive"
    answer = run(main, ["backup", str(away / "x.backup"), *with_phrase, "--make-folder"])
    assert answer.exit_code == 0 and (away / "x.backup").stat().st_size, answer.output
    assert away.stat().st_mode & 0o777 == 0o700
    answer = run(main, ["backup", str(phrase / "x.backup"), *with_phrase, "--make-folder"])
    assert answer.exit_code == 1 and "was not written" in answer.output, "its folder is a file"
    answer = run(main, ["backup", file, *with_phrase])
    assert answer.exit_code == 0 and "whoever has file and passphrase" in answer.output
    assert run(main, ["backup", file, *with_phrase]).exit_code == 2  # it is there already
    assert run(main, ["verify", *data]).exit_code == 0
    phrase.write_text("something else\n")
    answer = run(main, ["restore", file, "--data", str(tmp_path / "e"), "--passphrase-file",
                        str(phrase)])  # fmt: skip
    assert answer.exit_code == 1 and "passphrase is wrong" in answer.output
