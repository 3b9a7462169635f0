"""Rule bases that are asked: what the commands use, and Python programs too."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from lmcli.expert.analysis.repair import Repair
    from lmcli.expert.model import Evidence
    from lmcli.expert.model import RuleBase as Rules
    from lmcli.expert.proof import ProofLine
    from lmcli.expert.view.rows import Inference, Step


class RuleBase:
    """Rules with an inference engine that explains itself.

    A fact is a name ("has hair"), a denial ("not has hair"), a value ("temperature=39.2") or, where the base
    has certainties, a degree ("cough@0.6"). Raises BadInput for one that the base does not know.
    """

    def __init__(self, rules: Rules) -> None:
        self.rules = rules

    @classmethod
    def load(cls, name: str) -> RuleBase:
        """A bundled base by name (animals, animals-zh, medical, medical-zh), or a YAML file by path.

        Raises BadInput, with the line, for a file that is no rule base.
        """
        from lmcli.expert.files.bases import open_base

        return cls(open_base(name))

    def infer(self, facts: Iterable[str]) -> Inference:
        """What follows from facts: `.conclusions` (goals, the most certain first) and all that was `.derived`."""
        from lmcli.expert.view.rows import inference

        return inference(self.rules, self.evidence(facts))

    def trace(self, facts: Iterable[str]) -> list[Step]:
        """Every firing of a rule, in order."""
        from lmcli.expert.view.rows import steps

        return steps(self.rules, self.evidence(facts))

    def how(self, goal: str, facts: Iterable[str]) -> list[ProofLine]:
        """The proof of a conclusion from the top down: depth, fact, certainty, rule."""
        from lmcli.expert import proof
        from lmcli.expert.chaining import infer
        from lmcli.expert.terms import Vocabulary

        fact = Vocabulary(self.rules).goal(goal)
        return list(proof.lines(proof.prove(infer(self.rules, self.evidence(facts)), fact)))

    def why(self, subject: str, goal: str, facts: Iterable[str] = ()) -> list[str]:
        """Why one would ask about `subject`: the rules that lead from it to a goal, as text."""
        from lmcli.expert.chaining import infer
        from lmcli.expert.explain import uses
        from lmcli.expert.terms import Vocabulary

        model = infer(self.rules, self.evidence(facts))
        fact = Vocabulary(self.rules).goal(goal)
        return [f"{rule}: {text}" for rule, text in uses(model, subject, fact)]

    def why_not(self, goal: str, facts: Iterable[str], *, k: int = 3) -> list[Repair]:
        """The k cheapest changes to the facts that make a goal follow; each was tried."""
        from lmcli.expert.analysis.repair import repairs
        from lmcli.expert.terms import Vocabulary

        return repairs(self.rules, self.evidence(facts), Vocabulary(self.rules).goal(goal), k)

    def evidence(self, facts: Iterable[str]) -> Evidence:
        """Facts as the engine takes them."""
        from lmcli.expert.terms import Vocabulary

        return Vocabulary(self.rules).evidence(list(facts))
