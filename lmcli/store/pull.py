"""Pull a model: from a source into a model folder, verified, in one rename."""

from __future__ import annotations

import re
import shutil
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import ClassVar

from lmcli.frame.disk.lock import locked
from lmcli.frame.disk.whole import replace_folder
from lmcli.frame.errors import BadUsage, ModelError
from lmcli.frame.models import (
    SPEC,
    Model,
    Registry,
    change_origin,
    genai,
    read_spec,
    verify,
    write_spec,
)
from lmcli.store import foreign, layouts, recipes
from lmcli.store.description import describe
from lmcli.store.fetch import preparing
from lmcli.store.fetch.archives import is_inside
from lmcli.store.fetch.fetching import current, disk_full, is_full
from lmcli.store.gathering import gather
from lmcli.store.shelves import Shelf, bring, open_shelf
from lmcli.store.sources import Source, parse


@dataclass(frozen=True, slots=True)
class Pulled:
    """A model that is here now. `state` is pulled, converted, or here already; `size` in bytes."""

    name: str
    task: str
    size: int
    state: str
    folder: str

    PLAIN: ClassVar[tuple[str, ...]] = ("name", "state", "folder")
    TOLD: ClassVar[tuple[str, ...]] = ("state",)


@dataclass(frozen=True, slots=True)
class Wishes:
    """What the user asks of a pull: another name, the export's variant or graph, the task, a hash, a new copy.

    aside: a model of another file that has the name already stays, and this one gets a longer name.
    """

    name: str | None = None
    variant: str | None = None
    file: str | None = None
    task: str | None = None
    sha256: str | None = None
    force: bool = False
    aside: bool = False


def pull(text: str, registry: Registry, wishes: Wishes) -> Pulled:
    """Bring the model of a source into the user's model folder.

    Raises BadUsage for a source that cannot be read, ModelError where the model cannot be had; then
    nothing of it can be found under its name, or what stood there before still does.
    """
    source = parse(text)
    if source.kind == "name":
        return _pull_known(source.where, registry, wishes)
    if source.kind == "path" and foreign.converter(Path(source.where)) is not None:
        return _pull_file(Path(source.where), registry, wishes)
    name = wishes.name or name_of(source)
    if re.fullmatch(r"[A-Za-z0-9][\w.-]*", name) is None:
        raise BadUsage(f"{name!r} cannot name a model", "use letters, digits, - and _")
    target = registry.place(name)
    with locked(target, current().say):
        if target.exists() and not wishes.force:
            return _already(read_spec(target), str(source), text)
        shelf = open_shelf(source, wishes.sha256, wishes.file)
        prepared = _preparing(target, lambda folder: _take(shelf, folder, name, wishes))
    return _row(prepared, "pulled")


def name_of(source: Source) -> str:
    """What a model is called that was not given a name: the repository's, package's or folder's."""
    if source.kind == "hf":
        return source.where.rpartition("/")[2]
    if source.kind == "pypi":
        return source.where.partition("==")[0]
    path = Path(source.where).expanduser().resolve()
    return re.sub(r"(\.tar)?\.[a-z0-9]+$", "", path.name) if path.is_file() else path.name


def _pull_file(path: Path, registry: Registry, wishes: Wishes) -> Pulled:
    """Make a model of another tool's file, once: one made of the same bytes is taken, wherever they lay."""
    made_of = foreign.origin_of(path, wishes.sha256)
    same = foreign.known(registry, made_of["sha256"])
    if same is not None and not wishes.force and wishes.name in (None, same.name):
        return _row(change_origin(same.folder, made_of), "here already")
    name = wishes.name or foreign.name_for(path)
    if wishes.aside and registry.place(name).exists():
        name = f"{name}-{made_of['sha256'][:8]}"
    target = registry.place(name)
    with locked(target, current().say):
        if target.exists() and not wishes.force:
            there = read_spec(target)
            if there.origin.get("sha256") == made_of["sha256"]:
                return _row(there, "here already")  # another process has made it meanwhile
            raise _taken(there, "another file")
        convert = foreign.converter(path)
        assert convert is not None
        try:
            prepared = _preparing(target, lambda folder: convert(path, folder, name, made_of))
        except BaseException:
            preparing.discard(target)  # there is nothing to go on with
            raise
    return _row(prepared, "converted")


def _pull_known(name: str, registry: Registry, wishes: Wishes) -> Pulled:
    """Pull a model that lmcli knows: by its recipe, or as its model.toml says."""
    if name in recipes.RECIPES:
        known = next((model for model in registry if model.name == name and model.present), None)
        if known is not None and not wishes.force:
            return _row(known, "here already")
        return _build_known(name, registry.user_folder / name, wishes)
    try:
        model = registry.find(name)
    except ModelError as error:
        if Path(name).is_dir():
            raise ModelError(error.message, f"for the folder write ./{name}") from None
        raise
    if model.present and not wishes.force:
        return _row(model, "here already")
    text = model.origin.get("source", "")
    if not text or not model.files:
        raise ModelError(f"{model.name}: its model.toml does not say where to pull it from")
    revision = model.origin.get("revision")
    source = parse(f"{text}@{revision}" if revision and "@" not in text else text)
    target = registry.user_folder / model.name
    with locked(target, current().say):
        if target.exists() and not wishes.force:
            return _row(read_spec(target), "here already")
        shelf = open_shelf(source, model.origin.get("sha256"))
        prepared = _preparing(target, lambda folder: _take_pinned(shelf, folder, model))
    return _row(prepared, "pulled")


def _build_known(name: str, target: Path, wishes: Wishes) -> Pulled:
    try:
        made = recipes.build(name, target, force=wishes.force, say=current().say)
    except BadUsage:
        if wishes.force or not (there := read_spec(target)).present:
            raise
        return _row(there, "here already")  # another process has made it meanwhile
    except OSError as error:
        if is_full(error):
            raise disk_full(target.parent) from None
        raise
    return _row(made, "pulled")


def _take(shelf: Shelf, folder: Path, name: str, wishes: Wishes) -> None:
    """Fill `folder` with a model of any source, and write its model.toml where it has none."""
    listing = shelf.names()
    if wishes.file:  # as a path from the top of the source, or from the model's folder in it
        wishes = replace(wishes, file=wishes.file.removeprefix(shelf.root))
    if SPEC in listing and not wishes.file:
        bring(shelf, [SPEC], folder)
        files = [file.path for file in read_spec(folder).files]
        _bring_present(shelf, [*files, "CARD.md"], listing, folder)
        _check(read_spec(folder))
        _keep_only(folder, [SPEC, "CARD.md", *files])
        _rename(folder, name, shelf.origin["source"])
        return
    if (file := foreign.choose(listing, wishes.variant, wishes.file)) is not None:
        _take_file(shelf, folder, name, file)
        return
    layout = _layout(shelf, folder, listing, wishes)
    gathered = gather(shelf, folder, listing, layout.graphs)
    _keep_only(folder, gathered)
    origin = {**shelf.origin, "pulled": shelf.origin["source"]}
    if layout.variant:
        origin["variant"] = layout.variant
    if wishes.file:
        origin["graph"] = wishes.file
    values = describe(
        folder,
        name,
        layout.graphs,
        tag=wishes.task or shelf.tag,
        licence=shelf.licence,
        origin=origin,
    )
    if wishes.task:
        values["task"] = wishes.task
    write_spec(folder, values, gathered)


def _layout(shelf: Shelf, folder: Path, listing: Sequence[str], wishes: Wishes) -> layouts.Layout:
    """The graphs that are taken: those that the user names, that genai_config.json names, or of the hub's layouts."""
    if layouts.GENAI in listing and not (wishes.file or wishes.variant):
        bring(shelf, [layouts.GENAI], folder)
        return layouts.Layout({"model": genai.graph_of(folder)}, "")
    return layouts.choose(listing, wishes.variant, wishes.file)


def _take_file(shelf: Shelf, folder: Path, name: str, file: str) -> None:
    """Make a model of a file of another tool that lies on a shelf."""
    bring(shelf, [file], folder)
    path = folder / file
    convert = foreign.converter(path)
    if convert is None:
        raise ModelError(f"{file} is not what its name says")
    origin = {**shelf.origin, "pulled": shelf.origin["source"], "member": file}
    convert(path, folder, name, origin)
    _keep_only(folder, [SPEC, *(one.path for one in read_spec(folder).files)])


def _rename(folder: Path, name: str, source: str) -> None:
    """Say in a model.toml that came along what the model is called here, and where it was pulled."""
    import tomllib

    values = tomllib.loads((folder / SPEC).read_text(encoding="utf-8"))
    files = tuple(file["path"] for file in values.pop("files", ()))
    values["name"] = name
    values["origin"] = {**values.get("origin", {}), "pulled": source}
    write_spec(folder, values, files)


def _take_pinned(shelf: Shelf, folder: Path, model: Model) -> None:
    """Fill `folder` with exactly the files that a known model's model.toml pins."""
    files = [file.path for file in model.files]
    _bring_present(shelf, files, shelf.names(), folder)
    shutil.copyfile(model.folder / SPEC, folder / SPEC)
    _check(read_spec(folder))
    _keep_only(folder, [SPEC, *files])


def _bring_present(
    shelf: Shelf, files: Iterable[str], listing: Iterable[str], folder: Path
) -> None:
    there = set(listing)
    bring(shelf, [name for name in dict.fromkeys(files) if name in there], folder)


def _check(model: Model) -> None:
    """Compare all files with the hashes in model.toml; a wrong one is removed, to be fetched anew."""
    for fault in verify(model):
        Path(fault.file).unlink(missing_ok=True)
        raise ModelError(
            f"{fault.file.rpartition('/')[2]}: {fault.fault}", "pull it again; it was removed"
        )


def _keep_only(folder: Path, files: Iterable[str]) -> None:
    """Remove what is not the model's: the transfer's bookkeeping, files of an earlier try."""
    kept = {folder / name for name in files if is_inside(name)}
    for path in sorted(folder.rglob("*"), reverse=True):
        if path.is_dir() and not path.is_symlink():
            if not any(path.iterdir()):
                path.rmdir()
        elif path not in kept:
            path.unlink()


def _preparing(target: Path, fill: Callable[[Path], None]) -> Model:
    """Prepare a folder with `fill` and put it in place; a cut leaves it to be gone on with."""
    folder = preparing.preparation(target)
    try:
        fill(folder)
        read_spec(folder)
        replace_folder(folder, target)
    except OSError as error:
        preparing.discard(target)
        if is_full(error):
            raise disk_full(target.parent) from None
        raise
    except ModelError as error:
        if "no space left" in error.message or not any(folder.iterdir()):
            preparing.discard(target)
        raise
    return read_spec(target)


def _already(model: Model, source: str, text: str) -> Pulled:
    """The row of a model that is here; one of another source under this name is an error."""
    pulled = model.origin.get("pulled")
    if pulled not in (source, source.partition("@")[0], str(Path(text).resolve())):
        raise _taken(model, str(pulled or "elsewhere"))
    return _row(model, "here already")


def _taken(model: Model, origin: str) -> BadUsage:
    return BadUsage(
        f"there is a model {model.name} already, from {origin}",
        "give this one another --name, or replace that one with --force",
    )


def _row(model: Model, state: str) -> Pulled:
    return Pulled(model.name, model.task, model.size, state, str(model.folder))
