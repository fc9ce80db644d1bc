"""The systemd units: what systemd itself says of them, and how exposed it finds each."""

from __future__ import annotations

import configparser
import re
import shlex
import shutil
import subprocess
from pathlib import Path

import pytest

from tests.house.source import ROOT

SYSTEMD = ROOT / "firmware_config" / "systemd"
NAMES = sorted(file.name for file in SYSTEMD.glob("loquet*"))
MOST = {
    "loquet-lockguard.service": 1.0,
    "loquet-door.service": 1.0,
    "loquet-link.service": 1.5,
    "loquet-adopt.service": 1.5,
    "loquet-server.service": 1.6,
    "loquet-update.service": 3.0,
    "loquet-firewall.service": 2.5,
}
"""Exposure by ``systemd-analyze security``, of 10: 0 is nothing, and a plain service has 9.6."""
INSTALLERS = {"loquet-setup.service"}
"""Root, once, to install the others: nothing to bound."""
UNIT = ("lockguard", "door", "link", "adopt")
PROGRAMS = ("opt/loquet/bin/loquet-edge", "opt/loquet/bin/loquet-server", "usr/sbin/nft",
            "bin/bash", "bin/sh")  # fmt: skip


def analyze(*words: str) -> subprocess.CompletedProcess[str]:
    """Run systemd-analyze."""
    command = ["systemd-analyze", "--no-pager", *words]
    return subprocess.run(command, capture_output=True, text=True, check=False)


def section(name: str, heading: str) -> list[tuple[str, str]]:
    """Return the lines of a unit's section; a key may be there more than once."""
    text = (SYSTEMD / name).read_text().partition(f"[{heading}]\n")[2].partition("\n[")[0]
    return re.findall(r"^([A-Za-z]+)=(.*)$", text, re.MULTILINE)


def test_systemd_takes_each_of_them(tmp_path: Path) -> None:
    folder = tmp_path / "etc/systemd/system"
    shutil.copytree("/usr/lib/systemd/system", tmp_path / "usr/lib/systemd/system", symlinks=True)
    folder.mkdir(parents=True)
    for name in NAMES:
        shutil.copy(SYSTEMD / name, folder)
    for name in PROGRAMS:
        program = tmp_path / name
        program.parent.mkdir(parents=True, exist_ok=True)
        program.write_text("#!/bin/sh\n")
        program.chmod(0o755)
    ran = analyze("verify", f"--root={tmp_path}", "--man=no", "--generators=no", *NAMES)
    assert (ran.returncode, ran.stderr) == (0, "")


@pytest.mark.parametrize("name", MOST)
def test_a_service_is_exposed_to_little(name: str) -> None:
    ran = analyze("security", "--offline=true", str(SYSTEMD / name))
    found = re.search(r"exposure level for \S+: ([0-9.]+)", ran.stdout)
    assert found, ran.stderr
    print(f"{name}: {found[1]} of 10")
    assert float(found[1]) <= MOST[name]


def test_every_service_is_bounded() -> None:
    services = {name for name in NAMES if name.endswith(".service")}
    assert services == MOST.keys() | INSTALLERS


def test_the_release_before_judges_one_whose_trial_was_cut_short(tmp_path: Path) -> None:
    (line,) = [value for key, value in section("loquet-update.service", "Service")
               if key == "ExecStart"]  # fmt: skip
    for release in ("old", "new"):
        program = tmp_path / "releases" / release / "bin" / "loquet-edge"
        program.parent.mkdir(parents=True)
        program.write_text(f"#!/bin/sh\necho {release} $1\n")
        program.chmod(0o755)
    (tmp_path / "loquet").symlink_to(tmp_path / "releases" / "new")
    line = line.replace("/opt/loquet-releases", str(tmp_path / "releases")).replace("$$", "$")
    words = shlex.split(line.replace("/opt/loquet", str(tmp_path / "loquet")))

    def run() -> str:
        return subprocess.run(words, capture_output=True, text=True, check=True).stdout.strip()

    assert run() == "new update"
    judge = tmp_path / "releases" / "judge"
    judge.symlink_to(tmp_path / "releases" / "old")
    assert run() == "old update"
    judge.unlink()
    judge.symlink_to(tmp_path / "releases" / "gone")
    assert run() == "new update", "a link that leads nowhere holds nothing up"


def test_nothing_of_a_unit_runs_before_it_is_adopted_and_adoption_starts_it() -> None:
    identity = "/var/lib/loquet/identity.json"
    for name in ("door", "link"):
        said = section(f"loquet-{name}.service", "Unit")
        assert ("ConditionPathExists", identity) in said
        # Where data has a partition of its own, no second journal begins without it.
        assert ("RequiresMountsFor", "/var/lib/loquet") in said
    adopt = section("loquet-adopt.service", "Unit")
    assert ("ConditionPathExists", f"!{identity}") in adopt
    assert ("OnSuccess", "loquet.target") in adopt
    wanted = dict(section("loquet.target", "Unit"))["Wants"].split()
    assert wanted == [f"loquet-{name}.service" for name in ("lockguard", "door", "link")]


def test_the_guard_of_the_locks_needs_no_partition_and_no_network() -> None:
    """The way out, and the fire, count on it when all else is gone."""
    said = section("loquet-lockguard.service", "Unit")
    assert ("ConditionPathExists", "/etc/loquet/unit.toml") in said
    assert not {"RequiresMountsFor", "Requires", "BindsTo"} & dict(said).keys()
    for name in ("lockguard", "door"):
        service = dict(section(f"loquet-{name}.service", "Service"))
        assert service["PrivateNetwork"] == "yes"
        assert service["RestrictAddressFamilies"] == "AF_UNIX"


def test_who_faces_the_network_cannot_change_whom_the_unit_believes() -> None:
    """Root's updates go by the server's key in the identity, and by unit.toml."""
    written = {name: dict(section(f"loquet-{name}.service", "Service")) for name in UNIT}
    kept = {name: each.get("ReadOnlyPaths", "").split() for name, each in written.items()}
    assert "-/var/lib/loquet/identity.json" in kept["link"]
    for name in ("lockguard", "door", "link"):
        assert "/etc/loquet" not in written[name]["ReadWritePaths"]
        assert "-/var/lib/loquet/etc" in kept[name], "its partition, when root is read-only"
    script = (ROOT / "firmware_config/install.sh").read_text()
    assert "/var/lib/loquet" in script and "%s/etc /etc/loquet none bind" in script
    for name in ("firewall.nft", "firewall", "installed", "ready"):
        assert f"/etc/loquet/{name}" in script and f"-/etc/loquet/{name}" in kept["adopt"]


def test_the_time_comes_from_the_daemon_whose_word_the_processes_can_see() -> None:
    """ProtectClock hides adjtimex from them; what timesyncd says is a file."""
    assert dict(section("loquet-door.service", "Service"))["ProtectClock"] == "yes"
    script = (ROOT / "firmware_config/install.sh").read_text()
    assert "timesyncd" in script and "chrony" not in script
    clock = (ROOT / "edge/loquet_edge/clock.py").read_text()
    assert "/run/systemd/timesync/synchronized" in clock


def test_the_server_may_write_where_the_guide_puts_backups() -> None:
    service = dict(section("loquet-server.service", "Service"))
    guide = (ROOT / "docs/guides/backup.md").read_text()
    found = re.search(r"LOQUET_BACKUP_FOLDER=(\S+)", guide)
    assert found and service["ProtectSystem"] == "strict"
    assert f"-{found[1]}" in service["ReadWritePaths"].split()


@pytest.mark.parametrize(
    ("file", "heading"),
    [
        ("journald/loquet.conf", "Journal"),
        ("timesyncd/loquet.conf", "Time"),
        ("systemd/watchdog.conf", "Manager"),
    ],
)
def test_a_drop_in_has_one_section(file: str, heading: str) -> None:
    parser = configparser.ConfigParser(strict=True, interpolation=None)
    parser.read(ROOT / "firmware_config" / file)
    assert parser.sections() == [heading] and parser[heading]


def test_the_chip_watches_systemd_within_what_it_can_count() -> None:
    parser = configparser.ConfigParser()
    parser.read(SYSTEMD / "watchdog.conf")
    assert 5 <= int(parser["Manager"]["RuntimeWatchdogSec"]) <= 15
