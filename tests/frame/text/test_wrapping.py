"""Lines of a paragraph."""

from lmcli.frame.text.wrapping import wrapped


def test_a_line_breaks_between_chinese_letters():
    text = "空格左边只有一个 The。同一个空，三种看法。"
    assert wrapped(text, 12) == ["空格左边只有", "一个 The。同", "一个空，三种", "看法。"]
    assert wrapped("one two three", 8) == ["one two", "three"]
    assert wrapped("abcdefgh", 3) == ["abc", "def", "gh"]
    assert wrapped("", 3) == []
