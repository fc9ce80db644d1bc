"""The repository as the house tests see it: its files, its modules, their syntax trees."""

from __future__ import annotations

import ast
import subprocess
import tomllib
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
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
    """One Python file: its path from the root, and its syntax tree."""

    path: Path
    tree: ast.Module

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
def modules(under: str = "") -> tuple[Module, ...]:
    """Every Python module below a folder, parsed."""
    return tuple(
        Module(path, ast.parse(path.read_text(), filename=str(path)))
        for path in files()
        if path.suffix == ".py" and str(path.relative_to(ROOT)).startswith(under)
    )


def product() -> tuple[Module, ...]:
    """The modules that are shipped."""
    return tuple(
        module for folder in ("contract/", "edge/", "server/") for module in modules(folder)
    )


def texts(*suffixes: str) -> Iterator[tuple[str, str]]:
    """Yield name and text of every file with one of these endings."""
    for path in files():
        if path.suffix in suffixes or path.name in suffixes:
            yield str(path.relative_to(ROOT)), path.read_text()


@cache
def pyproject() -> dict[str, object]:
    """The project's own description."""
    return tomllib.loads((ROOT / "pyproject.toml").read_text())


def imports(tree: ast.Module) -> Iterator[tuple[str, int]]:
    """Yield each imported module's full name and its line, wherever the import stands."""
    for node in ast.walk(tree):
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
