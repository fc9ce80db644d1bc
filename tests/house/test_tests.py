"""Tests wait on conditions, patch nothing by name, skip nothing, and can fail."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator

from tests.house.source import Module, called, expect_none, modules, statements

SLEEPS = {"sleep", "time.sleep", "asyncio.sleep", "anyio.sleep"}
SKIPS = re.compile(r"(pytest|unittest)\.(mark\.)?(skip\w*|xfail|importorskip)")
ASSERTING = re.compile(r"(^|[._])(assert|check|expect|wait|until|raises|warns|verify|fail)")
Function = ast.FunctionDef | ast.AsyncFunctionDef


def functions(module: Module) -> Iterator[Function]:
    for node in statements(module.tree):
        if isinstance(node, Function):
            yield node


def _in_loop(function: Function, call: ast.Call) -> bool:
    return any(call in ast.walk(loop) for loop in ast.walk(function) if isinstance(loop, ast.While))


def test_no_test_sleeps() -> None:
    """A sleep stands only in a ``while`` loop, which ends when what it waits for is there."""
    slept = [
        f"{module.name}:{node.lineno} {function.name}"
        for module in modules("tests/")
        for function in functions(module)
        for node in ast.walk(function)
        if isinstance(node, ast.Call) and called(node) in SLEEPS
        if not _in_loop(function, node)
    ]
    expect_none(slept)


def test_no_test_is_skipped() -> None:
    skipped = [
        f"{module.name}:{node.lineno} {ast.unparse(node)}"
        for module in modules("tests/")
        for node in ast.walk(module.tree)
        if isinstance(node, ast.Attribute) and SKIPS.fullmatch(ast.unparse(node))
    ]
    expect_none(skipped)


def test_nothing_is_patched_by_its_name() -> None:
    patched = []
    for module in modules("tests/"):
        for node in ast.walk(module.tree):
            if not isinstance(node, ast.Call):
                continue
            name = called(node)
            by_text = bool(node.args) and isinstance(node.args[0], ast.Constant)
            if name.split(".")[-1] == "patch" and by_text:
                patched.append(f"{module.name}:{node.lineno} {name}")
            if name.endswith("monkeypatch.setattr") and by_text:
                patched.append(f"{module.name}:{node.lineno} {name}")
    expect_none(patched)


def _asserts(function: Function) -> bool:
    return any(
        isinstance(node, ast.Assert | ast.Raise)
        or (isinstance(node, ast.Call) and ASSERTING.search(called(node)) is not None)
        for node in ast.walk(function)
    )


def test_every_test_can_fail() -> None:
    """By an assertion of its own, or by one in a function of the tests that it calls."""
    every = [(module, function) for module in modules("tests/") for function in functions(module)]
    checking = {function.name for _, function in every if _asserts(function)}
    expect_none(
        [
            f"{module.name}:{function.lineno} {function.name}"
            for module, function in every
            if function.name.startswith("test_")
            and not _asserts(function)
            and not any(
                called(node).split(".")[-1] in checking
                for node in ast.walk(function)
                if isinstance(node, ast.Call)
            )
        ]
    )
