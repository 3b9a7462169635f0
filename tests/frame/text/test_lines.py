"""Lines are what grep -n counts; files that cannot be read are named."""

from __future__ import annotations

import io
import subprocess
import tracemalloc

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lmcli.frame.errors import BadInput, named
from lmcli.frame.text.lines import LONGEST, decoded, lines_of, lines_ready, numbered
from tests.conftest import ROOT
from tests.frame.text.streams import MILLION, Endless, Pieces

TEXT = "a\f\nb\x85c\u2028d\r\n\x0b\ne\rf\n\n\x1cend"


def test_the_numbers_are_those_of_grep(tmp_path):
    path = tmp_path / "t.txt"
    path.write_bytes(TEXT.encode())
    grep = subprocess.run(["grep", "-n", "", path], capture_output=True, check=True).stdout
    expected = [line.removesuffix("\r").partition(":") for line in grep.decode().split("\n")[:-1]]
    assert [f"{number}" for number, _ in numbered(path)] == [number for number, _, _ in expected]
    assert [line for _, line in numbered(path)] == [line for _, _, line in expected]
    assert lines_of(TEXT) == [line for _, _, line in expected]


def pieces(data, sizes):
    """The bytes in pieces of the sizes given, then the rest."""
    for size in sizes:
        if data:
            yield data[:size]
            data = data[size:]
    yield data


@given(
    lines=st.lists(st.binary(max_size=9).filter(lambda line: b"\n" not in line)),
    sizes=st.lists(st.integers(1, 7)),
    ended=st.booleans(),
)
def test_lines_are_whole_however_they_arrive(lines, sizes, ended):
    data = b"\n".join(lines) + (b"\n" if ended and lines else b"")
    found = [line for ready in lines_ready(Pieces(pieces(data, sizes))) for line in ready]
    expected = data.removeprefix(b"\xef\xbb\xbf").split(b"\n")
    if expected[-1] == b"":
        expected.pop()
    assert found == expected


def test_lines_may_end_in_another_byte():
    stream = io.BytesIO(b"a\nb\0c\0")
    assert [line for lines in lines_ready(stream, b"\0") for line in lines] == [b"a\nb", b"c"]


def test_a_line_that_is_too_long_is_not_held():
    tracemalloc.start()
    found = [line for ready in lines_ready(Endless(b"a\nb", b"c\nd")) for line in ready]
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert (found[0], *found[2:]) == (b"a", b"c", b"d") and isinstance(found[1], BadInput)
    assert "a line of 99990001 bytes is too long" in str(found[1])
    assert peak < LONGEST + MILLION


def test_the_longest_line_is_read_and_one_byte_more_is_not():
    for size, held in ((LONGEST, True), (LONGEST + 1, False)):
        for end in (b"", b"\n", b"\nb\n"):
            data = io.BytesIO(b"a" * size + end)
            lines = [line for ready in lines_ready(data) for line in ready]
            assert isinstance(lines[0], bytes) is held and lines[1:] == [b"b"] * (len(end) > 1)


def test_a_mark_is_left_out_however_it_arrives():
    class Slow(io.BytesIO):
        def read1(self, _size=-1):
            return super().read(1)

    for data, lines in (
        (b"\xef\xbb\xbfa\nb", [b"a", b"b"]),
        (b"\xef\xbb", [b"\xef\xbb"]),
        (b"\xef\xbb\xbf", []),
        (b"\xef\xbbx\n", [b"\xef\xbbx"]),
    ):
        assert [line for ready in lines_ready(Slow(data)) for line in ready] == lines


def test_a_line_that_is_no_utf8_is_an_error_of_its_own(tmp_path):
    path = tmp_path / "t.txt"
    path.write_bytes(b"a\n\xff\nb\n")
    (_, first), (number, fault), (_, last) = numbered(path)
    assert (first, number, last) == ("a", 2, "b") and "not UTF-8 at byte 1" in str(fault)
    with pytest.raises(BadInput, match="byte 2"):
        decoded(b"a\xff")


def test_what_is_no_file_is_named(tmp_path):
    (tmp_path / "loop").symlink_to("loop")
    for name, why in ((".", "directory"), ("none", "No such file"), ("loop", "symbolic links")):
        with pytest.raises(BadInput, match=why):
            list(numbered(tmp_path / name))


def test_names_fit_into_one_line_of_a_message():
    assert named("a b[1].txt") == "a b[1].txt"
    assert named("n\nl\udcff.txt") == "n\\nl\\xff.txt"
    assert named(ROOT) == str(ROOT)
