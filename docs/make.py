"""Make the command reference and the manual pages from the command tree: `python docs/make.py`.

A test holds docs/reference.md and docs/man/ against what this makes.
"""

from __future__ import annotations

import re
import sys
from collections.abc import Iterator
from importlib.metadata import version
from pathlib import Path

import click

import lmcli
from lmcli.cli import SECTIONS, cli
from lmcli.frame.tree.lazy import HELP

DOCS = Path(__file__).parent
WIDTH = 80
CLICK = ".".join(version("click").split(".")[:2])  # how help is laid out changes with it
MADE_WITH = f"Made by `python docs/make.py` with click {CLICK}"


def commands(
    command: click.Command = cli, parent: click.Context | None = None, name: str = "lmcli"
) -> Iterator[tuple[click.Context, click.Command]]:
    """Every command below one, itself first, each with a context of its whole name."""
    context = _context(command, parent, name)
    yield context, command
    if isinstance(command, click.Group):
        for below in command.list_commands(context):
            found = command.get_command(context, below)
            assert found is not None
            yield from commands(found, context, below)


def _context(command: click.Command, parent: click.Context | None, name: str) -> click.Context:
    return click.Context(
        command,
        parent,
        name,
        max_content_width=WIDTH,
        terminal_width=WIDTH,
        help_option_names=list(HELP["help_option_names"]),
    )


def help_of(context: click.Context, command: click.Command) -> str:
    """A command's help, as `--help` prints it at 80 columns."""
    return command.get_help(context).rstrip()


def reference() -> str:
    """Every command's help on one page, in the order of `lmcli --help`."""
    lines = [
        "# Commands",
        "",
        f"{MADE_WITH}: each text is what `--help` prints.",
        "",
    ]
    root = _context(cli, None, "lmcli")
    for section, table in SECTIONS.items():
        lines += [f"## {section}", ""]
        for name in table:
            command = cli.get_command(root, name)
            assert command is not None
            for context, below in commands(command, root, name):
                lines += [f"### {context.command_path}", "", "```text", help_of(context, below)]
                lines += ["```", ""]
    return "\n".join(lines)


def manual(context: click.Context, command: click.Command) -> str:
    """The page of one command of the top, with those below it, for man(7)."""
    name = context.command_path.replace(" ", "-")
    lines = [
        f'.TH {name.upper()} 1 "" "lmcli {lmcli.__version__}" "User Commands"',
        ".SH NAME",
        f"{_roff(name)} \\- {_roff(command.get_short_help_str(200).rstrip('.'))}",
    ]
    for inner, below in commands(command, context.parent, context.info_name or ""):
        head = "DESCRIPTION" if below is command else inner.command_path.upper()
        lines += [f".SH {_roff(head)}", ".nf", _roff(help_of(inner, below)), ".fi"]
    lines += [
        ".SH EXIT STATUS",
        "0 done; 1 failure; 2 wrong usage; 3 no answer; 4 model missing or damaged; 5 done, but some records",
        "failed; 130 interrupted.",
        ".SH SEE ALSO",
        "lmcli(1)",
    ]
    return "\n".join(lines) + "\n"


def _roff(text: str) -> str:
    text = text.replace("\\", "\\e").replace("-", "\\-")
    return re.sub(r"(?m)^([.'])", r"\\&\1", text)


def pages() -> dict[Path, str]:
    """Every file that is made, by its path below docs/."""
    made = {Path("reference.md"): reference()}
    root = _context(cli, None, "lmcli")
    made[Path("man/lmcli.1")] = _root_page(root)
    for table in SECTIONS.values():
        for name in table:
            command = cli.get_command(root, name)
            assert command is not None
            made[Path(f"man/lmcli-{name}.1")] = manual(_context(command, root, name), command)
    return made


def _root_page(root: click.Context) -> str:
    lines = [
        f'.TH LMCLI 1 "" "lmcli {lmcli.__version__}" "User Commands"',
        ".SH NAME",
        f"lmcli \\- {_roff((cli.help or '').strip().rstrip('.'))}",
        ".SH DESCRIPTION",
        ".nf",
        _roff(help_of(root, cli)),
        ".fi",
        ".SH SEE ALSO",
        ", ".join(f"lmcli\\-{_roff(name)}(1)" for table in SECTIONS.values() for name in table),
    ]
    return "\n".join(lines) + "\n"


def main() -> int:
    """Write what has changed."""
    (DOCS / "man").mkdir(exist_ok=True)
    made = pages()
    for path, text in made.items():
        (DOCS / path).write_text(text, encoding="utf-8")
    for old in (DOCS / "man").glob("*.1"):
        if Path("man") / old.name not in made:
            old.unlink()
    return 0


if __name__ == "__main__":
    sys.exit(main())
