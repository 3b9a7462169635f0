"""Files to paragraphs: every line once, with its number."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from lmcli.frame.errors import BadInput
from lmcli.frame.text.lines import lines_of
from lmcli.sentences.files.paragraphs import LONGEST, decode, find_files, split

TEXT = "# Title\n\nFirst paragraph\nof two lines.\n\n\n## Part\nSecond.\n"


def test_headings_go_with_what_follows():
    found = [(p.line, p.text) for p in split("f", TEXT)]
    assert found == [(1, "# Title\n\nFirst paragraph\nof two lines."), (7, "## Part\nSecond.")]


def test_a_heading_at_the_end_is_kept():
    assert [p.text for p in split("f", "Text.\n\n# End\n")] == ["Text.", "# End"]


def test_code_stays_whole_and_with_its_introduction():
    text = "Run this:\n\n```sh\none\n\ntwo\n```\n\nAfter it.\n"
    assert [p.line for p in split("f", text)] == [1, 9]
    assert next(split("f", text)).text == "Run this:\n\n```sh\none\n\ntwo\n```"


def test_long_paragraphs_are_cut_between_lines_and_sentences():
    lines = "\n".join(["word " * 40] * 20)
    pieces = list(split("f", lines))
    assert [piece.line for piece in pieces] == [1, 6, 11, 16]
    sentence = "A sentence of some length stands here. " * 80
    parts = [piece.text for piece in split("f", sentence)]
    assert all(part.endswith("here.") for part in parts)
    assert len(parts) > 2


blocks = st.lists(
    st.text(st.characters(codec="utf-8", exclude_categories=("C", "Z")), max_size=1500)
)


@given(blocks)
def test_no_word_is_lost_and_nothing_is_too_long(lines):
    text = "\n\n".join(lines)
    pieces = list(split("f", text))
    assert "".join("".join(p.text for p in pieces).split()) == "".join(text.split())
    source = lines_of(text)
    for piece in pieces:
        assert len(piece.text) <= LONGEST + 200
        assert piece.text.strip()[:50] in source[piece.line - 1] or "\n" in piece.text[:60]


def test_files_below_a_folder(tmp_path):
    for name in ("b.txt", "a.md", ".hidden", "sub/c.txt", ".git/d.txt"):
        path = tmp_path / name
        path.parent.mkdir(exist_ok=True)
        path.write_text("x")
    (tmp_path / "link.txt").symlink_to(tmp_path / "b.txt")
    faults = []
    names = [
        str(p.relative_to(tmp_path))
        for p in find_files([str(tmp_path), str(tmp_path / "b.txt")], faults.append)
    ]
    assert names == ["a.md", "b.txt", "sub/c.txt"]
    places = [str(tmp_path / "none"), str(tmp_path / "b.txt")]
    assert [path.name for path in find_files(places, faults.append)] == ["b.txt"]
    (fault,) = faults
    assert isinstance(fault, BadInput) and "none: no such file" in str(fault)


def test_what_is_no_text():
    assert decode(b"\x89PNG\0") is None
    assert decode("café".encode("latin-1")) is None
    assert decode(b"\xef\xbb\xbfhi") == "hi"
