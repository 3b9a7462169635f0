"""Import of the propositional part of CLIPS: deffacts and defrule over ordered facts without variables.

`(has hair)` becomes the fact `has hair`. Conditions: facts, and, or, not, logical. Actions: assert; what only prints is
left out. Everything else (variables, wildcards, templates, tests, retract) is refused with its line: it means something
that propositions cannot say. `not` is stratified here; CLIPS decides it when the rule is matched, so the two agree
where CLIPS fires the rules of lower strata first (by salience), or takes back what rested on it (`logical`).
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from lmcli.expert.model import All, Any, Condition, Not, Rule, RuleBase
from lmcli.expert.terms import RESERVED
from lmcli.frame.errors import BadInput
from lmcli.frame.textfile import read_text

_TOKEN = re.compile(r';[^\n]*|"(?:\\.|[^"\\])*"|[()]|[^\s()";]+|\n|\s+')
_IGNORED = {"printout", "println", "print", "format"}
DEEPEST = 100


@dataclass(frozen=True, slots=True)
class Word:
    """An atom of the source; `quoted` for a string."""

    text: str
    line: int
    quoted: bool = False


@dataclass(frozen=True, slots=True)
class Form:
    """A parenthesised list."""

    items: tuple[Word | Form, ...]
    line: int

    @property
    def head(self) -> str:
        """The first word, empty where there is none."""
        return self.items[0].text if self.items and isinstance(self.items[0], Word) else ""


def read_clips(text: str, name: str = "imported", path: str = "") -> RuleBase:
    """The base that a CLIPS text describes. Raises BadInput, with the line, for what has no counterpart."""
    reader = _Reader(path or name)
    rules: list[Rule] = []
    for form in reader.forms(text):
        if form.head == "deffacts":
            facts = [item for item in form.items[1:] if isinstance(item, Form)]
            rules += [Rule((), (reader.fact(fact),), line=fact.line) for fact in facts]
        elif form.head == "defrule":
            rules.append(reader.rule(form))
        else:
            raise reader.refuse(
                form.line, f"({form.head or '...'} ...)", "defrule and deffacts are read"
            )
    if not rules:
        raise BadInput(f"{path or name}:1: no defrule in it", "is this a CLIPS file?")
    return RuleBase(name, rules, path=path)


def load_clips(path: Path) -> RuleBase:
    """Read a file; see `read_clips`."""
    return read_clips(read_text(path), path.stem, str(path))


class _Reader:
    """Reads forms and rules, with errors that name the file and the line."""

    def __init__(self, path: str) -> None:
        self.path = path

    def refuse(self, line: int, what: str, hint: str) -> BadInput:
        return BadInput(f"{self.path}:{line}: {what} cannot be imported", hint)

    def forms(self, text: str) -> Iterator[Form]:
        """The top-level forms of a text."""
        stack: list[tuple[int, list[Word | Form]]] = []
        line, end = 1, 0
        for match in _TOKEN.finditer(text):
            token = match[0]
            if match.start() != end:
                break
            end = match.end()
            if token == "(":
                stack.append((line, []))
                if len(stack) > DEEPEST:
                    raise BadInput(f"{self.path}:{line}: nested deeper than {DEEPEST} levels")
            elif token == ")":
                if not stack:
                    raise BadInput(f"{self.path}:{line}: a ) without its (")
                began, items = stack.pop()
                form = Form(tuple(items), began)
                if stack:
                    stack[-1][1].append(form)
                else:
                    yield form
            elif not token.isspace() and not token.startswith(";"):
                if not stack:
                    raise BadInput(
                        f"{self.path}:{line}: {token[:40]!r} stands outside of parentheses"
                    )
                quoted = token.startswith('"')
                stack[-1][1].append(Word(token[1:-1] if quoted else token, line, quoted))
            line += token.count("\n")
        if end != len(text):
            raise BadInput(f"{self.path}:{line}: a string is not closed")
        if stack:
            raise BadInput(f"{self.path}:{stack[-1][0]}: a ( is not closed")

    def rule(self, form: Form) -> Rule:
        """A defrule as a rule."""
        items = list(form.items[1:])
        if not items or not isinstance(items[0], Word):
            raise BadInput(f"{self.path}:{form.line}: a defrule needs a name")
        name, rest = items[0].text, items[1:]
        explanation = ""
        if rest and isinstance(rest[0], Word) and rest[0].quoted:
            explanation, rest = rest[0].text, rest[1:]
        arrows = [n for n, item in enumerate(rest) if isinstance(item, Word) and item.text == "=>"]
        if len(arrows) != 1:
            raise BadInput(f"{self.path}:{form.line}: the rule {name!r} needs one =>")
        when = [self.condition(item) for item in rest[: arrows[0]] if not self.declaration(item)]
        then = [fact for item in rest[arrows[0] + 1 :] for fact in self.action(item)]
        if not then:
            raise BadInput(f"{self.path}:{form.line}: the rule {name!r} asserts nothing")
        return Rule(
            tuple(when), tuple(dict.fromkeys(then)), name, explanation=explanation, line=form.line
        )

    def declaration(self, item: Word | Form) -> bool:
        """A declared salience is left out: what follows does not depend on the order of firing."""
        return isinstance(item, Form) and item.head == "declare"

    def condition(self, item: Word | Form) -> Condition:
        """A conditional element."""
        if isinstance(item, Word):
            hint = "use facts without variables" if item.text[0] in "?$" else "write it as (fact)"
            raise self.refuse(item.line, repr(item.text), hint)
        if item.head in ("and", "or", "logical"):
            parts = tuple(self.condition(part) for part in item.items[1:])
            if not parts:
                raise BadInput(f"{self.path}:{item.line}: ({item.head}) is empty")
            return parts[0] if len(parts) == 1 else Any(parts) if item.head == "or" else All(parts)
        if item.head == "not":
            if len(item.items) != 2:
                raise BadInput(f"{self.path}:{item.line}: (not ...) takes one condition")
            return Not(self.condition(item.items[1]))
        if item.head in ("test", "exists", "forall", "object"):
            raise self.refuse(item.line, f"({item.head} ...)", "conditions are facts, and, or, not")
        return self.fact(item)

    def action(self, item: Word | Form) -> Iterator[str]:
        """The facts that an action asserts."""
        if isinstance(item, Form) and item.head in _IGNORED:
            return
        if not isinstance(item, Form) or item.head != "assert":
            what = f"({item.head} ...)" if isinstance(item, Form) else repr(item.text)
            raise self.refuse(item.line, what, "actions are assert and printout")
        for fact in item.items[1:]:
            if not isinstance(fact, Form):
                raise self.refuse(fact.line, repr(fact.text), "assert takes (fact)")
            yield self.fact(fact)

    def fact(self, form: Form) -> str:
        """An ordered fact as one name."""
        words = []
        for item in form.items:
            if isinstance(item, Form):
                raise self.refuse(item.line, f"the slot ({item.head} ...)", "use ordered facts")
            if not item.quoted and (
                item.text[0] in "?$" or any(sign in item.text for sign in "&|~")
            ):
                raise self.refuse(
                    item.line, f"the pattern {item.text!r}", "use facts without variables"
                )
            words.append(item.text)
        name = " ".join(words)
        if not name or name.startswith("not ") or any(sign in name for sign in RESERVED):
            raise self.refuse(
                form.line, f"the fact ({name[:40]})", "use letters, digits and dashes"
            )
        return name
