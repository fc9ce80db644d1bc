"""The files of one card, composed from what was chosen.

cloud-init (NoCloud) reads ``user-data``, ``network-config`` and ``meta-data`` from the boot
partition, once, at the first start of Raspberry Pi OS trixie. They do as little as they can: a
name, a person who may sign in, the network, and one service. That service runs
``loquet/install.sh``, the same script that a Pi takes which already runs.

Only keys of cloud-init's own schema are used. The ``rpi:`` keys of Raspberry Pi OS are not: the
module behind them starts the computer again in the middle of the first start.
"""

from collections.abc import Mapping

from loquet_server.sdcards import firmware, yaml
from loquet_server.sdcards.schemas import CardForm
from loquet_server.sdcards.wifi import network_key

LOGIN = "installer"
"""Who may sign in, by SSH and by key alone. Being named at all keeps the wizard of the first start
away, which would wait for a keyboard; Raspberry Pi OS gives its own user this name."""
SETUP = "/etc/systemd/system/loquet-setup.service"
FOLDER = "loquet"


def files(form: CardForm, instance: str, token: str) -> dict[str, bytes]:
    """Return what goes on the boot partition, by path; ``token`` is empty without one."""
    found = {
        "user-data": "#cloud-config\n" + yaml.dump(user_data(form)),
        "network-config": yaml.dump(network_config(form)),
        "meta-data": yaml.dump(meta_data(form, instance)),
        f"{FOLDER}/options": options(form),
        "LOQUET-README.txt": firmware.read("card/README.txt"),
        "LOQUET-LISEZMOI.txt": firmware.read("card/LISEZMOI.txt"),
    }
    if token:
        found[f"{FOLDER}/token"] = token + "\n"
    card = {name: text.encode() for name, text in found.items()}
    return card | {f"{FOLDER}/{name}": raw for name, raw in firmware.unit_files().items()}


def user_data(form: CardForm) -> Mapping[str, yaml.Plain]:
    """Return cloud-init's configuration."""
    person: dict[str, yaml.Plain] = {
        "name": LOGIN,
        "gecos": "Loquet installer",
        "groups": ["adm", "sudo"],
        "shell": "/bin/bash",
        "lock_passwd": True,
    }
    if form.ssh_key:
        person |= {"sudo": "ALL=(ALL) NOPASSWD:ALL", "ssh_authorized_keys": [form.ssh_key]}
    service = firmware.read("systemd/loquet-setup.service")
    return {
        "hostname": form.host,
        "manage_etc_hosts": True,
        "timezone": form.timezone,
        "ssh_pwauth": False,
        "users": [person],
        "write_files": [
            {"path": SETUP, "owner": "root:root", "permissions": "0644", "content": service}
        ],
        "runcmd": [
            ["systemctl", "daemon-reload"],
            ["systemctl", "enable", "--now", "--no-block", "loquet-setup.service"],
        ],
    }


def network_config(form: CardForm) -> Mapping[str, yaml.Plain]:
    """Return netplan's configuration; a cable works in any case."""
    network: dict[str, yaml.Plain] = {
        "version": 2,
        "ethernets": {"eth0": {"dhcp4": True, "dhcp6": True, "optional": True}},
    }
    if form.network == "wifi":
        wlan: dict[str, yaml.Plain] = {
            "dhcp4": True,
            "dhcp6": True,
            "optional": False,
            "regulatory-domain": form.country,
            "access-points": {form.ssid: _access(form)},
        }
        network["wifis"] = {"wlan0": wlan}
    return {"network": network}


def _access(form: CardForm) -> Mapping[str, yaml.Plain]:
    if form.wpa == "wpa3":  # SAE proves the passphrase itself: there is no key to write instead
        return {"auth": {"key-management": "sae", "password": form.passphrase}}
    return {"password": network_key(form.ssid, form.passphrase)}


def meta_data(form: CardForm, instance: str) -> Mapping[str, yaml.Plain]:
    """Return who this card is: another id makes cloud-init begin anew."""
    return {"dsmode": "local", "instance-id": instance, "local-hostname": form.host}


def options(form: CardForm) -> str:
    """Return what ``install.sh first-start`` is asked for, one ``name=value`` a line."""
    said = {
        "ssh": _word(bool(form.ssh_key)),
        "find": _word(form.way == "find"),
        "uart": _word(form.uart),
        "rtc": form.rtc.value,
        "frozen": _word(form.frozen),
        "readers": "osdp" if form.osdp else "",
        "ntp": form.ntp,
    }
    return "".join(f"{name}={value}\n" for name, value in said.items())


def _word(yes: bool) -> str:
    return "yes" if yes else "no"
