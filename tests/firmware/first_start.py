"""A card's files on a Raspberry Pi after its first start, as far as scripts change them."""

from __future__ import annotations

import pickle
import subprocess
from collections.abc import Mapping
from pathlib import Path

from tests.house.source import ROOT

FIRMWARE = ROOT / "firmware_config"
MINE = "dtparam=somebody_elses=on\n"
WORDS = "console=serial0,115200 console=tty1 root=PARTUUID=1-02 rootwait quiet\n"
FILES = "--programs=no"
NETPLAN = "etc/netplan/50-cloud-init.yaml"


def raspberry(folder: Path) -> Path:
    """Return the root of a Raspberry Pi, below a folder."""
    boot = folder / "pi" / "boot" / "firmware"
    boot.mkdir(parents=True)
    (boot / "config.txt").write_text(MINE)
    (boot / "cmdline.txt").write_text(WORDS)
    return folder / "pi"


def script(root: Path, *words: str, here: Path = FIRMWARE) -> subprocess.CompletedProcess[str]:
    """Run the script below ``root``."""
    command = ["bash", str(here / "install.sh"), words[0], f"--root={root}", *words[1:]]
    return subprocess.run(command, capture_output=True, text=True, check=False)


def inserted(root: Path, files: Mapping[str, bytes]) -> Path:
    """Copy a card's files where the Pi finds them; return the boot partition."""
    boot = root / "boot" / "firmware"
    for name, raw in files.items():
        (boot / name).parent.mkdir(parents=True, exist_ok=True)
        (boot / name).write_bytes(raw)
    return boot


def read_by_cloud_init(root: Path, instance: str) -> None:
    """Leave what cloud-init leaves of what it read: its own copies, its log, netplan's file."""
    boot, kept = root / "boot" / "firmware", root / "var/lib/cloud/instances" / instance
    network, person = ((boot / name).read_text() for name in ("network-config", "user-data"))
    kept.mkdir(parents=True)
    (kept / "network-config.json").write_text(network)
    (kept / "user-data.txt").write_text(person)
    (kept / "obj.pkl").write_bytes(pickle.dumps({"seed": network, "userdata_raw": person}))
    for name, text in ((NETPLAN, network), ("var/log/cloud-init.log", f"Applying {network}")):
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_text(text)


def kept_in(root: Path) -> dict[str, bytes]:
    """Return every file of the Pi but the software's own."""
    return {
        str(path.relative_to(root)): path.read_bytes()
        for path in sorted(root.rglob("*"))
        if path.is_file() and path.suffix != ".whl"
    }
