"""Text files with byte order marks and in other encodings."""

import pytest

from lmcli.frame.errors import BadInput
from lmcli.frame.text.textfile import decoded, read_text


def test_a_byte_order_mark_is_no_part_of_the_text(tmp_path):
    path = tmp_path / "text"
    path.write_bytes("\ufeffcat\ufeff\n".encode())
    assert read_text(path) == "cat\ufeff\n"
    path.write_bytes(b"")
    assert read_text(path) == ""


@pytest.mark.parametrize(
    ("data", "message"),
    [
        (b"a\nb\n\xff", r"t:3: not UTF-8; convert it with iconv"),
        ("cat".encode("utf-16"), r"t: this is UTF-16; convert it with: iconv -f UTF-16 -t UTF-8"),
        (b"\xfe\xff\0c", r"t: this is UTF-16"),
    ],
)
def test_other_encodings_are_named(data, message):
    with pytest.raises(BadInput, match=message):
        decoded(data, "t")


@pytest.mark.parametrize(
    ("name", "text", "words"),
    [
        ("night.lm", "similarity cat cat\n", "run"),
        ("rules.clp", "(defrule a (wet) => (assert (rain)))\n", "expert import"),
        ("rules.yaml", "rules:\n  - if: wet\n    then: rain\n", "expert show"),
        (
            "sets.yaml",
            "projections:\n- name: p\n  pairs: [[she, he]]\n  words: [nurse, smith]\n",
            "words bias --sets",
        ),
        ("map.txt", "S.G\n", "maze solve"),
    ],
)
def test_every_reader_takes_a_byte_order_mark(lmcli, tmp_path, name, text, words):
    path = tmp_path / name
    results = []
    for mark in ("", "\ufeff"):
        path.write_bytes((mark + text).encode())
        results.append(lmcli(*words.split(), path))
    assert results[0] == results[1] and results[0].code == 0, results
    path.write_bytes(text.encode("utf-16"))
    result = lmcli(*words.split(), path)
    assert result.code in (1, 5) and "UTF-" in result.err and "bug" not in result.err


def test_settings_take_a_byte_order_mark(lmcli, own_settings):
    (own_settings / "config.toml").write_bytes("\ufeffk = 2\n".encode())
    assert len(lmcli("similar", "king").lines) == 2
    (own_settings / "config.toml").write_bytes(b"k = 2\n# \xff\n")
    result = lmcli("similar", "king")
    assert result.code == 1 and "config.toml:2: not UTF-8" in result.err
