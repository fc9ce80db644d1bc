"""Pure rooms: they are given the time, and touch nothing outside."""

from __future__ import annotations

import ast

import pytest

from tests.house.source import called, expect_none, imports, modules

PURE = {
    "contract/loquet_contract/access/": ("loquet_contract.access", "loquet_contract.ids"),
    "edge/loquet_edge/door/": ("loquet_contract", "loquet_edge.door", "loquet_edge.door_rules"),
    "edge/loquet_edge/door_rules.py": (),
    "edge/loquet_edge/desk/": ("loquet_contract", "loquet_edge.desk", "loquet_edge.desk_rules"),
    "edge/loquet_edge/desk_rules.py": (),
    "edge/loquet_edge/beam/": ("loquet_contract", "loquet_edge.beam"),
    "edge/loquet_edge/replay/": ("loquet_contract", "loquet_edge.desk", "loquet_edge.replay"),
    "edge/loquet_edge/unconfirmed.py": ("loquet_contract",),
    "edge/loquet_edge/protocols/": ("cryptography", "loquet_contract", "loquet_edge.protocols"),
    "edge/loquet_edge/link/outbox.py": ("loquet_contract",),
    "server/loquet_server/hours/": (
        "holidays",
        "loquet_contract",
        "loquet_server.hours",
        "opening_hours",
    ),
    **{
        f"server/loquet_server/policy/{room}.py": (
            "loquet_contract",
            "loquet_server.hours",
            "loquet_server.policy.people",
            "loquet_server.policy.places",
            "loquet_server.policy.rows",
            "loquet_server.policy.rules",
            "loquet_server.policy.timetable",
        )
        for room in ("changes", "compiler", "people", "places", "rules", "timetable")
    },
    "server/loquet_server/policy/rows.py": (),
}
"""Each pure room, and the rooms of ours that it may import."""

CALM = {
    "__future__", "abc", "base64", "bisect", "collections", "collections.abc", "csv", "dataclasses",
    "datetime", "enum", "functools", "hashlib", "heapq", "hmac", "itertools", "json", "math",
    "operator", "re", "struct", "types", "typing", "zoneinfo",
}  # fmt: skip
"""Of the standard library: what neither looks at the world nor changes it. ``zoneinfo`` reads
the system's zone files, which are constants here; only the compiler needs it."""

LOOKS_OUTSIDE = {"open", "print", "input", "exec", "eval", "breakpoint", "__import__"}
TELLS_TIME = ("now", "utcnow", "today")


@pytest.mark.parametrize("room", PURE)
def test_a_pure_room_is_there(room: str) -> None:
    assert modules(room), f"{room} has no module"


@pytest.mark.parametrize("room", PURE)
def test_a_pure_room_imports_only_calm_modules(room: str) -> None:
    foreign = [
        f"{module.name}:{line} imports {name}"
        for module in modules(room)
        for name, line in imports(module.tree)
        if name not in CALM and not any((name + ".").startswith(own + ".") for own in PURE[room])
    ]
    expect_none(foreign)


@pytest.mark.parametrize("room", PURE)
def test_a_pure_room_is_given_the_time_and_opens_nothing(room: str) -> None:
    found = []
    for module in modules(room):
        for node in ast.walk(module.tree):
            if not isinstance(node, ast.Call):
                continue
            name = called(node)
            if name in LOOKS_OUTSIDE or ("." in name and name.split(".")[-1] in TELLS_TIME):
                found.append(f"{module.name}:{node.lineno} calls {name}")
    expect_none(found)
