"""The commands that reason: infer, how, why-not."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from typing import TYPE_CHECKING, Any, TypeVar

import click

from lmcli.frame import inputs, options
from lmcli.frame.environment import Environment
from lmcli.frame.errors import LmcliError, NoAnswer, PartialFailure, Reported
from lmcli.frame.inputs import Outcome, Records
from lmcli.frame.locale import told

if TYPE_CHECKING:
    from lmcli.expert.model import Evidence, RuleBase

F = TypeVar("F", bound=Callable[..., Any])


def open_base(env: Environment, name: str) -> RuleBase:
    """A base by name or path, read once in a process (a file again when it has changed)."""
    from lmcli.expert.files import bases

    path = bases.place(name)
    stamp = path.stat()
    key = ("rule-base", str(path.resolve()), str(stamp.st_mtime_ns), str(stamp.st_size))
    base = env.cached(key, lambda: bases.open_base(name))
    tell_remarks(env, base)
    return base


def tell_remarks(env: Environment, base: RuleBase) -> None:
    """Say what a foreign file held that could not be taken over."""
    for remark in base.remarks:
        hint = f"; {told(remark.hint)}" if remark.hint else ""
        env.output.warn(f"{remark.file}:{remark.line}: {told(remark.message)}{hint}")


def end_incomplete(base: RuleBase) -> None:
    """End with the exit code 5 where parts of the base's file were left out; they were named before."""
    left = sum(remark.kind == "left out" for remark in base.remarks)
    if left:
        raise Reported(PartialFailure(left, left + len(base.rules)))


def complete_base(_ctx: click.Context, _param: click.Parameter, incomplete: str) -> list[Any]:
    """The bundled bases, and files."""
    from click.shell_completion import CompletionItem

    from lmcli.expert.files.bases import FOLDER

    names = sorted(path.stem for path in FOLDER.glob("*.yaml"))
    found = [CompletionItem(name) for name in names if name.startswith(incomplete)]
    return found or [CompletionItem(incomplete, type="file")]


base_argument = click.argument("base", metavar="BASE", shell_complete=complete_base)


def facts_argument(function: F) -> F:
    """FACT...: one set of facts as arguments, or one a line from stdin."""
    return inputs.argument("facts", metavar="FACT...", join=", ")(function)


def for_each_case(
    base: RuleBase, facts: Records, answer: Callable[[Evidence], Iterable[Any]]
) -> Iterator[Outcome]:
    """An outcome for each set of facts; its rows are computed when they are printed."""
    from lmcli.expert.terms import Vocabulary
    from lmcli.expert.view.rows import evidence_of

    vocabulary = Vocabulary(base)
    for record in facts:
        try:
            if record.error:
                raise record.error
            rows = answer(evidence_of(vocabulary, record.value))
        except LmcliError as error:
            yield Outcome(record, error=error)
        else:
            yield Outcome(record, rows)


@click.command(
    epilog="A fact is a name (has hair), a denial (not has hair), a value (temperature=39.2) or, where the "
    "base has certainties, a degree (cough@0.6).\n\n"
    "Fields: facts, conclusions (fact, certainty, rule, because), derived; with --trace: step, fact, "
    "certainty, rule, because, goal.\n\n"
    "Example:  lmcli expert infer animals-zh 有毛发 有蹄 黑条纹"
)
@base_argument
@facts_argument
@click.option("--trace", is_flag=True, help="Print each firing of a rule instead.")
@options.common()
@click.pass_obj
def infer(env: Environment, base: str, facts: Records, trace: bool) -> None:
    """Conclude what follows from facts.

    Facts from stdin come as sets, one a line, separated by commas; "" is the empty set. Exits 3 where no
    goal is concluded.
    """
    from lmcli.expert.view import render, rows

    opened = open_base(env, base)

    def answer(evidence: Evidence) -> Iterator[Any]:
        found = rows.inference(opened, evidence)
        if trace:
            yield from rows.steps(opened, evidence)
        elif found.conclusions or facts.several or env.output.format not in ("table", "plain"):
            yield found
        if not found.conclusions:
            derived = f"; derived: {', '.join(found.derived)}" if found.derived else ""
            raise NoAnswer(
                f"no goal of {opened.name} follows from {found.given or 'nothing'}{derived}",
                f"ask what is missing: lmcli expert why-not {base} GOAL FACT...",
            )

    drawing = render.steps if trace else render.inferences
    env.output.stream(for_each_case(opened, facts, answer), facts, render=drawing)
    end_incomplete(opened)


@click.command(
    epilog="Fields: depth, fact, certainty, rule (its name, or given, not concluded, shown above), explanation.\n\n"
    'Example:  lmcli expert how animals zebra "has hair" "has hooves" "black stripes"'
)
@base_argument
@click.argument("goal", metavar="GOAL")
@facts_argument
@options.common()
@click.pass_obj
def how(env: Environment, base: str, goal: str, facts: Records) -> None:
    """Prove a conclusion, rule by rule.

    The lines of the proof come from the top down; depth says whose condition a line is.
    """
    from lmcli.expert import proof
    from lmcli.expert.chaining import infer as conclude
    from lmcli.expert.terms import Vocabulary
    from lmcli.expert.view import render

    opened = open_base(env, base)
    fact = Vocabulary(opened).goal(goal)

    def answer(evidence: Evidence) -> list[proof.ProofLine]:
        return list(proof.lines(proof.prove(conclude(opened, evidence), fact)))

    def drawing(rows: list[Any]) -> Any:
        return render.proof(rows, opened.uncertain)

    env.output.stream(for_each_case(opened, facts, answer), facts, render=drawing)
    end_incomplete(opened)


@click.command(
    "why-not",
    epilog="Fields: goal, cost, add, remove, proven; with --rules: fact, rule, conditions (condition, "
    "state), depth.\n\n"
    'Example:  lmcli expert why-not animals tiger "has hair" "black stripes"',
)
@base_argument
@click.argument("goal", metavar="GOAL")
@facts_argument
@click.option("--rules", is_flag=True, help="List the rules for it instead, and what each lacks.")
@options.common(k=3)
@click.pass_obj
def why_not(env: Environment, base: str, goal: str, facts: Records, rules: bool, k: int) -> None:
    """Show what a conclusion lacks, cheapest first.

    A repair costs one for each fact or value that is added, changed or given up; each was tried. One that is
    not proven cheapest (in a large base the search may stop early) says so.
    """
    from lmcli.expert.analysis import repair
    from lmcli.expert.chaining import infer as conclude
    from lmcli.expert.terms import Vocabulary
    from lmcli.expert.view import render

    opened = open_base(env, base)
    fact = Vocabulary(opened).goal(goal)

    def answer(evidence: Evidence) -> list[Any]:
        found = repair.repairs(opened, evidence, fact, k)
        if rules:
            return list(repair.attempts(opened, conclude(opened, evidence), fact))
        if not found:
            raise NoAnswer(
                f"no way was found to {fact!r} through what can be observed",
                f"see its rules: lmcli expert show {base} --goal {fact!r}",
            )
        return list(found)

    drawing = render.attempts if rules else render.repairs
    env.output.stream(for_each_case(opened, facts, answer), facts, render=drawing)
    end_incomplete(opened)
