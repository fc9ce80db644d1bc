"""``loquet-server release``: put a release of the units' program on the shelf."""

from pathlib import Path

import click

from loquet_server.shell import data_option, now_ms, run, served


@click.command()
@data_option
@click.argument("folder", type=click.Path(path_type=Path, exists=True, file_okay=False))
def release(data: Path | None, folder: Path) -> None:
    """Take the wheels of a folder as a release that units can be offered on the page /releases.

    The folder holds the wheel of loquet and those that units need with it. Exit status 2 if it
    is not a release.

    Example: loquet-server release wheels/
    """
    from loquet_server.releases.shelf import Shelf

    async def work() -> None:
        found = Shelf(served(data=data)).add(folder, now_ms())
        size = sum(each.size for each in found.files) / 1e6
        click.echo(f"release {found.version}: {len(found.files)} files, {size:.1f} MB")
        click.echo("Offer it to units on the page /releases.", err=True)

    run(work)


COMMANDS = (release,)
