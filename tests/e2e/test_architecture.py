"""The rules of the house: who may import what."""

import ast
from pathlib import Path

import pytest

from tests.conftest import ROOT

PACKAGE = ROOT / "lmcli"
MODULES = sorted(PACKAGE.rglob("*.py"))
KERNEL = {"core", "cli", "__main__", "__init__"}
SOLE = {"onnxruntime": "nn/onnx.py", "tokenizers": "nn/tokenize.py"}
RENDERING = ("render", "commands", "group", "figure", "heatmap", "output", "live")


def imported(path: Path) -> set[str]:
    """Every module that a file imports, anywhere in it."""
    names = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            names.update(alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            names.add(node.module)
    return names


def slice_of(path: Path) -> str:
    return path.relative_to(PACKAGE).parts[0].removesuffix(".py")


@pytest.mark.parametrize("path", MODULES, ids=lambda path: str(path.relative_to(PACKAGE)))
def test_a_slice_imports_the_kernel_and_itself_only(path):
    own = slice_of(path)
    allowed = KERNEL if own in KERNEL else {*KERNEL, own}
    if own == "repl":
        return
    used = {name.split(".")[1] for name in imported(path) if name.startswith("lmcli.")}
    assert used <= allowed, f"{own} imports {used - allowed}"


@pytest.mark.parametrize("path", MODULES, ids=lambda path: str(path.relative_to(PACKAGE)))
def test_packages_with_one_door_come_in_by_it(path):
    place = str(path.relative_to(PACKAGE))
    for package, door in SOLE.items():
        if place != door:
            assert package not in {name.split(".")[0] for name in imported(path)}


@pytest.mark.parametrize("path", MODULES, ids=lambda path: str(path.relative_to(PACKAGE)))
def test_engines_know_no_terminal(path):
    if slice_of(path) in {*KERNEL, "repl"} or any(word in path.stem for word in RENDERING):
        return
    tops = {name.split(".")[0] for name in imported(path)}
    assert not tops & {"click", "rich", "prompt_toolkit"}


def test_the_readmes_and_code_are_one_language_and_no_file_is_huge():
    for path in MODULES:
        assert len(path.read_text(encoding="utf-8").splitlines()) <= 500, path
