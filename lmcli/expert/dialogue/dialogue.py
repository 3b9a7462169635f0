"""The dialogue: sentences and answers in, replies out. It knows no terminal, so a script can hold it too."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path

from lmcli.expert import explain
from lmcli.expert.backward import Outlook
from lmcli.expert.chaining import Model
from lmcli.expert.dialogue.gain import Question, rank
from lmcli.expert.dialogue.phrases import LISTS, TEXTS, answer_of, command_of
from lmcli.expert.files import memory
from lmcli.expert.language.match import Match, Matcher
from lmcli.expert.model import Evidence, RuleBase, Value
from lmcli.expert.terms import value_of
from lmcli.frame.errors import LmcliError

STRONG = 0.7
"""With certainties, a goal at least this certain ends the questions (until `more`)."""

REMINDED = ("why", "how", "why-not", "facts", "help", "save")
"""After these the open question is put again, as it was."""


@dataclass(frozen=True, slots=True)
class Line:
    """One line of the dialogue. kind: say, question, conclusion, note, error."""

    kind: str
    text: str


class Dialogue:
    """One consultation. Call `open`, then `reply` with each line, until `finished`."""

    def __init__(self, base: RuleBase, matcher: Matcher | None = None) -> None:
        self.base = base
        self.matcher = matcher or Matcher(base)
        self.words = TEXTS[base.language]
        self.finished = False
        self.more = False
        self.question: Question | None = None
        self.doubtful: Match | None = None
        self.evidence = Evidence()
        self.past: list[Evidence] = []
        self.outlook = Outlook(base, self.evidence)
        self.handlers: dict[str, Callable[[str], Iterator[Line]]] = {
            "yes": lambda _: self._answer(1.0), "no": lambda _: self._answer(-1.0),
            "unknown": lambda _: self._answer(0.0), "why": self._why, "how": self._how,
            "why-not": self._why_not, "undo": self._undo, "forget": self._forget,
            "facts": self._facts, "more": self._more, "restart": self._restart,
            "save": self._save, "load": self._load, "help": self._help, "quit": self._quit,
        }  # fmt: skip

    def open(self) -> Iterator[Line]:
        """The first lines: what this base is, and the first question."""
        if self.base.title:
            yield Line("say", self.base.title)
        if self.base.notice:
            yield Line("note", self.base.notice)
        yield self.line("note", "welcome", count=len(self.base.rules))
        yield from self._ask()

    def resume(self, path: Path) -> Iterator[Line]:
        """The first lines of a session that was saved. Raises BadInput or OSError."""
        evidence = memory.load(path, self.base)
        if self.base.notice:
            yield Line("note", self.base.notice)
        yield self.line("note", "loaded", path=path)
        yield from self._become(evidence)

    def reply(self, text: str) -> Iterator[Line]:
        """What the dialogue says to a line. An error is said, too: the dialogue goes on."""
        try:
            yield from self._reply(text.strip())
        except LmcliError as error:
            yield Line("error", str(error))
        except OSError as error:
            yield Line("error", f"{error.filename}: {error.strerror}")

    @property
    def model(self) -> Model:
        """What follows from the evidence so far."""
        return self.outlook.model

    def line(self, kind: str, key: str, **values: object) -> Line:
        """A line in the base's language."""
        return Line(kind, self.words[key].format(**values))

    def listed(self, names: Iterable[str]) -> str:
        """Names as a list in the base's language."""
        return LISTS[self.base.language].join(names)

    # -- reading a line ----------------------------------------------------------------------

    def _reply(self, text: str) -> Iterator[Line]:
        if not text:
            yield from self._ask()
            return
        command, rest = command_of(text)
        if command:
            yield from self.handlers[command](rest)
            if command in REMINDED and self.question is not None:
                yield Line("question", self._text(self.question.subject))
            return
        if self.question and self.question.subject in self.matcher.attributes:
            value = self._value(text)
            if value is not None:
                yield from self._take(values={self.question.subject: value})
                return
        command, rest = answer_of(text)
        if command and self.question:
            facts = {self.question.subject: 1.0 if command == "yes" else -1.0}
            yield from self._sentence(rest, facts)
        else:
            yield from self._sentence(text, {})

    def _value(self, text: str) -> Value | None:
        """A number, or one of the words that the attribute is compared with."""
        assert self.question is not None
        value = value_of(text.rstrip("°Cc度岁% "))
        if isinstance(value, float):
            return value
        known = self.base.program.comparisons.get(self.question.subject, ())
        words = {getattr(self.base.program.atoms[atom], "value", None) for atom in known}
        return text if text in words else None

    def _sentence(self, text: str, facts: dict[str, float]) -> Iterator[Line]:
        self.doubtful = None
        matches = self.matcher.match(text)
        if not matches and not facts:
            number = self.question and self.question.subject in self.matcher.attributes
            yield self.line("note", "number" if number else "unclear")
            return
        if matches and matches[0].score < 1:
            self.doubtful = matches[0]
            yield self.line("question", "meant", fact=self._shown(matches[0]))
            return
        if matches:
            yield self.line("note", "understood", facts=self.listed(map(self._shown, matches)))
        values = {m.subject: m.value for m in matches if m.value is not None}
        facts.update({m.subject: m.certainty for m in matches if m.value is None})
        yield from self._take(facts, values)

    def _shown(self, match: Match) -> str:
        denied = match.value is None and match.certainty < 0
        return self.words["not"].format(fact=match.subject) if denied else str(match)

    # -- evidence ----------------------------------------------------------------------------

    def _answer(self, certainty: float) -> Iterator[Line]:
        doubtful, self.doubtful = self.doubtful, None
        if doubtful is not None:
            if certainty > 0:
                yield from self._take({doubtful.subject: doubtful.certainty})
            else:
                yield from self._ask()
        elif self.question is None:
            yield self.line("note", "no-question")
        elif certainty == 0:
            unknown = self.evidence.unknown | {self.question.subject}
            yield from self._become(replace(self.evidence, unknown=unknown))
        elif self.question.subject in self.matcher.attributes:
            yield self.line("note", "number")
        else:
            yield from self._take({self.question.subject: certainty})

    def _take(
        self, facts: dict[str, float] | None = None, values: dict[str, Value] | None = None
    ) -> Iterator[Line]:
        """Add evidence; a new answer replaces an old one."""
        facts, values = facts or {}, values or {}
        yield from self._become(
            Evidence(
                {**{f: c for f, c in self.evidence.facts.items() if f not in facts}, **facts},
                {**self.evidence.values, **values},
                self.evidence.unknown - {*facts, *values},
            )
        )

    def _become(self, evidence: Evidence, remember: bool = True) -> Iterator[Line]:
        """Change the evidence, tell what follows and what no longer does, and ask on."""
        before = self._derived()
        if remember:
            self.past.append(self.evidence)
        self.evidence = evidence
        self.outlook = Outlook(self.base, evidence)
        after = self._derived()
        goals = {self.base.program.name(goal) for goal in self.base.program.goals()}
        if fresh := [fact for fact in after if fact not in before and fact not in goals]:
            yield self.line("note", "derived", facts=self.listed(fresh))
        if gone := [fact for fact in before if fact not in after]:
            yield self.line("note", "gone", facts=self.listed(gone))
        denied = [fact for fact in after if evidence.facts.get(fact, 0) < 0]
        if denied:
            yield self.line("note", "contradiction", facts=self.listed(denied))
        yield from self._ask()

    def _derived(self) -> list[str]:
        """What rules derived, once and for all."""
        atoms = (atom for atom in self.model.order if self.outlook.settled(atom))
        return [self.base.program.name(a) for a in atoms if self.base.program.is_fact(a)]

    # -- questions and conclusions -----------------------------------------------------------

    def _ask(self) -> Iterator[Line]:
        """State the conclusions, or put the most useful question."""
        self.question = None
        concluded = explain.concluded(self.outlook)
        if concluded and not self.more and self._enough(*concluded[0]):
            yield from self._conclude(concluded)
            yield self.line("note", "after")
            return
        focus = self.base.program.index[concluded[0][0]] if concluded and not self.more else None
        ranked = rank(self.base, self.evidence, self.outlook, focus)
        if ranked:
            self.question = ranked[0]
            yield Line("question", self._text(ranked[0].subject))
            return
        yield from self._conclude(concluded)
        yield self.line("note", "exhausted" if concluded else "nothing")

    def _enough(self, goal: str, certainty: float) -> bool:
        """Whether the leading conclusion can be stated: it is strong, or no question bears on it any more."""
        if not self.base.uncertain or certainty >= STRONG:
            return True
        return not self.outlook.questions([self.base.program.index[goal]])

    def _conclude(self, concluded: list[tuple[str, float]]) -> Iterator[Line]:
        for goal, certainty in concluded:
            name = goal
            if self.base.uncertain:
                name = self.words["certainty"].format(goal=goal, certainty=f"{certainty:.2f}")
            yield self.line("conclusion", "conclusion", goal=name)
            for rule, text in explain.grounds(self.model, goal):
                yield self.line("note", "rule", name=rule, text=text)

    def _text(self, subject: str) -> str:
        if subject in self.base.questions:
            return self.base.questions[subject]
        if subject in self.matcher.attributes:
            return self.words["ask-value"].format(attribute=subject)
        return self.words["ask"].format(fact=subject)

    def _more(self, _: str) -> Iterator[Line]:
        self.more = True
        yield from self._ask()

    # -- explanations ------------------------------------------------------------------------

    def _why(self, _: str) -> Iterator[Line]:
        if self.question is None:
            yield self.line("note", "no-question")
            return
        goals = list(self.question.goals)
        shown = goals[:5]
        if len(goals) > len(shown):
            shown.append(self.words["and-more"].format(count=len(goals) - len(shown)))
        key = "why" if len(goals) > 1 else "why-one"
        yield self.line("say", key, goals=self.listed(shown), gain=self.question.gain)
        for name, text in explain.uses(self.model, self.question.subject, next(iter(goals), None)):
            yield self.line("note", "rule", name=name, text=text)

    def _how(self, name: str) -> Iterator[Line]:
        concluded = [fact for fact, _ in explain.concluded(self.outlook)]
        facts = [self.matcher.vocabulary.goal(name)] if name else concluded
        if not facts:
            yield self.line("note", "none-concluded")
        for fact in facts:
            for text in explain.proof(self.model, fact, self.words):
                yield Line("say", text)

    def _why_not(self, name: str) -> Iterator[Line]:
        if not name:
            yield self.line("note", "which", command="why-not")
            return
        goal = self.matcher.vocabulary.goal(name)
        for text in explain.why_not(self.base, self.model, goal, self.words):
            yield Line("say", text)

    def _facts(self, _: str) -> Iterator[Line]:
        facts, values = self.evidence.facts, self.evidence.values
        yes = [fact for fact, certainty in facts.items() if certainty > 0]
        yes += [f"{name} = {value:g}" if isinstance(value, float) else f"{name} = {value}"
                for name, value in values.items()]  # fmt: skip
        groups = {
            "known-yes": yes,
            "known-no": [fact for fact, certainty in facts.items() if certainty < 0],
            "known-unknown": sorted(self.evidence.unknown),
            "known-derived": self._derived(),
        }
        if not any(groups.values()):
            yield self.line("note", "nothing-known")
        for key, names in groups.items():
            if names:
                yield self.line("say", key, facts=self.listed(names))

    # -- going back, keeping, leaving --------------------------------------------------------

    def _undo(self, _: str) -> Iterator[Line]:
        if not self.past:
            yield self.line("note", "nothing-to-undo")
            return
        self.doubtful = None
        yield from self._become(self.past.pop(), remember=False)

    def _forget(self, name: str) -> Iterator[Line]:
        if not name:
            yield self.line("note", "which", command="forget")
            return
        subject = self.matcher.vocabulary.resolve(name)
        known = {*self.evidence.facts, *self.evidence.values, *self.evidence.unknown}
        if subject not in known:
            yield self.line("note", "unheard", fact=subject)
            return
        yield from self._become(
            Evidence(
                {fact: c for fact, c in self.evidence.facts.items() if fact != subject},
                {fact: v for fact, v in self.evidence.values.items() if fact != subject},
                self.evidence.unknown - {subject},
            )
        )

    def _restart(self, _: str) -> Iterator[Line]:
        self.evidence, self.past, self.more, self.doubtful = Evidence(), [], False, None
        self.outlook = Outlook(self.base, self.evidence)
        yield self.line("note", "restarted")
        yield from self._ask()

    def _save(self, name: str) -> Iterator[Line]:
        if not name:
            yield self.line("note", "which", command="save")
            return
        memory.save(Path(name), self.base, self.evidence)
        yield self.line("note", "saved", path=name)

    def _load(self, name: str) -> Iterator[Line]:
        if not name:
            yield self.line("note", "which", command="load")
            return
        evidence = memory.load(Path(name), self.base)
        yield self.line("note", "loaded", path=name)
        yield from self._become(evidence)

    def _help(self, _: str) -> Iterator[Line]:
        yield Line("say", self.words["help"])

    def _quit(self, _: str) -> Iterator[Line]:
        self.finished = True
        yield self.line("note", "bye")
