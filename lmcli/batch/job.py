"""What a run of `lmcli batch` is made of: the job, its inputs, their blocks, and what became of a block."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

Kind = Literal["parquet", "jsonl", "csv", "tsv", "txt", "pictures"]

# Records of a block where nobody says how many: those of slow commands are few, so that little is lost.
ROWS = 1024
SLOW = {"complete": 64, "chat": 64, "score": 256, "translate": 256, "clip": 256, "digits": 256}


@dataclass(frozen=True)
class Input:
    """One input file (or one folder or pattern of pictures): its stamp tells whether it has changed."""

    path: str
    kind: Kind
    size: int
    modified: int
    packed: Literal["", "gz", "zst"] = ""


@dataclass(frozen=True)
class Job:
    """What every worker is told. words: the command line; columns: those kept; schema: their types (Arrow's bytes)."""

    words: tuple[str, ...]
    out: str
    inputs: tuple[Input, ...]
    field: str | None
    form: str = "parquet"
    keep: tuple[str, ...] | None = None
    drop: tuple[str, ...] = ()
    vectors: str = "float32"
    columns: tuple[str, ...] = ()
    schema: bytes | None = None
    timeout: float | None = None


@dataclass(frozen=True)
class Block:
    """Consecutive records of one input. `first` counts from 0; `offset`: its byte, where the file can be sought in.

    chosen: the rows of a sample, counted from `first`; None for all.
    """

    file: int
    number: int
    first: int
    count: int
    offset: int | None = None
    chosen: tuple[int, ...] | None = None

    @property
    def key(self) -> str:
        """What names the block in the journal and its part."""
        return f"{self.file:05d}-{self.number:06d}"

    @property
    def records(self) -> int:
        """How many records are to be answered."""
        return self.count if self.chosen is None else len(self.chosen)


@dataclass
class Item:
    """One record: its row in the file from 1, its text, the other columns, or why it cannot be read."""

    row: int
    value: str = ""
    fields: Mapping[str, Any] = field(default_factory=dict)
    error: str | None = None


@dataclass(frozen=True)
class Done:
    """What became of a block. `part`: the file that was written; `seconds`: of the command alone."""

    key: str
    part: str | None
    records: int
    rows: int
    errors: tuple[Mapping[str, Any], ...]
    seconds: float
    size: int = 0
    models: Mapping[str, str] = field(default_factory=dict)
    version: str = ""
    said: Mapping[str, int] = field(default_factory=dict)
    memory: int = 0
