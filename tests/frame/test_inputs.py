"""Declaring records: arguments joined or apart, and refused where they are no text."""

import io

import click

from lmcli.frame.environment import Environment
from lmcli.frame.inputs import argument


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


def test_arguments_that_are_no_utf8_are_refused(process):
    for words in (["embed", b"a\xffb"], ["tokenize", b"\xff"], ["similar", b"\xff"]):
        result = process(
            *(w if isinstance(w, str) else w.decode(errors="surrogateescape") for w in words)
        )
        assert result.code == 1 and "not Unicode text" in result.err, result.err
