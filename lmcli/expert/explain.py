"""Explanations as text, for the dialogue: conclusions, proofs, what a question is for, what is missing."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from lmcli.expert import proof as proofs
from lmcli.expert.analysis.repair import Attempt, Repair, attempts, repairs
from lmcli.expert.backward import Outlook
from lmcli.expert.chaining import NONE, Model
from lmcli.expert.model import RuleBase
from lmcli.expert.wording import LISTS, rule_text

MOST = 3  # rules or repairs that are shown
DEEPEST = 8  # rules between a question and its goal that are shown


def concluded(outlook: Outlook) -> list[tuple[str, float]]:
    """The goals that are settled, with their certainty, the most certain first."""
    program, model = outlook.program, outlook.model
    goals = [goal for goal in program.goals() if outlook.settled(goal)]
    return sorted(((program.name(g), model.certainty(g)) for g in goals), key=lambda goal: -goal[1])


def grounds(model: Model, fact: str) -> list[tuple[str, str]]:
    """The rules that a fact rests on directly: name and text."""
    program = model.program
    base = program.base
    origins = [program.origin[clause] for clause in model.supports(program.index[fact])]
    return [(base.rule_name(n), rule_text(base.rules[n], base.language)) for n in origins[:MOST]]


def proof(model: Model, fact: str, words: Mapping[str, str]) -> Iterator[str]:
    """The lines of a proof, indented. Raises NoAnswer where the fact does not hold."""
    reasons = {proofs.GIVEN: "given", proofs.ABSENT: "absent", proofs.SEEN: "seen"}
    for line in proofs.lines(proofs.prove(model, fact)):
        reason = words[reasons[line.rule]] if line.rule in reasons else line.rule
        certainty = f" {line.certainty:.2f}" if model.program.base.uncertain else ""
        end = f" ({reason})" if reason else ""
        explanation = f": {line.explanation}" if line.explanation else ""
        yield f"{'  ' * line.depth}{line.fact}{certainty}{end}{explanation}"


def uses(model: Model, subject: str, goal: str | None) -> list[tuple[str, str]]:
    """What a question is for: the rules that lead from its answer to a goal, name and text.

    The shortest way through rules that can add something, at most the last DEEPEST of it.
    """
    program = model.program
    agenda = [*program.comparisons.get(subject, ())]
    if subject in program.index:
        agenda.append(program.index[subject])
    denials: dict[int, list[int]] = {}
    for literal, inner in program.negations.items():
        denials.setdefault(inner, []).append(literal)
    starts = set(agenda)
    through: dict[int, tuple[int, int]] = {}  # atom -> the clause that gives it, the atom before it
    for atom in agenda:  # grows while it is worked off
        steps = [(literal, NONE) for literal in denials.get(atom, ())]
        steps += [(program.heads[clause], clause) for clause in program.watch[atom]]
        for head, clause in steps:
            closed = model.holds(head) and clause != NONE and not program.base.uncertain
            if head not in through and head not in starts and not closed:
                through[head] = clause, atom
                agenda.append(head)
    path: list[int] = []
    atom = program.index[goal] if goal else NONE
    while atom in through and len(path) < DEEPEST:
        clause, atom = through[atom]
        if clause != NONE and program.origin[clause] >= 0:
            path.insert(0, program.origin[clause])
    base = program.base
    return [(base.rule_name(n), rule_text(base.rules[n], base.language)) for n in path]


def why_not(base: RuleBase, model: Model, goal: str, words: Mapping[str, str]) -> Iterator[str]:
    """What is missing for a goal, and the cheapest ways to it. Raises NoAnswer where it holds."""
    found = repairs(base, model.evidence, goal, MOST)
    tried = attempts(base, model, goal, depth=0)
    if not tried:
        yield words["observed"]
    for attempt in tried[:MOST]:
        yield attempt_text(attempt, base, words)
    for repair in found:
        if repair.cost > found[0].cost + 1:
            break
        yield repair_text(repair, base, words)
    if not found:
        yield words["no-repair"]


def attempt_text(attempt: Attempt, base: RuleBase, words: Mapping[str, str]) -> str:
    """A rule that did not fire, each condition with its state."""
    states = (f"{c.condition} [{words[c.state]}]" for c in attempt.conditions)
    conditions = LISTS[base.language].join(states)
    return words["attempt"].format(rule=attempt.rule, fact=attempt.fact, conditions=conditions)


def repair_text(repair: Repair, base: RuleBase, words: Mapping[str, str]) -> str:
    """A repair as a sentence."""
    join = LISTS[base.language].join
    key = (
        "repair-both"
        if repair.add and repair.remove
        else "repair-remove"
        if repair.remove
        else "repair"
    )
    return words[key].format(add=join(repair.add), remove=join(repair.remove))
