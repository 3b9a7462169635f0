"""The commands about rule bases themselves: list, show, check, new, import."""

from __future__ import annotations

from pathlib import Path

import click

from lmcli.expert.cli.reason import base_argument, end_incomplete, open_base, tell_remarks
from lmcli.frame import options
from lmcli.frame.environment import Environment
from lmcli.frame.errors import BadInput, BadUsage, Reported

target = click.Path(path_type=Path, dir_okay=False)
force_option = click.option("--force", is_flag=True, help="Overwrite a file that is there.")


@click.command(
    "list",
    epilog="Fields: name, title, language, rules, goals, certainty, path.\n\nExample:  lmcli expert list",
)
@options.common()
@click.pass_obj
def list_(env: Environment) -> None:
    """List the bundled rule bases."""
    from lmcli.expert.files import bases
    from lmcli.expert.view import render, rows

    shown = (rows.shown_base(open_base(env, name)) for name in bases.bundled())
    env.output.rows(shown, render=render.bases)


@click.command(
    epilog="Fields: rule, text, certainty, explanation, line.\n\n"
    "Example:  lmcli expert show animals --goal zebra"
)
@base_argument
@click.option("--goal", metavar="FACT", help="Only the rules that can lead to this.")
@click.option(
    "--save",
    type=target,
    metavar="FILE",
    help="Save the rules as a graph instead: .svg, .png, .html or .dot.",
)
@options.common()
@click.pass_obj
def show(env: Environment, base: str, goal: str | None, save: Path | None) -> None:
    """Show a base's rules, as text or as a graph."""
    from lmcli.expert.terms import Vocabulary
    from lmcli.expert.view import render, rows

    opened = open_base(env, base)
    fact = Vocabulary(opened).goal(goal) if goal else None
    if save is None:
        env.output.rows(rows.shown_rules(opened, fact), render=render.rules)
        end_incomplete(opened)
        return
    from lmcli.expert.analysis.graph import dot, graph_of
    from lmcli.frame.disk.whole import write_text

    if save.suffix == ".dot":
        write_text(save, dot(graph_of(opened, fact)))
    else:
        from lmcli.draw.figure import checked_suffix
        from lmcli.expert.view import picture

        checked_suffix(save)
        picture.save(graph_of(opened, fact), save, opened.title or opened.name, env.output.warn)
    env.output.note(f"saved {save}")
    end_incomplete(opened)


@click.command(
    epilog="Fields: file, line, severity, kind, message, hint (nothing where all is well).\n\n"
    "Example:  lmcli expert check plants.yaml"
)
@base_argument
@click.option("--strict", is_flag=True, help="Exit 1 for warnings too.")
@options.common()
@click.pass_obj
def check(env: Environment, base: str, strict: bool) -> None:
    """Find the faults of a rule base.

    Errors make the base unusable: exit code 1. Warnings are rules that never fire, duplicates, contradictions,
    cycles, facts that look misspelt or are never asked. Notes say which names were read in another spelling
    (full-width signs, decomposed letters).
    """
    from lmcli.expert.analysis.check import check_clips, check_file
    from lmcli.expert.files import bases
    from lmcli.expert.view import render

    path = bases.place(base)
    problems = check_clips(bases.open_base(base)) if path.suffix == ".clp" else check_file(path)
    env.output.rows(problems, render=render.problems)
    errors = sum(problem.severity == "error" for problem in problems)
    if not problems:
        env.output.note(f"{path}: nothing to mend")
    warnings = sum(problem.severity == "warning" for problem in problems)
    if errors or (strict and warnings):
        raise Reported(BadInput(f"{path}: {errors} errors, {warnings} warnings"))


@click.command(epilog="Example:  lmcli expert new garden.yaml")
@click.argument("file", type=target)
@force_option
@options.common()
@click.pass_obj
def new(env: Environment, file: Path, force: bool) -> None:
    """Write a small rule base to start from."""
    from lmcli.expert.files.writing import TEMPLATE, scalar
    from lmcli.frame.disk.whole import write_text

    _refuse_to_overwrite(file, force)
    write_text(file, TEMPLATE.format(file=file, name=scalar(file.stem)))
    env.output.note(f"wrote {file}; try: lmcli expert chat {file}")


@click.command("import", epilog="Example:  lmcli expert import zoo.clp")
@click.argument("file", type=click.Path(path_type=Path, exists=True, dir_okay=False))
@click.option(
    "--save", type=target, metavar="FILE", help="Write the base to a file, not to stdout."
)
@force_option
@options.common()
@click.pass_obj
def import_(env: Environment, file: Path, save: Path | None, force: bool) -> None:
    """Make a rule base of CLIPS rules.

    Reads deffacts and defrule with facts, and, or, not, exists, forall, logical and assert; what has no
    counterpart among propositions (variables, templates, tests, retract) is named with its line and left
    out, with every rule that would mean something else without it: exit code 5.
    """
    from lmcli.expert.clips.clips import load_clips
    from lmcli.expert.files.writing import dump
    from lmcli.frame.disk.whole import write_text

    if save is not None:
        _refuse_to_overwrite(save, force)
    base = load_clips(file)
    tell_remarks(env, base)
    if save is None:
        env.output.text(dump(base), end="")
    else:
        write_text(save, dump(base))
        env.output.note(f"wrote {save}")
    end_incomplete(base)


def _refuse_to_overwrite(path: Path, force: bool) -> None:
    if path.exists() and not force:
        raise BadUsage(f"{path} is there already", "choose another name, or add --force")
