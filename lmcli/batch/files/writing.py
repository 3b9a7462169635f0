"""Parts: the rows of a block with the columns kept, as parquet, JSON lines or csv; written aside and renamed."""

from __future__ import annotations

import json
import os
import secrets
from collections.abc import Sequence
from dataclasses import is_dataclass
from pathlib import Path
from types import NoneType, UnionType
from typing import Any, Union, get_args, get_origin, get_type_hints

import numpy as np

from lmcli.batch.asking import Answer
from lmcli.batch.files.opening import arrow
from lmcli.batch.files.reading import Batch, schema_of
from lmcli.batch.job import Job
from lmcli.frame.errors import LmcliError
from lmcli.frame.printing.cells import cell, fields_of, to_json

SUFFIXES = {"parquet": ".parquet", "jsonl": ".jsonl", "csv": ".csv"}
VECTOR = "embedding"
REST = "other_fields"  # JSON text: what of a line fits none of the columns


def write_part(
    job: Job, key: str, batch: Batch, answers: Sequence[Answer]
) -> tuple[str | None, int]:
    """Write the part of a block; return its name and size. A block without rows has none."""
    name = f"part-{key}{SUFFIXES[job.form]}"
    aside = Path(job.out) / f".{name}.{secrets.token_hex(4)}"  # two nodes may be at one block
    if not any(answer.rows for answer in answers):
        return None, 0
    try:
        with aside.open("wb") as stream:
            if job.form == "parquet":
                from pyarrow import parquet

                parquet.write_table(table_of(job, batch, answers), stream)
            else:
                stream.write(_text(job, batch, answers))
            stream.flush()
            os.fsync(stream.fileno())
            size = stream.tell()
        aside.replace(Path(job.out) / name)
    except OSError as error:
        raise LmcliError(
            f"{job.out}/{name}: {error.strerror or error}", "make room, then --resume"
        ) from None
    finally:
        aside.unlink(missing_ok=True)
    return name, size


def _text(job: Job, batch: Batch, answers: Sequence[Answer]) -> bytes:
    kept = batch.kept.to_pylist() if batch.kept is not None else [i.fields for i in batch.items]
    rows = [
        {**fields, **row}
        for fields, answer in zip(kept, answers, strict=True)
        for row in answer.rows
    ]
    if job.form == "jsonl":
        return "".join(f"{to_json(row)}\n" for row in rows).encode()
    import csv
    import io

    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    columns = list(dict.fromkeys([*job.columns, *(name for row in rows for name in row)]))
    writer.writerow(columns)
    writer.writerows([cell(row.get(column)) for column in columns] for row in rows)
    return text.getvalue().encode()


def table_of(job: Job, batch: Batch, answers: Sequence[Answer]) -> Any:
    """The rows of a block as an Arrow table: the columns kept, then those of the command."""
    pyarrow = arrow()
    kept = batch.kept if batch.kept is not None else _kept(job, batch)
    places = [at for at, answer in enumerate(answers) for _ in answer.rows]
    rows = [row for answer in answers for row in answer.rows]
    kind = next((answer.kind for answer in answers if answer.kind), None)
    hints = _hints(kind)
    columns: dict[str, Any] = {}
    if kept is not None:
        taken = _typed(kept, schema_of(job)).take(pyarrow.array(places, pyarrow.int64()))
        columns = dict(zip(taken.column_names, taken.columns, strict=True))
    for name in dict.fromkeys(name for row in rows for name in row):
        values = [row.get(name) for row in rows]
        if name == VECTOR:
            columns[name] = _vectors(values, job.vectors)
        else:
            columns[name] = _column(values, hints.get(name))
    return pyarrow.table(columns)


def _typed(kept: Any, schema: Any) -> Any:
    """The columns kept in the types that hold for all parts; one that a file lacks is null."""
    pyarrow = arrow()
    columns = [
        kept.column(part.name).cast(part.type)
        if part.name in kept.column_names
        else pyarrow.nulls(len(kept), part.type)
        for part in schema
    ]
    extra = [name for name in kept.column_names if name not in schema.names]
    return pyarrow.table(
        [*columns, *(kept.column(name) for name in extra)], names=[*schema.names, *extra]
    )


def _kept(job: Job, batch: Batch) -> Any:
    """The fields of lines as a table; what does not fit a column's type goes to REST, as JSON."""
    pyarrow = arrow()
    schema = schema_of(job)
    rests: list[dict[str, Any]] = [{} for _ in batch.items]
    columns = {}
    for part in schema:
        fits = _fitting(part.type)
        values = []
        for item, rest in zip(batch.items, rests, strict=True):
            value = item.fields.get(part.name)
            found = fits(value)
            if found is None and value is not None:
                rest[part.name] = value
            values.append(found)
        columns[part.name] = pyarrow.array(values, part.type)
    for item, rest in zip(batch.items, rests, strict=True):
        rest.update((n, v) for n, v in item.fields.items() if n not in schema.names)
    if any(rests):
        texts = [json.dumps(rest, ensure_ascii=False) if rest else None for rest in rests]
        columns[REST] = pyarrow.array(texts, pyarrow.string())
    return pyarrow.table(columns) if columns else None


def _fitting(kind: Any) -> Any:
    """What makes a JSON value one of an Arrow type; None for what does not fit."""
    types = arrow().types
    if types.is_boolean(kind):
        return lambda value: value if isinstance(value, bool) else None
    if types.is_integer(kind):
        return lambda v: v if type(v) is int and -(2**63) <= v < 2**63 else None
    if types.is_floating(kind):
        return lambda v: float(v) if type(v) in (int, float) else None
    return lambda v: v if v is None or isinstance(v, str) else json.dumps(v, ensure_ascii=False)


def _vectors(values: list[Any], kind: str) -> Any:
    """Vectors as lists of a fixed size: float32, float16, or int8 as the nearest of 127 x the value."""
    pyarrow = arrow()
    matrix = np.array(values, np.float32)
    if kind == "int8":
        matrix = np.clip(np.rint(matrix * 127), -127, 127)
    flat = pyarrow.array(matrix.astype(kind).ravel())
    return pyarrow.FixedSizeListArray.from_arrays(flat, matrix.shape[1])


def _column(values: list[Any], hint: Any) -> Any:
    """A column by the type that the row's class declares, so that all parts are of one; else by its values."""
    pyarrow = arrow()
    kind = _type(hint)
    plain = [_plain(value) for value in values]
    try:
        return pyarrow.array(plain, kind)
    except (pyarrow.ArrowInvalid, pyarrow.ArrowTypeError, pyarrow.ArrowNotImplementedError):
        return pyarrow.array([None if v is None else cell(v) for v in plain], pyarrow.string())


def _plain(value: Any) -> Any:
    if is_dataclass(value) and not isinstance(value, type):
        return {name: _plain(part) for name, part in fields_of(value).items()}
    if isinstance(value, (list, tuple)):
        return [_plain(part) for part in value]
    return value.tolist() if hasattr(value, "tolist") else value


def _hints(kind: type | None) -> dict[str, Any]:
    if kind is None or not is_dataclass(kind):
        return {}
    try:
        return get_type_hints(kind)
    except NameError:
        return {}  # of a type that is imported for the type checker alone


def _type(hint: Any) -> Any:
    """The Arrow type of a Python type; None where Arrow is to see by itself."""
    pyarrow = arrow()
    simple = {str: pyarrow.string(), int: pyarrow.int64(), float: pyarrow.float64()}
    simple |= {bool: pyarrow.bool_()}
    if hint in simple:
        return simple[hint]
    origin, parts = get_origin(hint), get_args(hint)
    if origin in (Union, UnionType):
        others = [part for part in parts if part is not NoneType]
        return _type(others[0]) if len(others) == 1 else None
    if origin in (list, tuple) and len({p for p in parts if p is not ...}) == 1:
        inner = _type(parts[0])
        return None if inner is None else pyarrow.list_(inner)
    if isinstance(hint, type) and is_dataclass(hint):
        fields = [(name, _type(part)) for name, part in _hints(hint).items()]
        return None if any(t is None for _, t in fields) else pyarrow.struct(fields)
    return None
