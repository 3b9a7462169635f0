"""Every format, from the same rows."""

import csv
import io
import json
import re
from dataclasses import dataclass
from typing import ClassVar

import pytest

from lmcli.frame.environment import Environment, Settings
from lmcli.frame.errors import BadInput, NoAnswer, PartialFailure, Reported
from lmcli.frame.inputs import Outcome, Record, Records


@dataclass(frozen=True, slots=True)
class Row:
    query: str
    word: str
    score: float

    KEY: ClassVar[str] = "query"
    PLAIN: ClassVar[tuple[str, ...]] = ("word", "score")


ROWS = [Row("q", "tab\tand\nbreak", 1 / 3), Row("q", "中文", float("nan"))]


@pytest.fixture
def env():
    return Environment(io.BytesIO(), io.StringIO(), io.StringIO(), {"COLUMNS": "80"})


def printed(env, form, outcomes, several=True, tty=False):
    env.settings = Settings(format=form)
    env.stdout_isatty = tty
    records = Records(lambda: iter(()), several=several, from_stdin=False)
    env.output.stream(outcomes, records)
    return env.stdout.getvalue()


def one(rows=ROWS, **fields):
    return [Outcome(Record("q", 1, fields), rows)]


def test_plain_escapes_what_would_break_a_line(env):
    assert printed(env, "plain", one(), several=False) == (
        "tab\\tand\\nbreak\t0.3333333333333333\n中文\tnan\n"
    )


def test_plain_names_the_record_where_there_are_several(env):
    assert printed(env, None, one()).splitlines()[1] == "q\t中文\tnan"


def test_json_is_an_array_and_knows_no_nan(env):
    rows = json.loads(printed(env, "json", one(id=7)))
    assert rows[0] == {"id": 7, "query": "q", "word": "tab\tand\nbreak", "score": 1 / 3}
    assert rows[1]["score"] is None


def test_json_of_nothing_is_an_empty_array(env):
    assert printed(env, "json", []) == "[]\n"


def test_jsonl_is_one_object_a_line(env):
    lines = printed(env, "jsonl", one()).splitlines()
    assert [json.loads(line)["word"] for line in lines] == ["tab\tand\nbreak", "中文"]


def test_csv_is_read_back(env):
    rows = list(csv.DictReader(io.StringIO(printed(env, "csv", one(id=7)))))
    assert rows[0] == {"id": "7", "query": "q", "word": "tab\tand\nbreak", "score": str(1 / 3)}


def test_tsv_has_a_header(env):
    assert printed(env, "tsv", one()).splitlines()[0] == "query\tword\tscore"


def test_a_table_rounds_and_fits(env):
    text = re.sub(r"\x1b\[[0-9;]*m", "", printed(env, "table", one(), tty=True))
    assert "0.3333" in text and "0.33333" not in text and "中文" in text
    assert max(map(len, text.splitlines())) <= 80


def test_errors_are_told_apart_by_how_many_failed(env):
    good, bad = Outcome(Record("a", 1), ROWS), Outcome(Record("b", 2), error=NoAnswer("nothing"))
    with pytest.raises(PartialFailure):
        printed(env, "jsonl", [good, bad])
    assert env.stderr.getvalue() == "error: line 2: nothing\n"
    with pytest.raises(Reported) as all_failed:
        printed(env, "jsonl", [bad, bad])
    assert all_failed.value.exit_code == 3
    with pytest.raises(NoAnswer):
        printed(env, "jsonl", [bad], several=False)


def test_json_stays_whole_when_a_record_fails(env):
    bad = Outcome(Record("b", 2), error=BadInput("no"))
    with pytest.raises(PartialFailure):
        printed(env, "json", [*one(), bad, *one()])
    assert len(json.loads(env.stdout.getvalue())) == 4


def test_rows_that_fail_while_they_are_made_keep_what_came_before(env):
    def rows():
        yield ROWS[0]
        raise BadInput("broke off")

    with pytest.raises(Reported):
        printed(env, "jsonl", [Outcome(Record("a", 1), rows())])
    assert len(env.stdout.getvalue().splitlines()) == 1
    assert "broke off" in env.stderr.getvalue()


def test_notes_are_for_terminals_and_warnings_for_all(env):
    env.output.note("by the way")
    env.output.warn("careful")
    assert env.stderr.getvalue() == "warning: careful\n"


@dataclass(frozen=True, slots=True)
class Listed:
    words: tuple[str, ...]

    PLAIN: ClassVar[tuple[str, ...]] = ("joined",)

    @property
    def joined(self) -> str:
        return " ".join(self.words)


def test_a_plain_column_may_be_a_property(env):
    outcomes = [Outcome(Record("q"), [Listed(("a", "b"))])]
    assert printed(env, "plain", outcomes) == "a b\n"
    env.stdout = io.StringIO()
    outcomes = [Outcome(Record("q"), [Listed(("a", "b"))])]
    assert json.loads(printed(env, "jsonl", outcomes).splitlines()[-1]) == {"words": ["a", "b"]}


def test_arguments_make_one_table_and_typed_records_one_each(env):
    env.stdin_isatty = True
    assert printed(env, "table", [*one(), *one()], tty=True).count("score") == 1
    env.stdout.truncate(0)
    typed = Records(lambda: iter(()), several=True, from_stdin=True)
    env.output.stream([*one(), *one()], typed)
    assert env.stdout.getvalue().count("score") == 2


def test_tables_of_their_own(env):
    env.stdout_isatty = True
    outcomes = [*one(), *one()]
    env.output.stream(outcomes, None, apart=True)
    assert env.stdout.getvalue().count("score") == 2


def test_messages_stand_above_a_progress_bar(env):
    env.stderr_isatty = True
    with env.output.progress("working", total=2) as advance:
        advance(1)
        env.output.error(BadInput("x.png: broken"))
    env.output.error(BadInput("y.png: broken"))
    text = env.stderr.getvalue().replace("\r", "\n")
    lines = re.sub(r"\x1b\[[0-9;?]*[a-zA-Z]", "", text).splitlines()
    assert "error: x.png: broken" in lines and "error: y.png: broken" in lines
