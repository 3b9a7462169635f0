"""The command `translate train`: a translator of one's own pairs."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from lmcli.frame import options
from lmcli.frame.environment import Environment
from lmcli.frame.errors import BadUsage, PartialFailure
from lmcli.training.cli.options import training
from lmcli.translate.cli import options as own

if TYPE_CHECKING:
    from lmcli.training.cli.running import Keeping
    from lmcli.training.task import Plan, Run, Task
    from lmcli.translate.train.learning import Learning
    from lmcli.translate.train.own import Corpus, Learnt

KEPT = (
    "model", "guided", "source", "target", "width", "layers", "dropout", "epochs", "batch", "lr", "seed",
)  # fmt: skip


@click.command(
    epilog="Fields: name, folder, pairs, held_out, bleu, chrf, exact, parameters, bytes, epochs, seconds, "
    "difference.\n\n"
    "Example:  lmcli translate train numbers.tsv --name numbers"
)
@own.pairs()
@click.option(
    "--model",
    type=click.Choice(("transformer", "rnn", "rnn-attention")),
    default="transformer",
    show_default=True,
    help="A transformer, or GRUs without and with attention.",
)
@click.option(
    "--guided",
    is_flag=True,
    help="Teach one head of attention which tokens belong together, as IBM's model 1 finds them.",
)
@own.network()
@training(epochs=20, batch=32, rate=2e-3)
@options.common("threads", "offline", "seed")
@click.pass_obj
def train(env: Environment, /, pairs: Path, **given: Any) -> None:
    """Train a translator on your own pairs of sentences.

    PAIRS is a .tsv, .csv or .jsonl with a sentence and its translation a line, of any two languages. Chinese is read by
    characters, all else in pieces of words. A tenth is held out: its BLEU is shown as it learns, with samples. Some
    thousand pairs are needed. Ctrl-C saves, and --resume goes on. Running the model needs no torch. Needs the extra
    train.
    """
    from lmcli.training.cli import running

    if given["guided"] and given["model"] == "rnn":
        raise BadUsage("--model rnn has no attention to guide", "--model rnn-attention has")
    target = given["out"] or env.models.place(given["name"] or pairs.name.split(".")[0])
    keeping = running.Keeping(
        target, running.again(), given["log"], given["curve"], given["resume"], given["force"]
    )
    running.check(keeping)
    corpus, partial = gather(env, pairs, given)
    row = _train(env, pairs, corpus, keeping, given)
    env.output.rows([replace(row, folder=str(target))], several=False)
    if partial:
        raise partial


def gather(
    env: Environment, path: Path | None, given: dict[str, Any]
) -> tuple[Corpus, PartialFailure | None]:
    """The pairs, a tenth held out, and what is to be raised in the end for lines that are none.

    path: None for lmcli's own. given: options of the command; its device becomes torch's, which is made ready.
    """
    from lmcli.training.machine import prepare
    from lmcli.translate.evaluation import sacrebleu
    from lmcli.translate.pairs import language, usable_pairs
    from lmcli.translate.train.comparing import lesson
    from lmcli.translate.train.own import divided

    sacrebleu()
    if given["width"] % 8:
        raise BadUsage(f"--width {given['width']}", "a multiple of 8: four heads share it")
    given["device"] = prepare(given["seed"], env.settings.threads, given["device"])
    if path is None:
        return divided(lesson(given["seed"]), "zh", "en", given["seed"]), None
    examples, failed = usable_pairs(path, given["source"], given["target"], env.output.error)
    pairs = [(one.text, one.labels[0]) for one in examples]
    languages = language([one for one, _ in pairs]), language([other for _, other in pairs])
    corpus = divided(pairs, *languages, given["seed"])
    return corpus, PartialFailure(failed, failed + len(pairs)) if failed else None


def say_left_out(env: Environment, task: Learning) -> None:
    """Warn of pairs that are too long to be learnt."""
    from lmcli.translate.train.learning import LENGTH

    if task.too_long:
        env.output.warn(f"{task.too_long} pairs of more than {LENGTH} tokens are left out")


def _train(
    env: Environment,
    path: Path,
    corpus: Corpus,
    keeping: Keeping,
    given: dict[str, Any],
) -> Learnt:
    """Learn, and install the model."""
    from lmcli.frame.disk.whole import install
    from lmcli.training.cli import running
    from lmcli.training.data import fingerprint
    from lmcli.training.history import History
    from lmcli.training.task import Plan
    from lmcli.translate.train.own import Settings, fit, task_of

    settings = Settings(
        given["width"], given["layers"], given["dropout"], batch=given["batch"],
        kind=given["model"], guided=given["guided"],
    )  # fmt: skip
    history = History()
    task = task_of(
        corpus, settings, given["device"], told=lambda text: setattr(history, "said", text)
    )
    say_left_out(env, task)
    plan = Plan(
        given["epochs"], given["lr"], warmup=0.1, seed=given["seed"], minutes=given["max_minutes"]
    )
    about = {"data": fingerprint(path), **{name: given[name] for name in KEPT}}
    told = {
        "name": keeping.target.name, "data": path.name, "command": keeping.again.removesuffix(" --resume"),
        "eight_bits": given["eight_bits"],
    }  # fmt: skip

    def loop(task: Task, plan: Plan) -> Run:
        return running.run(env, task, plan, keeping, about, history)[0]

    with install(keeping.target, force=keeping.force or keeping.resume) as folder:
        row = fit(corpus, settings, plan, task, loop, folder, told)
    running.forget(keeping)
    return row
