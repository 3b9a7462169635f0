"""Blocks of records of any kind of input: planned once, read by whoever is given one."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

from lmcli.batch.files.opening import arrow, open_bytes, pictures_of
from lmcli.batch.files.texts import DIALECTS, TextReader, header_of, item_of
from lmcli.batch.job import Block, Input, Item, Job
from lmcli.frame.errors import BadInput

LINE = "text"  # the name of a line's text where no --field is given
SCHEMA_ROWS = 1000  # JSON lines of a file that decide on the types of the columns kept


@dataclass
class Batch:
    """The records of a block. `kept`: the columns kept, a row an item (Arrow); None where fields say it all."""

    items: list[Item]
    kept: Any = None


@dataclass
class Plan:
    """The blocks of a job, the inputs that hold no record for it, and the columns kept.

    schema: their types, as Arrow's bytes; None where neither an input nor the parts are parquet.
    """

    blocks: list[Block] = field(default_factory=list)
    faults: list[dict[str, Any]] = field(default_factory=list)
    columns: tuple[str, ...] = ()
    schema: bytes | None = None


def plan(job: Job, rows: int) -> Plan:
    """Cut the inputs into blocks of `rows` records. Files of text are read through once for it."""
    found = Plan()
    schemas, tables = [], []
    for number, source in enumerate(job.inputs):
        try:
            if source.kind == "parquet":
                schemas.append(_columns(source, job))
            found.blocks.extend(_blocks(number, source, rows, job.field or LINE))
            if source.kind in ("jsonl", "csv", "tsv"):
                tables.append(_of_text(source, job))
        except (BadInput, OSError, ValueError) as error:
            found.faults.append({"file": source.path, "row": None, "message": str(error)})
    if job.form == "parquet" or schemas:
        found.schema = _schema(schemas, tables)
    names = [*(name for one in schemas for name in one.names), *(n for one in tables for n in one)]
    found.columns = tuple(dict.fromkeys(names))
    return found


def _blocks(number: int, source: Input, rows: int, field: str) -> Iterator[Block]:
    if source.kind in ("parquet", "pictures"):
        total = len(pictures_of(source.path)) if source.kind == "pictures" else _rows(source)
        for index, first in enumerate(range(0, total, rows)):
            yield Block(number, index, first, min(rows, total - first))
        return
    if source.kind in DIALECTS:
        header, _ = header_of(source)
        if header and field not in header:
            raise BadInput(f"there is no column {field!r}", f"it has {', '.join(header)}")
        if not header:
            return
    reader = TextReader(source, field)
    index = first = 0
    while True:
        offset = None if source.packed else reader.lines.offset
        count = len(reader.take(rows))
        if not count:
            break
        yield Block(number, index, first, count, offset)
        index, first = index + 1, first + count
    reader.close()


def _parquet(source: Input) -> Any:
    arrow()
    from pyarrow import parquet

    # else a whole row group is read ahead
    return parquet.ParquetFile(open_bytes(source), buffer_size=1 << 20, pre_buffer=False)


def _rows(source: Input) -> int:
    with _parquet(source) as file:
        return int(file.metadata.num_rows)


def _columns(source: Input, job: Job) -> Any:
    """The schema of the columns kept. Raises BadInput where the field is not there."""
    with _parquet(source) as file:
        schema = file.schema_arrow
    field = job.field or LINE
    if field.split(".")[0] not in schema.names:
        raise BadInput(f"there is no column {field!r}", f"it has {', '.join(schema.names)}")
    return arrow().schema([part for part in schema if _wanted(part.name, job)])


def _wanted(name: str, job: Job) -> bool:
    """Whether a column is kept: --keep, --drop; the field itself is what the rows of the command name."""
    if job.keep is not None:
        return name in job.keep
    return name not in job.drop and name != (job.field or LINE)


def _schema(schemas: Sequence[Any], tables: Sequence[dict[str, set[type]]]) -> bytes:
    """One schema for the columns kept of all inputs. Raises BadInput where they do not go together."""
    pyarrow = arrow()
    types = {bool: pyarrow.bool_(), int: pyarrow.int64(), float: pyarrow.float64()}
    for table in tables:
        fields = []
        for name, seen in table.items():
            one = {float} if seen == {int, float} else seen
            kind = types.get(next(iter(one))) if len(one) == 1 else None
            fields.append((name, kind or pyarrow.string()))
        schemas = [*schemas, pyarrow.schema(fields)]
    schemas = [pyarrow.schema([]), *_agreeing(schemas)]
    try:
        whole = pyarrow.unify_schemas(list(schemas), promote_options="permissive")
    except (pyarrow.ArrowInvalid, pyarrow.ArrowTypeError) as error:
        hint = "leave the column out with --drop"
        raise BadInput(f"a column is of other types in other files: {error}", hint) from None
    return bytes(whole.serialize().to_pybytes())


def _agreeing(schemas: Sequence[Any]) -> list[Any]:
    """The schemas, with text for a column that is text in one file and a number in another."""
    pyarrow = arrow()
    kinds: dict[str, set[Any]] = {}
    for part in (part for schema in schemas for part in schema):
        kinds.setdefault(part.name, set()).add(part.type)
    text, nested = pyarrow.string(), pyarrow.types.is_nested
    mixed = {n for n, seen in kinds.items() if text in seen and not any(map(nested, seen))}
    return [
        pyarrow.schema([(one.name, text if one.name in mixed else one.type) for one in schema])
        for schema in schemas
    ]


def _of_text(source: Input, job: Job) -> dict[str, set[type]]:
    """The columns kept of a file of text, with the types of their values in its first lines."""
    if source.kind in DIALECTS:
        return {name: {str} for name in header_of(source)[0] if _wanted(name, job)}
    kinds: dict[str, set[type]] = {}
    reader = TextReader(source, job.field or LINE)
    for item in reader.take(SCHEMA_ROWS):
        for name, value in item.fields.items():
            if _wanted(name, job):
                kinds.setdefault(name, set()).update(() if value is None else (type(value),))
    reader.close()
    return kinds


class Reader:
    """Reads the blocks of a job; the file of the last one stays open, to go on from there."""

    def __init__(self, job: Job) -> None:
        self.job = job
        self._open: tuple[int, Any] | None = None

    def read(self, block: Block) -> Batch:
        """The records of a block. Raises BadInput where the input has fewer now."""
        source = self.job.inputs[block.file]
        if source.kind == "parquet":
            batch = self._of_parquet(source, block)
        elif source.kind == "pictures":
            names = pictures_of(source.path)[block.first : block.first + block.count]
            batch = Batch([Item(block.first + n, name) for n, name in enumerate(names, 1)])
        else:
            batch = Batch(self._of_text(source, block))
        if len(batch.items) != block.count:
            raise BadInput(f"{source.path} has changed while it was read", "start anew")
        if block.chosen is not None:
            batch.items = [batch.items[index] for index in block.chosen]
            batch.kept = batch.kept.take(list(block.chosen)) if batch.kept is not None else None
        return batch

    def _of_text(self, source: Input, block: Block) -> list[Item]:
        reader = self._going(block.file)
        goes_on = isinstance(reader, TextReader) and reader.row <= block.first
        if not goes_on or (block.offset is not None and reader.row != block.first):
            reader = TextReader(source, self.job.field or LINE, block.offset, block.first)
        self._open = (block.file, reader)
        while reader.row < block.first:
            if not reader.take(min(1024, block.first - reader.row)):
                break
        items: list[Item] = reader.take(block.count)
        for item in items:
            item.fields = {n: v for n, v in item.fields.items() if _wanted(n, self.job)}
        return items

    def _of_parquet(self, source: Input, block: Block) -> Batch:
        rows = self._going(block.file)
        if not isinstance(rows, _Rows) or rows.row > block.first:
            names = {(self.job.field or LINE).split(".")[0], "id", *self.job.columns}
            rows = _Rows(_parquet(source), sorted(names))
        self._open = (block.file, rows)
        table = rows.take(block.first, block.count)
        field = self.job.field or LINE
        ids = table.column("id").to_pylist() if "id" in table.column_names else None
        items = []
        for place, value in enumerate(_values(table, field)):
            item = item_of({field: value}, field)
            item.row = block.first + 1 + place
            item.fields = (
                {"id": ids[place]} if ids else {}
            )  # for errors.jsonl; `kept` holds the columns
            items.append(item)
        kept = [name for name in table.column_names if _wanted(name, self.job)]
        return Batch(items, table.select(kept))

    def _going(self, file: int) -> Any:
        if self._open is None or self._open[0] != file:
            return None
        return self._open[1]


def schema_of(job: Job) -> Any:
    """The schema of the columns kept, where the job has one."""
    pyarrow = arrow()
    return (
        pyarrow.ipc.read_schema(pyarrow.py_buffer(job.schema)) if job.schema else pyarrow.schema([])
    )


def _values(table: Any, field: str) -> list[Any]:
    """The values of a column, or of a member of a struct: `author.name`."""
    from pyarrow import compute

    name, *below = [field] if field in table.column_names else field.split(".")
    column = table.column(name)
    for part in below:
        try:
            column = compute.struct_field(column, part)
        except (ValueError, KeyError, NotImplementedError) as error:
            raise BadInput(f"there is no {field!r}: {error}") from None
    return list(column.to_pylist())


class _Rows:
    """The rows of a parquet file from the start on, a few at a time whatever its row groups are."""

    def __init__(self, file: Any, columns: list[str]) -> None:
        present = [name for name in columns if name in file.schema_arrow.names]
        self.row = 0
        self._batches = file.iter_batches(batch_size=1024, columns=present)
        self._rest: Any = None
        self._empty = arrow().schema([file.schema_arrow.field(name) for name in present])

    def take(self, first: int, count: int) -> Any:
        """The table of `count` rows from `first` on, which is not before those taken last."""
        parts = []
        while count > 0:
            if self._rest is None or not len(self._rest):
                self._rest = next(self._batches, None)
                if self._rest is None:
                    break
            skip = min(len(self._rest), first - self.row)
            part = self._rest.slice(skip, count)
            self._rest = self._rest.slice(skip + len(part))
            self.row += skip + len(part)
            if len(part):
                parts.append(part)
                first, count = first + len(part), count - len(part)
        return arrow().Table.from_batches(parts, self._empty)
