"""Texts and their labels from files: tables, JSON lines, folders; read line by line, each fault by its line."""

from __future__ import annotations

import csv
import hashlib
import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from lmcli.frame.errors import BadInput, BadUsage, LmcliError, did_you_mean, no_text

TEXTS = ("text", "sentence", "review", "comment", "content", "文本", "内容", "评论", "句子")
LABELS = ("label", "sentiment", "class", "category", "target", "标签", "类别", "情感")
SEPARATORS = "|;,，；"  # between several labels of one text
_TABS = (".tsv", ".tab")
_JSON = (".jsonl", ".ndjson")


@dataclass(frozen=True, slots=True)
class Example:
    """A text and its labels; or the fault of its line."""

    text: str
    labels: tuple[str, ...]
    line: int = 0
    error: LmcliError | None = None


@dataclass(frozen=True, slots=True)
class Columns:
    """The names of the columns, or fields, of text and label; None to find them. several: labels in one cell."""

    text: str | None = None
    label: str | None = None
    several: bool = False


def read_examples(path: Path, columns: Columns = Columns()) -> Iterator[Example]:
    """The examples of a file or folder, in its order.

    .csv and .tsv: two columns by name; without known names in the first line, the first two. .jsonl: two fields. A
    folder: a text in each file of a subfolder, which names the label, or a text in each line of LABEL.txt. Raises
    BadInput where it cannot be read as a whole, BadUsage for a column that is not there.
    """
    try:
        if path.is_dir():
            yield from _folder(path)
        elif path.suffix.lower() in _JSON:
            yield from _json_lines(path, columns)
        else:
            yield from _table(path, columns)
    except OSError as error:
        raise BadInput(f"{error.filename or path}: {error.strerror}") from None


def fingerprint(path: Path) -> str:
    """A sha256 of what a file or folder holds. Raises BadInput where it cannot be read."""
    digest = hashlib.sha256()
    files = sorted(p for p in path.rglob("*") if p.is_file()) if path.is_dir() else [path]
    for file in files:
        digest.update(file.relative_to(path).as_posix().encode(errors="surrogateescape"))
        try:
            with file.open("rb") as stream:
                while block := stream.read(1 << 20):
                    digest.update(block)
        except OSError as error:
            raise BadInput(f"{file}: {error.strerror}") from None
    return digest.hexdigest()


def _table(path: Path, columns: Columns) -> Iterator[Example]:
    with path.open(encoding="utf-8-sig", errors="surrogateescape", newline="") as stream:
        first = stream.readline()
        stream.seek(0)
        tabs = path.suffix.lower() in _TABS or ("\t" in first and path.suffix.lower() != ".csv")
        quoting: Any = csv.QUOTE_NONE if tabs and '"' not in first else csv.QUOTE_MINIMAL
        rows = csv.reader(stream, delimiter="\t" if tabs else ",", quoting=quoting)
        places: tuple[int, int] | None = None
        try:
            for row in rows:
                if places is None:
                    places, named = _places(row, columns, path)
                    if named:
                        continue
                if row:
                    yield _row(row, places, rows.line_num, columns.several)
        except csv.Error as error:
            raise BadInput(f"{path}, line {rows.line_num}: {error}", "is it a table?") from None


def _places(row: Sequence[str], columns: Columns, path: Path) -> tuple[tuple[int, int], bool]:
    """Where text and label stand, and whether this first row names the columns."""
    names = [cell.strip() for cell in row]
    low = [name.lower() for name in names]

    def place(asked: str | None, known: Sequence[str], option: str) -> int | None:
        if asked is not None:
            if asked not in names:
                near = did_you_mean(name for name in names if name.lower() == asked.lower())
                have = f"its columns are {', '.join(map(repr, names))}"
                raise BadUsage(f"{path} has no column {asked!r} for {option}", near or have)
            return names.index(asked)
        return next((low.index(name) for name in known if name in low), None)

    text = place(columns.text, TEXTS, "--text")
    label = place(columns.label, LABELS, "--label")
    if text is None and label is None:
        if len(row) < 2:
            raise BadInput(f"{path}, line 1: one column, where a text and its label belong")
        return (0, 1), False
    others = [at for at in range(len(row)) if at not in (text, label)]
    if text is None or label is None:
        if len(others) != 1:
            missing = "--text" if text is None else "--label"
            raise BadUsage(
                f"{path} has the columns {', '.join(map(repr, names))}",
                f"say with {missing} which one to take",
            )
        text, label = (others[0] if one is None else one for one in (text, label))
    return (text, label), True


def _row(row: Sequence[str], places: tuple[int, int], line: int, several: bool) -> Example:
    if len(row) <= max(places):
        return Example(
            "", (), line, BadInput(f"{len(row)} columns, where {max(places) + 1} belong")
        )
    return example(row[places[0]], row[places[1]], line, several)


def example(text: str, label: Any, line: int, several: bool = False) -> Example:
    """An example, or what is wrong with it."""
    text = " ".join(text.split())
    if error := no_text(text):
        return Example("", (), line, error)
    labels = _labels(label, several)
    if not text:
        return Example("", labels, line, BadInput("there is no text in this line"))
    if not labels and not several:
        return Example(text, (), line, BadInput("there is no label in this line"))
    return Example(text, labels, line)


def _labels(value: Any, several: bool) -> tuple[str, ...]:
    if isinstance(value, list):
        parts = [_name(one) for one in value]
    elif several and isinstance(value, str):
        parts = "".join("|" if c in SEPARATORS else c for c in value).split("|")
    else:
        parts = [_name(value)]
    return tuple(dict.fromkeys(part.strip() for part in parts if part.strip()))


def _name(value: Any) -> str:
    """A label as text: a number that is whole is written so."""
    if value is None:
        return ""
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)


def _json_lines(path: Path, columns: Columns) -> Iterator[Example]:
    names: tuple[str, str] | None = None
    with path.open("rb") as stream:
        for line, raw in enumerate(stream, 1):
            if not raw.strip():
                continue
            try:
                value = json.loads(raw)
            except (ValueError, RecursionError) as error:
                yield Example("", (), line, BadInput(f"not JSON: {error}"))
                continue
            if not isinstance(value, dict):
                yield Example("", (), line, BadInput("not a JSON object"))
                continue
            if names is None:
                keys = list(value)
                at = _places(keys, columns, path)
                names = (keys[at[0][0]], keys[at[0][1]])
            text = value.get(names[0])
            if not isinstance(text, str):
                yield Example("", (), line, BadInput(f"no text in the field {names[0]!r}"))
            else:
                yield example(text, value.get(names[1]), line, columns.several)


def _folder(path: Path) -> Iterator[Example]:
    """A label a subfolder, a text a file; or a label a .txt file, a text a line."""
    inside = sorted(one for one in path.iterdir() if not one.name.startswith("."))
    folders = [one for one in inside if one.is_dir()]
    files = [one for one in inside if one.suffix == ".txt"]
    if not folders and not files:
        raise BadInput(
            f"{path}: no subfolders with texts, and no LABEL.txt", "a subfolder names a label"
        )
    for folder in folders:
        for file in sorted(folder.glob("*.txt")):
            yield example(
                file.read_text(encoding="utf-8", errors="surrogateescape"), folder.name, 0
            )
    for file in files if not folders else ():
        with file.open(encoding="utf-8-sig", errors="surrogateescape") as stream:
            for line, text in enumerate(stream, 1):
                if text.strip():
                    yield example(text, file.stem, line)
