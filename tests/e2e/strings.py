"""The texts that people read, as they stand in the source: what a catalogue of another language must hold.

`python -m tests.e2e.strings zh` prints, as JSON, those that the catalogue lacks, with their places.
"""

from __future__ import annotations

import ast
import json
import re
import sys
from collections.abc import Iterable, Iterator

import click

from lmcli.frame.locale.catalogue import GAP, texts
from lmcli.frame.locale.help import split
from tests.conftest import ROOT
from tests.e2e.tree import commands, groups

MESSAGES = {"note", "warn", "warn_once", "report", "progress", "advance", "fail"}
MESSAGES |= {"said", "told", "numbered"}
MESSAGES |= {"fault", "problem", "Problem"}  # of rule bases
CLICK = {"UsageError", "BadParameter"}
LETTERS = re.compile(r"[A-Za-z]{2}")
PROSE = re.compile(r"[A-Za-z]{2,}[,;:]? [a-z]{2,}")
STYLE = re.compile(r"(bold|dim|italic|underline|black|white|red|yellow|green|cyan|on|#\w+| )+")
NO_PROSE = ("lmcli ", "<")  # commands, pages
OWN_LANGUAGES = "course"  # the slice whose views have both languages themselves
PLAIN = re.compile(
    r"Fields: [a-z_0-9, ]+\.|Example:  .*"
)  # names and commands: nothing to translate


def help_texts() -> Iterator[str]:
    """Each paragraph of the help of all commands."""
    for _, command in (*groups(), *commands()):
        for text in (command.help, command.short_help, command.epilog):
            yield from _prose(text or "")
        for parameter in command.params:
            if isinstance(parameter, click.Option) and parameter.help:
                yield from _prose(parameter.help)
                default = parameter.show_default
                if isinstance(default, str) and " " in default:
                    yield default


def _prose(text: str) -> Iterator[str]:
    return (part for part in split(text) if part and not PLAIN.fullmatch(part))


def messages() -> Iterator[tuple[str, str]]:
    """Each message that the source can tell, with its place: {} for what is put in."""
    trees = {
        path: ast.parse(path.read_text(encoding="utf-8"))
        for path in sorted((ROOT / "lmcli").rglob("*.py"))
    }
    telling = MESSAGES | CLICK | errors(trees.values())
    for path, tree in trees.items():
        for node in ast.walk(tree):
            if isinstance(node, ast.Call) and _name(node.func) in telling:
                given = [*node.args, *(word.value for word in node.keywords if word.arg == "hint")]
                for text in (text for argument in given for text in _texts(argument)):
                    if LETTERS.search(text.replace(GAP, "")):
                        yield text, f"{path.relative_to(ROOT)}:{node.lineno}"


def prose() -> Iterator[tuple[str, str]]:
    """Each text of some words that stands in a view outside of said() and told(), with its place."""
    for path in sorted((ROOT / "lmcli").glob("*/view/*.py")):
        if path.parent.parent.name != OWN_LANGUAGES:
            for text, line in _untold(ast.parse(path.read_text(encoding="utf-8"))):
                if (
                    PROSE.search(text)
                    and not STYLE.fullmatch(text)
                    and not text.startswith(NO_PROSE)
                ):
                    yield text, f"{path.relative_to(ROOT)}:{line}"


def _untold(node: ast.AST) -> Iterator[tuple[str, int]]:
    """The texts below a node, but for docstrings and what is told."""
    if isinstance(node, ast.Call) and _name(node.func) in MESSAGES:
        return
    if isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant):
        return
    if isinstance(node, (ast.Constant, ast.JoinedStr)):
        yield from ((text, node.lineno) for text in _texts(node))
        return
    for below in ast.iter_child_nodes(node):
        yield from _untold(below)


def errors(trees: Iterable[ast.Module]) -> set[str]:
    """The names of lmcli's exceptions, and of the functions that return one."""
    nodes = [node for tree in trees for node in ast.walk(tree)]
    classes = [node for node in nodes if isinstance(node, ast.ClassDef)]
    found = {"LmcliError"}
    while more := {one.name for one in classes if found & set(map(_name, one.bases))} - found:
        found |= more
    for node in nodes:
        if isinstance(node, ast.FunctionDef) and node.returns is not None:
            returned = ast.unparse(node.returns).replace(" | None", "")
            if returned in found:
                found = found | {node.name}
    return found


def _name(node: ast.expr) -> str:
    return node.attr if isinstance(node, ast.Attribute) else getattr(node, "id", "")


def _texts(node: ast.expr) -> Iterator[str]:
    """The texts that an expression may be."""
    if isinstance(node, ast.Constant) and isinstance(node.value, str):
        yield node.value
    elif isinstance(node, ast.JoinedStr):
        yield "".join(
            str(part.value) if isinstance(part, ast.Constant) else GAP for part in node.values
        )
        for part in node.values:
            if isinstance(part, ast.FormattedValue):
                yield from _texts(part.value)
    elif isinstance(node, ast.IfExp):
        yield from _texts(node.body)
        yield from _texts(node.orelse)
    elif isinstance(node, ast.BoolOp):
        for part in node.values:
            yield from _texts(part)
    elif isinstance(node, ast.BinOp) and isinstance(node.op, ast.Add):
        for left in list(_texts(node.left)) or [GAP]:
            for right in list(_texts(node.right)) or [GAP]:
                yield left + right


def main(language: str) -> None:
    """Print what the catalogue of a language lacks."""
    known = texts(language)
    wanted = dict.fromkeys(help_texts(), "help") | dict(messages())
    lacking = {text: place for text, place in wanted.items() if text not in known}
    print(json.dumps(lacking, ensure_ascii=False, indent=0))


if __name__ == "__main__":
    main(sys.argv[1])
