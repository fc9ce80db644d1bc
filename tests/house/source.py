"""The repository as the house tests see it: its files, its modules, their syntax trees."""

from __future__ import annotations

import ast
import subprocess
import tomllib
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache, cached_property
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
PACKAGES = {
    "loquet_contract": ROOT / "contract/loquet_contract",
    "loquet_edge": ROOT / "edge/loquet_edge",
    "loquet_server": ROOT / "server/loquet_server",
}
GENERATED = ("server/loquet_server/migrations/",)
"""Written once by a tool and never edited: the size budget and names do not apply."""


@dataclass(frozen=True)
class Module:
    """One Python file: its path, its text, and its syntax tree."""

    path: Path
    text: str

    @cached_property
    def tree(self) -> ast.Module:
        return ast.parse(self.text, filename=str(self.path))

    @property
    def name(self) -> str:
        return str(self.path.relative_to(ROOT))


@cache
def files() -> tuple[Path, ...]:
    """Every file that is, or is about to be, in the repository."""
    listed = subprocess.run(
        [
            "git",
            "-c",
            "safe.directory=*",
            "ls-files",
            "-z",
            "--cached",
            "--others",
            "--exclude-standard",
        ],
        cwd=ROOT,
        capture_output=True,
        check=True,
        text=True,
    ).stdout.split("\0")
    return tuple(ROOT / name for name in sorted(listed) if name and (ROOT / name).is_file())


@cache
def text_of(path: Path) -> str:
    """The text of a file; bytes that are none stand as marks."""
    return path.read_text(errors="replace")


@cache
def parsed(path: Path) -> Module:
    """A Python file, parsed once however many rules ask for it, and only for those that do."""
    return Module(path, text_of(path))


@cache
def modules(under: str = "") -> tuple[Module, ...]:
    """Every Python module below a folder, parsed."""
    return tuple(
        parsed(path)
        for path in files()
        if path.suffix == ".py" and str(path.relative_to(ROOT)).startswith(under)
    )


def statements(tree: ast.Module) -> Iterator[ast.stmt | ast.ExceptHandler]:
    """Yield every statement and handler, however deep; far fewer than all nodes."""
    waiting: list[ast.AST] = [tree]
    while waiting:
        node = waiting.pop()
        if isinstance(node, ast.stmt | ast.ExceptHandler):
            yield node
        for part in ("body", "orelse", "handlers", "finalbody", "cases"):
            waiting += getattr(node, part, ())


def product() -> tuple[Module, ...]:
    """The modules that are shipped."""
    return tuple(
        module for folder in ("contract/", "edge/", "server/") for module in modules(folder)
    )


def texts(*suffixes: str) -> Iterator[tuple[str, str]]:
    """Yield name and text of every file with one of these endings."""
    for path in files():
        if path.suffix in suffixes or path.name in suffixes:
            yield str(path.relative_to(ROOT)), text_of(path)


@cache
def pyproject() -> dict[str, object]:
    """The project's own description."""
    return tomllib.loads((ROOT / "pyproject.toml").read_text())


def imports(tree: ast.Module) -> Iterator[tuple[str, int]]:
    """Yield each imported module's full name and its line, wherever the import stands."""
    for node in statements(tree):
        if isinstance(node, ast.Import):
            for alias in node.names:
                yield alias.name, node.lineno
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            yield node.module, node.lineno


def called(node: ast.Call) -> str:
    """The dotted name of what is called, as it is written; empty if it has none."""
    parts: list[str] = []
    at: ast.expr = node.func
    while isinstance(at, ast.Attribute):
        parts.append(at.attr)
        at = at.value
    if isinstance(at, ast.Name):
        parts.append(at.id)
        return ".".join(reversed(parts))
    return "." + ".".join(reversed(parts)) if parts else ""


def expect_none(found: list[str] | set[str], advice: str = "") -> None:
    """Fail with every finding on a line of its own."""
    assert not found, "\n".join([advice, *sorted(found)])
