"""The colours of the line: known commands, options (unknown ones underlined), quotes, variables."""

from __future__ import annotations

from collections.abc import Callable

from prompt_toolkit.document import Document
from prompt_toolkit.formatted_text import StyleAndTextTuples
from prompt_toolkit.lexers import Lexer
from prompt_toolkit.styles import Style

from lmcli.repl import meta
from lmcli.repl.language import contexts
from lmcli.repl.language.filters import FILTERS
from lmcli.repl.language.grammar import ASSIGNMENT, Reference, Token, tokens
from lmcli.repl.language.reading import Tree, command_of, is_unknown_option
from lmcli.repl.session import Session

STYLE = Style.from_dict(
    {
        "prompt": "bold ansicyan",
        "command": "bold ansigreen",
        "meta": "bold ansimagenta",
        "unknown": "underline ansired",
        "option": "ansicyan",
        "quoted": "ansiyellow",
        "variable": "ansimagenta",
        "operator": "bold",
        "comment": "ansibrightblack",
        "bottom-toolbar": "noreverse bg:#303030 #d0d0d0",
        "bottom-toolbar loaded": "bold #ffffff",
        "bottom-toolbar idle": "#909090",
        "auto-suggestion": "ansibrightblack",
    }
)


class SessionLexer(Lexer):
    """Colours a line as the session would read it."""

    def __init__(self, session: Session, tree: Tree) -> None:
        self._session = session
        self._tree = tree

    def lex_document(self, document: Document) -> Callable[[int], StyleAndTextTuples]:
        """Fragments by line number; only lines on the screen are asked for."""
        lines = document.lines

        def fragments(number: int) -> StyleAndTextTuples:
            return self._line(lines[number]) if number < len(lines) else []

        return fragments

    def _line(self, line: str) -> StyleAndTextTuples:
        bare = line.lstrip()
        if bare.startswith(":"):
            known = bare[1:].partition(" ")[0] in meta.REGISTRY
            return [("class:meta" if known else "", line)]
        if bare.startswith("!"):
            return [("class:operator", line)]
        found = ASSIGNMENT.match(line)
        place = found.end() if found else 0
        styled: StyleAndTextTuples = [("class:variable", line[:place])] if found else []
        stage: list[Token] = []
        count = 0
        for token in tokens(line, place):
            if token.kind == "operator":
                styled += self._stage(line, place, stage, count)
                place = stage[-1].end if stage else place
                styled.append(("", line[place : token.start]))
                styled.append(("class:operator", line[token.start : token.end]))
                place, stage, count = token.end, [], count + 1
            else:
                stage.append(token)
        styled += self._stage(line, place, stage, count)
        styled.append(("", line[stage[-1].end if stage else place :]))
        return styled

    def _stage(self, line: str, place: int, stage: list[Token], count: int) -> StyleAndTextTuples:
        words = tuple(line[token.start : token.end] for token in stage if token.kind == "word")
        context = self._session.context if count == 0 else contexts.ROOT
        command, used = command_of(context, words) if self._tree.ready.is_set() else (None, 0)
        styled: StyleAndTextTuples = []
        for position, token in enumerate(stage):
            text = line[token.start : token.end]
            style = ""
            if token.kind == "comment":
                style = "class:comment"
            elif command is not None and is_unknown_option(command, text):
                style = "class:unknown"
            elif text.startswith("-") and len(text) > 1:
                style = "class:option"
            elif position < used or (
                position == 0 and (text == "use" or (count and text in FILTERS))
            ):
                style = "class:command"
            elif any(isinstance(part, Reference) for part in token.parts):
                style = "class:variable"
            elif not token.bare:
                style = "class:quoted"
            styled += [("", line[place : token.start]), (style, text)]
            place = token.end
        return styled
