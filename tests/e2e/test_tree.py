"""The table of commands, the help of each, and what help must not load."""

import json
import re
import subprocess
import sys

import click
import pytest

from lmcli.cli import SECTIONS
from lmcli.frame.tree.lazy import LazyGroup
from tests.conftest import ROOT
from tests.e2e.tree import commands, groups

COMMANDS = dict(commands())
HEAVY = ("numpy", "onnxruntime", "torch", "gensim", "rich", "prompt_toolkit")


def loaded_by(code: str) -> set[str]:
    """The modules that a fresh process holds after `code`."""
    report = "\nimport sys, json; print(json.dumps(sorted(sys.modules)), file=sys.stderr)"
    done = subprocess.run(
        [sys.executable, "-c", code + report], capture_output=True, cwd=ROOT, check=False
    )
    return set(json.loads(done.stderr.decode().splitlines()[-1]))


def run_main(*words: str) -> str:
    return (
        f"import sys; sys.argv = ['lmcli', *{list(words)!r}]\n"
        "from lmcli.__main__ import main\n"
        "try: main()\nexcept SystemExit: pass"
    )


@pytest.mark.parametrize(
    "group",
    [group for _, group in groups() if isinstance(group, LazyGroup)],
    ids=lambda group: group.name,
)
def test_the_tables_help_is_the_commands_own(group):
    for section in group.table.values():
        for name, (_, text) in section.items():
            command = group.get_command(None, name)
            assert command.name == name
            assert command.help.split("\n\n")[0].replace("\n", " ") == text


@pytest.mark.parametrize("path", COMMANDS, ids=" ".join)
def test_every_command_documents_itself(path):
    command = COMMANDS[path]
    assert command.help and command.epilog, "a help text and an epilog"
    assert re.search(r"Example:  .*lmcli ", command.epilog), "an example that runs as printed"
    for parameter in command.params:
        assert not isinstance(parameter, click.Option) or parameter.help, parameter.name
    names = {option for parameter in command.params for option in parameter.opts}
    assert {"--quiet", "--debug", "--color"} <= names or path == ("completion",)


@pytest.mark.parametrize("path", COMMANDS, ids=" ".join)
def test_help_answers(lmcli, path):
    result = lmcli(*path, "--help")
    assert result.code == 0 and result.out.startswith("Usage: lmcli " + " ".join(path))
    assert max(map(len, result.lines)) <= 100


@pytest.mark.parametrize(
    "words", [("--help",), ("--version",), ("words", "--help"), ("models", "--help")]
)
def test_help_and_version_load_nothing_heavy(words):
    assert not loaded_by(run_main(*words)).intersection(HEAVY)


def test_analogy_loads_no_neural_or_training_package():
    loaded = loaded_by(run_main("analogy", "king", "man", "woman"))
    assert "numpy" in loaded
    assert not loaded.intersection(
        {"onnxruntime", "torch", "gensim", "scipy", "rich", "huggingface_hub"}
    )


def test_an_unknown_command_is_met_with_near_names(lmcli):
    result = lmcli("analgoy")
    assert result.code == 2 and "Did you mean analogy?" in result.err
    assert "Did you mean eval?" in lmcli("words", "evla").err


@pytest.mark.parametrize(
    ("shell", "words", "expected"),
    [
        ("bash", "lmcli ana", "plain,analogy"),
        ("bash", "lmcli similar --restr", "plain,--restrict"),
        ("bash", "lmcli similar --model glo", "plain,glove-100d\nplain,glove-50d"),
        ("bash", "lmcli models info glo", "plain,glove-100d\nplain,glove-50d"),
        ("bash", "lmcli similar quee", "plain,queen"),
        ("zsh", "lmcli analogy king man wom", "plain\nwomen"),
        ("fish", "lmcli similar -f js", "plain,json"),
        ("bash", "lmcli classify st", "plain,steps"),
        ("bash", "lmcli classify --prob", "plain,--proba"),
        ("bash", "lmcli attention po", "plain,positions"),
    ],
)
def test_completion(shell, words, expected):
    typed = words.split(" ")
    variables = {
        "_LMCLI_COMPLETE": f"{shell}_complete",
        "COMP_WORDS": typed[-1] if shell == "fish" else words,
        "COMP_CWORD": typed[-1] if shell == "fish" else str(len(typed) - 1),
    }
    if shell == "fish":
        variables["COMP_WORDS"] = words
    code = f"import os; os.environ.update({variables!r})\n" + run_main()
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, cwd=ROOT, text=True, check=False
    )
    assert expected in done.stdout
    assert not loaded_by(code).intersection(HEAVY)


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_completion_scripts_name_the_program(lmcli, shell):
    result = lmcli("completion", shell)
    assert result.code == 0 and "_LMCLI_COMPLETE" in result.out


def test_the_help_fits_a_screen_of_60_lines_and_names_every_command(lmcli):
    done = lmcli("--help", env={"COLUMNS": "80"})
    assert len(done.lines) <= 60 and max(map(len, done.lines)) <= 80
    told = {line.split()[0] for line in done.lines if line.startswith("  ") and line.strip()}
    assert {name for table in SECTIONS.values() for name in table} <= told
    assert "Try first:  lmcli course" in done.out


def test_lmcli_alone_in_a_pipe_says_what_to_do(lmcli):
    done = lmcli()
    assert done.code == 2 and done.out == "" and "Try first:" in done.err
