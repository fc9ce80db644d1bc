"""Names say what a thing is for; broad excepts say why; the repository speaks of the product."""

from __future__ import annotations

import ast
import re

import pytest

from tests.house.source import (
    ROOT,
    Module,
    expect_none,
    files,
    modules,
    product,
    statements,
    text_of,
)

EMPTY_NAMES = {"util", "utils", "helper", "helpers", "misc", "common", "manager", "managers"}
EMPTY_CLASS = re.compile(r"(Manager|Handler|Helper|Utils?)$")

FOREIGN_WORDS = (
    # Written with a class of one letter so that this file does not hold the words itself.
    r"/(?:wor[k]|far[m])/",
    r"pypi\.or[g]",
    r"pythonhoste[d]",
    r"npmj[s]\.",
    r"--(?:extra-)?index-ur[l]\b(?!.*emit)",
    r"\bClaud[e]\b",
    r"\bAnthropi[c]\b",
    r"\bLLM[s]?\b",
    r"\bCE[O]\b",
    r"\bDESIG[N]\b",
    r"\bSTYL[E]\.md",
    r"\bTOD[O]\b|\bFIXM[E]\b|\bXX[X]\b",
)
TEXT = {".py", ".md", ".toml", ".txt", ".html", ".js", ".css", ".yml", ".yaml", ".json", ".conf",
        ".service", ".rules", ".nft", ".c", ".h", ".csv", ".svg", ".po", ""}  # fmt: skip


def test_modules_and_classes_have_names_that_say_something() -> None:
    empty = [module.name for module in modules() if EMPTY_NAMES & set(module.name[:-3].split("/"))]
    empty += [
        f"{module.name}:{node.lineno} class {node.name}"
        for module in modules()
        for node in statements(module.tree)
        if isinstance(node, ast.ClassDef) and EMPTY_CLASS.search(node.name)
    ]
    expect_none(empty)


@pytest.mark.parametrize("words", FOREIGN_WORDS)
def test_the_repository_speaks_of_the_product_alone(words: str) -> None:
    pattern = re.compile(words)
    found = [
        f"{path.relative_to(ROOT)}:{number}: {line.strip()[:100]}"
        for path in files()
        if path.suffix in TEXT and pattern.search(text_of(path))
        for number, line in enumerate(text_of(path).splitlines(), 1)
        if pattern.search(line)
    ]
    expect_none(found)


def _undefended(module: Module) -> list[str]:
    lines = module.text.splitlines()
    found = []
    for node in statements(module.tree):
        if not isinstance(node, ast.ExceptHandler):
            continue
        caught = "everything" if node.type is None else ast.unparse(node.type)
        if caught not in ("everything", "Exception", "BaseException"):
            continue
        if isinstance(node.body[-1], ast.Raise) and node.body[-1].exc is None:
            continue  # tidies up and passes it on
        near = lines[max(0, node.lineno - 2) : node.lineno + 2]
        said = " ".join(line.split("#", 1)[1] for line in near if "#" in line)
        if len(re.sub(r"noqa: ?[A-Z0-9, ]+", "", said).split()) < 5:
            found.append(f"{module.name}:{node.lineno} catches {caught} and does not say why")
    return found


def test_a_broad_except_is_defended_by_a_sentence() -> None:
    expect_none([each for module in product() for each in _undefended(module)])
