"""One script over the systems gives the same rows as commands, by `lmcli run`, and as lines of a session."""

import shlex

import pytest

from tests.conftest import ROOT

SCRIPT = """\
analogy king man woman
analogy "france - paris + rome" -k 2 -f jsonl
similar father car -k 3
similarity cat dog -f json
odd breakfast cereal dinner lunch
words info
words vector cat -f csv
words bias weat-6 -q
words plot paris france rome italy -f jsonl
compare "a cat sat" "a kitten was sitting"
embed "a cat" -f jsonl
tokenize "The cat sat on the mat"
attention "The cat sat" -f jsonl
attention positions -f csv
expert infer animals "has hair" "has hooves" "black stripes" -f jsonl
expert list
maze list
maze show course
models list
models info glove-50d -f json
"""
LINES = SCRIPT.splitlines()


@pytest.fixture
def by_command(lmcli):
    return {line: lmcli(*shlex.split(line)) for line in LINES}


def test_the_same_rows_by_command_by_run_and_in_a_session(lmcli, lines, by_command, tmp_path):
    (tmp_path / "all.lm").write_text(SCRIPT)
    ran = lmcli("run", "all.lm", "--keep-going")
    expected = "".join(result.out for result in by_command.values())
    assert ran.out == expected
    for line, result in by_command.items():
        assert (lines(line), lines.code) == (result.out, result.code), line


def test_every_line_of_the_script_is_a_command_that_works(by_command):
    assert {line: result.err for line, result in by_command.items() if result.code} == {}


def test_a_dialogue_in_a_script(lines):
    (ROOT / "tests/examples/zebra.txt").read_text()
    printed = lines(f"expert chat animals --words-only < {ROOT}/tests/examples/zebra.txt")
    assert "zebra" in printed and lines.code == 0
