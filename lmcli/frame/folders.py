"""Where lmcli keeps things on each system: the XDG base directories, or what macOS and Windows use instead.

$LMCLI_CONFIG names the settings file, $LMCLI_DATA the data folder, $LMCLI_CACHE the cache folder.
"""

from __future__ import annotations

import sys
from collections.abc import Mapping
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


def _folder(kind: str, variables: Mapping[str, str]) -> Path:
    own, xdg, below_home, mac, windows = _BY_KIND[kind]
    if named := variables.get(own):
        return Path(named)
    if sys.platform == "win32":
        return Path(variables.get(windows) or Path.home()) / "lmcli" / kind
    if sys.platform == "darwin":
        return Path.home() / mac / "lmcli"
    named = variables.get(xdg, "")
    base = Path(named) if named.startswith("/") else Path.home() / below_home
    return base / "lmcli"
