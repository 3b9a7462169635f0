"""Where lmcli keeps things on each system: the XDG base directories, or what macOS and Windows use instead.

$LMCLI_CONFIG names the settings file, $LMCLI_DATA the data folder, $LMCLI_CACHE the cache folder.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Mapping
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path

_MAC = "Library/Application Support"
_BY_KIND = {  # kind: (own variable, XDG variable, below home, macOS, Windows variable)
    "config": ("LMCLI_CONFIG", "XDG_CONFIG_HOME", ".config", _MAC, "APPDATA"),
    "data": ("LMCLI_DATA", "XDG_DATA_HOME", ".local/share", _MAC, "LOCALAPPDATA"),
    "cache": ("LMCLI_CACHE", "XDG_CACHE_HOME", ".cache", "Library/Caches", "LOCALAPPDATA"),
}


def config_file(variables: Mapping[str, str]) -> Path:
    """The settings file."""
    folder = _folder("config", variables)
    return folder if variables.get("LMCLI_CONFIG") else folder / "config.toml"


def data_folder(variables: Mapping[str, str]) -> Path:
    """Where pulled and trained models, indexes and histories are kept."""
    return _folder("data", variables)


def cache_folder(variables: Mapping[str, str]) -> Path:
    """Where things lie that can be made again: downloads, prepared weights."""
    return _folder("cache", variables)


def make_folder(path: Path) -> None:
    """Make a folder and those above it. Raises OSError, which names the folder itself where one above is at fault."""
    try:
        path.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise type(error)(error.errno, error.strerror, str(path)) from None


def is_file(path: Path) -> bool:
    """Whether there is a file that can be seen; of what may not be looked at, False (Path.is_file raises)."""
    return os.path.isfile(path)  # noqa: PTH113


def is_folder(path: Path) -> bool:
    """Whether there is a folder that can be seen, as `is_file`."""
    return os.path.isdir(path)  # noqa: PTH112


def variables_of(path: Path, variables: Mapping[str, str]) -> list[str]:
    """The variables that choose another place than `path`: where it lies in one of the folders, or they in it."""
    own = {
        "LMCLI_CONFIG": config_file(variables),
        "LMCLI_DATA": data_folder(variables),
        "LMCLI_CACHE": cache_folder(variables),
    }
    inside = [name for name, place in own.items() if path == place or place in path.parents]
    return inside or [name for name, place in own.items() if path in place.parents]


def _home() -> Path:
    """The user's home; where the system knows none, a folder that does not exist."""
    from pathlib import Path  # `--help` needs none

    try:
        return Path.home()
    except RuntimeError:  # no HOME, and no such user
        return Path("/nonexistent")


def _folder(kind: str, variables: Mapping[str, str]) -> Path:
    from pathlib import Path

    own, xdg, below_home, mac, windows = _BY_KIND[kind]
    if named := variables.get(own):
        return Path(named)
    if sys.platform == "win32":
        return Path(variables.get(windows) or _home()) / "lmcli" / kind
    if sys.platform == "darwin":
        return _home() / mac / "lmcli"
    named = variables.get(xdg, "")
    base = Path(named) if named.startswith("/") else _home() / below_home
    return base / "lmcli"
