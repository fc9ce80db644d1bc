"""``loquet-edge``: what an installer types. Exit status 0 only when well, 2 for wrong usage."""

from __future__ import annotations

import contextlib
import logging
import sys
from pathlib import Path

import click

from loquet_edge import adoption_commands
from loquet_edge.cli_options import config_option
from loquet_edge.errors import EdgeError
from loquet_edge.processes import PROCESSES


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
    """Run the unit: lockguard, door and link, supervised. A blank one is adopted first.

    Example: loquet-edge run --config /etc/loquet/unit.toml
    """
    from loquet_edge.config import load
    from loquet_edge.kept_log import keep
    from loquet_edge.notify import Notifier

    if only is None and not config.exists():
        from loquet_edge.commands.adopt import adopt_blank

        adopt_blank(config)
    unit = load(config)
    keep(unit.run, only or "unit")
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

    Needs board = "simulated" in [unit]; a blank unit is adopted as such first. Ctrl-C ends it.

    Example: loquet-edge simulate --config unit.toml
    """
    from loquet_edge.commands.simulate import simulate as start
    from loquet_edge.config import load
    from loquet_edge.kept_log import keep

    if not config.exists():
        from loquet_edge.commands.adopt import adopt_blank

        adopt_blank(config, simulated=True)
    unit = load(config)
    keep(unit.run, "unit")
    sys.exit(start(unit, strict_gpiod=not keep_levels, cable=cable))


@main.command()
@config_option
@click.argument("action", type=click.Choice(
    ("tap", "keys", "open", "close", "exit", "fire", "restore", "rearm", "sit", "leave", "move",
     "still", "appear", "vanish", "walk-in", "walk-out", "unplug", "plug", "show")))  # fmt: skip
@click.argument("what", required=False, default="")
@click.argument("badge", required=False, default="")
def touch(config: Path, action: str, what: str, badge: str) -> None:
    """Be a person at a simulated unit.

    \b
    tap READER UID      show a badge          keys READER KEYS      type: digits, * and #
    unplug, plug READER its cable
    open, close DOOR    move the leaf         exit DOOR             press the exit button
    fire, restore       cut, mend the loop    rearm                 re-arm on the spot
    sit, leave DESK     the seat switch       move, still DESK      the motion detector
    appear, vanish DESK the radar             walk-in, walk-out COUNTER   the two beams
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
@click.option("--json", "as_json", is_flag=True, help="Print JSON, for a program.")
@click.option("--no-reach", is_flag=True, help="Do not ask the broker and the server.")
@click.option("--pulse", metavar="DOOR", default=None, help="Release a door once, and see it open.")
@click.option("--yes", is_flag=True, help="Do not ask before a release.")
@click.option(
    "--wiegand",
    metavar="READER",
    default=None,
    help="Listen to a Wiegand reader instead, and name what is wrong with its wires.",
)
@click.option("--seconds", default=20.0, show_default=True, help="How long to listen.")
def doctor(
    config: Path,
    as_json: bool,
    no_reach: bool,
    pulse: str | None,
    yes: bool,
    wiegand: str | None,
    seconds: float,
) -> None:
    """Everything that 'check' proves, and how the computer, the lines and the doors are now.

    Works beside a running unit, which it asks, and without one. Moves no lock, but with --pulse.

    Example: loquet-edge doctor --config unit.toml
    """
    from loquet_edge.commands.doctor import Wanted
    from loquet_edge.commands.doctor import doctor as look

    if pulse is not None and not yes:
        click.confirm(f"Release door {pulse}? Is somebody there to watch it?", abort=True, err=True)
    wanted = Wanted(as_json, sys.stdout.isatty(), not no_reach, pulse, wiegand, seconds)
    sys.exit(look(config, wanted, click.echo, lambda text: click.echo(text, err=True)))


@main.command()
@config_option
@click.option("--door", default=None, help="That door; not needed where there is one only.")
@click.option("--installer", help="Who makes the proof; asked for if it is not given.")
def commission(config: Path, door: str | None, installer: str | None) -> None:
    """Prove a door on the spot: asks for each act, sees it on the line, and signs a report.

    Works beside a running unit and without one. A proof without the unit that is interrupted
    goes on where it was. Until it has confirmed a lock, no unit drives that lock.

    Example: loquet-edge commission --door front --installer "Paul Martin"
    """
    from loquet_edge.commands.commission import commission as run_proof
    from loquet_edge.config import load

    unit = load(config)  # what is wrong with it is said before anything is asked
    who = installer or click.prompt("Your name, for the report")
    sys.exit(run_proof(unit, door, who, click.echo))


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
@click.option(
    "--last", type=click.IntRange(min=0), default=20, show_default=True,
    help="How many entries; 0: all.",
)  # fmt: skip
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
@click.option(
    "--boot",
    type=click.Path(path_type=Path, exists=True, dir_okay=False),
    help="A config.txt of Raspberry Pi OS to compare with, if not this machine's own.",
)
def pins(config: Path, boot: Path | None) -> None:
    """Print which line goes to which header pin, and refuse what must not be wired so.

    Refused are lock lines that reset would energise, and lines that the system takes at boot.

    Example: loquet-edge pins --config unit.toml
    """
    from loquet_edge.commands.pins import refusals, table
    from loquet_edge.config import load

    unit = load(config)
    for line in table(unit):
        click.echo(line)
    wrong = refusals(unit, None if boot is None else boot.read_text("utf-8"))
    for each in wrong:
        click.echo(f"refused: {each}", err=True)
    sys.exit(2 if wrong else 0)


@main.command()
@click.argument("reader")
@config_option
@click.option("--new", is_flag=True, help="Make the next key, to follow the present one.")
def osdp_key(reader: str, config: Path, new: bool) -> None:
    """Make the key of an OSDP reader; it is never printed.

    Example: loquet-edge osdp-key front-in --config /etc/loquet/unit.toml
    """
    from loquet_edge.commands.osdp import key
    from loquet_edge.config import load

    for line in key(load(config), reader, new=new):
        click.echo(line)


@main.command()
@click.argument("reader")
@config_option
def osdp_install(reader: str, config: Path) -> None:
    """Give an OSDP reader its key, while the unit runs.

    Asks for an act at the door, then opens the reader's install window for ten minutes at most.

    Example: loquet-edge osdp-install front-in --config /etc/loquet/unit.toml
    """
    from loquet_edge.commands.osdp import install
    from loquet_edge.config import load

    for line in install(load(config), reader):
        click.echo(line)


@main.command()
@click.option(
    "--data",
    type=click.Path(path_type=Path, exists=True, dir_okay=False),
    required=True,
    help="The recording: CSV.",
)
@click.option("--pir", multiple=True, help="A column that shows motion; may be given again.")
@click.option("--presence", multiple=True, help="A column of a radar; may be given again.")
@click.option("--seat", multiple=True, help="A column of a seat switch; may be given again.")
@click.option("--truth", default=None, help="The column with how many people were there.")
@click.option(
    "--hold",
    type=click.FloatRange(min=0, min_open=True),
    default=None,
    help="Seconds of a plain hold for motion, in place of the usual one.",
)
@click.option(
    "--config",
    type=click.Path(path_type=Path, exists=True, dir_okay=False),
    default=None,
    help="The unit.toml whose desk is to be tried.",
)
@click.option("--desk", default="", help="That desk.")
def replay(
    data: Path,
    pir: tuple[str, ...],
    presence: tuple[str, ...],
    seat: tuple[str, ...],
    truth: str | None,
    hold: float | None,
    config: Path | None,
    desk: str,
) -> None:
    """Run the desk machine over a recording, and print how right it was.

    The recording is CSV: a time (Date and Time, or utc), columns of sensors, and how many
    people were there. Columns that are not named are found by their names.

    Example: loquet-edge replay --data two_days.csv --config unit.toml --desk meeting
    """
    from loquet_edge.commands.replay import Wanted, named_columns
    from loquet_edge.commands.replay import replay as run_over

    columns = named_columns(seat, presence, pir, truth)
    for line in run_over(data, columns, Wanted(config, desk, hold)):
        click.echo(line)


main.add_command(adoption_commands.adopt)
main.add_command(adoption_commands.status)


@main.command()
@config_option
@click.option("--check", "only_ask", is_flag=True, help="Only say what is offered.")
@click.option("--allow-older", is_flag=True, help="Take an older release too.")
@click.option("--link", type=click.Path(path_type=Path), default=Path("/opt/loquet"),
              show_default=True, help="Points at the release in force.")  # fmt: skip
@click.option("--releases", type=click.Path(path_type=Path), default=Path("/opt/loquet-releases"),
              show_default=True, help="Folder of releases.")  # fmt: skip
@click.option("--restart", default=None, help="What starts the unit anew, if not systemd.")
@click.option("--extras", default="edge,pi", show_default=True, help="What of loquet to install.")
def update(
    config: Path, only_ask: bool, allow_older: bool, link: Path, releases: Path,
    restart: str | None, extras: str,
) -> None:  # fmt: skip
    """Take the release that the server offers: beside the old one, and back if it fails.

    Exit status 1 if the unit went back to the release before it.

    Example: sudo loquet-edge update --check
    """
    from loquet_edge.commands.update import RESTART, Wanted
    from loquet_edge.commands.update import update as take

    wanted = Wanted(only_ask, allow_older, link, releases, restart or RESTART, extras)
    sys.exit(take(config, wanted, click.echo))


if __name__ == "__main__":
    main()
