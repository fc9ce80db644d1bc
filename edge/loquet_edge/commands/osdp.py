"""``loquet-edge osdp-key`` and ``osdp-install``: a reader's key, and giving it to the reader."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator

from loquet_edge import osdp_key_files as files
from loquet_edge.config import UnitConfig
from loquet_edge.config_readers import OsdpWiring
from loquet_edge.drivers.osdp import Member, OsdpBus
from loquet_edge.drivers.ports import ReaderLost
from loquet_edge.errors import EdgeError
from loquet_edge.inspection import ask
from loquet_edge.key_windows import SPAN_SECONDS

LOOK_SECONDS = 0.5


class NotThere(EdgeError, LookupError):
    """What was asked for is not in the configuration, or not as it has to be."""


def key(config: UnitConfig, reader: str, *, new: bool) -> Iterator[str]:
    """Make a reader's key where there is none, or the next one; give lines to print."""
    path = _wiring(config, reader).key_file
    following = files.next_path(path)
    if new and path.exists():
        if following.exists():
            raise NotThere(
                f"{following} waits already: give it to the reader with"
                f" loquet-edge osdp-install {reader}, or remove it"
            )
        files.make(following)
    elif not path.exists():
        files.make(path)
    keys = files.load(path, reader)
    yield f"key of {reader}: {path}, mark {files.mark_of(keys[0])}"
    if len(keys) > 1:
        yield f"next key: {following}, mark {files.mark_of(keys[1])}"
    yield f"give it to the reader: loquet-edge osdp-install {reader} --config {config.file}"


def install(
    config: UnitConfig, reader: str, sleep: Callable[[float], None] = time.sleep
) -> Iterator[str]:
    """Have the running unit give a reader its key; give lines to print, raise if it did not."""
    wiring = _wiring(config, reader)
    files.load(wiring.key_file, reader)
    said = ask(config.run, op="key_window", reader=reader)
    act = "turn the re-arm key once"
    if said["by"] != "rearm":
        act = "press the exit button of" if said["by"] == "exit" else "open and close"
        act += f" door {said['door']} {said['times']} times within {SPAN_SECONDS:.0f} s"
    yield f"now {act} ({said['seconds']} s left to do so)"
    opened = False
    while True:
        said = ask(config.run, op="key_window_state", reader=reader)
        state = str(said["state"])
        if state == "open" and not opened:
            opened = True
            yield f"the window is open for {said['seconds']} s; the reader may be connected now"
        if state not in ("asked", "open"):
            break
        sleep(LOOK_SECONDS)
    if state != "set":
        raise NotThere(f"reader {reader} has no new key: {_WHY.get(state, state)}")
    if files.promote(wiring.key_file):
        yield "the new key has taken the place of the old one"
    yield f"reader {reader} has the key with mark {files.mark_of(_key(config, reader))}"


def finding(reader: str, wiring: OsdpWiring, *, running: bool) -> tuple[bool | None, str]:
    """Return whether a reader's secure channel can be set up, None where a unit has the line."""
    try:
        keys = files.load(wiring.key_file, reader)
    except files.KeyFileFault as error:
        return False, str(error)
    if running:
        return None, f"{wiring.device}: its key is there; a unit runs here and has the line"
    bus = OsdpBus(wiring.device, wiring.baud, [Member(reader, wiring.address, keys)])
    try:
        while True:
            now = time.monotonic()
            found = bus.poll(now)
            lost = next((each.detail for each in found if isinstance(each, ReaderLost)), None)
            if lost is not None:
                return False, lost
            if bus.secure(reader):
                return True, f"{wiring.device} address {wiring.address}: its secure channel stands"
            time.sleep(max(0.0, bus.next_poll(now) - time.monotonic()))
    finally:
        bus.close()


_WHY = {
    "unconfirmed": "nobody confirmed on the spot in time; ask again",
    "closed": "the time is over. It took no key: look at its address and speed, and put it into"
    " its install mode (its maker's manual says how), then ask again",
    "none": "the unit was started anew meanwhile; ask again",
}


def _key(config: UnitConfig, reader: str) -> bytes:
    return files.load(_wiring(config, reader).key_file, reader)[0]


def _wiring(config: UnitConfig, reader: str) -> OsdpWiring:
    found = {
        each.id: each.wiring
        for each in config.all_readers
        if isinstance(each.wiring, OsdpWiring)
    }  # fmt: skip
    for name, wiring in found.items():
        if name == reader:
            return wiring
    here = ", ".join(sorted(found)) or "none"
    raise NotThere(f'no reader {reader!r} with driver = "osdp" in {config.file}; there are: {here}')
