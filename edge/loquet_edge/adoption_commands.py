"""``loquet-edge adopt`` and ``status``: a unit that nobody knows yet, and how it stands."""

from __future__ import annotations

import sys
from pathlib import Path

import click

from loquet_edge.cli_options import config_option


def _address(_ctx: click.Context, _param: click.Parameter, value: str) -> str:
    if value and not value.startswith(("http://", "https://")):
        raise click.BadParameter(f"write it with http:// or https://, such as http://{value}")
    return value


@click.command()
@config_option
@click.option("--token", default="", help="The token of an SD card.  [default: adoption-token]")
@click.option(
    "--server", default="", metavar="URL", callback=_address, help="Ask this server; look for none."
)
@click.option("--simulated", is_flag=True, help="Ask for a unit without hardware.")
@click.option("--again", is_flag=True, help="Ask anew, as the unit that it was before.")
@click.option("--seconds", type=click.FloatRange(min=0), help="Give up after so many seconds.")
def adopt(
    config: Path, token: str, server: str, simulated: bool, again: bool, seconds: float | None
) -> None:
    """Ask to be let in: show a short code, and wait until somebody has compared it.

    Whom it asks is said by the file 'adoption-token' beside the configuration, as an SD card
    brings it; else it looks for a server on its own network. Writes the identity, the
    certificate, a unit.toml if there is none, and the first policy.

    Example: loquet-edge adopt --config /etc/loquet/unit.toml
    """
    from loquet_edge.adoption.waiting import Wanted
    from loquet_edge.commands.adopt import adopt as do

    for line in do(config, Wanted(token, server, simulated, again, seconds), click.echo):
        click.echo(line)


@click.command()
@config_option
def status(config: Path) -> None:
    """Say which unit this is; of one that waits to be let in, its code.

    Example: loquet-edge status --config /etc/loquet/unit.toml
    """
    from loquet_edge.commands.adopt import status as stands

    well, line = stands(config)
    click.echo(line)
    sys.exit(0 if well else 1)
