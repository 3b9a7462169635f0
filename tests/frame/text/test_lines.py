"""Lines are what grep -n counts; files that cannot be read are named."""

from __future__ import annotations

import io
import subprocess

import pytest

from lmcli.frame.errors import BadInput, named
from lmcli.frame.text.lines import decoded, lines_of, lines_ready, numbered
from tests.conftest import ROOT

TEXT = "a\f\nb\x85c\u2028d\r\n\x0b\ne\rf\n\n\x1cend"


def test_the_numbers_are_those_of_grep(tmp_path):
    path = tmp_path / "t.txt"
    path.write_bytes(TEXT.encode())
    grep = subprocess.run(["grep", "-n", "", path], capture_output=True, check=True).stdout
    expected = [line.removesuffix("\r").partition(":") for line in grep.decode().split("\n")[:-1]]
    assert [f"{number}" for number, _ in numbered(path)] == [number for number, _, _ in expected]
    assert [line for _, line in numbered(path)] == [line for _, _, line in expected]
    assert lines_of(TEXT) == [line for _, _, line in expected]


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
