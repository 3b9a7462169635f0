"""Fields as text: whole for machines, rounded for people."""

from dataclasses import dataclass

from lmcli.frame.printing.cells import cell, people_cell, to_json


@dataclass(frozen=True, slots=True)
class Row:
    query: str
    score: float


def test_cells():
    assert [cell(value) for value in (None, True, 1, 0.1, "x", [1, "中"], {"a": 1.5})] == [
        "", "true", "1", "0.1", "x", '[1, "中"]', '{"a": 1.5}',
    ]  # fmt: skip
    assert [people_cell(value) for value in (0.12345, 0.0001234, 12345.678, 3, [0.5, 0.25])] == [
        "0.1235", "0.000123", "12345.6780", "3", "0.5000, 0.2500",
    ]  # fmt: skip
    assert to_json({"rows": (Row("q", 0.5),)}) == ('{"rows": [{"query": "q", "score": 0.5}]}')
