"""Edges in formats of their own: parquet, GraphML, Matrix Market."""

from __future__ import annotations

import io
from typing import Any, BinaryIO
from xml.etree.ElementTree import ParseError, iterparse

from lmcli.frame.errors import BadInput, MissingExtra
from lmcli.graph.files.edges import Columns, EdgeList, places_of

_FIELDS = {"pattern": 2, "integer": 3, "real": 3}


def parquet(stream: BinaryIO, edges: EdgeList, columns: Columns) -> None:
    """Read the columns of a parquet file. Raises MissingExtra, BadInput."""
    try:
        import pyarrow
        from pyarrow import parquet as reader
    except ImportError:
        raise MissingExtra("pyarrow", "train") from None
    try:
        file = reader.ParquetFile(io.BytesIO(stream.read()))
        names = [str(name) for name in file.schema_arrow.names]
        if len(names) < 2:
            raise BadInput(f"{edges.name}: one column only", "an edge has two ends")
        a, b, w = places_of(names, columns, edges.name) or (0, 1, None)
        row = 0
        for batch in file.iter_batches():
            parts = [batch.column(at).to_pylist() for at in (a, b)]
            weights: list[Any] = [None] * len(parts[0])
            if w is not None:
                weights = batch.column(w).to_pylist()
            for source, target, weight in zip(*parts, weights, strict=True):
                row += 1
                try:
                    edges.add(source, target, "" if w is not None and weight is None else weight)
                except BadInput as error:
                    edges.fault(row, error)
    except (pyarrow.ArrowException, OSError) as error:
        raise BadInput(f"{edges.name}: no parquet file: {str(error).splitlines()[0]}") from None


def graphml(stream: BinaryIO, edges: EdgeList, columns: Columns) -> None:
    """Read nodes and edges; a node is called by its `label` or `name` where all have one, else by its id."""
    keys: dict[str, str] = {}
    calls: dict[str, str] = {}
    found: list[tuple[str, str, str | None]] = []
    wanted = columns.weight or "weight"
    try:
        for event, element in iterparse(stream, ("start", "end")):
            tag = element.tag.rpartition("}")[2]
            if event == "start":
                if tag == "graph":
                    edges.directed = element.get("edgedefault") == "directed"
                continue
            data = {keys.get(one.get("key", ""), one.get("key", "")): one.text or ""
                    for one in element if one.tag.endswith("data")}  # fmt: skip
            if tag == "key":
                keys[element.get("id", "")] = element.get("attr.name", "")
            elif tag == "node":
                calls[element.get("id", "")] = data.get("label") or data.get("name") or ""
                element.clear()
            elif tag == "edge":
                found.append(
                    (element.get("source", ""), element.get("target", ""), data.get(wanted))
                )
                element.clear()
    except ParseError as error:
        raise BadInput(f"{edges.name}: not GraphML, or cut: {error}", "get it again") from None
    titled = all(calls.values()) and len(set(calls.values())) == len(calls)
    weighed = any(weight is not None for *_, weight in found)
    for name in calls if calls else ():
        edges.node((calls[name] if titled else name).strip() or name)
    for number, (a, b, weight) in enumerate(found, 1):
        try:
            ends = (calls.get(a, a), calls.get(b, b)) if titled else (a, b)
            edges.add(*ends, (weight or "1") if weighed else None)
        except BadInput as error:
            edges.fault(number, error)


def matrix_market(stream: BinaryIO, edges: EdgeList, columns: Columns) -> None:
    """Read a matrix in coordinates, an edge an entry; `general` is directed, `symmetric` is not."""
    del columns
    head = stream.readline(1000).decode("latin-1").lower().split()
    kinds = ("general", "symmetric")
    if len(head) != 5 or head[2] != "coordinate" or head[3] not in _FIELDS or head[4] not in kinds:
        text = " ".join(head)[:80]
        raise BadInput(
            f"{edges.name}:1: not a matrix of edges: {text!r}",
            "it begins: %%MatrixMarket matrix coordinate real|integer|pattern general|symmetric",
        )
    edges.directed = head[4] == "general"
    width, size, line = _FIELDS[head[3]], None, 1
    for raw in iter(lambda: stream.readline(10_000), b""):
        line += 1
        parts = raw.decode("latin-1").split()
        if not parts or parts[0].startswith("%"):
            continue
        try:
            if size is None:
                size = [int(part) for part in parts]
                if len(size) != 3 or size[0] != size[1]:
                    raise BadInput("rows, columns and entries belong here, rows as many as columns")
                continue
            _entry(parts, width, size[0], edges)
        except ValueError:
            edges.fault(line, BadInput("not numbers"))
        except BadInput as error:
            if size is None or len(size) != 3 or size[0] != size[1]:
                raise BadInput(f"{edges.name}:{line}: {error}") from None
            edges.fault(line, error)
    if size is not None and edges.total < size[2]:
        line_error = BadInput(f"the file is cut: {edges.total:,} of {size[2]:,} entries are here")
        edges.fault(line, line_error)


def _entry(parts: list[str], width: int, size: int, edges: EdgeList) -> None:
    if len(parts) != width:
        raise BadInput(f"{len(parts)} numbers, where {width} belong")
    a, b = int(parts[0]), int(parts[1])
    if not (1 <= a <= size and 1 <= b <= size):
        raise BadInput(f"a row or column outside 1 to {size}")
    edges.add(str(a), str(b), parts[2] if width == 3 else None)
