"""The size budget: a function fits on a screen, a file in a head; exceptions give a reason."""

from __future__ import annotations

import ast
import tomllib
from collections.abc import Iterator
from pathlib import Path

from tests.house.source import GENERATED, ROOT, files, modules, statements, text_of

MOST_FUNCTION_LINES = 50
MOST_FILE_LINES = 400
COUNTED = (".py", ".js", ".html", ".css", ".c", ".h")
EXCEPTIONS = tomllib.loads(Path(__file__).with_name("exceptions.toml").read_text())["exception"]


def long_files() -> Iterator[tuple[str, int]]:
    for path in files():
        name = str(path.relative_to(ROOT))
        if path.suffix in COUNTED and not name.startswith(GENERATED):
            lines = len(text_of(path).splitlines())
            if lines > MOST_FILE_LINES:
                yield name, lines


def long_functions() -> Iterator[tuple[str, int]]:
    for module in modules():
        if module.name.startswith(GENERATED):
            continue
        for node in statements(module.tree):
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
                lines = (node.end_lineno or node.lineno) - node.lineno + 1
                if lines > MOST_FUNCTION_LINES:
                    yield f"{module.name}::{node.name}", lines


def allowed(name: str) -> int:
    return max((each["lines"] for each in EXCEPTIONS if each["path"] == name), default=0)


def test_files_and_functions_keep_to_the_budget() -> None:
    over = [
        f"{name}: {lines} lines"
        for name, lines in (*long_files(), *long_functions())
        if lines > allowed(name)
    ]
    assert not over, "split these, or give a reason in exceptions.toml:\n" + "\n".join(over)


def test_every_exception_is_needed_and_has_a_reason() -> None:
    needed = {name for name, _ in (*long_files(), *long_functions())}
    assert [each["path"] for each in EXCEPTIONS if each["path"] not in needed] == []
    assert [each["path"] for each in EXCEPTIONS if len(each["reason"].split()) < 6] == []
