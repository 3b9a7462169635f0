"""Commands of other packages: found by their metadata, imported when they run."""

import subprocess
import sys

import pytest

from lmcli.cli import cli
from lmcli.frame.tree import plugins
from tests.conftest import ROOT, command

PACKAGE = ROOT / "tests" / "plugin"


def write_metadata(folder, points, summary="Dice for lmcli."):
    """What an installer leaves beside a package."""
    info = folder / "lmcli_dice-1.0.dist-info"
    info.mkdir(parents=True)
    (info / "METADATA").write_text(
        f"Metadata-Version: 2.1\nName: lmcli-dice\nVersion: 1.0\nSummary: {summary}\n"
    )
    (info / "entry_points.txt").write_text(f"[lmcli.commands]\n{points}\n")


@pytest.fixture
def installed(tmp_path, monkeypatch):
    def install(points, **further):
        write_metadata(tmp_path, points, **further)
        monkeypatch.syspath_prepend(str(tmp_path))
        monkeypatch.syspath_prepend(str(PACKAGE))
        plugins.commands.cache_clear()

    yield install
    plugins.commands.cache_clear()


DICE = "dice = lmcli_dice.command:dice [Roll dice given in the usual notation.]"


def test_a_command_of_another_package_runs_like_lmclis_own(installed, lmcli):
    installed(DICE)
    result = lmcli("dice", "2d6", "d20", "--seed", 1, "-f", "jsonl")
    assert result.code == 0
    assert result.lines == [
        '{"spec": "2d6", "faces": [2, 5], "total": 7}',
        '{"spec": "d20", "faces": [3], "total": 3}',
    ]
    piped = lmcli("dice", "-", "--seed", 1, stdin="2d6\nd0\n\ufeffx\n")
    assert piped.code == 5 and "line 2: 'd0' is not NdM; as in 2d6" in piped.err


def test_help_lists_it_without_importing_it(installed, lmcli):
    installed(DICE)
    sys.modules.pop("lmcli_dice.command", None)
    assert "dice" in lmcli("--help").out
    assert "Roll dice given in the usual notation." in lmcli("--help").out
    assert "lmcli_dice.command" not in sys.modules


def test_without_a_line_of_help_the_packages_summary_stands_there(installed, lmcli):
    installed("dice = lmcli_dice.command:dice")
    assert "Dice for lmcli." in lmcli("--help").out


def test_a_package_cannot_take_the_place_of_a_command(installed, lmcli):
    installed("analogy = lmcli_dice.command:dice [Not this one.]")
    assert "Not this one." not in lmcli("--help").out
    assert lmcli("analogy", "king", "man", "woman", "-k", 1).lines == ["queen\t0.8529633"]


def test_a_package_that_cannot_be_imported_is_named(installed, lmcli):
    installed("dice = lmcli_dice.missing:dice [Gone.]")
    result = lmcli("dice", "2d6")
    assert result.code == 1
    assert "the command dice of another package cannot be loaded" in result.err
    assert lmcli("similar", "king", "-k", 1).code == 0


def test_a_wrong_word_is_compared_with_its_name_too(installed, lmcli):
    installed(DICE)
    assert "Did you mean dice" in lmcli("dise").err
    assert "dice" not in [name for section in cli.table.values() for name in section]


@pytest.mark.slow
@pytest.mark.peer
def test_installed_for_real(tmp_path):
    """pip builds and installs the example; a process of lmcli's then has the command."""
    target = tmp_path / "site"
    pip = [sys.executable, "-m", "pip", "install", "-q", "--no-deps", "--target", target, PACKAGE]
    subprocess.run(pip, check=True, timeout=300)
    import os

    paths = os.pathsep.join([str(target), os.environ.get("PYTHONPATH", ""), str(ROOT)])
    done = subprocess.run(
        command("dice", "2d6", "--seed", 1),
        check=False,
        capture_output=True,
        text=True,
        env={**os.environ, "PYTHONPATH": paths},
        timeout=60,
    )
    assert (done.returncode, done.stdout) == (0, "2d6\t[2, 5]\t7\n"), done.stderr
