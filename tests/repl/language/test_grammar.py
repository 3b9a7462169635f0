"""The grammar of lines."""

import shlex

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lmcli.frame.errors import BadUsage
from lmcli.repl.language.grammar import Reference, is_open, logical_lines, parse, tokens


def words(line):
    return [token.text for token in parse(line).stages[0].words]


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ("similar king -k 3", ["similar", "king", "-k", "3"]),
        ('analogy "king - man + woman"', ["analogy", "king - man + woman"]),
        ("complete It isn't over", ["complete", "It", "isn't", "over"]),
        ("a 'b | c' \"d > e\"", ["a", "b | c", "d > e"]),
        (r"a b\ c \$x", ["a", "b c", "$x"]),
        ('a "say \\"x\\" \\n"', ["a", 'say "x" \\n']),
        ('a """two\n"lines" $x"""', ["a", 'two\n"lines" $x']),
        ("a b # c", ["a", "b"]),
        ("a b#c", ["a", "b#c"]),
        ("a ''", ["a", ""]),
    ],
)
def test_words(line, expected):
    assert words(line) == expected


@given(
    st.lists(st.text(st.characters(codec="utf-8", exclude_characters="\0"), max_size=8), min_size=1)
)
def test_what_a_shell_quotes_is_read_as_it_was(given_words):
    quoted = " ".join(
        shlex.quote(word) if word.isalpha() else _single(word) for word in given_words
    )
    assert words(quoted) == given_words


def _single(word):
    """Quoted piece by piece, so that no apostrophe stands after a letter."""
    return "''" + "".join("\\'" if letter == "'" else f"'{letter}'" for letter in word).replace(
        "''''", "''"
    )


@given(st.text())
def test_tokens_cover_the_line_in_order(line):
    place = 0
    for token in tokens(line):
        assert place <= token.start < token.end <= len(line)
        assert not line[place : token.start].strip()
        place = token.end


def test_references():
    (stage,) = parse('similar $w $w[0].score _ "_ and $x" _[1]').stages
    parts = [token.parts for token in stage.words[1:]]
    assert parts == [
        (Reference("w"),),
        (Reference("w", 0, "score"),),
        (Reference("_"),),
        ("_ and ", Reference("x")),
        (Reference("_", 1),),
    ]
    assert words("a '$x'") == ["a", "$x"]


def test_a_pipeline():
    line = parse("$a = similar king | grep -v 'q|x' >> out.txt")
    assert line.name == "a" and line.append and line.output.text == "out.txt"
    assert [[word.text for word in stage.words] for stage in line.stages] == [
        ["similar", "king"],
        ["grep", "-v", "q|x"],
    ]
    assert parse("x < in.txt > out").source.text == "in.txt"


def test_the_shell_takes_the_rest_of_the_line():
    line = parse("similar king | head 3 | !cut -f1 | sort > x")
    assert line.stages[-1].shell == "cut -f1 | sort > x" and line.output is None
    assert parse("$x = !ls | wc").stages[0].shell == "ls | wc"


@pytest.mark.parametrize(
    ("line", "what"),
    [
        ('a "b', "column 3: a quote is not closed"),
        ("a |", "a command must follow |"),
        ("a >", "a file must follow >"),
        ("| a", "column 1: nothing before |"),
        ("a | | b", "column 5: nothing before |"),
        ("a > b c", "column 7: words after a redirect"),
        ("a > b | c", "column 7: a pipe after a redirect"),
    ],
)
def test_faults_name_the_column(line, what):
    with pytest.raises(BadUsage) as caught:
        parse(line)
    assert str(caught.value).startswith(what)


def test_logical_lines():
    text = 'a\nb """x\ny"""\nc \\\nd\n'
    assert list(logical_lines(text)) == [(1, "a"), (2, 'b """x\ny"""'), (4, "c d"), (6, "")]
    assert is_open('a """b') and not is_open('a """b"""')
