"""``loquet-edge update``: names the concrete parts of an update."""

import platform
import shlex
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from loquet_edge.config import load
from loquet_edge.identity import UnitIdentity
from loquet_edge.link.fetch import Web, open_web
from loquet_edge.update.environment import Environments
from loquet_edge.update.offer import ask, fetch
from loquet_edge.update.places import Places
from loquet_edge.update.trial import ThisUnit
from loquet_edge.update.updating import Update

RESTART = "systemctl restart loquet-lockguard loquet-door loquet-link"


@dataclass(frozen=True, slots=True)
class Wanted:
    """What somebody asked for."""

    only_ask: bool = False
    older: bool = False
    link: Path = Path("/opt/loquet")
    releases: Path = Path("/opt/loquet-releases")
    restart: str = RESTART
    extras: str = "edge,pi"


def update(
    file: Path,
    wanted: Wanted,
    say: Callable[[str], None],
    environments: Environments | None = None,
    web: Web = open_web,
) -> int:
    """Ask, and take what is offered; return the exit status. Raise UpdateRefused."""
    config = load(file)
    identity = UnitIdentity.load(config.identity)
    places = Places(wanted.link, wanted.releases)
    running = places.in_force()
    work = Update(
        places,
        ThisUnit(config, file, tuple(shlex.split(wanted.restart))),
        environments or Environments(extras=wanted.extras),
        config.data,
        say,
    )
    if (kept := work.resume()) is not None:
        return 0 if kept else 1
    found = ask(identity, running, web)
    if found is None or found.version == running:
        say(f"release {running} is what this unit is to run")
        return 0
    say(f"release {found.version} is offered; {running} runs")
    if wanted.only_ask:
        return 0
    tags = (f"cp{sys.version_info.major}{sys.version_info.minor}", platform.machine())
    server = identity.identity.server_address
    kept = work.install(
        found, lambda place: fetch(found, place, server, tags, web, say), older=wanted.older
    )
    return 0 if kept else 1
