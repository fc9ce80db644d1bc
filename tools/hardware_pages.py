"""The pages of ``hardware/`` that are made from data: drawings, lists, sheets, confirmations."""

from __future__ import annotations

import json
import re
import tomllib
from collections.abc import Callable, Iterable
from functools import partial
from html import escape
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tools.parts_list import EXAMPLES, currents_table, power_table, shopping
from tools.wiring import LANGUAGES, drawing, names

if TYPE_CHECKING:
    from loquet_edge.config import UnitConfig

ROOT = Path(__file__).resolve().parents[1]
REPORTS = ROOT / "hardware" / "reports"
KINDS = ("board", "reader", "card", "sensor", "lock")
NONE = "**None yet.** No report has come from real hardware."


def pins(example: str) -> str:
    """Return what ``loquet-edge pins`` says of an example, without the board that it runs on."""
    from loquet_edge.commands.pins import table

    return _screen(list(table(_unit(example)))[1:])


def acts(example: str) -> str:
    """Return what ``loquet-edge commission`` asks for at the first door of an example."""
    from loquet_edge.commissioning import texts
    from loquet_edge.commissioning.acts import plan

    unit = _unit(example)
    asked = plan(unit, unit.doors[0])
    return _screen(
        f"{at + 1}/{len(asked)}  {texts.sentence(each.act, each.subject)}"
        for at, each in enumerate(asked)
    )


def findings() -> str:
    """Return how ``loquet-edge check`` marks what it found."""
    from loquet_edge.commands.check import Finding

    return _screen(
        str(each)
        for each in (
            Finding("reader front-in", True, "it is well"),
            Finding("reader front-in", False, "it is not, and this says what to do"),
            Finding("clock", None, "nothing to judge: read it and decide"),
        )
    )


def _unit(example: str) -> UnitConfig:
    from loquet_edge.config import load

    return load(ROOT / "hardware" / "examples" / example / "unit.toml")


def _screen(lines: Iterable[str]) -> str:
    return "\n".join(["```text", *(line.rstrip() for line in lines), "```"])


TABLES: dict[str, Callable[[], str]] = {
    "power": power_table,
    "currents": currents_table,
    "pins one_door_rc522": partial(pins, "one_door_rc522"),
    "acts one_door_rc522": partial(acts, "one_door_rc522"),
    "findings": findings,
    **{f"shopping {example}": partial(shopping, example) for example in EXAMPLES},
}
MARKED = re.compile(r"<!-- begin (.*?) -->\n.*?<!-- end -->", re.DOTALL)


def filled(name: str) -> str:
    """Return a page of ours with each table between its marks made anew."""
    return MARKED.sub(
        lambda mark: f"<!-- begin {mark[1]} -->\n{TABLES[mark[1]]()}\n<!-- end -->",
        (ROOT / name).read_text("utf-8"),
    )


# ---- the breakdown sheet --------------------------------------------------------------------

PRINT = """@page{size:A4;margin:12mm}
body{font:10pt/1.3 sans-serif;color:#000;background:#fff;max-width:186mm;margin:0 auto}
h1{font-size:20pt;margin:0 0 2mm}h2{font-size:11.5pt;margin:3mm 0 .5mm}
p,ol{margin:0 0 1mm}ol{padding-left:6mm}
table{width:100%;border-collapse:collapse;margin:2mm 0}
td{border:1px solid #000;height:7.5mm;padding:0 2mm}td:first-child{width:46%}
.first{border:2px solid #000;padding:2mm 3mm;font-weight:bold}
section{break-inside:avoid}"""


def breakdown(language: str) -> str:
    """Return the sheet that hangs beside the unit, for a printer."""
    said = tomllib.loads((ROOT / "hardware" / "sheets" / "breakdown.toml").read_text("utf-8"))
    blanks = "".join(f"<tr><td>{escape(each[language])}</td><td></td></tr>\n"
                     for each in said["blanks"])  # fmt: skip
    cases = "".join(_case(each, language) for each in said["cases"])
    title = escape(said["title"][language])
    return (
        f'<!doctype html>\n<html lang="{language}">\n<head>\n<meta charset="utf-8">\n'
        f"<title>{title}</title>\n<style>\n{PRINT}\n</style>\n</head>\n<body>\n"
        f'<h1>{title}</h1>\n<p class="first">{escape(said["first"][language])}</p>\n'
        f"<table>\n{blanks}</table>\n{cases}</body>\n</html>\n"
    )


def _case(case: dict[str, Any], language: str) -> str:
    steps = "".join(f"<li>{escape(each)}</li>\n" for each in case["do"][language])
    return f"<section>\n<h2>{escape(case['when'][language])}</h2>\n<ol>\n{steps}</ol>\n</section>\n"


# ---- what was confirmed on real hardware ----------------------------------------------------


def confirmed(reports: Path = REPORTS) -> str:
    """Return which hardware was confirmed, and by which report."""
    parts = [
        "# Confirmed on real hardware",
        "Made by `make docs` from the reports in [reports](reports/README.md), which"
        " `make hardware-test` writes on a real board.\nWhat is not here has been tried on"
        " simulated Linux devices alone.",
    ]
    found = _confirmations(reports)
    for kind in KINDS:
        rows = [
            f"| {name} | {', '.join(sorted(found[kind][name]))} |" for name in sorted(found[kind])
        ]
        table = "\n".join([f"| {kind} | report |", "|---|---|", *rows]) if rows else NONE
        parts += [f"## {kind.capitalize()}s", table]
    return "\n\n".join(parts) + "\n"


def _confirmations(reports: Path) -> dict[str, dict[str, set[str]]]:
    found: dict[str, dict[str, set[str]]] = {kind: {} for kind in KINDS}
    for file in sorted(reports.glob("*.json")):
        for each in json.loads(file.read_text("utf-8"))["confirmed"]:
            link = f"[{file.stem}](reports/{file.name})"
            found[each["kind"]].setdefault(each["name"], set()).add(link)
    return found


PAGES: dict[str, Callable[[], str]] = {
    **{
        f"hardware/wiring/{name}.{language}.svg": partial(drawing, name, language)
        for name in names()
        for language in LANGUAGES
    },
    "hardware/README.md": partial(filled, "hardware/README.md"),
    "hardware/power.md": partial(filled, "hardware/power.md"),
    "hardware/shopping.md": partial(filled, "hardware/shopping.md"),
    "hardware/confirmed.md": confirmed,
    **{
        f"hardware/sheets/breakdown.{language}.html": partial(breakdown, language)
        for language in LANGUAGES
    },
}
