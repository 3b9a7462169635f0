"""Repositories on the Hugging Face hub: what they hold, and files of them, checked against its hashes.

The transfer is huggingface_hub's, with its settings: HF_ENDPOINT, HF_TOKEN, proxies, its cache.
"""

from __future__ import annotations

import hashlib
import importlib
import os
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

from lmcli.core.archives import is_inside
from lmcli.core.errors import ModelError
from lmcli.core.fetching import disk_full, is_full, online
from lmcli.core.models import sha256_of
from lmcli.core.transfer import PASSING, TransferError, patiently, retry_after

T = TypeVar("T")
TRIES = 2  # the library has tries of its own inside each


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
    try:
        with _watching(folder, what, total):
            for file in files:
                _fetch_one(library, repository, file, folder)
    except OSError as error:
        if is_full(error):
            raise disk_full(folder, total) from None
        raise


def _fetch_one(library: Any, repository: Repository, file: RemoteFile, folder: Path) -> None:
    what = f"{repository.repo}/{file.name}"

    def call() -> str:
        path: str = library.hf_hub_download(
            repository.repo,
            file.name,
            revision=repository.commit,
            local_dir=folder,
            endpoint=_endpoint(),
        )
        return path

    path = Path(_asking(call, what))
    fault = _fault(path, file)
    if fault is not None:
        path.unlink()
        raise ModelError(
            f"hf:{what} came with other bytes than the hub's hash names: {fault}",
            "something between here and the hub changed them; pull again",
        )


def _fault(path: Path, file: RemoteFile) -> str | None:
    size = path.stat().st_size
    if file.size is not None and size != file.size:
        return f"{size} bytes, not {file.size}"
    if file.sha256 is not None:
        got = sha256_of(path)
        return None if got == file.sha256 else f"sha256 {got}, not {file.sha256}"
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
    return os.environ.get("HF_ENDPOINT", "").rstrip("/") or None


def _library(what: str) -> Any:
    """huggingface_hub, silent: lmcli says and shows what goes on. Raises ModelError offline."""
    online(what)
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


def _asking(call: Callable[[], T], what: str) -> T:
    """What `call` gives; the hub's errors as ModelError, after further tries where those may help."""
    result: list[T] = []

    def attempt() -> None:
        try:
            result.append(call())
        except Exception as error:
            if is_full(error):
                raise
            raise _fault_of_hub(error, what) from error

    patiently(attempt, say=online(what).say, tries=TRIES)
    return result[0]


def _fault_of_hub(error: Exception, what: str) -> TransferError:
    """The hub's refusals and the network's faults in lmcli's words."""
    known = {
        "GatedRepoError": (
            "is gated: its owner asks you to accept terms",
            "accept them on the hub's page and set HF_TOKEN",
        ),
        "RepositoryNotFoundError": (
            "is not on the hub, or not for you",
            "check the name; private repositories need HF_TOKEN",
        ),
        "RevisionNotFoundError": ("has no such revision", "check what follows the @"),
        "EntryNotFoundError": ("is not in the repository", None),
    }
    for kind in type(error).__mro__:
        if kind.__name__ in known and "LocalEntry" not in type(error).__name__:
            text, hint = known[kind.__name__]
            return TransferError(f"hf:{what} {text}", hint)
    response = _response(error)
    if response is not None:
        headers = {str(key): str(value) for key, value in response.headers.items()}
        code, wait = int(response.status_code), retry_after(headers)
        return TransferError(
            f"hf:{what}: the hub answers {code}" + (" (too many requests)" if code == 429 else ""),
            f"wait {wait:.0f} s and pull again" if wait else "pull again later",
            passing=code in PASSING,
            wait=wait,
        )
    lines = str(error).strip().splitlines() or [type(error).__name__]
    return TransferError(
        f"hf:{what} cannot be fetched: {lines[0]}",
        "check the network and HF_ENDPOINT; what was fetched is kept, and pulling again goes on",
        passing=isinstance(error, (OSError, TimeoutError)) or _is_network(error),
    )


def _response(error: BaseException | None) -> Any:
    """The response that an error, or one that it came of, carries."""
    while error is not None:
        response = getattr(error, "response", None)
        if response is not None and hasattr(response, "status_code"):
            return response
        error = error.__cause__
    return None


def _is_network(error: BaseException) -> bool:
    """Whether an error is the HTTP library's own, of whatever library that is."""
    return any(
        kind.__module__.partition(".")[0] in ("httpx", "httpx2", "httpcore", "requests", "urllib3")
        for kind in type(error).__mro__
    )


@contextmanager
def _watching(folder: Path, label: str, total: int) -> Iterator[None]:
    """Show the growth of `folder` as progress while the block runs."""
    done = threading.Event()

    def watch(advance: Callable[[float], None]) -> None:
        seen = 0
        while not done.wait(0.2):
            size = _bytes_in(folder)
            advance(size - seen)
            seen = size

    with online(label).progress(label, total) as advance:
        watcher = threading.Thread(target=watch, args=(advance,), daemon=True)
        watcher.start()
        try:
            yield
        finally:
            done.set()
            watcher.join()


def _bytes_in(folder: Path) -> int:
    size = 0
    for path in folder.rglob("*"):
        try:
            size += path.stat().st_size if path.is_file() else 0
        except OSError:
            continue  # it was moved meanwhile
    return size
