"""The command `classify train`: a classifier of one's own texts."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from lmcli.frame import options
from lmcli.frame.environment import Environment
from lmcli.frame.errors import BadUsage, LmcliError, PartialFailure
from lmcli.training.cli.options import training

if TYPE_CHECKING:
    from lmcli.classify.train.corpus import Corpus, Parts
    from lmcli.classify.train.training import Learned, Settings
    from lmcli.nn.tokenize import Tokenizer
    from lmcli.training.cli.running import Keeping
    from lmcli.training.task import Plan

KINDS = ("linear", "mlp", "rnn", "lstm", "gru", "cnn", "bert")
FINE_TUNING = {"freeze": "none", "lora": None, "layer_decay": 1.0}  # options of bert alone
_DATA = click.Path(exists=True, path_type=Path)


@click.command(
    epilog="Fields: name, folder, model, labels, examples, tested, accuracy, low, high, macro_f1, parameters, trained, "
    "bytes, epochs, seconds, difference, lost.\n\n"
    "Example:  lmcli classify train comments.csv --model mlp --name comments"
)
@click.argument("data", type=_DATA, metavar="DATA")
@click.option(
    "--model",
    "kind",
    type=click.Choice(KINDS),
    default="cnn",
    show_default=True,
    help="What learns.",
)
@click.option("--text", metavar="COLUMN", help="The column, or field, of the texts.")
@click.option("--label", metavar="COLUMN", help="The column, or field, of the labels.")
@click.option(
    "--multi", is_flag=True, help="A text may have several labels, with , ; or | between."
)
@click.option("--test", type=_DATA, metavar="DATA", help="Texts to test on, of their own.")
@click.option(
    "--held-out",
    type=options.Finite(min=0.01, max=0.9),
    default=0.2,
    show_default=True,
    help="The share of the texts to test on, without --test.",
)
@click.option(
    "--tokens",
    "cut",
    type=click.Choice(("words", "characters", "jieba")),
    show_default="words; jieba for Chinese",
    help="What a text is cut into.",
)
@click.option(
    "--embeddings", metavar="NAME", help="Word vectors to start with: glove-50d, words-zh."
)
@click.option("--balanced", is_flag=True, help="Let rare labels weigh as much as frequent ones.")
@click.option(
    "--freeze",
    metavar="all|N|none",
    default="none",
    show_default=True,
    help="Layers of bert that stay.",
)
@click.option(
    "--lora",
    type=click.IntRange(min=1),
    metavar="R",
    help="All layers of bert stay; adapters of rank R learn.",
)
@click.option(
    "--layer-decay",
    type=options.Finite(min=0, max=1, min_open=True),
    default=1.0,
    show_default="1: all the same",
    help="Each layer of bert learns at this share of the rate above it.",
)
@training(
    epochs="10; 3 for bert", batch=32, rate="0.002; of bert 2e-5, LoRA 1e-3, a head alone 0.01"
)
@options.common("threads", "offline", "seed")
@click.pass_obj
def train(env: Environment, /, data: Path, **given: Any) -> None:
    """Teach a classifier the labels of your own texts.

    DATA is a .csv or .tsv with the columns text and label, a .jsonl with such fields, or a folder with a subfolder a
    label. Texts that are the same stay together when a part is held out. The result is a model folder for every
    classify command; running it needs no torch. Ctrl-C saves, and --resume goes on to the same bits. Needs the extra
    train.
    """
    from lmcli.training.cli import running
    from lmcli.training.data import fingerprint

    job = _Job(env, data, given)
    running.check(job.keeping)
    before = fingerprint(data)  # first of all: what changes from here on is told
    job.read()
    row = job.make(before)
    if not data.exists() or fingerprint(data) != before:
        env.output.warn(
            f"{data} has changed meanwhile; the model learnt from what it held at the start"
        )
    env.output.rows([row], several=False)
    if job.failed:
        raise PartialFailure(job.failed, job.failed + job.read_lines)


class _Job:
    """One training, from the words of the command line to the row."""

    def __init__(self, env: Environment, data: Path, given: dict[str, Any]) -> None:
        from lmcli.nn.onnxfile.torch_export import torch
        from lmcli.training.cli import running

        torch()
        self.env, self.data, self.given = env, data, given
        self.name = given["name"] or data.name.split(".")[0]
        target = given["out"] or env.models.place(self.name)
        self.keeping: Keeping = running.Keeping(
            target, running.again(), given["log"], given["curve"], given["resume"], given["force"]
        )
        self.failed = self.read_lines = 0
        self.seed: int = given["seed"]

    def read(self) -> None:
        """Read the data. Raises BadInput where nothing can be learnt from it."""
        from lmcli.classify.train.corpus import divided, matched, warnings_of

        corpus = self._corpus(self.data)
        tested = None
        if self.given["test"]:
            tested = matched(self._corpus(self.given["test"]), corpus.labels)
        for said in warnings_of(corpus):
            self.env.output.warn(said)
        self.corpus: Corpus = corpus
        self.parts: Parts = divided(corpus, tested, self.given["held_out"], self.seed)

    def _corpus(self, path: Path) -> Corpus:
        from lmcli.classify.train.corpus import gather
        from lmcli.training.data import Columns, read_examples

        def tell(error: LmcliError, line: int) -> None:
            self.failed += 1
            self.env.output.error(error, line or None)

        several = self.given["multi"]
        columns = Columns(self.given["text"], self.given["label"], several)
        corpus = gather(read_examples(path, columns), several, tell)
        self.read_lines += len(corpus)
        return corpus

    def settings(self) -> Settings:
        """What the options say of the model."""
        from lmcli.classify.train.training import BERT, Settings, fitting_cut
        from lmcli.frame.disk.folders import cache_folder

        given = self.given
        kind, freeze = given["kind"], given["freeze"]
        for name, usual in FINE_TUNING.items():
            if kind != BERT and given[name] != usual:
                raise BadUsage(f"--{name.replace('_', '-')} is for --model bert")
        if not (freeze in ("all", "none") or freeze.isdecimal()):
            raise BadUsage(f"--freeze {freeze}", "all, none, or how many layers")
        if given["lora"] and freeze != "none":
            raise BadUsage("--lora leaves all layers as they are", "leave --freeze out")
        vectors = None
        if given["embeddings"]:
            from lmcli.classify.train.vectors import vectors_of

            if kind in ("linear", BERT):
                raise BadUsage(f"--embeddings is not for --model {kind}")
            vectors = vectors_of(self.env, given["embeddings"])
        return Settings(
            kind=kind,
            cut=given["cut"] or fitting_cut(self.corpus.texts),
            balanced=given["balanced"],
            vectors=vectors,
            freeze=int({"all": "-1", "none": "0"}.get(freeze, freeze)),
            lora=given["lora"] or 0,
            layer_decay=given["layer_decay"],
            batch=given["batch"],
            cache=cache_folder(self.env.variables) / "jieba",
        )

    def make(self, data: str) -> Any:
        """Learn, and install the model; the row that tells of it."""
        from dataclasses import replace
        from time import monotonic

        from lmcli.classify.train.corpus import is_small
        from lmcli.classify.train.making import Story, finish
        from lmcli.classify.train.training import plan_for, write_vocabulary
        from lmcli.frame.disk.whole import install
        from lmcli.training.cli import running

        given = self.given
        settings, start = self.settings(), monotonic()
        plan = plan_for(
            settings,
            epochs=given["epochs"],
            rate=given["lr"],
            seed=self.seed,
            minutes=given["max_minutes"],
        )
        with install(self.keeping.target, force=given["force"]) as folder:
            tokenizer = write_vocabulary(folder, self.parts.learned.texts, settings)
            learned = self._learn(tokenizer, settings, plan, data)
            seconds = monotonic() - start
            story = Story(
                self.name,
                self.data.name,
                self.keeping.again.removesuffix(" --resume"),
                len(self.parts.learned),
                self.seed,
                seconds,
                settings.longest,
                given["eight_bits"],
            )
            row = finish(learned, self.parts.tested, folder, story)
        running.forget(self.keeping)
        if is_small(self.corpus) and not given["test"]:
            row = replace(row, **self._left_out(tokenizer, settings, plan))
        return replace(row, folder=str(self.keeping.target))

    def _learn(self, tokenizer: Tokenizer, settings: Settings, plan: Plan, data: str) -> Learned:
        from lmcli.classify.train.training import fit
        from lmcli.training.cli import running
        from lmcli.training.machine import prepare
        from lmcli.training.task import Run, Task

        device = prepare(self.seed, self.env.settings.threads, self.given["device"])
        kept = (
            "kind",
            "text",
            "label",
            "multi",
            "held_out",
            "cut",
            "embeddings",
            "balanced",
            "freeze",
            "lora",
            "layer_decay",
            "epochs",
        )
        about = {name: self.given[name] for name in (*kept, "batch", "lr", "seed")}

        def loop(task: Task, plan: Plan) -> Run:
            return running.run(self.env, task, plan, self.keeping, {**about, "data": data})[0]

        return fit(tokenizer, self.parts, settings, plan, loop, device)

    def _left_out(self, tokenizer: Tokenizer, settings: Settings, plan: Plan) -> dict[str, Any]:
        """The accuracy where there are too few texts to hold a part out: each is left out in turn."""
        from lmcli.classify.train.training import leave_one_out
        from lmcli.training.loop import learn

        right = leave_one_out(tokenizer, self.corpus, settings, plan, learn)
        self.env.output.warn(
            f"{len(right)} examples teach nothing that holds elsewhere: with each left out in turn,"
            f" {int(right.sum())} of {len(right)} were answered right"
        )
        return {"tested": len(right), "accuracy": float(right.mean())}
