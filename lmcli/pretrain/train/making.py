"""From a text to a model folder: tokens, network, graph, card."""

from __future__ import annotations

import json
from collections.abc import Collection, Mapping
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any, ClassVar

import numpy as np

from lmcli.frame.errors import BadInput, BadUsage, ModelError
from lmcli.frame.models import Model, write_spec
from lmcli.frame.text.languages import CHINESE, language_of_text
from lmcli.nn.onnxfile.torch_export import torch
from lmcli.nn.tokenize import Tokenizer
from lmcli.nn.tokens.learning import (
    AROUND,
    BETWEEN,
    BPE,
    CHARACTERS,
    END,
    KINDS,
    SPECIAL,
    learn_tokenizer,
)
from lmcli.pretrain.corpus import Corpus
from lmcli.pretrain.objective import CLM, MLM, PAIRS, REPLACED
from lmcli.pretrain.train.graph import HEADS
from lmcli.pretrain.train.task import Material
from lmcli.pretrain.transformer import Shape, build

CONTEXT = 128
WEIGHTS, CONFIG = "weights.pt", "config.json"
TYPE = "lmcli-pretrained"


@dataclass(frozen=True, slots=True)
class Pretrained:
    """A model that was made. loss: nats a token on what was held out, of the graph's weights; bits: a character.

    trigram: bits a character of a trigram of the same tokens, on the same text (with masks: neither). accuracy: the
    share of pairs of which it is said rightly whether B is the next sentence; of ELECTRA how often a replaced token is
    suspected more than one of the text; chance: that of who always says the same.
    difference: of the graph from torch, at most. before: the perplexity of the model that was gone on with; general:
    of what was made, on another text, general_before: of the other one. trained: parameters that were learnt.
    """

    name: str
    folder: str
    objective: str
    tokens: str
    vocabulary: int
    parameters: int
    steps: int
    seconds: float
    tokens_per_second: float
    loss: float
    perplexity: float
    bits: float | None
    trigram: float | None
    before: float | None
    accuracy: float | None
    chance: float | None
    general: float | None
    general_before: float | None
    trained: int
    difference: float
    sample: str

    PLAIN: ClassVar[tuple[str, ...]] = ("folder", "parameters", "perplexity", "bits", "trigram")


def fitting(corpus: Corpus, kind: str | None) -> str:
    """How the text is cut: Chinese into characters, else by BPE, where it is not said."""
    sample = "".join(corpus.learned[:5])[:20_000]
    return kind or (CHARACTERS if language_of_text(sample) == CHINESE else BPE)


def make_tokenizer(
    corpus: Corpus, kind: str, size: int | None, folder: Path, context: int, pairs: bool = False
) -> Tokenizer:
    """Learn the tokenizer and write it into the folder; see `learn_tokenizer`."""
    assert kind in KINDS
    size = size or (6000 if kind == CHARACTERS else 1500)
    learn_tokenizer(corpus.learned, kind, size, folder, longest=context, pairs=pairs)
    return Tokenizer(folder)


def material(corpus: Corpus, tokenizer: Tokenizer, context: int) -> Material:
    """The text as tokens, a sign between blocks. Raises BadInput where it is shorter than a sequence."""
    end = tokenizer.id(END)

    def ids(blocks: list[str]) -> np.ndarray:
        found: list[int] = []
        for one in tokenizer.encode_batch(blocks, special=False):
            found += [*one.ids, *([] if end is None else [end])]
        return np.array(found, np.int64)

    learned, held = ids(corpus.learned), ids(corpus.held)
    if len(learned) <= context + 1 or len(held) < 16:
        raise BadInput(
            f"{corpus.name}: {len(learned)} tokens to learn from, {len(held)} to measure with",
            f"a sequence has {context}: give a longer text, or a smaller --context",
        )
    lacking = held == tokenizer.unknown_id if tokenizer.unknown_id is not None else held < 0
    first = len(SPECIAL) + (len(AROUND) if tokenizer.id(BETWEEN) is not None else 0)
    characters = sum(map(len, corpus.held)) / len(held)
    return Material(learned, held, characters, float(lacking.mean()), first)


def sample_of(
    network: Any, tokenizer: Tokenizer, prompt: str, length: int, context: int,
    ends: Collection[int] = (),
) -> str:  # fmt: skip
    """A prompt and what a causal network writes after it, drawn by a fixed seed at a temperature of .8.

    Where there are `ends`, what it writes up to one of them, alone.
    """
    package = torch()
    generator = package.Generator().manual_seed(0)
    device = network.embedding.weight.device
    network.eval()
    ids = package.tensor([tokenizer.ids(prompt, special=False)], device=device)
    shown = ids.shape[1] if ends else 0
    with package.no_grad():
        for _ in range(length):
            logits = network(ids[:, -context:])[0, -1].cpu() / 0.8
            drawn = package.multinomial(logits.softmax(-1), 1, generator=generator)
            if int(drawn) in ends:
                break
            ids = package.cat([ids, drawn[None].to(device)], 1)
    return tokenizer.decode(ids[0, shown:].tolist())


def write_config(folder: Path, shape: Shape, tokens: str) -> None:
    """Write config.json with the hub's names for the sizes, and `lmcli` with those of Shape."""
    values = {
        "model_type": TYPE,
        "vocab_size": shape.vocabulary,
        "type_vocab_size": 1 + (shape.objective == PAIRS),
        "max_position_embeddings": shape.context,
        "num_hidden_layers": shape.layers,
        "num_attention_heads": shape.heads,
        "hidden_size": shape.width,
        "eos_token_id": 3,
        "lmcli": {**asdict(shape), "tokens": tokens},
    }
    (folder / CONFIG).write_text(json.dumps(values, indent=1) + "\n", encoding="utf-8")


def write_spec_of(folder: Path, about: Mapping[str, Any], shape: Shape, sample: str) -> Model:
    """Write model.toml."""
    objective, text = shape.objective, about["origin"]["trained_on"]
    language = language_of_text(sample)
    files: tuple[str, ...] = (
        "model.onnx",
        WEIGHTS,
        CONFIG,
        "tokenizer.json",
        "tokenizer_config.json",
    )
    files += ("CARD.md",) if (folder / "CARD.md").exists() else ()
    of_a_head = {PAIRS: "float32 (batch, 2)", REPLACED: "float32 (batch, sequence)"}
    second = {HEADS[objective]: of_a_head[objective]} if objective in HEADS else {}
    values = {
        "name": about["name"],
        "task": "text-generation" if objective == CLM else "fill-mask",
        "summary": f"{objective} transformer, {about['parameters']:,} parameters, trained on {text}",
        "licence": "as the text that it was trained on",
        **({"languages": [language]} if language else {}),
        "origin": about["origin"],
        "inputs": {"input_ids": "int64 (batch, sequence)"},
        "outputs": {"logits": f"float32 (batch, sequence, {shape.vocabulary})", **second},
        "settings": {"graphs": {"model": "model.onnx"}},
        "metrics": about["metrics"],
    }
    return write_spec(folder, values, files)


def load(model: Model) -> tuple[Any, Shape, str]:
    """The network of a folder that was made here, its shape, its kind of tokens. Raises BadUsage for another."""
    try:
        own = json.loads((model.folder / CONFIG).read_text(encoding="utf-8"))["lmcli"]
        tokens = own.pop("tokens")
        if "causal" in own:  # of models that were made before there were further objectives
            own["objective"] = CLM if own.pop("causal") else MLM
        shape = Shape(**own)
        network = build(shape)
        state = torch().load(model.folder / WEIGHTS, weights_only=True, map_location="cpu")
        network.load_state_dict(state)
    except (OSError, ValueError, KeyError, TypeError):
        raise BadUsage(
            f"{model.name} was not made by lmcli pretrain, nor is it a decoder that learns further",
            "lmcli pretrain kjv makes one; or --from smollm2-135m-instruct --lora 8",
        ) from None
    except RuntimeError as error:
        raise ModelError(f"{model.folder / WEIGHTS} is damaged: {str(error)[:80]}") from None
    return network, shape, tokens


def grown(network: Any, shape: Shape, vocabulary: int) -> tuple[Any, Shape]:
    """The network with room for further tokens, whose vectors are drawn as the others are spread; and its shape."""
    if vocabulary == shape.vocabulary:
        return network, shape
    package = torch()
    shape = replace(shape, vocabulary=vocabulary)
    state, larger = network.state_dict(), build(shape)
    known = state["embedding.weight"]
    new = package.randn(vocabulary - len(known), known.shape[1]) * known.std(0) + known.mean(0)
    larger.load_state_dict({**state, "embedding.weight": package.cat([known, new])})
    return larger, shape


def save_weights(network: Any, folder: Path) -> None:
    """Write the weights as torch keeps them, to go on from."""
    torch().save(network.state_dict(), folder / WEIGHTS)
