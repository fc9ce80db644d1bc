"""Writes the generated documents: commands, reasons, and the drawings and lists of hardware/.

Each document says on top how it is made; a house test fails when one no longer fits the code.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import click

from loquet_contract.access.reasons import ENGLISH, FRENCH, Reason
from tools import hardware_pages

ROOT = Path(__file__).resolve().parents[1]
WIDTH = 92


def programs() -> dict[str, click.Command]:
    """Both programs, by name."""
    import loquet_edge.cli
    import loquet_server.cli

    return {"loquet-edge": loquet_edge.cli.main, "loquet-server": loquet_server.cli.main}


def commands() -> Iterator[tuple[str, click.Command]]:
    """Every command with its full name: ``loquet-edge run``."""
    for program, group in programs().items():
        if not isinstance(group, click.Group):
            raise TypeError(f"{program} is not a click.Group, so it has no commands to document")
        yield from _within(program, group)


def _within(path: str, group: click.Group) -> Iterator[tuple[str, click.Command]]:
    for name, command in sorted(group.commands.items()):
        yield f"{path} {name}", command
        if isinstance(command, click.Group):
            yield from _within(f"{path} {name}", command)


def help_of(name: str, command: click.Command) -> str:
    """What ``--help`` prints, at a fixed width."""
    context = click.Context(
        command,
        info_name=name,
        terminal_width=WIDTH,
        max_content_width=WIDTH,
        help_option_names=["-h", "--help"],  # as both programs have it
    )
    return "\n".join(line.rstrip() for line in command.get_help(context).splitlines())


def commands_page() -> str:
    """The text of ``docs/commands.md``."""
    parts = [
        "# Commands",
        "Made by `make docs` from the programs themselves: this is what `--help` says.",
    ]
    for name, command in commands():
        parts += [f"## {name}", f"```text\n{help_of(name, command)}\n```"]
    return "\n\n".join(parts) + "\n"


def reasons_page() -> str:
    """The text of ``docs/reasons.md``."""
    head = [
        "# Why a door stays shut",
        "Made by `make docs` from `loquet_contract.access.reasons`: the closed list of refusals, in"
        "\nthe order in which they are looked at. A member reads the short words at the door; a"
        "\nmanager reads the exact ones in the office.",
    ]
    table = [
        "| reason | at the door | à la porte | in the office | au bureau |",
        "|---|---|---|---|---|",
    ]
    for reason in Reason:
        french, english = FRENCH[reason], ENGLISH[reason]
        table.append(
            f"| `{reason}` | {english.member} | {french.member} | {english.manager}"
            f" | {french.manager} |"
        )
    return "\n\n".join([*head, "\n".join(table)]) + "\n"


PAGES: dict[str, Callable[[], str]] = {
    "docs/commands.md": commands_page,
    "docs/reasons.md": reasons_page,
    **hardware_pages.PAGES,
}


def main() -> None:
    for name, page in PAGES.items():
        (ROOT / name).write_text(page())
        print(name)


if __name__ == "__main__":
    main()
