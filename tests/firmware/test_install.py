"""``install.sh`` run into a folder of its own: what it writes, twice, and takes away again."""

from __future__ import annotations

import ensurepip
import io
import shutil
import subprocess
import zipfile
from pathlib import Path

import pytest

from loquet_edge.boot_lines import taken_at_boot
from loquet_edge.pinout import pinout
from loquet_server.sdcards.card import files
from loquet_server.sdcards.firmware import boot_lines
from loquet_server.sdcards.schemas import CardForm
from loquet_server.sdcards.wheel import unit_wheel
from tests.firmware.first_start import (
    FILES,
    FIRMWARE,
    MINE,
    NETPLAN,
    WORDS,
    inserted,
    kept_in,
    raspberry,
    read_by_cloud_init,
    script,
)
from tests.house.source import ROOT

STUBS = (
    "cryptography",
    "paho-mqtt",
    "click",
    "jmespath",
    "zeroconf",
    "gpiozero",
    "lgpio",
    "spidev",
    "pyserial",
)


TOKEN = "etc/loquet/adoption-token"


def stub(name: str) -> tuple[str, bytes]:
    """Return an empty package of a high version, as a wheel."""
    plain = name.replace("-", "_")
    info = f"{plain}-99.0.dist-info"
    raw = io.BytesIO()
    with zipfile.ZipFile(raw, "w") as archive:
        archive.writestr(
            f"{info}/METADATA", f"Metadata-Version: 2.1\nName: {name}\nVersion: 99.0\n"
        )
        archive.writestr(f"{info}/WHEEL", "Wheel-Version: 1.0\nTag: py3-none-any\n")
        archive.writestr(f"{info}/RECORD", "")
    return f"{plain}-99.0-py3-none-any.whl", raw.getvalue()


@pytest.fixture(scope="module")
def wheels(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder as tools/wheels fills it, with nothing in the packages of others."""
    folder = tmp_path_factory.mktemp("wheels")
    for name, raw in (unit_wheel(), *map(stub, STUBS)):
        (folder / name).write_bytes(raw)
    own = [Path(ensurepip.__file__).parent / "_bundled", Path("/usr/share/python-wheels")]
    pip = next(file for each in own if each.is_dir() for file in each.glob("pip-*.whl"))
    shutil.copy(pip, folder)
    return folder


@pytest.fixture
def pi(tmp_path: Path) -> Path:
    """The root of a Raspberry Pi, as far as the script changes what is there."""
    return raspberry(tmp_path)


def tree(root: Path) -> dict[str, str]:
    """Every file and link outside of the Python environments."""
    return {
        str(path.relative_to(root)): path.read_text() if path.is_file() else str(path.readlink())
        for path in sorted(root.rglob("*"))
        if (path.is_file() or path.is_symlink()) and "loquet-releases" not in path.parts
    }


def test_a_unit_is_installed_from_a_folder_twice_and_taken_away(pi: Path, wheels: Path) -> None:
    before = tree(pi)
    asked = ("unit", f"--wheels={wheels}", "--ssh=no", "--uart=yes", "--rtc=ds3231")
    first = script(pi, *asked, "--ntp=ntp.example.org")
    assert first.returncode == 0, first.stderr
    assert "MB by the network" in first.stdout
    once = tree(pi)
    again = script(pi, *asked, "--ntp=ntp.example.org", "--programs=no")
    assert again.returncode == 0, again.stderr
    assert tree(pi) == once
    check_tree(once)
    assert (pi / "opt/loquet-releases" / unit_wheel()[0].split("-")[1] / "bin/loquet-edge").exists()
    gone = script(pi, "uninstall", "--purge=yes")
    assert gone.returncode == 0, gone.stderr
    left = tree(pi)
    assert left.pop("boot/firmware/cmdline.txt") == WORDS.removeprefix("console=serial0,115200 ")
    before.pop("boot/firmware/cmdline.txt")
    assert left == before


def check_tree(found: dict[str, str]) -> None:
    for name in ("lockguard", "door", "link", "adopt"):
        file = f"systemd/loquet-{name}.service"
        assert found[f"etc/systemd/system/{file[8:]}"] == (FIRMWARE / file).read_text()
    assert "etc/loquet/firewall.nft" in found and "etc/loquet/firewall/ssh.nft" not in found
    assert found["opt/loquet"].startswith("/opt/loquet-releases/")
    assert "NTP=ntp.example.org" in found["etc/systemd/timesyncd.conf.d/loquet-site.conf"]
    config = found["boot/firmware/config.txt"]
    assert config.startswith(MINE) and boot_lines(uart=True, rtc="ds3231") in config
    assert "serial0" not in found["boot/firmware/cmdline.txt"]


@pytest.mark.parametrize("board", pinout().boards.values(), ids=lambda board: board.key)
def test_boot_lines_give_each_model_its_serial_port_and_no_line_of_a_lock(board: object) -> None:
    taken = taken_at_boot(boot_lines(uart=True, rtc="none"), board)  # type: ignore[arg-type]
    assert set(taken) == {7, 8, 9, 10, 11, 14, 15}
    plain = taken_at_boot(boot_lines(uart=False, rtc="pcf8523"), board)  # type: ignore[arg-type]
    assert set(plain) == {2, 3, 7, 8, 9, 10, 11}


def test_ssh_and_looking_around_are_by_choice(pi: Path) -> None:
    script(pi, "unit", FILES, "--ssh=yes", "--find=yes")
    assert {"ssh.nft", "mdns.nft"} == {f.name for f in (pi / "etc/loquet/firewall").iterdir()}
    script(pi, "unit", FILES, "--ssh=no")
    assert not list((pi / "etc/loquet/firewall").iterdir())


def test_the_first_start_takes_its_options_from_the_card_and_leaves_no_secret(pi: Path) -> None:
    form = CardForm.model_validate(
        {"host": "atelier", "model": "pi4", "way": "find", "uart": True, "network": "wifi",
         "ssid": "Maison", "passphrase": "trois petits chats", "wpa": "wpa3"}
    )  # fmt: skip
    card = inserted(pi, files(form, "loquet-atelier-1", "loquet2.abc"))
    read_by_cloud_init(pi, "loquet-atelier-1")
    with (card / "loquet/token").open("rb") as token, (card / "network-config").open("rb") as net:
        ran = script(pi, "first-start", FILES, here=card / "loquet")
        assert not (token.read() + net.read()).strip(b"\0"), "what was deleted can be read back"
    assert ran.returncode == 0, ran.stderr
    left = kept_in(pi)
    assert [name for name, raw in left.items() if b"loquet2.abc" in raw] == [TOKEN]
    assert [name for name, raw in left.items() if b"petits chats" in raw] == [NETPLAN]
    assert (pi / TOKEN).stat().st_mode & 0o777 == 0o600
    assert (pi / "etc/loquet/ready").exists()
    assert (pi / "etc/cloud/cloud-init.disabled").exists()
    assert (pi / "etc/loquet/firewall/mdns.nft").exists()
    assert not (pi / "etc/loquet/firewall/ssh.nft").exists()
    assert boot_lines(uart=True, rtc="none") in (card / "config.txt").read_text()


def test_a_root_is_frozen_and_thawed(pi: Path) -> None:
    for _ in range(2):
        assert script(pi, "freeze").returncode == 0
    words = (pi / "boot/firmware/cmdline.txt").read_text()
    assert words == WORDS.replace("\n", " overlayroot=tmpfs:recurse=0\n")
    mounts = (pi / "etc/fstab").read_text()
    assert mounts.count("LABEL=loquet-data /var/lib/loquet ext4") == 1
    assert script(pi, "thaw").returncode == 0
    assert (pi / "boot/firmware/cmdline.txt").read_text() == WORDS


@pytest.mark.parametrize(
    ("asked", "answer"),
    [
        (("unit", "--colour=red"), "there is no option 'colour=red'"),
        (("unit", "--ssh"), "'--ssh' is not written as --name=value"),
        (("unit", "--rtc=sundial"), "--rtc=sundial is not one of: none ds3231"),
        (("unit", "--ntp=a b;reboot"), "is not the name of a host"),
        (("unit", "--wheels=/nowhere"), "no folder /nowhere"),
        (("unit", "--token=/nowhere"), "no token in /nowhere"),
    ],
)
def test_what_cannot_be_done_is_said_and_nothing_is_written(
    pi: Path, asked: tuple[str, ...], answer: str
) -> None:
    before = tree(pi)
    ran = script(pi, *asked)
    assert ran.returncode == 1 and answer in ran.stderr
    assert tree(pi) == before


def test_without_words_the_script_says_what_it_is_for(pi: Path) -> None:
    ran = subprocess.run(
        ["bash", str(FIRMWARE / "install.sh")], capture_output=True, text=True, check=False
    )
    assert ran.returncode == 2 and "--wheels=FOLDER" in ran.stdout


@pytest.mark.parametrize(
    "name",
    ["firmware_config/install.sh", "firmware_config/bin/loquet-edge",
     "firmware_config/bin/loquet-server", "tools/wheels", "tools/prepare"],
)  # fmt: skip
def test_a_script_has_nothing_that_shellcheck_would_say(name: str) -> None:
    ran = subprocess.run(
        ["shellcheck", str(ROOT / name)], capture_output=True, text=True, check=False
    )
    assert ran.returncode == 0, ran.stdout
