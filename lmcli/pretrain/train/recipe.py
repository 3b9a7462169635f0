"""A whole pre-training: text, tokenizer, network, training, folder."""

from __future__ import annotations

import shutil
import tempfile
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from lmcli.pretrain.chat import Chats
from lmcli.pretrain.corpus import Corpus
from lmcli.pretrain.ngrams import TRIGRAM
from lmcli.pretrain.objective import PAIRS, REPLACED
from lmcli.pretrain.train import making, running
from lmcli.pretrain.train.graph import write_graph
from lmcli.pretrain.train.making import Pretrained
from lmcli.pretrain.train.preparing import WRITTEN, Prepared, Recipe, one_line, prepare
from lmcli.pretrain.train.task import bits
from lmcli.pretrain.transformer import Shape, parameters
from lmcli.training.lora import merge

if TYPE_CHECKING:
    from lmcli.frame.environment import Environment
    from lmcli.training.cli.running import Keeping

MINUTES = 5.0
PATIENCE = 5  # epochs of conversations that make nothing better


def make(
    env: Environment, corpus: Corpus, name: str, recipe: Recipe, keeping: Keeping
) -> Pretrained:
    """Train, and write the model folder. Raises as the parts do."""
    from lmcli.frame.disk.whole import install
    from lmcli.training.checkpoint import Checkpoint
    from lmcli.training.cli.running import forget, kept_at, run
    from lmcli.training.history import History
    from lmcli.training.task import Plan

    history = History()
    with tempfile.TemporaryDirectory() as place:
        made = prepare(env, corpus, recipe, Path(place), history)
        task = made.task
        epochs, steps = recipe.epochs or 0, task.steps
        kept = Checkpoint(kept_at(keeping.target), {})
        if keeping.resume and kept.told("steps"):
            epochs, steps = kept.told("epochs"), kept.told("steps")
        elif not epochs:
            fast = env.settings.threads is not None
            seconds = running.seconds_a_step(task) if fast else running.best_threads(task)
            epochs, steps = running.fitted(task, recipe.max_minutes or MINUTES, seconds)
        task.steps = steps
        patience = PATIENCE if isinstance(corpus, Chats) else 0
        plan = Plan(epochs, recipe.lr, decay=0.1, warmup=0.03, seed=recipe.seed, patience=patience,
                    minutes=recipe.max_minutes or (None if recipe.epochs else MINUTES))  # fmt: skip
        about = {
            "data": corpus.fingerprint, "objective": recipe.objective, "epochs": epochs, "steps": steps,
            "batch": recipe.batch, "lr": recipe.lr, "seed": recipe.seed, "shape": str(made.shape),
            "from": recipe.start or recipe.teacher or "", "lora": recipe.lora or 0,
        }  # fmt: skip
        done, _ = run(env, task, plan, keeping, about, history)
        speed = done.step * task.tokens / max(done.seconds, 1e-9)
        with install(keeping.target, force=keeping.force or keeping.resume) as folder:
            for file in ("tokenizer.json", "tokenizer_config.json"):
                shutil.copy(Path(place) / file, folder / file)
            ran = (done.step, done.seconds, speed)
            command = keeping.again.removesuffix(" --resume")
            row = _write(folder, corpus, name, recipe, made, ran, command)
        forget(keeping)
    return replace(row, folder=str(keeping.target))


def _write(
    folder: Path,
    corpus: Corpus,
    name: str,
    recipe: Recipe,
    made: Prepared,
    ran: tuple[int, float, float],
    command: str,
) -> Pretrained:
    """Fill the folder, and tell what is in it."""
    from lmcli.training.export import GRAPH, eight_bits

    network = made.network.to("cpu")
    merge(network)
    scores = made.task.on("cpu").judge()
    difference = write_graph(network, made.shape, folder)
    if recipe.eight_bits:
        eight_bits(folder / GRAPH)
    making.save_weights(network, folder)
    making.write_config(folder, made.shape, made.tokens)
    causal = made.shape.causal
    text = ""
    if causal:
        text = making.sample_of(network, made.tokenizer, made.prompt, WRITTEN, made.shape.context)
    trigram = None
    if TRIGRAM in made.known:
        trigram = bits(made.known[TRIGRAM], made.characters, made.unknown)
    general = made.general.on("cpu").judge()["perplexity"] if made.general else None
    row = Pretrained(
        name, "", recipe.objective, made.tokens, made.shape.vocabulary, parameters(network),
        ran[0], ran[1], ran[2], scores["loss"], scores["perplexity"], scores.get("bits"),
        trigram, made.before, scores.get("accuracy"), made.task.chance, general,
        made.general_before, made.trained, difference, text.strip(),
    )  # fmt: skip
    _tell(folder, corpus, recipe, made, row, command)
    return row


def _badly(shape: Shape, row: Pretrained) -> list[str]:
    """What such a model does badly."""
    found = [f"It sees {shape.context} tokens at once, and forgets what stands before."]
    if shape.causal:
        found.append(
            "It knows the words of one text, and nothing of the world: what it writes is not true."
        )
    if shape.objective == PAIRS:
        found.append(f"Of held-out pairs it judges {row.accuracy:.3f} rightly; always the same answer "
                     f"has {row.chance:.3f}.")  # fmt: skip
    if shape.objective == REPLACED:
        found.append(f"A replaced token is suspected more than one of the text in {row.accuracy:.3f} of the cases; "
                     "by chance it would be .5.")  # fmt: skip
        found.append("Masks are filled by its generator, half as deep as the network that judges.")
    if row.sample:
        found.append(f"What it writes: {one_line(row.sample, 300)}")
    return found


def _tell(
    folder: Path, corpus: Corpus, recipe: Recipe, made: Prepared, row: Pretrained, command: str
) -> None:
    """Write card and model.toml."""
    from lmcli.training.card import write_card

    facts = {
        "learnt from": f"{corpus.name}, {made.learned:,} tokens",
        "tokens": f"{made.tokens}, {row.vocabulary}",
        "layers, width, heads": f"{made.shape.layers}, {made.shape.width}, {made.shape.heads}",
        "tokens read together": made.shape.context,
        "parameters": f"{row.parameters:,}, of which {row.trained:,} were learnt",
        "steps": f"{row.steps} of {recipe.batch} sequences",
        "minutes": round(row.seconds / 60, 1),
        "gone on from": recipe.start or "nothing",
        "teacher": recipe.teacher or "none",
        "largest difference of the graph from torch": f"{row.difference:.2g}",
    }
    scores: list[dict[str, Any]] = [
        {"held out": "this model", "nats a token": row.loss, "bits a character": row.bits or ""}
    ]
    for name, value in made.known.items():
        in_bits = bits(value, made.characters, made.unknown)
        scores.append({"held out": name, "nats a token": value,
                       "bits a character": in_bits if row.bits else ""})  # fmt: skip
    if row.general is not None:
        facts["perplexity on another text, before"] = f"{row.general:.2f}, {row.general_before:.2f}"
    how = f"gone on with from {recipe.start}" if recipe.start else "trained from nothing"
    summary = f"A small transformer, {how} with lmcli."
    write_card(folder, row.name, summary, facts, scores, _badly(made.shape, row), command)
    about = {
        "name": row.name,
        "parameters": row.parameters,
        "text": corpus.name,
        "command": command,
    }
    metrics = [
        {"name": "held-out perplexity", "value": round(row.perplexity, 3), "command": command}
    ]
    making.write_spec_of(folder, {**about, "metrics": metrics}, made.shape, corpus.learned[0])
