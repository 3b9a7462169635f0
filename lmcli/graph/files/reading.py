"""A file of edges as a graph: which kind it is, what is said of it, and the graphs that come with lmcli."""

from __future__ import annotations

import io
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import BinaryIO

from lmcli.frame.disk.packed import UNREADABLE, open_unpacked
from lmcli.frame.errors import BadInput, BadUsage, named
from lmcli.graph.files.edges import Columns, EdgeList
from lmcli.graph.graph import Graph, merged

DATA = Path(__file__).parent.parent / "data"
BUNDLED = {"karate": "karate.csv", "lesmis": "lesmis.csv", "books": "books.csv"}
KINDS = (".csv", ".tsv", ".jsonl", ".parquet", ".graphml", ".mtx")
STDIN = "stdin"


@dataclass(frozen=True, slots=True)
class Reading:
    """How a file is read. directed, weighted: None as the file says (a table: undirected, by its weight column)."""

    columns: Columns = field(default_factory=Columns)
    directed: bool | None = None
    weighted: bool | None = None


@dataclass(frozen=True)
class Read:
    """A graph, what is to be said of its file, and how many of its lines were no edges."""

    graph: Graph
    said: tuple[str, ...]
    failed: int
    total: int


def read_graph(name: str, reading: Reading = Reading(), stdin: BinaryIO | None = None) -> Read:
    """The graph of a file, of stdin (-) or of a name of BUNDLED.

    Raises BadInput where nothing can be read, BadUsage for a column that is not there.
    """
    edges, title = read_edges(name, reading, stdin)
    directed = edges.directed if reading.directed is None else reading.directed
    weights = edges.weights if reading.weighted is not False else None
    if reading.weighted and weights is None:
        raise BadUsage(f"{title} has no weights", "name their column with --weight")
    graph, said = merged(title, edges.nodes, edges.sources, edges.targets, weights,
                         directed=directed)  # fmt: skip
    if alike := edges.alike():
        said.insert(0, f"nodes that look alike: {alike}; ids of two kinds?")
    return Read(graph, (*edges.faults_said(), *said), edges.failed, edges.total)


def read_edges(name: str, reading: Reading, stdin: BinaryIO | None) -> tuple[EdgeList, str]:
    """The edges as they stand in the file, and what it is called."""
    if name == "-" and stdin is not None:
        return _parsed(stdin, STDIN, "", reading), STDIN
    if name in BUNDLED and not Path(name).exists():
        path, title = DATA / BUNDLED[name], name
    else:
        path, title = Path(name), named(Path(name).name)
    with opened(path) as stream:
        suffixes = [one.lower() for one in path.suffixes if one.lower() in KINDS]
        return _parsed(stream, title, suffixes[-1] if suffixes else "", reading), title


def _parsed(stream: BinaryIO, title: str, kind: str, reading: Reading) -> EdgeList:
    edges = EdgeList(title)
    stream, parse = parser_of(stream, kind)
    try:
        parse(stream, edges, reading.columns)
    except UNREADABLE as error:
        if isinstance(error, OSError) and error.strerror:
            raise BadInput(f"{title}: {error.strerror}") from None
        raise BadInput(
            f"{title}: the file is cut or damaged after {edges.total:,} edges ({error})",
            "get it again",
        ) from None
    return edges


Parse = Callable[[BinaryIO, EdgeList, Columns], None]


def parser_of(stream: BinaryIO, kind: str) -> tuple[BinaryIO, Parse]:
    """The stream, and what reads it: by the file's suffix, else by how it begins."""
    from lmcli.graph.files import formats, tables

    peek = getattr(stream, "peek", None)
    if peek is None:
        stream = io.BytesIO(stream.read())
        head = stream.getvalue()[:200]
    else:
        head = peek(200)[:200]
    if kind == ".parquet" or head.startswith(b"PAR1"):
        return stream, formats.parquet
    if kind == ".graphml" or b"<graphml" in head or head.lstrip().startswith(b"<?xml"):
        return stream, formats.graphml
    if kind == ".mtx" or head.startswith(b"%%MatrixMarket"):
        return stream, formats.matrix_market
    if kind == ".jsonl" or head.lstrip(b"\xef\xbb\xbf \t\r\n").startswith(b"{"):
        return stream, tables.json_lines
    return stream, partial(tables.table, tabs=kind == ".tsv")


@contextmanager
def opened(path: Path) -> Iterator[BinaryIO]:
    """A file's stream, unpacked. Raises BadInput."""
    try:
        with open_unpacked(path) as stream:
            yield stream
    except FileNotFoundError:
        known = ", ".join(BUNDLED)
        raise BadInput(f"{named(path)}: no such file", f"a file of edges, or {known}") from None
    except IsADirectoryError:
        raise BadInput(f"{named(path)} is a folder", "name a file of edges") from None
    except ValueError as error:
        raise BadInput(f"{named(path)}: {error}") from None
    except OSError as error:
        raise BadInput(f"{named(path)}: {error.strerror or error}") from None
