"""mosquitto beside the server: what the installer places belongs together, and systemd takes it."""

import re
import shutil
import subprocess
from pathlib import Path

from loquet_server.certificates.mosquitto_file import CUT_AT
from tests.firmware.first_start import FILES, FIRMWARE, raspberry, script
from tests.house.source import ROOT

LOG = "/run/brokerlog/mosquitto.log"
STUBS = ("opt/loquet/bin/loquet-server", "usr/sbin/mosquitto", "usr/bin/systemctl",
         "bin/mkdir", "bin/chown", "bin/kill")  # fmt: skip


def installed(root: Path) -> dict[str, str]:
    """Every file that is there."""
    return {f"/{each.relative_to(root)}": each.read_text() for each in root.rglob("*")
            if each.is_file() and not each.is_symlink()}  # fmt: skip


def test_the_installer_places_it_where_systemd_takes_it_and_takes_it_away(tmp_path: Path) -> None:
    root = raspberry(tmp_path)
    before = installed(root)
    ran = script(root, "server", FILES, "--mosquitto=yes")
    assert ran.returncode == 0, ran.stderr
    placed = set(installed(root).values())
    for file in (FIRMWARE / "mosquitto").iterdir():
        by_choice = {"acl", "listener-loopback.conf", "log-journal.conf"}
        assert (file.read_text() in placed) is (file.name not in by_choice), file.name
    shutil.copytree("/usr/lib/systemd/system", root / "usr/lib/systemd/system", symlinks=True)
    for name in STUBS:
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_text("#!/bin/sh\n")
        (root / name).chmod(0o755)
    units = ("loquet-server.service", "mosquitto.service", "run-brokerlog.mount",
             "loquet-mosquitto.path", "loquet-mosquitto.service")  # fmt: skip
    command = ["systemd-analyze", "--no-pager", "verify", f"--root={root}", "--man=no"]
    said = subprocess.run(
        [*command, "--generators=no", *units], capture_output=True, text=True, check=False
    )
    assert (said.returncode, said.stderr) == (0, "")
    for name in STUBS:
        (root / name).unlink()
    shutil.rmtree(root / "usr/lib/systemd/system")
    assert script(root, "uninstall", "--purge=yes").returncode == 0
    assert installed(root) == before


def test_each_file_means_the_same_log() -> None:
    texts = {each.name: each.read_text() for each in (FIRMWARE / "mosquitto").iterdir()}
    assert f"log_dest file {LOG}\n" in texts["log-file.conf"]
    assert f"f {LOG} 0660 mosquitto mosquitto " in texts["tmpfiles-mosquitto.conf"]
    assert f"LOQUET_BROKER_LOG={LOG}\n" in (ROOT / "docs/guides/link.md").read_text()
    folder, mount = LOG.rpartition("/")[0], texts["run-brokerlog.mount"]
    assert f"Where={folder}\n" in mount
    size = re.search(r"size=(\d+)M", mount)
    assert size and int(size[1]) << 20 >= 2 * CUT_AT
    (written,) = re.findall(r"^ReadWritePaths=(.*)$", texts["service-loquet-server.conf"], re.M)
    assert written.split() == ["/etc/mosquitto/loquet", folder]
    for name in ("service-mosquitto.conf", "service-loquet-server.conf"):
        assert f"RequiresMountsFor={folder}\n" in texts[name]
