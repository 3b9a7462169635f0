"""Reading records: batches that never wait, JSON lines, what cannot be read."""

import io
import os
import threading

import pytest

from lmcli.__main__ import run
from lmcli.frame.environment import Environment
from lmcli.frame.errors import BadInput
from lmcli.frame.records import Record, Records, records_of_stream
from tests.frame.text.streams import Endless


def test_a_line_is_given_before_the_next_one_is_written():
    reading, writing = os.pipe()
    with os.fdopen(reading, "rb") as stream:
        batches = records_of_stream(stream)
        os.write(writing, b"first\nsec")
        assert [record.value for record in next(batches)] == ["first"]
        threading.Timer(0.05, lambda: (os.write(writing, b"ond\n"), os.close(writing))).start()
        assert next(batches) == [Record("second", 2)]


def test_batches_start_with_one_and_grow():
    data = b"".join(b"%d\n" % n for n in range(40))
    records = Records(lambda: records_of_stream(io.BytesIO(data)), several=True, from_stdin=True)
    sizes = []

    def answer(values):
        sizes.append(len(values))
        return [[value] for value in values]

    rows = [row for outcome in records.map_batches(answer, largest=8) for row in outcome.rows]
    assert rows == [str(n) for n in range(40)]
    assert sizes == [1, 2, 4, 8, 8, 8, 8, 1]


def test_errors_in_a_batch_stay_with_their_record():
    data = b"a\n\xff\nb\nc\n"
    records = Records(lambda: records_of_stream(io.BytesIO(data)), several=True, from_stdin=True)
    refused = BadInput("no b")
    answer = lambda values: [refused if value == "b" else value for value in values]  # noqa: E731
    outcomes = list(records.map_batches(answer))
    assert [outcome.rows for outcome in outcomes] == [("a",), (), (), ("c",)]
    assert outcomes[2].error is refused and "UTF-8" in str(outcomes[1].error)


def test_json_lines_keep_their_other_fields():
    data = b'{"text": "a", "id": 1}\n[1]\n{"text": 5}\n{\n'
    (batch,) = records_of_stream(io.BytesIO(data), jsonl="text")
    assert batch[0] == Record("a", 1, {"id": 1})
    faults = [str(record.error) for record in batch[1:]]
    assert faults[0] == "not a JSON object"
    assert faults[1] == "no text in the field 'text'"
    assert faults[2].startswith("not JSON")


def test_a_blank_line_fails_by_its_number_or_is_kept():
    data = b"a\n\n \t\r\nb\n"
    found = [record for batch in records_of_stream(io.BytesIO(data)) for record in batch]
    assert [(record.value, record.line) for record in found] == [
        ("a", 1),
        ("", 2),
        ("", 3),
        ("b", 4),
    ]
    assert [record.error and record.error.message for record in found] == [
        None,
        "the line is blank",
        "the line is blank",
        None,
    ]
    kept = [r for batch in records_of_stream(io.BytesIO(data), keep_blank=True) for r in batch]
    assert kept == [Record("a", 1), Record("", 2), Record(" \t", 3), Record("b", 4)]


def test_json_that_is_nested_without_end_is_an_error_of_its_line():
    (batch,) = records_of_stream(io.BytesIO(b"[" * 200_000 + b'\n{"text": "a"}\n'), "text")
    assert isinstance(batch[0].error, BadInput) and batch[1].value == "a"


def test_half_a_surrogate_pair_is_no_text():
    given = list(Records.of(["a\udcffb", "naïve 😀"]))
    assert isinstance(given[0].error, BadInput) and given[1].error is None
    (batch,) = records_of_stream(io.BytesIO(b'{"text": "a\\ud800"}\n{"text": "b"}\n'), "text")
    assert isinstance(batch[0].error, BadInput) and batch[1] == Record("b", 2)


@pytest.mark.parametrize(
    ("words", "record", "rows"),
    [
        (["similar", "-k", "1"], b"king", 2),
        (["similar", "-k", "1", "--jsonl", "t"], b'{"t": "king"}', 2),
        (["tokenize"], b"king", 6),
    ],
)
def test_a_line_without_end_fails_by_its_number_and_the_others_go_on(words, record, rows):
    stream = Endless(record + b"\n" + record[:-2], record)
    env = Environment(stream, io.StringIO(), io.StringIO(), {**os.environ})
    assert run([*words, "-f", "plain"], env) == 5
    fault = env.stderr.getvalue()
    assert fault.startswith("error: line 2: a line of 99990") and fault.count("\n") == 1
    assert len(env.stdout.getvalue().splitlines()) == rows
