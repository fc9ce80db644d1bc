"""The files of an SD card: what cloud-init, netplan and a Raspberry Pi make of them."""

from __future__ import annotations

import base64
import json
import os
import subprocess
import sys
import zipfile
from io import BytesIO
from pathlib import Path
from typing import Any

import jsonschema
import pytest
import yaml as reference
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import ValidationError

from loquet_server.sdcards import card, firmware, yaml
from loquet_server.sdcards.archive import packed
from loquet_server.sdcards.downloads import downloads
from loquet_server.sdcards.schemas import CardForm
from loquet_server.sdcards.ssh_key import NotAPublicKey, PrivateKey, public_key
from loquet_server.sdcards.wheel import unit_wheel
from loquet_server.sdcards.wifi import NotAKey, network_key
from tests.house.source import ROOT

KEY = (
    "ssh-ed25519 "
    + base64.b64encode(b"\0\0\0\x0bssh-ed25519\0\0\0\x20" + bytes(range(32))).decode()
)
PLAIN: dict[str, Any] = {"host": "loquet-atelier", "model": "pi4"}
WIFI: dict[str, Any] = PLAIN | {
    "network": "wifi",
    "ssid": 'Été "é" 🚪: #x',
    "passphrase": "correct horse battery",
}
FORMS = {
    "plain": PLAIN,
    "wifi": WIFI,
    "all": WIFI
    | {"ssh_key": KEY, "uart": True, "osdp": True, "rtc": "ds3231", "frozen": True,
       "ntp": "ntp.example.org", "timezone": "Indian/Reunion"},
}  # fmt: skip
WPA3 = WIFI | {"wpa": "wpa3"}
DEBIAN = Path(os.environ.get("VENV", ROOT / ".venv")) / "debian"
"""Packages of Debian, unpacked and not installed (tools/prepare)."""


def form(values: dict[str, Any]) -> CardForm:
    return CardForm.model_validate(values)


def files(values: dict[str, Any], token: str = "loquet2.x") -> dict[str, bytes]:
    return card.files(form(values), "loquet-atelier-1234abcd", token)


@pytest.fixture(params=FORMS)
def values(request: pytest.FixtureRequest) -> dict[str, Any]:
    return FORMS[request.param]


# ---- YAML -----------------------------------------------------------------------------------

TREES: st.SearchStrategy[Any] = st.recursive(
    st.text(st.characters(exclude_categories=["Cs"])) | st.booleans() | st.integers(),
    lambda each: st.lists(each) | st.dictionaries(st.text(min_size=1), each),
    max_leaves=12,
)


@settings(max_examples=60)
@given(st.dictionaries(st.text(st.characters(exclude_categories=["Cs"]), min_size=1), TREES))
def test_what_is_written_is_read_back(tree: dict[str, Any]) -> None:
    assert reference.safe_load(yaml.dump(tree)) == tree


@given(st.lists(st.text(" abc:#-|'\"%"), min_size=1, max_size=4))
def test_a_script_of_several_lines_is_read_back(lines: list[str]) -> None:
    text = "\n".join(lines) + "\n"
    assert reference.safe_load(yaml.dump({"content": [{"x": text}]})) == {"content": [{"x": text}]}


# ---- cloud-init -----------------------------------------------------------------------------


def test_user_data_fits_the_schema_of_cloud_init(values: dict[str, Any]) -> None:
    found = next(DEBIAN.rglob("schema-cloud-config-v1.json"))
    schema = json.loads(found.read_text())
    text = files(values)["user-data"].decode()
    assert text.startswith("#cloud-config\n")
    data = reference.safe_load(text)
    jsonschema.Draft4Validator(schema).validate(data)
    # Older schemas let unknown names pass: they would be ignored without a word.
    known = set(json.dumps(schema["$defs"]).replace("\\", "").split('"'))
    assert data.keys() <= known


def test_no_key_of_raspberry_pi_os_alone_is_used(values: dict[str, Any]) -> None:
    """Its modules start the computer again while ours is being installed."""
    data = reference.safe_load(files(values)["user-data"])
    assert not data.keys() & {"rpi", "enable_ssh", "disable_piwiz", "rpi_userconf", "power_state"}


def test_the_one_person_signs_in_by_key_or_not_at_all() -> None:
    for values in FORMS.values():
        data = reference.safe_load(files(values)["user-data"])
        (person,) = data["users"]
        assert data["ssh_pwauth"] is False and person["lock_passwd"] is True
        assert "passwd" not in person and "plain_text_passwd" not in person
        assert person.get("ssh_authorized_keys", []) == ([KEY] if "ssh_key" in values else [])
        assert ("sudo" in person) == ("ssh_key" in values)
        assert f"ssh={'yes' if 'ssh_key' in values else 'no'}\n" in card.options(form(values))


def test_the_service_on_the_card_is_the_one_of_the_folder(values: dict[str, Any]) -> None:
    (written,) = reference.safe_load(files(values)["user-data"])["write_files"]
    assert written["content"] == (ROOT / "firmware_config/systemd/loquet-setup.service").read_text()
    assert written["path"].endswith("/loquet-setup.service")


# ---- netplan --------------------------------------------------------------------------------


def netplan(text: bytes, root: Path) -> subprocess.CompletedProcess[str]:
    """Run netplan's own generator, as NetworkManager's system that Raspberry Pi OS is."""
    folder = root / "etc" / "netplan"
    folder.mkdir(parents=True)
    (folder / "50-cloud-init.yaml").write_bytes(text)
    (folder / "00-all.yaml").write_text("network: {version: 2, renderer: NetworkManager}\n")
    for file in folder.iterdir():
        file.chmod(0o600)
    library = next(DEBIAN.rglob("libnetplan.so.*")).parent
    program = next(path for path in DEBIAN.rglob("libexec/netplan/generate"))
    return subprocess.run(
        [str(program), "--root-dir", str(root)],
        capture_output=True,
        text=True,
        check=False,
        env={"LD_LIBRARY_PATH": str(library)},
    )


def test_netplan_makes_the_connections_of_a_card(values: dict[str, Any], tmp_path: Path) -> None:
    ran = netplan(files(values)["network-config"], tmp_path)
    assert ran.returncode == 0, ran.stderr
    made = {file.name for file in tmp_path.rglob("*.nmconnection")}
    assert "netplan-eth0.nmconnection" in made
    assert len(made) == (2 if values.get("network") == "wifi" else 1)


def test_the_wifi_is_opened_by_its_key_and_not_by_the_phrase(tmp_path: Path) -> None:
    netplan(files(WIFI)["network-config"], tmp_path)
    text = next(tmp_path.rglob("netplan-wlan0-*.nmconnection")).read_text()
    assert f"psk={network_key(WIFI['ssid'], WIFI['passphrase'])}\n" in text
    assert f"ssid={WIFI['ssid']}\n" in text
    assert any("FR" in file.read_text() for file in tmp_path.rglob("netplan-regdom.service"))
    assert not any(WIFI["passphrase"].encode() in raw for raw in files(WIFI).values())


def test_a_network_of_wpa3_alone_gets_the_phrase() -> None:
    """Netplan YAML reference, "auth": key-management sae, with the passphrase as password."""
    found = reference.safe_load(files(WPA3)["network-config"])["network"]["wifis"]["wlan0"]
    assert found["access-points"][WIFI["ssid"]] == {
        "auth": {"key-management": "sae", "password": WIFI["passphrase"]}
    }


def test_a_wpa2_key_is_the_one_of_the_standard() -> None:
    """IEEE 802.11-2020, J.4.2, test vectors 1 and 2."""
    key = "f42c6fc52df0ebef9ebb4b90b38a5f902e83fe1b135a70e23aed762e9710a12e"
    assert network_key("IEEE", "password") == key
    assert network_key("IEEE", key.upper()) == key
    other = "0dc0d6eb90555ed6419756b9a15ec3e3209b63df707dd508d14581f8982721af"
    assert network_key("ThisIsASSID", "ThisIsAPassword") == other
    for wrong in ("short", "é" * 10, "z" * 64, "tab\tulator"):
        with pytest.raises(NotAKey):
            network_key("IEEE", wrong)


# ---- what people type -----------------------------------------------------------------------


@pytest.mark.parametrize(
    "wrong",
    [
        {"host": "Étage"},
        {"host": "-a"},
        {"host": "a" * 40},
        {"host": "a\nb"},
        {"model": "pi2"},
        {"ssid": "x" * 33},
        {"ssid": "é" * 17},
        {"ssid": "a\x00b"},
        {"country": "France"},
        {"timezone": "Paris"},
        {"ntp": "a b"},
        {"ntp": "x\nssh=yes"},
        {"ssh_key": "hello"},
        {"rtc": "quartz"},
    ],
    ids=str,
)
def test_a_card_refuses_what_no_unit_could_use(wrong: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        form(WIFI | wrong)


@given(st.text(), st.text(), st.text())
def test_no_choice_reaches_another_line_of_the_options(host: str, ntp: str, key: str) -> None:
    try:
        said = card.options(form({"host": host, "model": "pi5", "ntp": ntp, "ssh_key": key}))
    except ValidationError:
        return
    assert len(said.splitlines()) == 7


def test_a_public_key_is_told_from_a_private_one() -> None:
    assert public_key(f"  {KEY}   me@home \n") == f"{KEY} me@home"
    assert public_key(f"{KEY} é\u202e!") == f"{KEY} !"
    with pytest.raises(PrivateKey):
        public_key("-----BEGIN OPENSSH PRIVATE KEY-----\nabc")
    for wrong in (
        f'command="reboot" {KEY}', KEY.replace("ed25519", "rsa"), KEY[:40], f"{KEY}\n{KEY}",
        "ssh-ed25519", "ssh-ed25519 !!!!", "ssh-dss AAAAB3NzaC1kc3M=",
    ):  # fmt: skip
        with pytest.raises(NotAPublicKey):
            public_key(wrong)


# ---- the zip --------------------------------------------------------------------------------


def test_a_card_holds_the_files_of_the_folder_byte_for_byte() -> None:
    found = files(PLAIN)
    assert found["loquet/token"] == b"loquet2.x\n" and "loquet/token" not in files(PLAIN, "")
    for name, raw in found.items():
        source = ROOT / "firmware_config" / name.removeprefix("loquet/")
        if name.startswith("loquet/") and name not in ("loquet/token", "loquet/options"):
            assert raw == source.read_bytes(), name
    assert "loquet/install.sh" in found and "loquet/systemd/loquet-door.service" in found


def test_what_install_places_is_on_the_card() -> None:
    script = firmware.read("install.sh")
    found = files(PLAIN)
    for line in script.splitlines():
        words = line.split()
        beside_a_server = words[1:] and words[1].startswith("mosquitto/")  # a card makes units
        if words[:1] == ["place"] and "$" not in words[1] and not beside_a_server:
            assert f"loquet/{words[1]}" in found, line


def test_a_zip_is_the_same_for_the_same_files() -> None:
    found = files(PLAIN)
    raw = packed(found)
    assert raw == packed(dict(reversed(found.items())))
    with zipfile.ZipFile(BytesIO(raw)) as archive:
        assert archive.testzip() is None
        assert {name: archive.read(name) for name in archive.namelist()} == found


def test_the_software_of_a_unit_comes_with_the_card(tmp_path: Path) -> None:
    name, raw = unit_wheel()
    (tmp_path / name).write_bytes(raw)
    with zipfile.ZipFile(BytesIO(raw)) as archive:
        packages = {path.split("/")[0] for path in archive.namelist()}
        assert any(path.endswith("licenses/LICENSE") for path in archive.namelist())
    assert {"loquet_contract", "loquet_edge"} < packages and "loquet_server" not in packages
    command = [sys.executable, "-m", "pip", "install", "-q", "--no-deps", "--no-index",
               "--no-compile", "--disable-pip-version-check", "--target", str(tmp_path / "there"),
               str(tmp_path / name)]  # fmt: skip
    subprocess.run(command, check=True)
    program = "import loquet_edge.cli, loquet_edge.pinout as p; p.pinout(); print(p.__file__)"
    ran = subprocess.run(
        [sys.executable, "-c", program],
        env={"PYTHONPATH": str(tmp_path / "there")},
        capture_output=True,
        text=True,
        check=True,
    )
    assert ran.stdout.startswith(str(tmp_path / "there"))


def test_the_guide_says_how_much_is_loaded_and_when_it_was_measured() -> None:
    guide = (ROOT / "docs/guides/sd-card.md").read_text()
    said = downloads()
    assert f"{said.total:.0f} MB" in guide and said.measured.isoformat() in guide
    assert f"{said.packages:.1f} MB" in guide and f"{said.system:.1f} MB" in guide


@pytest.mark.parametrize("language", ["README", "LISEZMOI"])
def test_the_note_on_the_card_names_what_is_there(language: str) -> None:
    text = files(PLAIN)[f"LOQUET-{language}.txt"].decode()
    for name in ("user-data", "network-config", "meta-data", "loquet/token", "K7M-4QX", "30"):
        assert name in text
    assert max(map(len, text.splitlines())) <= 105
