"""A whole pre-training: text, tokenizer, network, training, folder."""

from __future__ import annotations

import shutil
import tempfile
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from lmcli.pretrain.chat import Chats
from lmcli.pretrain.corpus import Corpus
from lmcli.pretrain.ngrams import TRIGRAM
from lmcli.pretrain.objective import PAIRS, REPLACED
from lmcli.pretrain.train import decoder, making, running
from lmcli.pretrain.train.graph import write_graph
from lmcli.pretrain.train.making import Pretrained
from lmcli.pretrain.train.preparing import WRITTEN, Base, Prepared, Recipe, one_line, prepare
from lmcli.pretrain.train.task import bits
from lmcli.pretrain.transformer import parameters
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
            fast = env.settings.threads is not None or made.base.source is not None
            seconds = running.seconds_a_step(task) if fast else running.best_threads(task)
            epochs, steps = running.fitted(task, recipe.max_minutes or MINUTES, seconds)
        task.steps = steps
        patience = PATIENCE if isinstance(corpus, Chats) else 0
        plan = Plan(epochs, recipe.lr, decay=0.1, warmup=0.03, seed=recipe.seed, patience=patience,
                    minutes=recipe.max_minutes or (None if recipe.epochs else MINUTES))  # fmt: skip
        about = {
            "data": corpus.fingerprint, "objective": recipe.objective, "epochs": epochs, "steps": steps,
            "batch": recipe.batch, "lr": recipe.lr, "seed": recipe.seed, "shape": str(made.base.shape),
            "from": recipe.start or recipe.teacher or "", "lora": recipe.lora or 0,
        }  # fmt: skip
        done, _ = run(env, task, plan, keeping, about, history)
        speed = done.step * task.tokens / max(done.seconds, 1e-9)
        with install(keeping.target, force=keeping.force or keeping.resume) as folder:
            for file in ("tokenizer.json", "tokenizer_config.json"):
                shutil.copy(Path(place) / file, folder / file)
            told = Told(corpus.name, name, recipe, keeping.again.removesuffix(" --resume"))
            row = _write(folder, told, made, (done.step, done.seconds, speed))
            _tell(folder, corpus, told, made, row)
        forget(keeping)
    return replace(row, folder=str(keeping.target))


@dataclass(frozen=True, slots=True)
class Told:
    """What a card says of where a model comes from."""

    text: str
    name: str
    recipe: Recipe
    command: str


def _write(folder: Path, told: Told, made: Prepared, ran: tuple[int, float, float]) -> Pretrained:
    """Write the network into the folder, and measure what was written."""
    base, recipe = made.base, told.recipe
    network = base.network.to("cpu")
    merge(network)
    if base.source:
        difference = decoder.save(network, base.source, folder)
    else:
        difference = _write_own(network, base, recipe, folder)
    scores = made.task.on("cpu").judge()
    trigram = None
    if TRIGRAM in made.known:
        trigram = bits(made.known[TRIGRAM], made.characters, made.unknown)
    return Pretrained(
        told.name, "", recipe.objective, base.tokens, base.shape.vocabulary, parameters(network),
        *ran, scores["loss"], scores["perplexity"], scores.get("bits"),
        trigram, made.before, scores.get("accuracy"), made.task.chance,
        made.general.on("cpu").judge()["perplexity"] if made.general else None,
        made.general_before, made.trained, difference,
        made.sample(WRITTEN).strip() if base.shape.causal else "",
    )  # fmt: skip


def _write_own(network: Any, base: Base, recipe: Recipe, folder: Path) -> float:
    """The graph of a network of this slice, its weights, its configuration; see `write_graph`."""
    from lmcli.training.export import GRAPH, eight_bits

    difference = write_graph(network, base.shape, folder)
    if recipe.eight_bits:
        eight_bits(folder / GRAPH)
    making.save_weights(network, folder)
    making.write_config(folder, base.shape, base.tokens)
    return difference


def _badly(base: Base, row: Pretrained) -> list[str]:
    """What such a model does badly."""
    found = (
        []
        if base.source
        else [f"It sees {base.shape.context} tokens at once, and forgets what stands before."]
    )
    if base.source:
        found.append(
            "What it was trained for before it may do worse now: the perplexity on another text tells."
        )
    elif base.shape.causal:
        found.append(
            "It knows the words of one text, and nothing of the world: what it writes is not true."
        )
    if base.shape.objective == PAIRS:
        found.append(f"Of held-out pairs it judges {row.accuracy:.3f} rightly; always the same answer "
                     f"has {row.chance:.3f}.")  # fmt: skip
    if base.shape.objective == REPLACED:
        found.append(f"A replaced token is suspected more than one of the text in {row.accuracy:.3f} of the cases; "
                     "by chance it would be .5.")  # fmt: skip
        found.append("Masks are filled by its generator, half as deep as the network that judges.")
    if row.sample:
        found.append(f"What it writes: {one_line(row.sample, 300)}")
    return found


def _tell(folder: Path, corpus: Corpus, told: Told, made: Prepared, row: Pretrained) -> None:
    """Write card and model.toml."""
    from lmcli.training.card import write_card

    base, recipe, shape = made.base, told.recipe, made.base.shape
    facts = {
        "learnt from": f"{told.text}, {made.learned:,} tokens",
        "tokens": f"{base.tokens}, {row.vocabulary}",
        "layers, width, heads": f"{shape.layers}, {shape.width}, {shape.heads}",
        "tokens read together": shape.context,
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
    if row.before is not None:
        facts["perplexity, before"] = f"{row.perplexity:.2f}, {row.before:.2f}"
    if row.general is not None:
        facts["perplexity on another text, before"] = f"{row.general:.2f}, {row.general_before:.2f}"
    how = f"gone on with from {recipe.start}" if recipe.start else "trained from nothing"
    kind = f"{base.source.name} with adapters merged" if base.source else "A small transformer"
    write_card(
        folder,
        row.name,
        f"{kind}, {how} with lmcli.",
        facts,
        scores,
        _badly(base, row),
        told.command,
    )
    metrics = [
        {"name": "held-out perplexity", "value": round(row.perplexity, 3), "command": told.command}
    ]
    origin = {"trained_on": told.text, "trained_with": told.command}
    if base.source:
        summary = f"{base.source.name}, further learnt on {told.text}: {row.trained:,} parameters of adapters, merged"
        licence = f"{base.source.licence}; and as the text that it was trained on"
        decoder.write_model(base.source, folder, {
            "name": row.name, "summary": summary, "licence": licence, "metrics": metrics,
            "origin": {"from": base.source.name, **origin},
        })  # fmt: skip
    else:
        about = {
            "name": row.name,
            "parameters": row.parameters,
            "origin": origin,
            "metrics": metrics,
        }
        making.write_spec_of(folder, about, shape, corpus.learned[0])
