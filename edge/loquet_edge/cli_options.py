"""What commands of ``loquet-edge`` have in common: where the unit's configuration is."""

from __future__ import annotations

import os
from pathlib import Path

import click

_PLACES = (Path("unit.toml"), Path("/etc/loquet/unit.toml"))


def _find(_ctx: click.Context, _param: click.Parameter, value: Path | None) -> Path:
    if value is not None:
        return value
    found = next((place for place in _PLACES if place.exists()), None)
    if found is None:  # a unit that nobody has adopted yet: where its services will look for it
        here, installed = _PLACES
        found = installed if os.access(installed.parent, os.W_OK) else here
    return found


config_option = click.option(
    "--config",
    type=click.Path(path_type=Path, dir_okay=False),
    callback=_find,
    help="The unit's configuration.  [default: ./unit.toml, else /etc/loquet/unit.toml]",
)
