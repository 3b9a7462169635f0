"""The rules of the house: what a folder may import, where packages come in, how much stands side by side."""

import ast
from pathlib import Path

from tests.conftest import ROOT
from tests.e2e import imports
from tests.e2e.imports import PACKAGE, Use

# What may be imported: a folder of a lower storey, and a module's own folder. Kernel folders of one storey do
# not know each other, nor does any slice another slice.
STOREYS = {"frame": 0, "nn": 1, "draw": 1, "vectors": 1, "store": 2, "training": 2}
SLICE, TOP = 3, 4
ABOVE = dict.fromkeys(
    ("repl", "course", "batch", "ask", "translate", "cli", "__main__", "__init__"), TOP
)
SOLE = {"onnxruntime": "nn/runtime.py", "tokenizers": "nn/toke"}
TERMINAL = {"click", "rich", "prompt_toolkit"}
SHOWN = {"cli", "view"}  # the folders of a slice that may know a terminal
SIDE_BY_SIDE = 14
LINES = 500

MODULES = sorted(PACKAGE.rglob("*.py"))
GRAPH = imports.graph()


def storey(module: str) -> int:
    place = module.split(".")[1] if "." in module else "__init__"
    return STOREYS.get(place, ABOVE.get(place, SLICE))


def folder(module: str) -> str:
    return module.split(".")[1] if "." in module else "__init__"


def test_imports_point_downwards():
    upwards = [
        f"{module} imports {used}"
        for module in sorted(GRAPH)
        for used in GRAPH[module]
        if folder(used) not in (folder(module), "__init__")
        and not (storey(used) < storey(module) or storey(module) == TOP)
    ]
    assert upwards == []


def test_no_modules_import_each_other_in_a_circle():
    assert imports.circles(GRAPH) == []


def test_packages_with_one_door_come_in_by_it():
    beside = [
        f"{path.relative_to(PACKAGE)} imports {package}"
        for path in MODULES
        for package, door in SOLE.items()
        if not str(path.relative_to(PACKAGE)).startswith(door)  # nn/tokenize.py, nn/tokens/
        and package in {use.top for use in imports.uses(path)}
    ]
    assert beside == []


def test_engines_know_no_terminal():
    engines = [
        path
        for path in MODULES
        for parts in [path.relative_to(PACKAGE).parts]
        if not SHOWN & set(parts) and parts[0].removesuffix(".py") not in ("frame", "draw", *ABOVE)
    ]
    knowing = [path for path in engines if {use.top for use in imports.uses(path)} & TERMINAL]
    assert engines and knowing == []


def test_the_process_is_asked_for_its_environment_in_one_place():
    readers = {path for path in MODULES if "os.environ" in path.read_text(encoding="utf-8")}
    assert {str(path.relative_to(PACKAGE)) for path in readers} == {"frame/variables.py"}


def test_no_file_is_huge_and_no_folder_is_flat():
    for path in MODULES:
        assert len(path.read_text(encoding="utf-8").splitlines()) <= LINES, path
    for place in {path.parent for path in MODULES}:
        assert len(list(place.glob("*.py"))) <= SIDE_BY_SIDE, place


def test_functions_are_short():
    long = [
        f"{path.relative_to(PACKAGE)}: {node.name}: {length} lines"
        for path in MODULES
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
        for length in [(node.end_lineno or node.lineno) - node.lineno + 1]
        if length > 60
    ]
    assert long == []


def test_the_reader_of_imports_sees_every_form():
    text = "import a.b\nfrom c import d\ndef f():\n    from e import g\n"
    found = imports.uses_of(text)
    assert found == {Use("a.b"), Use("c", "d"), Use("e", "g")}
    assert imports.circles({"a": {"b"}, "b": {"a"}, "c": {"a"}}) == [["a", "b"]]
    assert Path(PACKAGE).name == ROOT.joinpath("lmcli").name


def test_plain_rows_name_their_record_once():
    """A row's KEY goes before its PLAIN fields, so it does not stand among them."""
    for path in MODULES:
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.ClassDef):
                set_ = {
                    one.target.id: ast.literal_eval(one.value)
                    for one in node.body
                    if isinstance(one, ast.AnnAssign)
                    and isinstance(one.target, ast.Name)
                    and one.target.id in ("KEY", "PLAIN")
                    and isinstance(one.value, (ast.Constant, ast.Tuple))
                }
                assert set_.get("KEY") not in (set_.get("PLAIN") or ()), f"{path}: {node.name}"
