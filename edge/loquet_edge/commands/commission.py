"""``loquet-edge commission``: names the parts of a proof in a terminal."""

from __future__ import annotations

import sys

from loquet_edge.commissioning.procedure import WrongWord
from loquet_edge.commissioning.terminal import (
    Keyboard,
    Say,
    door_named,
    host_for,
    is_whole,
    prove,
    summary,
)
from loquet_edge.config import UnitConfig
from loquet_edge.errors import EdgeError


class ProofRefused(EdgeError, ValueError):
    """The proof cannot begin; the text says why."""


def commission(config: UnitConfig, name: str | None, installer: str, say: Say) -> int:
    """Prove one door; return the exit status: 0 if the proof is whole."""
    door = door_named(config, name)
    say(f"Door {door.id}: {door.lock}, fail {door.fail.value}, lock line {door.lock_output.line}.")
    host = host_for(config, door)
    try:
        last = prove(host, installer, Keyboard(sys.stdin.fileno()), say)
    except WrongWord as error:
        raise ProofRefused(str(error)) from error
    finally:
        host.close()
    say(summary(last))
    return 0 if is_whole(last) else 2
