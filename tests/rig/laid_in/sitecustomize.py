"""Python imports this before the program; it waits for modules of the product and spoils them."""

from __future__ import annotations

import importlib.abc
import importlib.util
import os
import sys
import time
from collections.abc import Callable, Sequence
from importlib.machinery import ModuleSpec
from pathlib import Path
from types import ModuleType
from typing import Any


class Spoiling(importlib.abc.MetaPathFinder):
    """Has something done to one module as soon as the program has imported it."""

    def __init__(self, name: str, spoil: Callable[[Any], None]) -> None:
        self.name, self.spoil = name, spoil

    def find_spec(
        self, name: str, path: Sequence[str] | None, target: ModuleType | None = None
    ) -> ModuleSpec | None:
        if name != self.name:
            return None
        sys.meta_path.remove(self)
        spec = importlib.util.find_spec(name)
        assert spec is not None
        assert spec.loader is not None
        execute = spec.loader.exec_module

        def spoiled(module: ModuleType) -> None:
            execute(module)
            self.spoil(module)

        spec.loader.exec_module = spoiled  # type: ignore[method-assign]
        return spec


def dial_again(module: Any) -> None:
    first, longest = map(float, os.environ["LOQUET_RIG_PAUSES"].split())
    module.Backoff.__init__.__defaults__ = (first, longest, None)


def soon_long(module: Any) -> None:
    module._MAX_LOG = int(os.environ["LOQUET_RIG_LONG_LOG"])


def met(name: str) -> bool:
    """Whether the fault of that name is on; if so, note that somebody has met it."""
    flag, noted = map(Path, os.environ[name].split(os.pathsep))
    if not flag.exists():
        return False
    with noted.open("ab") as file:
        file.write(b".")
    return True


def raise_in_callbacks(module: Any) -> None:
    subscribe = module.GpioInputLine.subscribe

    def broken(active: bool, seconds: float) -> None:
        if met("LOQUET_RIG_RAISES"):
            raise RuntimeError("broken subscriber")

    def both(line: Any, callback: Any) -> None:
        subscribe(line, broken)
        subscribe(line, callback)

    module.GpioInputLine.subscribe = both


def stick_in_chores(module: Any) -> None:
    check = module.UnitClock.check

    def stuck(clock: Any) -> Any:
        while met("LOQUET_RIG_STUCK"):
            time.sleep(0.01)
        return check(clock)

    module.UnitClock.check = stuck


for word, name, spoil in (
    ("LOQUET_RIG_PAUSES", "loquet_edge.link.session", dial_again),
    ("LOQUET_RIG_LONG_LOG", "loquet_edge.policy_file", soon_long),
    ("LOQUET_RIG_RAISES", "loquet_edge.drivers.lines", raise_in_callbacks),
    ("LOQUET_RIG_STUCK", "loquet_edge.clock", stick_in_chores),
):
    if word in os.environ:
        sys.meta_path.insert(0, Spoiling(name, spoil))
