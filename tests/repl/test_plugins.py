"""Commands of other packages in a session: in its help, its completion and its toolbar."""

import re

import pytest
from prompt_toolkit.document import Document

from lmcli.frame.tree import plugins
from lmcli.repl.language import contexts
from lmcli.repl.language.reading import Tree, command_of, help_at
from lmcli.repl.terminal.lexing import SessionLexer
from tests.conftest import ROOT
from tests.repl.terminal.test_interface import completions

POINTS = """[lmcli.commands]
dice = lmcli_dice.command:dice [Roll dice given in the usual notation.]
gone = lmcli_dice.missing:gone [Cannot be imported.]
"""


@pytest.fixture
def dice(tmp_path, monkeypatch, lines):
    """A session where a package has brought the commands dice and gone."""
    info = tmp_path / "site" / "lmcli_dice-1.0.dist-info"
    info.mkdir(parents=True)
    (info / "METADATA").write_text("Metadata-Version: 2.1\nName: lmcli-dice\nVersion: 1.0\n")
    (info / "entry_points.txt").write_text(POINTS)
    monkeypatch.syspath_prepend(str(info.parent))
    monkeypatch.syspath_prepend(str(ROOT / "tests" / "plugin"))
    plugins.commands.cache_clear()
    command_of.cache_clear()
    yield lines
    plugins.commands.cache_clear()
    command_of.cache_clear()


def test_help_shows_them(dice):
    assert re.search(r"Other packages: +dice, gone", dice(":help"))
    assert "--seed" in dice(":help dice") and dice.code == 0


def test_they_run_as_any_command(dice):
    assert dice("dice 2d6 --seed 1 | grep 2d6") == "2d6\t[2, 5]\t7\n"
    dice("use dice")
    assert dice("2d6 --seed 1") == "2d6\t[2, 5]\t7\n"


@pytest.mark.parametrize(
    ("line", "expected"), [("di", "dice"), ("dice --se", "--seed"), ("use di", "dice")]
)
def test_completion_offers_them_and_their_options(dice, line, expected):
    assert expected in completions(dice.session, line)


def test_one_that_cannot_be_imported_stops_neither_colours_nor_help(dice):
    tree = Tree()
    tree.load()
    assert tree.ready.is_set()
    assert SessionLexer(dice.session, tree).lex_document(Document("gone 1"))(0)
    assert help_at(contexts.ROOT, "dice").startswith("Roll dice")
    assert help_at(contexts.ROOT, "gone ") == ""
    dice("gone 1")
    assert dice.code == 1 and "cannot be loaded" in dice.error
