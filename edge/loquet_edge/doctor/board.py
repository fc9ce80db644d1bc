"""Looks at the board: what config.txt enables, devices, and who holds the lines.

Sources: Raspberry Pi documentation, "config.txt", "The Linux kernel" (device trees, overlays).
"""

from __future__ import annotations

from collections.abc import Iterator

from loquet_contract.wire.events_proof import ExamVerdict
from loquet_edge.config import UnitConfig
from loquet_edge.config_lines import reader_lines, used_lines
from loquet_edge.config_readers import Rc522Wiring
from loquet_edge.doctor.findings import Finding
from loquet_edge.doctor.system import System

CONFIG_FILES = ("/boot/firmware/config.txt", "/boot/config.txt")
"""Raspberry Pi OS since bookworm, and before."""
_OK, _BAD, _WARN = ExamVerdict.OK, ExamVerdict.BAD, ExamVerdict.WARN


def enabled(system: System) -> tuple[str, list[str]] | None:
    """Return config.txt and its lines, without comments; None if there is none."""
    for name in CONFIG_FILES:
        text = system.text(name)
        if text is not None:
            lines = (line.partition("#")[0].strip() for line in text.splitlines())
            return name, [line for line in lines if line]
    return None


def _parameters(lines: list[str]) -> set[str]:
    """Return every ``dtparam`` and ``dtoverlay``, one each."""
    found = set()
    for line in lines:
        key, _, value = line.partition("=")
        if key.strip() == "dtparam":
            found |= {each.strip() for each in value.split(",")}
        elif key.strip() == "dtoverlay":
            found.add(f"overlay:{value.split(',')[0].strip()}")
        else:
            found.add(line.replace(" ", ""))
    return found


def buses(config: UnitConfig, system: System) -> Iterator[Finding]:
    """Whether the buses that the readers hang on are enabled, and their devices there."""
    if config.simulated:
        return
    known = enabled(system)
    file, parameters = ("config.txt", None) if known is None else (known[0], _parameters(known[1]))
    for reader in config.all_readers:
        wiring = reader.wiring
        if isinstance(wiring, Rc522Wiring):
            device = f"/dev/spidev{wiring.bus}.{wiring.device}"
            wanted = "spi=on" if wiring.bus == 0 else f"overlay:spi{wiring.bus}-1cs"
            yield _bus(system, reader.id, device, _named(wanted, parameters), file)
        elif (path := getattr(wiring, "device", None)) is not None:
            yield _bus(system, reader.id, str(path), None, file)


def _named(wanted: str, parameters: set[str] | None) -> str | None:
    """Return what config.txt lacks; None if nothing, or nobody knows."""
    if parameters is None:
        return None
    start, _, _ = wanted.partition("-")
    if any(each == wanted or each.startswith(f"{start}-") for each in parameters):
        return None
    return wanted.replace("overlay:", "dtoverlay=") if ":" in wanted else f"dtparam={wanted}"


def _bus(system: System, reader: str, device: str, lacks: str | None, file: str) -> Finding:
    if not system.path(device).exists():
        spi = "dtparam=spi=on counts from the next start: sudo reboot"
        plain = spi if "spidev" in device else "is the adapter plugged in?"
        advice = f"write {lacks} in {file} and reboot" if lacks else plain
        return Finding("bus", _BAD, f"{device} is not there", reader, advice)
    if not system.usable(device):
        group = "spi" if "spidev" in device else "dialout"
        advice = f"say sudo loquet-edge, or add the user to group {group}"
        return Finding("bus", _BAD, f"{device} may not be used", reader, advice)
    if lacks:
        return Finding("bus", _WARN, f"{device}, but {file} does not say {lacks}", reader)
    return Finding("bus", _OK, device, reader)


def strict_gpiod(config: UnitConfig, system: System) -> Iterator[Finding]:
    """Whether lines fall back to their reset state when their process dies."""
    known = enabled(system)
    if config.simulated or known is None:
        return
    if _parameters(known[1]) & {"strict_gpiod", "strict_gpiod=on"}:
        yield Finding("strict_gpiod", _OK, "dtparam=strict_gpiod")
        return
    yield Finding(
        "strict_gpiod", _WARN, f"not in {known[0]}", "",
        "write dtparam=strict_gpiod there: a lock must not stay released when a process dies",
    )  # fmt: skip


def lines_free(config: UnitConfig, system: System, *, running: bool) -> Iterator[Finding]:
    """Whether somebody else holds a line of ours; what ``gpioinfo`` says of each."""
    if config.simulated or running:
        return
    text = system.program("gpioinfo", "gpiochip0") or system.program("gpioinfo")
    if text is None:
        return
    taken = holders(text)
    used = {each.line: each.role for each in used_lines(config)} | reader_lines(config)
    ours = {number: role for number, role in used.items() if number in taken}
    # The kernel holds the chip selects of a bus itself: that is how the bus works.
    wrong = {each: role for each, role in ours.items() if not taken[each].startswith("spi")}
    for number, role in sorted(wrong.items()):
        yield Finding(
            "lines", _BAD, f"GPIO{number} is held by {taken[number]}", role,
            "stop that program, or take the overlay out of config.txt",
        )  # fmt: skip
    if not wrong:
        yield Finding("lines", _OK, f"{len(used)} lines, nobody else holds one")


def holders(text: str) -> dict[int, str]:
    """Return who holds which line of the first chip, from what ``gpioinfo`` prints.

    libgpiod 1 prints the consumer in quotes and ``[used]``, libgpiod 2 ``consumer=NAME``.
    """
    found: dict[int, str] = {}
    chips = 0
    for row in text.splitlines():
        words = row.split()
        chips += row.startswith("gpiochip")
        if chips > 1:
            break
        if len(words) < 2 or words[0] != "line" or not words[1].rstrip(":").isdigit():
            continue
        number = int(words[1].rstrip(":"))
        consumer = next((each for each in words if each.startswith("consumer=")), None)
        if consumer is not None:
            found[number] = consumer.partition("=")[2].strip('"')
        elif "[used]" in row:
            quoted = row.split('"')[1::2]
            found[number] = quoted[-1] if quoted else words[3]
    return found
