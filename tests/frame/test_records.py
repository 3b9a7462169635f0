"""Reading records: lines whole, batches that never wait, JSON lines."""

import io
import os
import threading

import click
from hypothesis import given
from hypothesis import strategies as st

from lmcli.frame.environment import Environment
from lmcli.frame.errors import BadInput
from lmcli.frame.inputs import Record, Records, argument, records_of_stream
from lmcli.frame.text.lines import lines_ready


class Dribble(io.RawIOBase):
    """A stream that gives its bytes in pieces of the sizes asked for."""

    def __init__(self, data: bytes, sizes: list[int]) -> None:
        self.data, self.sizes = data, sizes

    def read1(self, _size: int) -> bytes:
        size = self.sizes.pop() if self.sizes else len(self.data)
        piece, self.data = self.data[:size], self.data[size:]
        return piece


@given(
    lines=st.lists(st.binary(max_size=9).filter(lambda line: b"\n" not in line)),
    sizes=st.lists(st.integers(1, 7)),
    ended=st.booleans(),
)
def test_lines_are_whole_however_they_arrive(lines, sizes, ended):
    data = b"\n".join(lines) + (b"\n" if ended and lines else b"")
    found = [line for ready in lines_ready(Dribble(data, sizes)) for line in ready]
    expected = data.removeprefix(b"\xef\xbb\xbf").split(b"\n")
    if expected[-1] == b"":
        expected.pop()
    assert found == expected


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


def test_arguments_are_joined_by_a_blank_or_a_text():
    def joined(join):
        found = []

        @click.command()
        @argument("words", join=join)
        def show(words):
            found.extend(record.value for record in words)

        streams = Environment(io.BytesIO(), io.StringIO(), io.StringIO(), {})
        show.main(["a b", "c"], standalone_mode=False, obj=streams)
        return found

    assert joined(False) == ["a b", "c"]
    assert joined(True) == ["a b c"]
    assert joined(", ") == ["a b, c"]


def test_json_that_is_nested_without_end_is_an_error_of_its_line():
    (batch,) = records_of_stream(io.BytesIO(b"[" * 200_000 + b'\n{"text": "a"}\n'), "text")
    assert isinstance(batch[0].error, BadInput) and batch[1].value == "a"


def test_lines_may_end_in_another_byte():
    stream = io.BytesIO(b"a\nb\0c\0")
    assert [line for lines in lines_ready(stream, b"\0") for line in lines] == [b"a\nb", b"c"]


def test_half_a_surrogate_pair_is_no_text():
    given = list(Records.of(["a\udcffb", "naïve 😀"]))
    assert isinstance(given[0].error, BadInput) and given[1].error is None
    (batch,) = records_of_stream(io.BytesIO(b'{"text": "a\\ud800"}\n{"text": "b"}\n'), "text")
    assert isinstance(batch[0].error, BadInput) and batch[1] == Record("b", 2)


def test_arguments_that_are_no_utf8_are_refused(process):
    for words in (["embed", b"a\xffb"], ["tokenize", b"\xff"], ["similar", b"\xff"]):
        result = process(
            *(w if isinstance(w, str) else w.decode(errors="surrogateescape") for w in words)
        )
        assert result.code == 1 and "not Unicode text" in result.err, result.err
