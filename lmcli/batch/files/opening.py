"""Inputs by path, folder, pattern or URL: found, stamped, opened, unpacked."""

from __future__ import annotations

import glob
import os
import re
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any, BinaryIO, cast

from lmcli.batch.job import Input, Kind
from lmcli.draw.pictures.places import SUFFIXES, expand
from lmcli.frame.errors import BadInput, BadUsage, MissingExtra

KINDS: dict[str, Kind] = {
    ".parquet": "parquet", ".pq": "parquet", ".jsonl": "jsonl", ".ndjson": "jsonl", ".csv": "csv",
    ".tsv": "tsv", ".txt": "txt",
}  # fmt: skip
PACKED = {".gz": "gz", ".zst": "zst"}
_URL = re.compile(r"[a-z][a-z0-9+]+://", re.IGNORECASE)


def arrow(otherwise: str = "") -> Any:
    """The package pyarrow. Raises MissingExtra where it is not installed; `otherwise`: what would do without."""
    try:
        import pyarrow
    except ImportError:
        missing = MissingExtra("pyarrow", "batch")
        if otherwise:
            missing.hint = f"{missing.hint}, {otherwise}"
        raise missing from None
    return pyarrow


def find_inputs(places: Iterable[str]) -> tuple[Input, ...]:
    """The inputs that files, folders, patterns and URLs mean, in order, each once.

    Pictures of one folder or pattern are one input. Raises BadUsage where a place means none, or a file is of no
    kind that is read.
    """
    found: dict[str, Input] = {}
    for place in places:
        before = len(found)
        for made in _of_url(place) if _URL.match(place) else _of_place(place):
            found.setdefault(made.path, made)
        if len(found) == before and not any(place == path for path in found):
            kinds = ", ".join(KINDS)
            raise BadUsage(f"{place}: there is no input", f"files end in {kinds}, also .gz, .zst")
    return tuple(found.values())


def _of_place(place: str) -> Iterator[Input]:
    path = Path(place)
    if not glob.has_magic(place) and not os.path.lexists(place):
        raise BadUsage(f"{place}: no such file or folder", "quote a pattern: --in 'data/*.parquet'")
    if path.is_dir():
        names = [str(p) for p in sorted(path.rglob("*")) if _shown(p, path) and p.is_file()]
    elif os.path.lexists(place):
        names = [place]
    else:
        names = sorted(n for n in glob.glob(place, recursive=True) if Path(n).is_file())  # noqa: PTH207
    data = [name for name in names if _kind(name)]
    if data or len(names) == 1:
        for name in data or names:
            if os.path.splitext(name)[1].lower() in SUFFIXES:  # noqa: PTH122
                yield _pictures(name)
            else:
                yield _stamped(name)
    elif any(os.path.splitext(name)[1].lower() in SUFFIXES for name in names):  # noqa: PTH122
        yield _pictures(place)


def _shown(path: Path, below: Path) -> bool:
    """Whether no part of a path is hidden, as those of a run under way are."""
    return not any(part.startswith(".") for part in path.relative_to(below).parts)


def _kind(name: str) -> tuple[Kind, str] | None:
    stem, suffix = os.path.splitext(name.lower())  # noqa: PTH122
    packed = PACKED.get(suffix, "")
    kind = KINDS.get(os.path.splitext(stem)[1] if packed else suffix)  # noqa: PTH122
    return (kind, packed) if kind else None


def _stamped(name: str) -> Input:
    known = _kind(name)
    if known is None:
        raise BadUsage(f"{name}: what kind of file is that?", f"names end in {', '.join(KINDS)}")
    stand = Path(name).stat()
    return Input(name, known[0], stand.st_size, stand.st_mtime_ns, known[1])  # type: ignore[arg-type]


def _pictures(place: str) -> Input:
    stands = [Path(name).stat() for name in pictures_of(place)]
    latest = max(stand.st_mtime_ns for stand in stands)
    return Input(place, "pictures", sum(stand.st_size for stand in stands), latest)


def pictures_of(place: str) -> list[str]:
    """The pictures of a folder and those below it, of a pattern, or the one of that path."""
    return list(expand(place, recursive=True))


def _of_url(place: str) -> Iterator[Input]:
    arrow()
    from pyarrow import fs

    try:
        system, path = fs.FileSystem.from_uri(place)
        head = place[: len(place) - len(path)]
        info = system.get_file_info(path)
        if info.type == fs.FileType.Directory:
            infos = system.get_file_info(fs.FileSelector(path, recursive=True))
        else:
            infos = [info]
    except (OSError, ValueError, NotImplementedError) as error:
        raise BadInput(
            f"{place}: {error}", "a URL as s3://bucket/folder, gs://..., hdfs://..."
        ) from None
    for one in sorted(infos, key=lambda info: str(info.path)):
        known = _kind(one.path)
        if one.type == fs.FileType.File and known:
            yield Input(f"{head}{one.path}", known[0], one.size, one.mtime_ns or 0, known[1])  # type: ignore[arg-type]


def open_bytes(source: Input) -> BinaryIO:
    """The bytes of an input, unpacked; sought in where it is not packed. Raises BadInput."""
    try:
        raw: Any = _opened(source.path)
        if source.packed == "gz":
            import gzip

            return cast(BinaryIO, gzip.GzipFile(fileobj=raw))
        if source.packed == "zst":
            import io

            return io.BufferedReader(arrow().CompressedInputStream(raw, "zstd"), 1 << 20)
        return cast(BinaryIO, raw)
    except OSError as error:
        raise BadInput(f"{source.path}: {error.strerror or error}") from None


def _opened(path: str) -> Any:
    if not _URL.match(path):
        return Path(path).open("rb")
    arrow()
    from pyarrow import fs

    system, inside = fs.FileSystem.from_uri(path)
    import io

    return io.BufferedReader(system.open_input_file(inside), 1 << 20)
