"""Commands that other packages bring: entry points of the group lmcli.commands.

    [project.entry-points."lmcli.commands"]
    dice = "lmcli_dice.command:dice [Roll dice given in the usual notation.]"

The text in brackets is the line of help, so that `lmcli --help` need not import the package; without one it is the
package's summary. A package cannot replace a command of lmcli's own.
"""

from __future__ import annotations

import os
import sys
from functools import cache

GROUP = "lmcli.commands"


@cache
def commands() -> dict[str, tuple[str, str]]:
    """The commands of installed packages: name -> (import path, line of help), sorted by name.

    importlib.metadata takes longer to import than `--help` to print, so that it is only asked where a package
    has such commands.
    """
    if not any(map(_has_commands, sys.path)):
        return {}
    from importlib.metadata import entry_points

    found = {}
    for point in entry_points(group=GROUP):
        reference, _, text = point.value.partition("[")
        summary = point.dist.metadata["Summary"] if point.dist else ""
        found[point.name] = (reference.strip(), text.rstrip("] ") or summary or "")
    return dict(sorted(found.items()))


def _has_commands(folder: str) -> bool:
    """Whether a package installed in a folder of sys.path names commands for lmcli."""
    header = f"[{GROUP}]".encode()
    try:
        with os.scandir(folder or ".") as entries:
            found = [entry.path for entry in entries if entry.name.endswith("-info")]
    except OSError:
        return False
    return any(header in _content(f"{path}/entry_points.txt") for path in found)


def _content(path: str) -> bytes:
    """The bytes of a file; none where there is no such file."""
    try:
        with open(path, "rb") as file:  # noqa: PTH123  (pathlib takes as long to import as `--help` to print)
            return file.read()
    except OSError:
        return b""
