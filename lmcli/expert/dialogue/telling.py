"""What the dialogue tells of its case: why it asks, how it concluded, what is missing, what is known."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from lmcli.expert import explain
from lmcli.expert.dialogue.case import Case
from lmcli.expert.dialogue.gain import Question
from lmcli.expert.dialogue.phrases import TEXTS
from lmcli.expert.language.reading import Doubt, Match
from lmcli.expert.model import value_words
from lmcli.expert.terms import Vocabulary
from lmcli.expert.wording import LISTS

MOST_GOALS = 5  # that are named by `why`


@dataclass(frozen=True, slots=True)
class Line:
    """One line of the dialogue. kind: say, question, conclusion, note, error."""

    kind: str
    text: str


class Teller:
    """Words for one case, in its base's language."""

    def __init__(self, case: Case, vocabulary: Vocabulary) -> None:
        self.case = case
        self.base = case.base
        self.vocabulary = vocabulary
        self.words = TEXTS[case.base.language]

    def line(self, kind: str, key: str, **values: object) -> Line:
        """A line in the base's language."""
        return Line(kind, self.words[key].format(**values))

    def listed(self, names: Iterable[str]) -> str:
        """Names as a list in the base's language."""
        return LISTS[self.base.language].join(names)

    def conclusions(self, concluded: list[tuple[str, float]]) -> Iterator[Line]:
        """Each goal that is settled, with the rules that it rests on."""
        for goal, certainty in concluded:
            name = goal
            if self.base.uncertain:
                name = self.words["certainty"].format(goal=goal, certainty=f"{certainty:.2f}")
            yield self.line("conclusion", "conclusion", goal=name)
            for rule, text in explain.grounds(self.case.outlook.model, goal):
                yield self.line("note", "rule", name=rule, text=text)

    def why(self, question: Question) -> Iterator[Line]:
        """What a question is for."""
        goals = list(question.goals)
        if not goals:
            yield self.line("say", "why-said")
            return
        shown = goals[:MOST_GOALS]
        if len(goals) > len(shown):
            shown.append(self.words["and-more"].format(count=len(goals) - len(shown)))
        key = "why" if len(goals) > 1 else "why-one"
        yield self.line("say", key, goals=self.listed(shown), gain=question.gain)
        for name, text in explain.uses(self.case.outlook.model, question.subject, goals[0]):
            yield self.line("note", "rule", name=name, text=text)

    def how(self, name: str) -> Iterator[Line]:
        """How a fact, or without a name each conclusion, came about."""
        concluded = [fact for fact, _ in self.case.concluded()]
        facts = [self.vocabulary.goal(name)] if name else concluded
        if not facts:
            yield self.line("note", "none-concluded")
        for fact in facts:
            for text in explain.proof(self.case.outlook.model, fact, self.words):
                yield Line("say", text)

    def why_not(self, name: str) -> Iterator[Line]:
        """What a fact lacks."""
        goal = self.vocabulary.goal(name)
        for text in explain.why_not(self.base, self.case.outlook.model, goal, self.words):
            yield Line("say", text)

    def facts(self) -> Iterator[Line]:
        """What is known so far."""
        evidence = self.case.evidence
        yes = [fact for fact, certainty in evidence.facts.items() if certainty > 0]
        yes += [word for item in evidence.values.items() for word in value_words(*item)]
        groups = {
            "known-yes": yes,
            "known-no": [fact for fact, certainty in evidence.facts.items() if certainty < 0],
            "known-unknown": sorted(evidence.unknown),
            "known-derived": self.case.derived(),
        }
        if not any(groups.values()):
            yield self.line("note", "nothing-known")
        for key, names in groups.items():
            if names:
                yield self.line("say", key, facts=self.listed(names))

    def not_taken(self, doubts: Sequence[Doubt]) -> Iterator[Line]:
        """One line for each reason why something became no fact."""
        for reason in dict.fromkeys(doubt.reason for doubt in doubts):
            if reason == "person":
                continue  # it is asked
            names = dict.fromkeys(self.named(doubt) for doubt in doubts if doubt.reason == reason)
            attributes = self.listed(self.vocabulary.attributes)
            words = self.words[f"reason-{reason}"].format(attributes=attributes)
            yield self.line("note", "not-taken", facts=self.listed(names), reason=words)

    def named(self, doubt: Doubt) -> str:
        """What a doubt is about, as far as it was understood."""
        if not doubt.subject:
            return doubt.words
        if doubt.match is not None and doubt.match.value is not None:
            return self.shown(doubt.match)
        return (
            doubt.subject
            if doubt.match or doubt.subject in doubt.words
            else f"{doubt.subject}: {doubt.words}"
        )

    def said(self, key: str, matches: Sequence[Match], **values: str) -> Line:
        """Facts that were understood, or are to be confirmed."""
        kind = "note" if key == "understood" else "question"
        return self.line(kind, key, facts=self.listed(map(self.shown, matches)), **values)

    def shown(self, match: Match) -> str:
        """A fact or value in the base's language."""
        denied = match.value is None and match.certainty < 0
        return self.words["not"].format(fact=match.subject) if denied else str(match)
