"""The firewalls, loaded into the kernel inside of a network namespace of their own."""

from __future__ import annotations

import re
import subprocess
from pathlib import Path

import pytest

from tests.house.source import ROOT

RULES = ROOT / "firmware_config" / "nftables"
CHOICES = "/etc/loquet/firewall"


def loaded(tmp_path: Path, name: str, *chosen: str) -> str:
    """Return the rules that count after a file was loaded twice, with these choices."""
    folder = tmp_path / "firewall"
    folder.mkdir()
    for each in chosen:
        (folder / each).write_text((RULES / each).read_text())
    file = tmp_path / name
    file.write_text((RULES / name).read_text().replace(CHOICES, str(folder)))
    shell = f"nft -f {file} && nft add table inet others && nft -f {file} && nft list ruleset"
    ran = subprocess.run(
        ["unshare", "--map-root-user", "--net", "sh", "-c", shell],
        capture_output=True,
        text=True,
        check=False,
    )
    assert ran.returncode == 0, ran.stderr
    return ran.stdout


def open_ports(rules: str) -> set[int]:
    """Return the TCP ports that somebody may open a connection to."""
    found = re.findall(r"tcp dport (?:\{ ([0-9, ]+) \}|([0-9]+))", rules)
    return {int(port) for many, one in found for port in (many or one).split(", ")}


def test_a_unit_answers_nobody(tmp_path: Path) -> None:
    rules = loaded(tmp_path, "unit.nft")
    assert "hook input priority filter; policy drop;" in rules
    assert "hook forward priority filter; policy drop;" in rules
    assert open_ports(rules) == set()
    # What is let in unasked is named one by one.
    assert set(re.findall(r"udp dport (\d+)", rules)) == {"68", "546"}


@pytest.mark.parametrize(("chosen", "ports"), [("ssh.nft", {22}), ("mdns.nft", set())])
def test_what_a_unit_lets_in_is_chosen(tmp_path: Path, chosen: str, ports: set[int]) -> None:
    rules = loaded(tmp_path, "unit.nft", chosen)
    assert open_ports(rules) == ports
    assert ("5353" in rules) == (chosen == "mdns.nft")


def test_a_server_answers_by_tls_alone(tmp_path: Path) -> None:
    assert open_ports(loaded(tmp_path, "server.nft")) == {443, 8883}


def test_rules_of_others_stay(tmp_path: Path) -> None:
    assert "table inet others" in loaded(tmp_path, "unit.nft")
