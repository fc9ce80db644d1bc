"""``loquet-server`` and ``loquet-edge`` as they are typed on an installed machine."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

from tests.firmware.first_start import FILES, FIRMWARE, script

PROGRAM = '#!/bin/sh\necho "$1 as ${AS:-root}"\nenv | grep ^LOQUET_ | sort\n'
ENVIRONMENT = """# LOQUET_HOST=0.0.0.0
LOQUET_ADDRESS=https://loquet.example:8443
LOQUET_BACKUP_PASSPHRASE="quatre mots; $(id) 'secs'"\x20\x20
  LOQUET_LANGUAGE='en'
PATH=/nowhere
LOQUET_PUBLIC_URL=https://loquet.example"""


@pytest.fixture
def typed(tmp_path: Path) -> Path:
    """A folder in which both commands find their programs, and stand-ins for what needs root."""
    files = {
        "setpriv": '#!/bin/sh\nwhile [ "${1#--}" != "$1" ]; do shift; done\nAS=loquet exec "$@"\n',
        "id": '#!/bin/sh\n[ "$1" = -un ] && echo "$WHO" || echo "$NUMBER"\n',
    }
    for name in ("loquet-server", "loquet-edge"):
        files[f"opt/loquet/bin/{name}"] = PROGRAM
        text = (FIRMWARE / "bin" / name).read_text()
        for place in ("/etc/loquet", "/opt/loquet", "/var/lib/loquet-server"):
            text = text.replace(place, f"{tmp_path}{place}")
        files[name] = text
    for name, text in files.items():
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
        path.chmod(0o755)
    (tmp_path / "var/lib/loquet-server").mkdir(parents=True)
    (tmp_path / "etc/loquet").mkdir(parents=True)
    return tmp_path


def run(folder: Path, *words: str, who: str = "root") -> subprocess.CompletedProcess[str]:
    path = {"PATH": f"{folder}:/usr/bin:/bin", "WHO": who, "NUMBER": "0" if who == "root" else "7"}
    return subprocess.run(
        [folder / words[0], *words[1:]], env=path, capture_output=True, text=True, check=False
    )


def test_the_server_s_command_has_the_settings_of_its_service(typed: Path) -> None:
    data = f"LOQUET_DATA={typed}/var/lib/loquet-server"
    assert run(typed, "loquet-server", "verify").stdout.splitlines() == ["verify as loquet", data]
    (typed / "etc/loquet/server.env").write_text(ENVIRONMENT)
    assert run(typed, "loquet-server", "verify").stdout.splitlines() == [
        "verify as loquet",
        "LOQUET_ADDRESS=https://loquet.example:8443",
        "LOQUET_BACKUP_PASSPHRASE=quatre mots; $(id) 'secs'",
        data,
        "LOQUET_LANGUAGE=en",
        "LOQUET_PUBLIC_URL=https://loquet.example",
    ]


def test_whoever_is_not_root_is_told_to_say_sudo(typed: Path) -> None:
    for name in ("loquet-server", "loquet-edge"):
        refused = run(typed, name, "verify", who="paul")
        assert (refused.returncode, refused.stdout) == (2, "")
        assert f"sudo {name}" in refused.stderr


def test_on_a_unit_an_update_alone_is_root_s(typed: Path) -> None:
    assert run(typed, "loquet-edge", "check").stdout == "check as loquet\n"
    assert run(typed, "loquet-edge", "update").stdout == "update as root\n"
    assert run(typed, "loquet-edge", "check", who="loquet").returncode == 0


def test_an_installed_server_has_its_command_and_its_settings(tmp_path: Path) -> None:
    for kind, name in (("server", "loquet-server"), ("unit", "loquet-edge")):
        assert script(tmp_path, kind, FILES).returncode == 0
        assert (tmp_path / "usr/local/bin" / name).stat().st_mode & 0o777 == 0o755
    settings = tmp_path / "etc/loquet/server.env"
    assert settings.stat().st_mode & 0o777 == 0o600
    settings.write_text("LOQUET_PORT=443\n")
    assert script(tmp_path, "server", FILES).returncode == 0
    assert settings.read_text() == "LOQUET_PORT=443\n"
    assert not (tmp_path / "etc/loquet/firewall/mdns.nft").exists()
    assert script(tmp_path, "server", FILES, "--find=yes").returncode == 0
    assert (tmp_path / "etc/loquet/firewall/mdns.nft").exists()
    assert script(tmp_path, "uninstall").returncode == 0
    assert not list((tmp_path / "usr/local/bin").iterdir())
