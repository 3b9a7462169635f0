"""Messages that quote what stands in files."""

from lmcli.frame.text.printable import LONGEST, printable


def test_what_a_terminal_would_obey_is_written_as_an_escape():
    assert printable("no '\x1b[2J\x00' here\tand\nthere") == "no '\\x1b[2J\\x00' here\tand\nthere"
    assert printable("a\u202eb\x85c\rd") == "a\\u202eb\\x85c\\rd"
    assert printable("naïve 猫 👍") == "naïve 猫 👍"


def test_a_long_line_keeps_its_ends():
    shown = printable("error: " + "x" * 1_000_000 + "; next step\nshort")
    first, second = shown.split("\n")
    assert first.startswith("error: xxx") and first.endswith("x; next step") and second == "short"
    assert len(first) < LONGEST + 20


def test_errors_and_usage_errors_are_shown_so(lmcli):
    for words in (("similar", "a\x1b[31mb"), ("no\x1b[31msuch",), ("x" * 100_000,)):
        result = lmcli(*words)
        assert result.code in (2, 3) and "\x1b" not in result.err
        assert all(len(line) < LONGEST + 20 for line in result.err.splitlines())
