"""The dialogue: sentences and answers in, replies out. It knows no terminal, so a script can hold it too."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from pathlib import Path

from lmcli.expert.dialogue.case import Case
from lmcli.expert.dialogue.gain import Question
from lmcli.expert.dialogue.phrases import answer_of, command_of
from lmcli.expert.dialogue.telling import Line, Teller
from lmcli.expert.files import memory
from lmcli.expert.language.match import Matcher
from lmcli.expert.language.normal import fold, plain
from lmcli.expert.language.reading import Doubt, Match, Reading
from lmcli.expert.model import Evidence, Range, RuleBase, Value, plain_value
from lmcli.frame.errors import LmcliError

__all__ = ["Dialogue", "Line"]

REMINDED = ("why", "how", "why-not", "facts", "help", "save")
"""After these the open question is put again, as it was."""
FILES = ("save", "load")
"""Their objects are file names, which keep their spelling."""
NEEDING = ("why-not", "forget", *FILES)
"""These say nothing without an object."""


class Dialogue:
    """One consultation. Call `open`, then `reply` with each line, until `finished`."""

    def __init__(self, base: RuleBase, matcher: Matcher | None = None) -> None:
        self.base = base
        self.matcher = matcher or Matcher(base)
        self.case = Case(base)
        self.tell = Teller(self.case, self.matcher.vocabulary)
        self.line = self.tell.line
        self.finished = False
        self.more = False
        self.question: Question | None = None
        self.wanted: list[str] = []  # what was spoken of and not stated: asked before all else
        self.doubtful: Sequence[Match] = ()  # what a yes would state
        self.who = ""  # of whom that is
        self.patient = ""  # a person who was said to be the patient
        self.handlers: dict[str, Callable[[str], Iterable[Line]]] = {
            "yes": lambda _: self._answer(1.0), "no": lambda _: self._answer(-1.0),
            "unknown": lambda _: self._answer(0.0), "why": self._why, "how": self.tell.how,
            "why-not": self.tell.why_not, "undo": self._undo, "forget": self._forget,
            "facts": lambda _: self.tell.facts(), "more": self._more, "restart": self._restart,
            "save": self._save, "load": self._load, "quit": self._quit,
            "help": lambda _: [Line("say", self.tell.words["help"])],
        }  # fmt: skip

    @property
    def evidence(self) -> Evidence:
        """What is known so far."""
        return self.case.evidence

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

    # -- reading a line ----------------------------------------------------------------------

    def _reply(self, text: str) -> Iterator[Line]:
        self.matcher.refuse_long(text)
        command, rest = command_of(plain(text))
        if command in FILES:
            command, rest = command_of(text)
        if command:
            if command in NEEDING and not rest:
                yield self.line("note", "which", command=command)
            else:
                yield from self.handlers[command](rest)
            if command in REMINDED and self.question is not None:
                yield Line("question", self._text(self.question.subject))
            return
        text = plain(text)
        if not text:
            yield from self._ask()
            return
        asked = self.question.subject if self.question else ""
        if asked in self.matcher.attributes and (word := self._word(asked, text)) is not None:
            yield from self._take(values={asked: word})
            return
        command, rest = answer_of(text)
        if command and asked and not self.doubtful:
            certainty = 1.0 if command == "yes" else -1.0
            facts = {} if asked in self.matcher.attributes else {asked: certainty}
            yield from self._sentence(rest, facts)
        else:
            yield from self._sentence(text, {})

    def _word(self, attribute: str, text: str) -> str | None:
        """One of the words that the attribute is compared with."""
        words = [c.value for c in self.matcher.vocabulary.comparisons(attribute)]
        same = [word for word in words if isinstance(word, str) and fold(word) == fold(text)]
        return same[0] if same else None

    def _sentence(self, text: str, facts: dict[str, float]) -> Iterator[Line]:
        self.doubtful = ()
        asked = self.question.subject if self.question else ""
        reading = self._of_patient(self.matcher.read(text, asked))
        matches, doubts = reading.matches, reading.doubts
        if not matches and not doubts and not facts:
            yield self.line("note", "number" if asked in self.matcher.attributes else "unclear")
            return
        if matches and matches[0].score < 1:
            self.doubtful = matches[:1]
            yield self.line("question", "meant", fact=self.tell.shown(matches[0]))
            return
        if matches:
            yield self.tell.said("understood", matches)
        if reading.notes:
            yield self.line("note", "converted", facts=self.tell.listed(reading.notes))
        yield from self.tell.not_taken(doubts)
        self.wanted = [doubt.subject for doubt in doubts if self._askable(doubt)]
        values = {m.subject: m.value for m in matches if m.value is not None}
        facts.update({m.subject: m.certainty for m in matches if m.value is None})
        others = [d for d in doubts if d.match and d.who]
        if not others:
            yield from self._take(facts, values)
            return
        if facts or values:
            yield from self._become(self.case.with_(facts, values), ask=False)
        self.who = others[0].who
        self.doubtful = [d.match for d in others if d.match and d.who == self.who]
        yield self.tell.said("person", self.doubtful, who=self.who)

    def _of_patient(self, reading: Reading) -> Reading:
        """The reading, with what is said of the person who is the patient taken as stated."""
        if not self.patient:
            return reading
        stated = [d.match for d in reading.doubts if d.match and d.who == self.patient]
        rest = tuple(d for d in reading.doubts if not (d.match and d.who == self.patient))
        return Reading((*reading.matches, *stated), rest, reading.notes)

    def _askable(self, doubt: Doubt) -> bool:
        return bool(doubt.subject) and doubt.reason not in ("person", "goal")

    # -- evidence ----------------------------------------------------------------------------

    def _answer(self, certainty: float) -> Iterator[Line]:
        doubtful, self.doubtful = self.doubtful, ()
        if doubtful:
            if certainty <= 0:
                yield from self._ask()
                return
            self.patient = self.who or self.patient
            values = {m.subject: m.value for m in doubtful if m.value is not None}
            yield from self._take(
                {m.subject: m.certainty for m in doubtful if m.value is None}, values
            )
        elif self.question is None:
            yield self.line("note", "no-question")
        elif certainty == 0:
            yield from self._become(self.case.unknown(self.question.subject))
        elif self.question.subject in self.matcher.attributes:
            yield self.line("note", "number")
        else:
            yield from self._take({self.question.subject: certainty})

    def _take(
        self, facts: dict[str, float] | None = None, values: dict[str, Value] | None = None
    ) -> Iterator[Line]:
        """Add evidence; a new answer replaces an old one."""
        yield from self._become(self.case.with_(facts or {}, values or {}))

    def _become(
        self, evidence: Evidence, remember: bool = True, ask: bool = True
    ) -> Iterator[Line]:
        """Change the evidence, tell what follows and what no longer does, and ask on."""
        if evidence != self.case.evidence or not remember:
            change = self.case.become(evidence, remember)
            told = {"derived": change.fresh, "gone": change.gone, "contradiction": change.denied}
            for key, facts in told.items():
                if facts:
                    yield self.line("note", key, facts=self.tell.listed(facts))
        if ask:
            yield from self._ask()

    # -- questions and conclusions -----------------------------------------------------------

    def _ask(self) -> Iterator[Line]:
        """State the conclusions, or put the most useful question; what was spoken of and not stated is asked first."""
        self.question = None
        self.wanted = [subject for subject in self.wanted if not self.case.answered(subject)]
        concluded = self.case.concluded()
        stated = bool(concluded) and not self.more and self.case.enough(*concluded[0])
        if stated:
            yield from self.tell.conclusions(concluded)
            if not self.wanted:
                yield self.line("note", "after")
                return
        ranked = self.case.questions(concluded[0][0] if concluded and not self.more else None)
        if self.wanted:
            subject = self.wanted.pop(0)
            known = [question for question in ranked if question.subject == subject]
            ranked = known or [Question(subject, 0.0, ())]
        if ranked:
            self.question = ranked[0]
            yield Line("question", self._text(ranked[0].subject))
            return
        yield from self.tell.conclusions(concluded)
        yield self.line("note", "exhausted" if concluded else "nothing")

    def _text(self, subject: str) -> str:
        text = self.base.questions.get(subject)
        if text is None:
            attribute = subject in self.matcher.attributes
            text = self.tell.words["ask-value" if attribute else "ask"].format(
                attribute=subject, fact=subject
            )
        value = self.case.evidence.values.get(subject)
        if isinstance(value, Range):
            return self.tell.words["so-far"].format(text=text, value=plain_value(value))
        return text

    def _more(self, _: str) -> Iterator[Line]:
        self.more = True
        yield from self._ask()

    def _why(self, _: str) -> Iterator[Line]:
        if self.question is None:
            yield self.line("note", "no-question")
        else:
            yield from self.tell.why(self.question)

    # -- going back, keeping, leaving --------------------------------------------------------

    def _undo(self, _: str) -> Iterator[Line]:
        if not self.case.past:
            yield self.line("note", "nothing-to-undo")
            return
        self.doubtful, self.wanted = (), []
        yield from self._become(self.case.past.pop(), remember=False)

    def _forget(self, name: str) -> Iterator[Line]:
        subject = self.matcher.vocabulary.resolve(name)
        known = {*self.evidence.facts, *self.evidence.values, *self.evidence.unknown}
        if subject not in known:
            yield self.line("note", "unheard", fact=subject)
            return
        yield from self._become(self.case.without(subject))

    def _restart(self, _: str) -> Iterator[Line]:
        self.case.become(Evidence(), remember=False)
        self.case.past.clear()
        self.more, self.doubtful, self.wanted, self.patient = False, (), [], ""
        yield self.line("note", "restarted")
        yield from self._ask()

    def _save(self, name: str) -> Iterator[Line]:
        memory.save(Path(name), self.base, self.evidence)
        yield self.line("note", "saved", path=name)

    def _load(self, name: str) -> Iterator[Line]:
        evidence = memory.load(Path(name), self.base)
        yield self.line("note", "loaded", path=name)
        yield from self._become(evidence)

    def _quit(self, _: str) -> Iterator[Line]:
        self.finished = True
        yield self.line("note", "bye")
