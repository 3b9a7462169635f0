"""Import of CLIPS files: what CLIPS holds after (reset) and (run), as a base of propositions.

Read are deffacts and defrule over ordered facts without variables: `(has hair)` becomes the fact `has hair`, values in
one spelling. Conditions: facts, and, or, not, exists, forall, logical; `?f <-` where it is not used. Actions: assert;
printouts are passed over, and the text of a rule that only prints is its conclusion. Everything else (variables,
templates, tests, retract, modules, functions) is named and left out, with what can no longer mean the same without it.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from lmcli.expert.clips.effects import LeftOut, effects_of
from lmcli.expert.clips.order import spoken_of
from lmcli.expert.clips.reading import Form, Word, forms
from lmcli.expert.clips.rule import Facts, Production, Refused, RuleReader
from lmcli.expert.clips.sorting import Sorting
from lmcli.expert.model import Problem, Rule, RuleBase
from lmcli.frame.errors import BadInput
from lmcli.frame.text.textfile import read_text

_COMMANDS = ("reset", "run", "exit", "facts", "agenda", "rules", "watch", "unwatch")
"""What stands at the end of a file for those who type it in; loading and running is what is done anyway."""


def read_clips(text: str, name: str = "imported", path: str = "") -> RuleBase:
    """The base that a CLIPS text describes; its `remarks` name what was left out.

    Raises BadInput, with the line, where brackets do not match or nothing can be taken over.
    """
    reader = _Reader(path or name)
    for form in forms(text, reader.path):
        reader.construct(form)
    sorting = reader.sorting()
    sorting.settle()
    problems = sorted([*reader.remarks(sorting)], key=lambda problem: problem.line)
    rules = [Rule((), (fact,), line=line) for fact, line in sorting.given.items()]
    rules += [
        Rule(
            one.when,
            one.facts or (one.printed,),
            one.name,
            explanation=one.explanation,
            line=one.line,
        )
        for one in sorting.rules
    ]
    if rules:
        return RuleBase(name, rules, path=path, remarks=tuple(problems))
    if not problems:
        raise BadInput(f"{reader.path}:1: no defrule in it", "is this a CLIPS file?")
    first, *others = problems
    more = "".join(f"; line {problem.line}: {problem.message}" for problem in others)
    raise BadInput(f"{reader.path}:{first.line}: {first.message}{more}", first.hint)


def load_clips(path: Path) -> RuleBase:
    """Read a file; see `read_clips`."""
    return read_clips(read_text(path), path.stem, str(path))


@dataclass
class _Reader:
    """Collects constructs. As in CLIPS a later one of the same kind and name replaces the earlier."""

    path: str
    module: str = "MAIN"
    facts: Facts = field(default_factory=Facts)
    rules: dict[str, Production | LeftOut] = field(default_factory=dict)
    given: dict[str, list[tuple[str, int] | LeftOut]] = field(default_factory=dict)
    left: list[LeftOut] = field(default_factory=list)
    notes: list[Problem] = field(default_factory=list)

    def construct(self, form: Form) -> None:
        """Take one form of the top level."""
        name = form.items[1] if len(form.items) > 1 else None
        named = isinstance(name, Word) and name.kind == "symbol"
        module, _, plain = (
            name.text.rpartition("::") if named and isinstance(name, Word) else ("",) * 3
        )
        if module and form.head.startswith("def"):
            self.module = module
        if form.head == "defmodule":
            self.module = plain
            if plain != "MAIN":
                self.leave(form, f"the module {plain!r}", "rules run in the module MAIN")
        elif form.head not in ("defrule", "deffacts") or not named or self.module != "MAIN":
            self.other(form, plain)
        elif form.head == "defrule":
            self.defrule(form, plain)
        else:
            self.deffacts(form, plain)

    def other(self, form: Form, name: str) -> None:
        """A construct that has no counterpart."""
        what = f"({form.head or '...'} {name})" if name else f"({form.head or '...'} ...)"
        if form.head in ("defrule", "deffacts"):
            hint = f"it belongs to the module {self.module}" if name else "give it a name"
            self.leave(form, what, hint)
        elif form.head == "deftemplate" and name:
            slots = {i.items[1].text for i in form.items if isinstance(i, Form) and len(i.items) > 1
                     and isinstance(i.items[1], Word)}  # fmt: skip
            self.facts.templates[name] = slots
            self.leave(form, what, "use ordered facts")
        elif form.head not in _COMMANDS or (form.head == "run" and len(form.items) > 1):
            self.leave(form, what, "defrule and deffacts are read")

    def leave(self, form: Form, what: str, hint: str) -> None:
        self.left.append(LeftOut(what, form.line, "cannot be imported", hint, effects_of(form)))

    def defrule(self, form: Form, name: str) -> None:
        """A rule, or what it might have done."""
        self.replaced(self.rules.pop(name, None), form, f"the rule {name!r}")
        reader = RuleReader(self.facts)
        try:
            self.rules[name] = reader.read(name, form)
        except Refused as refused:
            self.rules[name] = LeftOut(
                f"the rule {name!r}", refused.line, f"{refused.what} cannot be imported",
                refused.hint, effects_of(form), reader.highest,
            )  # fmt: skip

    def deffacts(self, form: Form, name: str) -> None:
        """Facts that hold from the beginning; CLIPS takes all of them or none."""
        self.replaced(self.given.pop(name, None), form, f"the deffacts {name!r}")
        items = list(form.items[2:])
        if items and isinstance(items[0], Word) and items[0].kind == "string":
            items = items[1:]
        found: list[tuple[str, int] | LeftOut] = []
        for item in items:
            try:
                if isinstance(item, Word):
                    raise Refused(item.line, repr(item.text), "write facts as (fact)")
                found.append((self.facts.name(item), item.line))
            except Refused as refused:
                asserted = Form((Word("assert", item.line), item), item.line)
                whole = Form((Word("assert", form.line), *items), form.line)
                effects = effects_of(asserted if refused.partly else whole)
                what = refused.what if refused.partly else f"the deffacts {name!r}"
                why = (
                    "cannot be imported" if refused.partly else f"{refused.what} cannot be imported"
                )
                part = LeftOut(what, refused.line, why, refused.hint, effects)
                if not refused.partly:
                    found = [part]
                    break
                found.append(part)
        self.given[name] = found

    def replaced(self, earlier: object, form: Form, what: str) -> None:
        """Say that a construct stands here again."""
        if earlier is not None:
            message = f"{what} stands here again and replaces the earlier one, as in CLIPS"
            self.notes.append(Problem(self.path, form.line, "warning", "redefined", message))

    def sorting(self) -> Sorting:
        """What was read, with facts that old versions of CLIPS knew by themselves taken out."""
        given: dict[str, int] = {}
        for items in self.given.values():
            for item in items:
                if isinstance(item, LeftOut):
                    self.left.append(item)
                else:
                    given.setdefault(*item)
        rules = [rule for rule in self.rules.values() if isinstance(rule, Production)]
        self.left += [rule for rule in self.rules.values() if isinstance(rule, LeftOut)]
        sorting = Sorting(rules, given, self.left)
        for rule, why, hint in [*self.unclear(sorting)]:
            sorting.leave_out(rule, why, hint)
        return sorting

    def unclear(self, sorting: Sorting) -> Iterator[tuple[Production, str, str | None]]:
        """The rules that mean one thing in one version of CLIPS, and another in the next, or a text that is a fact."""
        known = sorting.facts()
        concluded = {fact for rule in sorting.rules for fact in rule.facts}
        old = "initial-fact" not in sorting.given and "initial-fact" not in concluded
        for rule in sorting.rules:
            if old and "initial-fact" in spoken_of(rule):
                hint = "take it out, or add (deffacts start (initial-fact))"
                yield rule, "(initial-fact) holds in old versions of CLIPS alone", hint
            elif rule.printed and rule.printed in known:
                yield (
                    rule,
                    f"it only prints, and {rule.printed!r} is a fact as well",
                    "let it (assert (fact))",
                )

    def remarks(self, sorting: Sorting) -> Iterator[Problem]:
        """What was left out, replaced, or waits for what was left out."""
        yield from self.notes
        for part in sorting.left:
            message = f"{part.what} is left out: {part.why}"
            if part.why.startswith("cannot"):
                message = f"{part.what} {part.why} and is left out"
            yield Problem(self.path, part.line, "warning", "left out", message, part.hint)
        for rule in sorting.rules:
            if rule.name in sorting.waiting:
                fact, source = sorting.waiting[rule.name]
                message = f"the rule {rule.name!r} is kept, but ({fact}) may also come from {source}, which is left out"
                yield Problem(self.path, rule.line, "warning", "waits", message)
