"""The documents hold: examples run, paths exist, what is made of the command tree is up to date."""

import doctest
import importlib.util
import re
import shutil
import subprocess
import sys

import pytest

from tests.conftest import ROOT
from tests.e2e.tree import commands

DOCS = ROOT / "docs"
LINK = re.compile(r"\]\((?!https?:|#|mailto:)([^)#\s]+)(?:#[^)]*)?\)")
CODE_PATH = re.compile(r"`((?:lmcli|models|tests|docs)/[\w./-]*)`")


def made():
    spec = importlib.util.spec_from_file_location("docs_make", DOCS / "make.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def documents():
    return sorted([*ROOT.glob("*.md"), *DOCS.rglob("*.md")])


def test_the_reference_and_the_manual_pages_are_those_of_the_tree():
    make = made()
    kept = (DOCS / "reference.md").read_text(encoding="utf-8")
    for path, _ in commands():
        assert f"### lmcli {' '.join(path)}\n" in kept
    if make.MADE_WITH not in kept:
        return  # another click lays help out otherwise
    for path, text in make.pages().items():
        assert (DOCS / path).read_text(encoding="utf-8") == text, f"run docs/make.py: {path}"


@pytest.mark.parametrize("path", documents(), ids=lambda path: str(path.relative_to(ROOT)))
def test_links_and_paths_lead_somewhere(path):
    text = path.read_text(encoding="utf-8")
    for link in LINK.findall(text):
        assert (path.parent / link).exists(), link
    for named in CODE_PATH.findall(text):
        assert (ROOT / named).exists(), named


@pytest.fixture
def examples(tmp_path, monkeypatch):
    shutil.copytree(ROOT / "tests" / "examples", tmp_path / "examples")
    monkeypatch.chdir(tmp_path / "examples")


@pytest.mark.usefixtures("with_smollm2", "examples")
def test_the_examples_of_the_python_page():
    text = (DOCS / "python.md").read_text(encoding="utf-8")
    parser = doctest.DocTestParser()
    test = parser.get_doctest(text.replace("```", ""), {}, "python.md", "python.md", 0)
    assert len(test.examples) > 30
    failures = []
    runner = doctest.DocTestRunner(optionflags=doctest.ELLIPSIS)
    runner.run(test, out=failures.append)
    assert not failures, "".join(failures)


@pytest.mark.usefixtures("examples")
def test_the_script_of_three_systems():
    script = [sys.executable, DOCS / "examples" / "describe.py", "pics/cat.jpg", "learning.txt"]
    done = subprocess.run(script, check=False, capture_output=True, text=True, timeout=120)
    assert done.returncode == 0, done.stderr
    assert done.stdout.startswith("pics/cat.jpg: cat (")
    assert "like it: dog" in done.stdout
    missing = subprocess.run(
        [*script[:2], "none.jpg", "learning.txt"], check=False, capture_output=True, text=True
    )
    assert missing.returncode == 1 and "none.jpg" in missing.stderr
    assert "Traceback" not in missing.stderr


def test_the_door_imports_nothing_heavy_and_knows_its_names():
    code = (
        "import sys, lmcli\n"
        "heavy = {'numpy', 'click', 'rich', 'onnxruntime', 'typing'} & set(sys.modules)\n"
        "print(sorted(heavy), set(lmcli.__all__) <= set(dir(lmcli)))\n"
        "lmcli.WordVectors\n"
        "print('onnxruntime' in sys.modules)\n"
        "try: lmcli.Nothing\n"
        "except AttributeError as error: print(error)\n"
    )
    done = subprocess.run([sys.executable, "-S", "-c", code], check=False, capture_output=True,
                          text=True, cwd=ROOT, env={"PYTHONPATH": ":".join(sys.path)})  # fmt: skip
    assert done.stdout.splitlines() == [
        "[] True",
        "False",
        "module 'lmcli' has no attribute 'Nothing'",
    ], done.stderr


def test_importing_the_door_imports_nothing_else():
    code = (
        "import sys, __future__; before = set(sys.modules); import lmcli\n"
        "print(sorted(set(sys.modules) - before))"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], check=True, capture_output=True, text=True, cwd=ROOT
    )
    assert done.stdout == "['lmcli']\n"
