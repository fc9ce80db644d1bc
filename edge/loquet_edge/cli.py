"""``loquet-edge``: what an installer types. Exit status 0 only when well, 2 for wrong usage."""

from __future__ import annotations

import contextlib
import logging
import sys
from pathlib import Path

import click

from loquet_edge.errors import EdgeError
from loquet_edge.processes import PROCESSES

_PLACES = (Path("unit.toml"), Path("/etc/loquet/unit.toml"))


class Usage(click.ClickException):
    """Wrong usage or configuration."""

    exit_code = 2


class Group(click.Group):
    """Turns what a person can put right into one line and exit status 2."""

    def invoke(self, ctx: click.Context) -> object:
        try:
            return super().invoke(ctx)
        except EdgeError as error:
            raise Usage(str(error)) from error
        except OSError as error:
            raise Usage(str(error)) from error


def _find(_ctx: click.Context, _param: click.Parameter, value: Path | None) -> Path:
    if value is not None:
        return value
    return next((place for place in _PLACES if place.exists()), _PLACES[0])


config_option = click.option(
    "--config",
    type=click.Path(path_type=Path, dir_okay=False),
    callback=_find,
    help="The unit's configuration.  [default: ./unit.toml, else /etc/loquet/unit.toml]",
)


@click.group(cls=Group, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(package_name="loquet", prog_name="loquet-edge")
@click.option("--verbose", "-v", is_flag=True, help="Say more.")
def main(verbose: bool) -> None:
    """The unit on the wall: reads badges, decides, releases doors, senses desks.

    Example: loquet-edge check --config unit.toml
    """
    logging.basicConfig(
        level=logging.DEBUG if verbose else logging.INFO,
        format="%(asctime)s %(process)d %(name)s %(levelname)s: %(message)s",
        stream=sys.stderr,
    )


@main.command()
@config_option
@click.option("--only", type=click.Choice(PROCESSES), help="One process, as systemd starts it.")
def run(config: Path, only: str | None) -> None:
    """Run the unit: lockguard, door and link, supervised.

    Example: loquet-edge run --config /etc/loquet/unit.toml
    """
    from loquet_edge.config import load
    from loquet_edge.notify import Notifier

    unit = load(config)
    if only is None:
        from loquet_edge.commands.run import supervise

        sys.exit(supervise(unit))
    if only == "lockguard":
        from loquet_edge.lockguard.process import run as run_process
    elif only == "door":
        from loquet_edge.app import run as run_process
    else:
        from loquet_edge.link.app import run as run_process
    with contextlib.closing(Notifier()) as notifier:
        status = run_process(unit, notifier)
    sys.exit(status)


@main.command()
@config_option
@click.option("--keep-levels", is_flag=True, help="Outputs keep their level when a process dies.")
@click.option("--cable", default="", help="PORT=HOST:PORT: a way to the broker that can be cut.")
def simulate(config: Path, keep_levels: bool, cable: str) -> None:
    """Run the unit on a simulated board; its lines and readers obey 'loquet-edge touch'.

    Needs board = "simulated" in [unit]. Ctrl-C ends it.

    Example: loquet-edge simulate --config unit.toml
    """
    from loquet_edge.commands.simulate import simulate as start
    from loquet_edge.config import load

    sys.exit(start(load(config), strict_gpiod=not keep_levels, cable=cable))


@main.command()
@config_option
@click.argument("action", type=click.Choice(
    ("tap", "open", "close", "exit", "fire", "restore", "rearm", "sit", "leave", "move", "still",
     "unplug", "plug", "show")))  # fmt: skip
@click.argument("what", required=False, default="")
@click.argument("badge", required=False, default="")
def touch(config: Path, action: str, what: str, badge: str) -> None:
    """Be a person at a simulated unit.

    \b
    tap READER UID      show a badge          unplug, plug READER   its cable
    open, close DOOR    move the leaf         exit DOOR             press the exit button
    fire, restore       cut, mend the loop    rearm                 re-arm on the spot
    sit, leave DESK     the seat switch       move, still DESK      the motion detector
    show                everything that the board knows

    Example: loquet-edge touch tap front-in 04A1B2C3D4E5F6
    """
    from loquet_edge.commands.simulate import touch as do
    from loquet_edge.config import load

    for line in do(load(config), action, what, badge):
        click.echo(line)


@main.command()
@config_option
def check(config: Path) -> None:
    """Prove that the unit can work: configuration, identity, rights, broker, readers, a decision.

    Example: loquet-edge check --config unit.toml
    """
    from loquet_edge.commands.check import check as prove

    well = True
    for each in prove(config):
        click.echo(str(each))
        well = well and each.well is not False
    sys.exit(0 if well else 2)


@main.command()
@config_option
def doctor(config: Path) -> None:
    """Everything that 'check' proves, and the level of every input now.

    Example: loquet-edge doctor --config unit.toml
    """
    from loquet_edge.commands.check import check as prove
    from loquet_edge.commands.check import levels

    well = True
    for each in (*prove(config), *levels(config)):
        click.echo(str(each))
        well = well and each.well is not False
    sys.exit(0 if well else 2)


@main.command()
@click.argument("code")
@config_option
@click.option("--again", is_flag=True, help="Replace an identity that is there already.")
def enrol(code: str, config: Path, again: bool) -> None:
    """Give the unit its identity, with the one-time code that the server printed.

    Writes the identity, a unit.toml if there is none, and the first policy.

    Example: loquet-edge enrol loquet1.WyJodHRwOi8v... --config /etc/loquet/unit.toml
    """
    from loquet_edge.commands.enrol import enrol as do

    for line in do(code, config, again=again):
        click.echo(line)


@main.command()
@config_option
@click.option("--last", default=20, show_default=True, help="How many entries; 0: all.")
@click.option("--verify", is_flag=True, help="Prove the whole chain instead of printing.")
def journal(config: Path, last: int, verify: bool) -> None:
    """Print the journal's newest entries, or prove its chain.

    Example: loquet-edge journal --last 50
    """
    from loquet_edge.commands.journal import entries, prove
    from loquet_edge.config import load

    unit = load(config)
    if verify:
        click.echo(prove(unit))
        return
    for line in entries(unit, last):
        click.echo(line)


@main.command()
@config_option
def pins(config: Path) -> None:
    """Print which line goes to which header pin; refuse lines that would energise a lock at reset.

    Example: loquet-edge pins --config unit.toml
    """
    from loquet_edge.commands.pins import refusals, table
    from loquet_edge.config import load

    unit = load(config)
    for line in table(unit):
        click.echo(line)
    wrong = refusals(unit)
    for each in wrong:
        click.echo(f"refused: {each}", err=True)
    sys.exit(2 if wrong else 0)


if __name__ == "__main__":
    main()
