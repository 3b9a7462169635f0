"""How: the proof of a conclusion, as a tree of rules down to the evidence."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import ClassVar

from lmcli.expert.chaining import Model, weakest
from lmcli.expert.model import Comparison, Not, plain_value
from lmcli.expert.program import HELPER
from lmcli.frame.errors import NoAnswer

GIVEN = "given"
ABSENT = "not concluded"
SEEN = "shown above"


@dataclass(frozen=True, slots=True)
class Proof:
    """A condition that holds, and why: `rule` is a rule's name, or `given`, `not concluded`, `shown above`.

    because: the proofs of the rule's conditions. In a base with certainties several rules may speak for a fact: then
    `supports` has one proof for each, `rule` is empty, and certainty is the combined one.
    """

    fact: str
    certainty: float
    rule: str
    explanation: str = ""
    because: tuple[Proof, ...] = ()
    supports: tuple[Proof, ...] = ()


@dataclass(frozen=True, slots=True)
class ProofLine:
    """One line of a proof, in reading order; `depth` tells whose condition it is."""

    PLAIN: ClassVar = ("depth", "fact", "rule")

    depth: int
    fact: str
    certainty: float
    rule: str
    explanation: str


def prove(model: Model, fact: str) -> Proof:
    """The proof of a fact. Raises NoAnswer where it was not concluded."""
    atom = model.program.index.get(fact)
    if atom is None or not model.holds(atom):
        raise NoAnswer(f"{fact!r} does not follow from these facts", "ask for it with why-not")
    return _Prover(model).proof(atom)


def lines(proof: Proof, depth: int = 0) -> Iterator[ProofLine]:
    """A proof from the top down, depth first."""
    yield ProofLine(depth, proof.fact, proof.certainty, proof.rule, proof.explanation)
    for part in (*proof.supports, *proof.because):
        yield from lines(part, depth + 1)


class _Prover:
    """Builds proofs; a fact that was proved already is only named again."""

    def __init__(self, model: Model) -> None:
        self.model = model
        self.program = model.program
        self.seen: set[int] = set()

    def proof(self, atom: int) -> Proof:
        condition = self.program.atoms[atom]
        name, certainty = self.program.name(atom), self.model.certainty(atom)
        if isinstance(condition, Not):
            return Proof(name, certainty, ABSENT)
        supports = self.model.supports(atom)
        if not supports:
            return Proof(self.given_name(atom), certainty, GIVEN)
        if atom in self.seen:
            return Proof(name, certainty, SEEN)
        self.seen.add(atom)
        proofs = tuple(self.support(name, clause) for clause in supports)
        if len(proofs) == 1 and proofs[0].certainty == certainty:
            return proofs[0]
        given = self.model.evidence.facts.get(name)
        if given is not None:
            proofs = (Proof(name, given, GIVEN), *proofs)
        return Proof(name, certainty, "", supports=proofs)

    def support(self, name: str, clause: int) -> Proof:
        """What one clause says of its conclusion."""
        rule = self.program.base.rules[self.program.origin[clause]]
        body = self.program.bodies[clause]
        because = tuple(proof for atom in body for proof in self.condition(atom))
        certainty = weakest(self.model, clause) * rule.certainty
        return Proof(name, certainty, self.program.rule_name(clause), rule.explanation, because)

    def condition(self, atom: int) -> Iterator[Proof]:
        """The proofs of a rule's condition: parts of `all` and `any` stand for themselves."""
        supports = self.model.supports(atom)
        if supports and self.program.origin[supports[0]] == HELPER:
            clause = max(supports, key=lambda one: weakest(self.model, one))
            for part in self.program.bodies[clause]:
                yield from self.condition(part)
        else:
            yield self.proof(atom)

    def given_name(self, atom: int) -> str:
        """A comparison is shown with the value that it is true of."""
        condition, name = self.program.atoms[atom], self.program.name(atom)
        if not isinstance(condition, Comparison):
            return name
        value = self.model.evidence.values.get(condition.attribute)
        if value is None or plain_value(value) in (
            plain_value(condition.value),
            f"{condition.op} {plain_value(condition.value)}",
        ):
            return name
        return f"{name} ({plain_value(value)})"
