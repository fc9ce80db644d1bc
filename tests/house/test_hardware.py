"""hardware/: drawings, bill of materials, sheets and the guided path agree with the code."""

from __future__ import annotations

import json
import re
import textwrap
import tomllib
from collections import Counter
from pathlib import Path

import pytest

from loquet_edge.cli import main as edge
from loquet_edge.config import load
from loquet_edge.config_lines import reader_lines, used_lines
from tests.house.source import ROOT, expect_none
from tools import hardware_pages, parts_list, wiring
from tools.symbols import SYMBOLS

PARTS, NOTES = wiring.parts(), wiring.notes()
DIAGRAMS = {name: wiring.diagram(name) for name in wiring.names()}
ITEMS = {each.id: each for each in parts_list.items()}
LOCKS = {"strike_secure", "strike_safe", "maglock"}
DOORS = ("strike_fail_secure", "strike_fail_safe", "motor_bolt", "maglock", "first_door")


def rung_of(diagram: wiring.Diagram, parts: set[str]) -> list[wiring.Element]:
    return next(
        list(rung.chain)
        for rung in diagram.rungs
        if any(each.part in parts for each in rung.chain)
    )  # fmt: skip


# ---- the drawings -------------------------------------------------------------------------


def test_every_kind_of_door_and_reader_is_drawn() -> None:
    wanted = {*DOORS, "readers_osdp", "reader_wiegand", "desk_sensors", "supply"}
    assert wanted == set(DIAGRAMS)


@pytest.mark.parametrize("name", DIAGRAMS)
def test_a_drawing_is_black_on_white_and_says_what_it_is(name: str) -> None:
    for language in wiring.LANGUAGES:
        svg = wiring.drawing(name, language)
        assert set(re.findall(r"#[0-9a-f]{3,6}\b", svg)) == {"#000", "#fff"}
        assert f"<title>{DIAGRAMS[name].title[language]}</title>" in svg
        assert (ROOT / f"hardware/wiring/{name}.{language}.svg").read_text("utf-8") == svg


def test_every_label_has_room() -> None:
    titles = {box for each in DIAGRAMS.values() for rung in each.rungs
              for box in (rung.start.box, rung.end.box)}  # fmt: skip
    long = [
        f"{part.id} ({language}): {part.words[language]}"
        for part in PARTS.values()
        for language in wiring.LANGUAGES
        if len(textwrap.wrap(part.words[language], 27 if part.id in titles else 19)) > 3
    ]
    expect_none(long)


def test_what_a_drawing_names_is_there_and_nothing_is_left_over() -> None:
    drawn = {part for each in DIAGRAMS.values() for part in each.parts}
    said = {note for each in DIAGRAMS.values() for note in each.notes}
    assert drawn == set(PARTS)
    assert said == set(NOTES)
    expect_none([part.id for part in PARTS.values() if part.symbol not in {*SYMBOLS, "box"}])


@pytest.mark.parametrize("name", DOORS)
def test_a_door_says_that_software_is_not_the_safety_device(name: str) -> None:
    said = set(DIAGRAMS[name].notes)
    assert {"key", "protected"} <= said
    (software,) = said & {"software", "software_handle"}
    assert "not the safety device" in NOTES[software]["en"]
    assert "pas l'organe de sécurité" in NOTES[software]["fr"]
    assert software == "software" or "handle" in said, "where no wire frees it, the handle does"


@pytest.mark.parametrize("name", [name for name in DOORS if name != "motor_bolt"])
def test_a_lock_has_a_fuse_before_and_a_diode_across(name: str) -> None:
    chain = rung_of(DIAGRAMS[name], LOCKS)
    assert chain[0].part == "fuse_lock" and chain[-1].part in LOCKS
    assert chain[-1].across == "flyback"


@pytest.mark.parametrize("name", DOORS)
def test_a_relay_is_held_off_while_nobody_drives_its_line(name: str) -> None:
    chain = next(
        rung.chain for rung in DIAGRAMS[name].rungs
        if (rung.end.box, rung.end.words.get("en")) == ("relay", "IN")
    )  # fmt: skip
    assert chain[-1].drop == "pull_down"


def test_fire_and_exit_are_in_the_circuit_of_a_lock_that_holds_by_current() -> None:
    maglock = [each.part for each in rung_of(DIAGRAMS["maglock"], LOCKS)]
    assert maglock.index("fire_contact") < maglock.index("exit_in_lock") < maglock.index("maglock")
    assert "fire_contact" in [each.part for each in rung_of(DIAGRAMS["strike_fail_safe"], LOCKS)]
    for part in ("fire_contact", "exit_in_lock"):
        assert PARTS[part].symbol.endswith("_nc"), "what opens frees the door"


def test_a_lock_for_moments_has_a_pulse_limiter_and_one_for_hours_has_none() -> None:
    for name in DOORS:
        chain = [each.part for rung in DIAGRAMS[name].rungs for each in rung.chain]
        assert ("limiter" in chain) == ("strike_secure" in chain), name


@pytest.mark.parametrize("name", [name for name, each in DIAGRAMS.items() if each.example])
def test_a_drawing_of_an_example_shows_its_lines(name: str) -> None:
    unit = load(ROOT / "hardware" / "examples" / str(DIAGRAMS[name].example) / "unit.toml")
    used = {each.line for each in used_lines(unit)} | set(reader_lines(unit))
    assert DIAGRAMS[name].lines <= used


def test_the_first_door_is_drawn_whole() -> None:
    unit = load(ROOT / "hardware/examples/one_door_rc522/unit.toml")
    reader = {line for line, role in reader_lines(unit).items() if not role.endswith("CE1")}
    assert DIAGRAMS["first_door"].lines == {each.line for each in used_lines(unit)} | reader


# ---- the bill of materials ----------------------------------------------------------------


def test_every_part_of_a_drawing_can_be_bought() -> None:
    expect_none([part.id for part in PARTS.values() if not part.given and part.bom not in ITEMS])
    expect_none([part.id for part in PARTS.values() if part.given and part.bom in ITEMS])


def test_the_bill_of_the_first_door_has_enough_of_everything() -> None:
    need: Counter[str] = Counter()
    boxes = {end.box for rung in DIAGRAMS["first_door"].rungs for end in (rung.start, rung.end)}
    for rung in DIAGRAMS["first_door"].rungs:
        for each in rung.chain:
            need.update(part for part in (each.part, each.across, each.drop) if part)
    need.update(boxes)
    lacking = []
    for part in (PARTS[name] for name in need if name in PARTS and not PARTS[name].given):
        wanted = 1 if part.id == "unit" else need[part.id]
        if ITEMS[part.bom].quantity["one_door_rc522"] < wanted:
            lacking.append(f"{part.id}: {wanted}")
    expect_none(lacking)


def test_a_line_of_the_bill_can_be_searched_for_and_paid() -> None:
    expect_none(
        [
            each.id
            for each in ITEMS.values()
            if not (each.search and each.purpose and 0 < each.low <= each.high)
            or each.rest > each.most
            or (each.most > 0) != (each.volts > 0)
        ]
    )


def test_every_line_of_the_bill_is_used() -> None:
    drawn = {part.bom for part in PARTS.values()}
    expect_none([each.id for each in ITEMS.values()
                 if each.id not in drawn and not any(each.quantity.values())])  # fmt: skip


def test_the_readers_and_locks_of_an_example_are_in_its_bill() -> None:
    bought = {"rc522": "rc522", "osdp": "osdp_reader", "strike": "strike_secure",
              "maglock": "maglock"}  # fmt: skip
    for example in parts_list.EXAMPLES:
        unit = load(ROOT / "hardware" / "examples" / example / "unit.toml")
        needed = Counter([each.driver for each in unit.all_readers])
        needed.update(door.lock for door in unit.doors)
        kinds = Counter(sensor.kind for desk in unit.desks for sensor in desk.sensors)
        assert {what: ITEMS[bought[what]].quantity[example] for what in needed} == needed
        assert ITEMS["ld2410"].quantity[example] == sum(len(each.radars) for each in unit.desks)
        assert ITEMS["pir"].quantity[example] == kinds["pir"]
        assert ITEMS["seat_switch"].quantity[example] == kinds["seat"]
        assert ITEMS["relay_module"].quantity[example] == len(unit.doors)
        assert ITEMS["exit_button"].quantity[example] >= sum(
            door.exit_input is not None for door in unit.doors
        )


@pytest.mark.parametrize("example", parts_list.EXAMPLES)
def test_the_supply_of_the_bill_is_large_enough(example: str) -> None:
    need = parts_list.budget(example)
    assert need.most <= 0.8 * parts_list.SUPPLY_AMPS
    assert need.converter <= 0.8 * parts_list.CONVERTER_AMPS
    assert need.hours >= parts_list.BATTERY_HOURS


# ---- sheets, confirmations, the guided path -----------------------------------------------


def test_the_breakdown_sheet_says_the_same_in_both_languages() -> None:
    said = tomllib.loads((ROOT / "hardware/sheets/breakdown.toml").read_text("utf-8"))
    for case in said["cases"]:
        assert len(case["do"]["en"]) == len(case["do"]["fr"]) > 1
    for language in wiring.LANGUAGES:
        page = hardware_pages.breakdown(language)
        assert "112" in page and f'lang="{language}"' in page
        assert page.count("<h2>") == len(said["cases"]) >= 6
        assert page.count("<td></td>") == len(said["blanks"])


def test_nothing_is_confirmed_without_a_report(tmp_path: Path) -> None:
    assert hardware_pages.confirmed(tmp_path).count(hardware_pages.NONE) == 5
    report = {"confirmed": [{"kind": "reader", "name": "RC522 (MFRC522 version 0x92)"}]}
    (tmp_path / "pi4-2030-01-01.json").write_text(json.dumps(report))
    page = hardware_pages.confirmed(tmp_path)
    assert "| RC522 (MFRC522 version 0x92) | [pi4-2030-01-01](reports/" in page
    assert page.count(hardware_pages.NONE) == 4


def test_no_report_is_of_a_simulated_board() -> None:
    found = [file.name for file in hardware_pages.REPORTS.glob("*.json")]
    expect_none([name for name in found if not name.startswith("raspberry-pi-")])


def test_every_command_of_the_guided_path_takes_its_options() -> None:
    text = (ROOT / "hardware/README.md").read_text("utf-8")
    shown = re.findall(r"^sudo (loquet-edge [a-z-]+)(.*)$", text, re.M)
    assert {name.split()[1] for name, _ in shown} == {
        "enrol", "pins", "check", "doctor", "commission"
    }  # fmt: skip
    for name, rest in shown:
        command = edge.commands[name.split()[1]]
        options = {option for each in command.params for option in each.opts}
        assert set(re.findall(r"--[a-z-]+", rest)) <= options, name


def test_the_guided_path_installs_as_the_guide_does() -> None:
    def shell(name: str) -> list[str]:
        blocks = re.findall(r"```sh\n(.*?)```", (ROOT / name).read_text("utf-8"), re.S)
        return [line.partition("#")[0].strip() for block in blocks for line in block.splitlines()]

    guide = shell("docs/guides/install-first-door.md")
    ours = [line for line in shell("hardware/README.md")
            if not re.search(r"loquet-edge (doctor|commission)", line)]  # fmt: skip
    expect_none([line for line in ours if line not in guide])


def test_every_drawing_sheet_and_example_can_be_found() -> None:
    text = (ROOT / "hardware/README.md").read_text("utf-8")
    expect_none([name for name in hardware_pages.PAGES
                 if name.endswith((".svg", ".html"))
                 and f"({name.removeprefix('hardware/')})" not in text])  # fmt: skip
    folders = {path.parent.name for path in (ROOT / "hardware/examples").glob("*/unit.toml")}
    expect_none([name for name in folders if f"(examples/{name}/unit.toml)" not in text])


def test_what_the_guided_path_shows_was_made_now() -> None:
    for name in ("hardware/README.md", "hardware/power.md", "hardware/shopping.md"):
        assert hardware_pages.filled(name) == (ROOT / name).read_text("utf-8")
