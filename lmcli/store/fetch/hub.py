"""Repositories on the Hugging Face hub: what they hold, and files of them, checked against its hashes.

huggingface_hub finds, authorises and lists, with its settings (HF_ENDPOINT, HF_TOKEN, its cache).
The bytes come through store.fetch.transfer, since the library starts a file anew that another process has
begun.
"""

from __future__ import annotations

import hashlib
import importlib
import shutil
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar
from urllib.parse import urlsplit

from lmcli.frame.errors import ModelError
from lmcli.store.fetch.archives import is_inside
from lmcli.store.fetch.fetching import current, is_full, online
from lmcli.store.fetch.hub_faults import fault_of
from lmcli.store.fetch.patience import TRIES, patiently
from lmcli.store.fetch.transfer import Meter, bring, unlike
from lmcli.store.fetch.transfer import fetch as transfer

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class RemoteFile:
    """A file of a repository. `sha256` is known of large files, `blob` (git's sha1) of the others."""

    name: str
    size: int | None
    sha256: str | None
    blob: str | None


@dataclass(frozen=True, slots=True)
class Repository:
    """A repository at one commit; `task` is its pipeline tag."""

    repo: str
    commit: str
    task: str | None
    licence: str
    files: dict[str, RemoteFile]


def look_up(repo: str, revision: str | None = None) -> Repository:
    """What a repository holds at a revision (branch, tag or commit; by default main).

    Raises ModelError offline, where the hub cannot be reached, and where it has no such repository
    or revision, or not for this user.
    """
    api = _library(f"hf:{repo}").HfApi(endpoint=_endpoint())
    info = _asking(lambda: api.model_info(repo, revision=revision, files_metadata=True), repo)
    card = getattr(info, "card_data", None)
    files = {file.name: file for file in map(_file, info.siblings or ())}
    if not info.sha:
        raise ModelError(f"hf:{repo}: the hub names no commit")
    return Repository(
        repo=repo,
        commit=info.sha,
        task=getattr(info, "pipeline_tag", None),
        licence=str((card.get("license") if card else None) or ""),
        files={name: file for name, file in files.items() if is_inside(name)},
    )


def fetch(repository: Repository, names: Sequence[str], folder: Path) -> None:
    """Bring files of a repository into `folder`, under their names; those that are there are kept.

    A cut file is resumed. Raises ModelError as `look_up` does, where a file's content is not the
    one that the hub's hash names (it is removed then), and where the disk is full.
    """
    what = f"hf:{repository.repo}"
    library = _library(what)
    files = [repository.files[name] for name in names]
    total = sum(file.size or 0 for file in files)
    with online(what).progress(what, total) as advance:
        for file in files:
            _fetch_one(library, repository, file, folder, Meter(lambda _total: advance))


def _fetch_one(
    library: Any, repository: Repository, file: RemoteFile, folder: Path, meter: Meter
) -> None:
    """Bring one file. The library resolves and authorises; the bytes are resumed over processes."""
    what = f"{repository.repo}/{file.name}"
    target = folder / file.name
    if target.is_file() and _fault(target, file) is None:
        meter.reach(target.stat().st_size)
        return

    def write(part: Path) -> None:
        def attempt() -> None:
            address, headers = _asking(
                lambda: _resolve(library, repository, file.name), what, tries=1
            )
            transfer(address, part, headers, meter, f"hf:{what}")

        if (cached := _in_cache(library, repository, file.name)) is not None:
            shutil.copyfile(cached, part)
        else:
            patiently(attempt, part, online(what).say)

    bring(target, write, lambda part: _fault(part, file), f"hf:{what}", file.size)


def _resolve(library: Any, repository: Repository, name: str) -> tuple[str, dict[str, str]]:
    """Where a file's bytes lie now, and the headers to ask with: signed addresses expire.

    The user's token is for the hub alone, not for the host that large files lie on.
    """
    url = library.hf_hub_url(
        repository.repo, name, revision=repository.commit, endpoint=_endpoint()
    )
    found = library.get_hf_file_metadata(url)
    same = urlsplit(found.location).netloc == urlsplit(url).netloc
    utils = importlib.import_module("huggingface_hub.utils")
    headers: dict[str, str] = utils.build_hf_headers() if same else {}
    return found.location, headers


def _in_cache(library: Any, repository: Repository, name: str) -> Path | None:
    """The file in huggingface_hub's own cache, where another program has put it there."""
    found = library.try_to_load_from_cache(repository.repo, name, revision=repository.commit)
    return Path(found) if isinstance(found, str) else None


def _fault(path: Path, file: RemoteFile) -> str | None:
    size = path.stat().st_size
    if file.size is not None and size != file.size:
        return f"{size} bytes, not {file.size}"
    if file.sha256 is not None:
        return unlike(path, file.sha256)
    if file.blob is not None:
        got = _git_sha1(path, size)
        return None if got == file.blob else f"git sha1 {got}, not {file.blob}"
    return None


def _git_sha1(path: Path, size: int) -> str:
    """git's name of a file's content; the hub gives it for files that it does not keep as large ones."""
    digest = hashlib.sha1(b"blob %d\0" % size, usedforsecurity=False)
    with path.open("rb") as file:
        while chunk := file.read(1 << 20):
            digest.update(chunk)
    return digest.hexdigest()


def _file(sibling: Any) -> RemoteFile:
    lfs = getattr(sibling, "lfs", None)
    sha256 = lfs.get("sha256") if isinstance(lfs, dict) else getattr(lfs, "sha256", None)
    size = getattr(sibling, "size", None)
    return RemoteFile(sibling.rfilename, size, sha256, getattr(sibling, "blob_id", None))


def _endpoint() -> str | None:
    """The hub to ask, where the environment names another than huggingface_hub's own."""
    return current().variables.get("HF_ENDPOINT", "").rstrip("/") or None


def _library(what: str) -> Any:
    """huggingface_hub, silent: lmcli says and shows what goes on. Raises ModelError offline."""
    from lmcli.frame.telemetry import switch_off

    online(what)
    switch_off()
    try:
        import huggingface_hub

        constants: Any = importlib.import_module("huggingface_hub.constants")
        utils: Any = importlib.import_module("huggingface_hub.utils")
    except ImportError as error:
        raise ModelError(
            f"huggingface_hub cannot be imported: {error}",
            "install it with: pip install huggingface_hub",
        ) from None
    if constants.HF_HUB_OFFLINE:
        raise ModelError(f"{what} is not here and HF_HUB_OFFLINE is set", "run again without it")
    utils.disable_progress_bars()
    utils.logging.set_verbosity(utils.logging.CRITICAL)
    return huggingface_hub


def _asking(call: Callable[[], T], what: str, tries: int = TRIES) -> T:
    """What `call` gives; the hub's errors as ModelError, after further tries where those may help."""
    result: list[T] = []

    def attempt() -> None:
        try:
            result.append(call())
        except Exception as error:
            if is_full(error):
                raise
            raise fault_of(error, what) from error

    patiently(attempt, say=online(what).say, tries=tries)
    return result[0]
