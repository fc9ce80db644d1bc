"""What a server writes to a unit's SD card, and what is left of it on the unit that started."""

from __future__ import annotations

import zipfile
from io import BytesIO
from pathlib import Path

from loquet_edge.adoption.waiting import TOKEN
from loquet_server.database import Database
from loquet_server.keys import Keys
from tests.firmware.first_start import (
    FILES,
    inserted,
    kept_in,
    raspberry,
    read_by_cloud_init,
    script,
)
from tests.server.desk import make_office
from tests.server.house import House
from tests.server.pages.desk import browser

PASSPHRASE = "quatorze loriots jaunes"
CHOSEN = {
    "host": "atelier", "model": "pi4", "way": "token", "network": "wifi", "ssid": "Maison",
    "passphrase": PASSPHRASE, "wpa": "wpa2", "country": "FR", "timezone": "Europe/Paris",
    "rtc": "none",
}  # fmt: skip


async def a_first_start(folder: Path, keys: Keys) -> dict[str, bytes]:
    """Return every file of a unit's card: as the server made it, and after the first start.

    The server's database lies in the folder. The software itself is left out: it is everybody's.
    """
    made = {
        name: raw for name, raw in (await _card(folder, keys)).items() if not name.endswith(".whl")
    }
    root = raspberry(folder)
    boot = inserted(root, made)
    read_by_cloud_init(root, "loquet-atelier")
    ran = script(root, "first-start", FILES, here=boot / "loquet")
    assert ran.returncode == 0, ran.stderr
    left = kept_in(root)
    assert f"etc/loquet/{TOKEN}" in left
    return {f"card/{name}": raw for name, raw in made.items()} | {
        f"unit/{name}": raw for name, raw in left.items()
    }


async def _card(folder: Path, keys: Keys) -> dict[str, bytes]:
    database = Database(f"sqlite+aiosqlite:///{folder / 'server.db'}")
    try:
        house = House(database)
        house.keys = keys
        office, _ = make_office(house, folder / "office")
        async with browser(office) as pages:
            answer = await pages.post("/units/card", data=CHOSEN)
        assert answer.status_code == 200, answer.text
        with zipfile.ZipFile(BytesIO(answer.content)) as archive:
            return {name: archive.read(name) for name in archive.namelist()}
    finally:
        await database.close()
