"""``loquet-server report-stolen``: shut a stolen unit out, and replace what it knew."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from loquet_server.shell import data_option, run, served

if TYPE_CHECKING:
    from loquet_server.models import Theft


@click.command(name="report-stolen")
@data_option
@click.argument("unit")
@click.option("--reason", required=True, help="What happened; kept in the record and the report.")
@click.confirmation_option(prompt="The unit is shut out, and its doors have none. Go on?")
def report_stolen(data: Path | None, unit: str, reason: str) -> None:
    """Shut a stolen unit out at once, and replace what it knew on all others.

    The other doors go on opening. Exit status 1 if a running server could not be told.

    Example: loquet-server report-stolen hall --reason "gone on Sunday night" --yes
    """
    from loquet_contract.ids import check_id
    from loquet_server.office import committed
    from loquet_server.shell_office import telling_office
    from loquet_server.thefts.service import TheftService
    from loquet_server.who import SHELL

    async def work() -> None:
        chosen = served(data=data)
        check_id(unit, "unit")
        async with telling_office(chosen) as office:
            async with committed(office) as transaction:
                row = await TheftService(office, transaction, SHELL).report(unit, reason)
            _say(row, chosen.own_address)

    run(work)


def _say(row: Theft, address: str) -> None:
    known = row.known
    doors = ", ".join(row.doors) or "-"
    click.echo(f"unit {row.unit!r} is shut out; doors without a unit: {doors}")
    click.echo(
        f"recoverable by the thief: {known['badges']} badge numbers, {known['pins']} PINs, who may"
        f" come when ({known['members']} members, no names)"
    )
    click.echo(f"what to do now: {address}/thefts/{row.id}")


COMMANDS = (report_stolen,)
