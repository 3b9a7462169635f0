"""A defrule or a fact of CLIPS as the parts of a rule base; what has no counterpart is refused."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from lmcli.expert.clips.reading import Form, Word
from lmcli.expert.files.nodes import LONGEST_FACT
from lmcli.expert.model import All, Any, Condition, Not
from lmcli.expert.terms import RESERVED

CONDITIONS = ("and", "or", "not", "logical", "exists", "forall", "test", "object", "declare")
_PRINTERS = ("printout", "println", "print")
_SCREENS = ("t", "nil", "stdout", "wdisplay", "wdialog", "wwarning", "werror", "wprompt", "wtrace")
_BLANKS = {"crlf": " ", "lf": " ", "cr": " ", "tab": " ", "vtab": " ", "ff": " "}
STEEPEST = 10_000


class Refused(Exception):
    """What cannot be taken over: `what` stands at `line`. partly: CLIPS takes it, and only this fact is lost."""

    def __init__(self, line: int, what: str, hint: str, partly: bool = False) -> None:
        super().__init__(what)
        self.line, self.what, self.hint, self.partly = line, what, hint, partly


@dataclass(frozen=True, slots=True)
class Production:
    """A rule as CLIPS runs it. facts: what it asserts; printed: what it says, where it asserts nothing.

    logical: the conditions inside `logical`, free: all others. lowest, highest: its salience; they differ
    where it is computed.
    """

    name: str
    line: int
    logical: tuple[Condition, ...]
    free: tuple[Condition, ...]
    facts: tuple[str, ...]
    printed: str = ""
    explanation: str = ""
    lowest: float = 0.0
    highest: float = 0.0

    @property
    def when(self) -> tuple[Condition, ...]:
        """All conditions."""
        return self.logical + self.free


@dataclass(slots=True)
class Facts:
    """Gives facts their names. templates: relation -> its slots; spelt: what lmcli reads -> what CLIPS reads."""

    templates: dict[str, set[str]] = field(default_factory=dict)
    spelt: dict[str, str] = field(default_factory=dict)

    def name(self, form: Form) -> str:
        """An ordered fact's name, values in one spelling. Raises Refused."""
        relation = form.head
        if not relation or relation in CONDITIONS or relation[0] in "=:" or "::" in relation:
            raise Refused(
                form.line, f"the fact ({relation[:40] or '...'})", "begin a fact with a name"
            )
        if relation in self.templates:
            slots = self.templates[relation]
            fits = all(isinstance(item, Form) and item.head in slots for item in form.items[1:])
            raise Refused(
                form.line, f"the template fact ({relation} ...)", "use ordered facts", fits
            )
        names = [self.word(item) for item in form.items]
        name = " ".join(names)
        bad = any(sign in name for sign in RESERVED) or not name.isprintable()
        if bad or len(name) > LONGEST_FACT or " ".join(name.split()) != name:
            raise Refused(
                form.line, f"the fact ({name[:40]})", "use letters, digits and dashes", True
            )
        first = self.spelt.setdefault(unicodedata.normalize("NFKC", name), name)
        if first != name:
            raise Refused(
                form.line, f"the fact ({name[:40]})", f"({first[:40]}) reads the same", True
            )
        return name

    def word(self, item: Word | Form) -> str:
        """One value of a fact."""
        if isinstance(item, Form):
            raise Refused(item.line, f"the slot ({item.head} ...)", "use ordered facts")
        if item.kind in ("variable", "sign") or (item.kind == "symbol" and item.text[0] in "=:"):
            raise Refused(item.line, f"the pattern {item.text!r}", "use facts without variables")
        if item.name is None:
            raise Refused(item.line, f"the number {item.text[:40]}", "use a smaller one")
        return item.name


class RuleReader:
    """Reads one defrule."""

    def __init__(self, facts: Facts) -> None:
        self.facts = facts
        self.bound: set[str] = set()
        self.lowest = self.highest = 0.0

    def read(self, name: str, form: Form) -> Production:
        """The rule. Raises Refused."""
        rest = list(form.items[2:])
        explanation = ""
        if rest and isinstance(rest[0], Word) and rest[0].kind == "string":
            explanation, rest = " ".join(rest[0].text.split()), rest[1:]
        arrow = next(
            (n for n, i in enumerate(rest) if isinstance(i, Word) and i.text == "=>"), None
        )
        if arrow is None:
            raise Refused(
                form.line,
                f"the rule {name!r} without =>",
                "write (defrule name (if) => (assert (then)))",
            )
        when, then = rest[:arrow], rest[arrow + 1 :]
        if when and isinstance(when[0], Form) and when[0].head == "declare":
            self.declaration(when[0])
            when = when[1:]
        logical: list[Condition] = []
        while when and isinstance(when[0], Form) and when[0].head == "logical":
            logical += self.conditions(self.parts(when[0]))
            when = when[1:]
        free = self.conditions(when)
        facts, printed = self.actions(then)
        if not facts and not printed:
            raise Refused(
                form.line, f"the rule {name!r} that asserts nothing", "let it (assert (fact))"
            )
        return Production(
            name, form.line, tuple(logical), tuple(free), facts, "" if facts else printed,
            explanation, self.lowest, self.highest,
        )  # fmt: skip

    def declaration(self, form: Form) -> None:
        """A declared salience; it matters only for rules with `not`."""
        for item in form.items[1:]:
            if not isinstance(item, Form) or item.head not in ("salience", "auto-focus"):
                raise Refused(form.line, "(declare ...)", "declare a salience")
            if item.head == "auto-focus":
                continue
            value = item.items[1] if len(item.items) == 2 else None
            if isinstance(value, Word) and value.kind == "integer":
                if abs(int(value.text)) > STEEPEST:
                    raise Refused(
                        form.line, f"the salience {value.text[:40]}", "it is at most 10000"
                    )
                self.lowest = self.highest = float(value.text)
            else:
                self.lowest, self.highest = -STEEPEST, STEEPEST

    # -- conditions --------------------------------------------------------------------------

    def parts(self, form: Form) -> Sequence[Word | Form]:
        """What stands inside a conditional element, at least one."""
        if len(form.items) < 2:
            raise Refused(form.line, f"the empty ({form.head})", "name a fact in it")
        return form.items[1:]

    def conditions(self, items: Sequence[Word | Form], inside: bool = False) -> list[Condition]:
        """Conditions that stand side by side; `?f <-` before a fact binds what is not used."""
        found: list[Condition] = []
        rest = list(items)
        while rest:
            item = rest.pop(0)
            if isinstance(item, Form):
                found.append(self.condition(item, inside))
                continue
            bound = len(rest) > 1 and isinstance(rest[0], Word) and rest[0].text == "<-"
            if not bound or item.kind != "variable" or not isinstance(rest[1], Form):
                raise Refused(item.line, repr(item.text), "write conditions as (fact)")
            if inside or rest[1].head in CONDITIONS or item.text in self.bound:
                raise Refused(
                    item.line, f"{item.text} <- here", "bind a variable to one fact, once"
                )
            found.append(self.facts.name(rest[1]))
            self.bound.add(item.text)
            rest = rest[2:]
        return found

    def condition(self, form: Form, inside: bool) -> Condition:
        """A conditional element. inside: under not, exists or forall."""
        head = form.head
        if head not in CONDITIONS:
            return self.facts.name(form)
        if head in ("and", "exists"):
            return _joint(self.conditions(self.parts(form), inside or head == "exists"))
        if head == "or":
            before, branches = set(self.bound), []
            for item in _branches(self.parts(form)):
                self.bound = set(before)  # each branch may bind the same variable
                branches += self.conditions(item, inside)
            self.bound = before
            return branches[0] if len(branches) == 1 else Any(tuple(branches))
        if head == "not" and len(form.items) == 2:
            return Not(self.conditions(form.items[1:], True)[0])
        if head == "forall" and len(form.items) > 2:
            first, *rest = self.conditions(form.items[1:], True)
            return Not(All((first, Not(_joint(rest)))))
        hints = {"not": "(not ...) takes one condition", "logical": "let (logical ...) come first"}
        hint = hints.get(head, "conditions are facts, and, or, not, exists, forall")
        raise Refused(form.line, f"({head} ...)", hint)

    # -- actions -----------------------------------------------------------------------------

    def actions(self, items: Sequence[Word | Form]) -> tuple[tuple[str, ...], str]:
        """The facts that are asserted, and the text that is printed."""
        facts: dict[str, None] = {}
        printed = ""
        for item in items:
            if isinstance(item, Word):
                if item.kind == "variable" and item.text not in self.bound:
                    raise Refused(item.line, repr(item.text), "use actions without variables")
            elif item.head == "assert":
                facts.update(dict.fromkeys(self.asserted(item)))
            elif item.head in _PRINTERS:
                printed += self.printed(item)
            else:
                raise Refused(item.line, f"({item.head} ...)", "actions are assert and printout")
        if facts:
            return tuple(facts), ""
        text = " ".join(printed.split()).rstrip("!").rstrip()
        if any(sign in text for sign in RESERVED) or not text.isprintable() or "\0" in printed:
            raise Refused(items[0].line, "a rule that only prints", "let it (assert (fact))")
        if text.startswith("not ") or len(text) > LONGEST_FACT:
            raise Refused(items[0].line, "a rule that only prints", "let it (assert (fact))")
        return (), text

    def asserted(self, form: Form) -> Iterator[str]:
        for fact in self.parts(form):
            if not isinstance(fact, Form):
                raise Refused(fact.line, repr(fact.text), "assert takes (fact)")
            yield self.facts.name(fact)

    def printed(self, form: Form) -> str:
        """The text of a printout; a NUL stands for what is known only when it runs."""
        items = list(form.items[1:])
        if form.head == "printout":
            screen = items.pop(0) if items else None
            if not isinstance(screen, Word) or screen.text not in _SCREENS:
                raise Refused(form.line, "(printout ...) to a file", "print to t")
            if screen.text == "nil":
                items = [
                    item for item in items if isinstance(item, Form) or item.kind == "variable"
                ]
        text = ""
        for item in items:
            if isinstance(item, Form):
                raise Refused(item.line, f"({item.head} ...) in a printout", "print texts alone")
            if item.kind == "variable":
                if item.text not in self.bound:
                    raise Refused(item.line, repr(item.text), "print texts alone")
                text += "\0"
            elif item.kind == "string":
                text += item.text
            else:
                text += _BLANKS.get(item.text, item.name or item.text)
        return text + (" " if form.head == "println" else "")


def _joint(parts: Sequence[Condition]) -> Condition:
    return parts[0] if len(parts) == 1 else All(tuple(parts))


def _branches(items: Sequence[Word | Form]) -> Iterator[list[Word | Form]]:
    """The alternatives of an `or`: a condition each, with the `?f <-` before it."""
    branch: list[Word | Form] = []
    for item in items:
        branch.append(item)
        if isinstance(item, Form):
            yield branch
            branch = []
    if branch:
        yield branch
