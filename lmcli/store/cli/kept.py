"""The commands about models that are here: list, info, path, verify, rm."""

from __future__ import annotations

from collections.abc import Iterator

import click

from lmcli.frame import options
from lmcli.frame.environment import Environment
from lmcli.frame.errors import ModelError, Reported
from lmcli.frame.locale import told


@click.command(
    "list",
    epilog="Fields: name, task, size, place, languages, summary.\n\nExample:  lmcli models list",
)
@click.option("--task", help="Only the models for one task, as word-vectors.")
@options.common()
@click.pass_obj
def list_(env: Environment, task: str | None) -> None:
    """List the models that can be found."""
    from lmcli.store.listing import listed

    env.output.rows(row for row in listed(env.models) if task in (None, row.task))


@click.command(
    epilog="Fields: name, task, summary, folder, present, size, licence, languages, origin, files, inputs, outputs, "
    "settings, metrics.\n\nExample:  lmcli models info glove-50d"
)
@click.argument("name", shell_complete=options.complete_models)
@options.common()
@click.pass_obj
def info(env: Environment, name: str) -> None:
    """Show what a model is, where it comes from and how it measures."""
    from lmcli.frame.printing.tables import vertical
    from lmcli.store.listing import described

    row = described(env.models.find(name))
    said = {**row, "summary": told(row["summary"])}
    env.output.rows([row], render=lambda _rows: vertical(said))


@click.command(epilog="Example:  lmcli models path glove-50d")
@click.argument("name", shell_complete=options.complete_models)
@options.common()
@click.pass_obj
def path(env: Environment, name: str) -> None:
    """Print a model's folder."""
    env.output.text(str(env.models.find(name).folder))


@click.command(
    epilog="Fields: model, file, fault, hint (nothing where all is well).\n\n"
    "Example:  lmcli models verify glove-50d"
)
@click.argument("name", required=False, shell_complete=options.complete_models)
@options.common()
@click.pass_obj
def verify(env: Environment, name: str | None) -> None:
    """Read models whole and compare them with their sha256.

    Exits 4 where something is missing or damaged, and says how to mend it.
    """
    from lmcli.frame.models import Fault, Model
    from lmcli.frame.models import verify as faults_of

    found = [env.models.find(name)] if name else list(env.models.everywhere())
    errors: list[ModelError] = []

    def report(error: ModelError) -> None:
        errors.append(error)
        env.output.error(error)

    def faults() -> Iterator[Fault]:
        for model in found:
            if isinstance(model, ModelError):
                report(model)
                continue
            for fault in faults_of(model):
                report(ModelError(f"{fault.file}: {fault.fault}", fault.hint))
                yield fault

    env.output.rows(faults())
    if errors:
        raise Reported(errors[0])
    whole = [model.name for model in found if isinstance(model, Model) and model.present]
    if name and not whole:
        raise ModelError(f"{name} is not here yet", f"lmcli models pull {name}")
    env.output.note(f"whole: {', '.join(whole)}")


@click.command(epilog="Example:  lmcli models rm my-model --missing-ok")
@click.argument("names", nargs=-1, required=True, shell_complete=options.complete_models)
@click.option("--missing-ok", is_flag=True, help="Be content where there is no such model.")
@options.common()
@click.pass_obj
def rm(env: Environment, names: tuple[str, ...], missing_ok: bool) -> None:
    """Remove models that were pulled, built or trained."""
    from lmcli.store.removal import remove

    for name in names:
        folder = remove(name, env.models, missing_ok=missing_ok)
        if folder is not None:
            env.output.note(f"removed {folder}")
