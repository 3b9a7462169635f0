"""What every command promises, as a matrix: its example x every format x terminal or pipe x NO_COLOR."""

import csv
import io
import json
import re
import shlex
import shutil
from importlib.util import find_spec

import pytest

from lmcli.frame.options import FORMATS
from tests.conftest import ROOT, on_terminal
from tests.e2e.tree import commands

pytestmark = pytest.mark.usefixtures("with_smollm2")

EXAMPLE = re.compile(r"Example:  (.*\blmcli .*)\s*\Z")
FIELDS = re.compile(r"Fields: (.*?)\.\n", re.DOTALL)
ESCAPE = re.compile(r"\x1b\[")
SHELL = {"&&", "|", ">", "$(lmcli"}  # words that only a shell understands
# Examples that reach for the network: their systems' own tests run them against a server on this machine.
ONLINE: set[tuple[str, ...]] = {
    *(("models", "build"), ("models", "export")),
    *(("digits", "train"), ("digits", "eval")),
}
MINUTES = {
    ("pretrain", "train"),
    ("pretrain", "scale"),
    ("translate", "train"),
    ("translate", "compare"),
}  # their own tests run smaller ones
AFTER = {("batch", "status")}  # of a run: its own tests make one
KEYS: set[tuple[str, ...]] = {("digits", "draw")}  # needs a real terminal: its own tests press keys
NEEDS = dict.fromkeys(
    [("clip", "train"), ("classify", "train"), ("classify", "compare"), ("pretrain", "steps")],
    "torch",
) | {
    ("translate", "eval"): "sacrebleu",
    ("batch", "run"): "pyarrow",
}  # examples that run where a package of an extra is there


def example_of(command):
    found = EXAMPLE.search(command.epilog)
    assert found, "the help ends with an example: 'Example:  lmcli ...'"
    return shlex.split(found[1])


SLOW = {  # seconds each time
    *(("prompt", "compare"), ("graph", "predict"), ("graph", "train"), ("demo",)),
    *(("fill", "texts"), ("fill", "steps"), ("fill", "compare")),
}
ALL = [
    pytest.param(
        command,
        example_of(command),
        id=" ".join(path),
        marks=pytest.mark.slow if path in SLOW else (),
    )
    for path, command in commands()
    if path not in ONLINE | KEYS | MINUTES | AFTER and (path not in NEEDS or find_spec(NEEDS[path]))
]
IN_SHELL = [param for param in ALL if param.values[1][0] != "lmcli" or set(param.values[1]) & SHELL]
COMMANDS = [
    pytest.param(param.values[0], param.values[1][1:], id=param.id, marks=param.marks)
    for param in ALL
    if param not in IN_SHELL
]
ROWS = [param for param in COMMANDS if "Fields:" in param.values[0].epilog]


@pytest.fixture
def examples(tmp_path, monkeypatch):
    """A folder with the files that examples speak of."""
    folder = tmp_path / "examples"
    shutil.copytree(ROOT / "tests" / "examples", folder)
    monkeypatch.chdir(folder)
    return folder


@pytest.mark.parametrize(("command", "words"), COMMANDS)
def test_the_example_in_the_help_runs_as_printed(lmcli, examples, command, words):
    result = lmcli(*words)
    assert result.code == 0, result.err
    assert all(line.startswith("warning: ") for line in result.err.splitlines())


@pytest.mark.parametrize(("command", "words"), IN_SHELL)
def test_the_example_runs_in_a_shell(examples, command, words):
    line = EXAMPLE.search(command.epilog)[1]
    printed = on_terminal(f"{line} && echo it ran", examples)
    assert printed.rstrip().endswith("it ran"), printed


@pytest.mark.parametrize("form", FORMATS)
@pytest.mark.parametrize(("command", "words"), ROWS)
def test_every_format(lmcli, examples, command, words, form):
    result = lmcli(*words, "-f", form)
    assert result.code == 0, result.err
    assert not ESCAPE.search(result.out)
    if form in ("json", "jsonl"):
        rows = json.loads(result.out) if form == "json" else list(map(json.loads, result.lines))
        documented = set(re.findall(r"[a-z_0-9]+", FIELDS.search(command.epilog)[1]))
        assert rows or command.name == "verify"
        for row in rows:
            assert set(row) <= documented
    elif form == "csv":
        rows = list(csv.reader(io.StringIO(result.out)))
        assert len({len(row) for row in rows}) <= 1
    elif form in ("tsv", "plain"):
        assert len({line.count("\t") for line in result.lines}) <= 1


@pytest.mark.parametrize("no_color", [True, False])
@pytest.mark.parametrize(("command", "words"), ROWS)
def test_on_a_terminal(lmcli, examples, command, words, no_color):
    result = lmcli(*words, "-f", "table", tty=True, env={"NO_COLOR": "1"} if no_color else {})
    assert result.code == 0
    if no_color:
        assert not ESCAPE.search(result.out)
    plain = re.sub(r"\x1b\[[0-9;]*m", "", result.out)
    assert all(len(line) <= 80 for line in plain.splitlines())


@pytest.mark.parametrize(
    ("command", "words"), [param for param in COMMANDS if param.id != "batch run"]
)  # of batch run, an unknown option is the command's: tests/batch has it
def test_an_unknown_option_is_a_usage_error(lmcli, command, words):
    result = lmcli(*words, "--no-such-option")
    assert result.code == 2 and "no-such-option" in result.err and result.out == ""
