"""A language model on disk: its graph, its tokenizer, and what its configuration says."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

from lmcli.frame.errors import BadInput, ModelError
from lmcli.frame.models import Model
from lmcli.frame.text.understanding import SAID, partly, read, scripts_of
from lmcli.gpt.decoder import Decoder, HubDecoder, SharedDecoder, Verifier
from lmcli.nn import onnx
from lmcli.nn.loading import Loading
from lmcli.nn.memory import huge_pages
from lmcli.nn.onnx import Session, open_session
from lmcli.nn.tokenize import Tokenizer

TASK = "text-generation"

# where the hub's exports keep the graph, the best first
GRAPHS = (
    "model.onnx",
    "decoder_model_merged.onnx",
    "decoder_with_past_model.onnx",
    "decoder_model.onnx",
)
FOLDERS = ("", "onnx")
CONFIGS = ("config.json", "generation_config.json")

Open = Callable[[Path], Session]


@dataclass
class LanguageModel:
    """A decoder with its tokenizer.

    `context` is the most tokens that it can read and write together, `ends` the tokens that end a
    text.
    """

    name: str
    decoder: Decoder
    tokenizer: Tokenizer
    context: int
    ends: frozenset[int]
    open_verifier: Callable[[], Verifier] | None = None
    languages: tuple[str, ...] = ()

    @cached_property
    def verifier(self) -> Verifier | None:
        """The graph that reads drafts, opened at its first use; None where the model has none."""
        return self.open_verifier() if self.open_verifier else None

    def encode(self, text: str) -> list[int]:
        """The tokens of a prompt. Raises BadInput for an empty one."""
        ids = list(self.tokenizer.encode(text).ids)
        start = self._start
        if start is not None and ids[:1] != [start]:
            ids.insert(0, start)
        if not ids:
            raise BadInput("the prompt is empty", "give the model some text to continue")
        return ids

    def foreign(self, text: str) -> tuple[str, ...]:
        """What is to be said of a text of which a good part is in a script that the model's languages lack."""
        seen = read(text, self._scripts)
        return (partly(self.name, TASK, text, seen),) if seen.share >= SAID else ()

    @cached_property
    def _scripts(self) -> frozenset[str] | None:
        return scripts_of(self.languages)

    @cached_property
    def _start(self) -> int | None:
        """The token that every text starts with, where the model wants one."""
        if not self.tokenizer.config.get("add_bos_token"):
            return None
        return self.tokenizer.special_id("bos")

    @cached_property
    def specials(self) -> tuple[str, ...]:
        """The control tokens, longest first: in a user's words they are text."""
        added = json.loads(self.tokenizer.path.read_text(encoding="utf-8")).get("added_tokens", ())
        listed = {token["content"] for token in added if token["special"]}
        return tuple(sorted(listed, key=len, reverse=True))

    def token_text(self, token: int) -> str:
        """What a token stands for, readable by itself; bytes of half a character as <E4>."""
        return self.tokenizer.readable_id(token)

    def fits(self, ids: Sequence[int]) -> None:
        """Raises BadInput where a text leaves no room for another token."""
        if len(ids) >= self.context:
            raise BadInput(
                f"the text has {len(ids)} tokens, and {self.name} reads at most {self.context - 1}",
                "shorten it",
            )


def open_model(
    model: Model,
    *,
    provider: str = "auto",
    threads: int | None = None,
    note: Callable[[str], None] | None = None,
) -> LanguageModel:
    """Open a model folder: lmcli's own, or a hub export of a decoder.

    Raises ModelError where a part is missing or damaged, or the graph is of another kind.
    """
    for file in model.files:
        model.path(file.path)  # refuses a copy that was cut before onnxruntime does, in its words
    graphs = model.settings.get("graphs", {})
    graph = model.graph() if "model" in graphs else find_graph(model.folder)
    config = read_config(model.folder)

    def start(path: Path) -> Session:
        return open_session(path, provider=provider, threads=threads, note=note)

    with _large_pages(graph):
        onnx.load()
        session = Loading(lambda: start(graph))
        tokenizer = Tokenizer(model.folder / "tokenizer.json")
        decoder = _decoder_of(session.result(), config, start)

    def start_verifier(path: Path) -> Verifier:
        with _large_pages(graph):
            return Verifier(start(path))

    context = model.settings.get("context") or _first_number(
        config, "max_position_embeddings", "n_positions", "n_ctx", "seq_length"
    )
    ends = config.get("eos_token_id")
    verify = model.graph("verify") if "verify" in graphs else None
    return LanguageModel(
        name=model.name,
        decoder=decoder,
        tokenizer=tokenizer,
        context=int(context or 1024),
        ends=frozenset(ends if isinstance(ends, list) else [] if ends is None else [ends]),
        open_verifier=(lambda: start_verifier(verify)) if verify else None,
        languages=model.languages,
    )


def find_graph(folder: Path) -> Path:
    """The graph of a model folder. Raises ModelError where there is none."""
    for below in FOLDERS:
        for name in GRAPHS:
            if (folder / below / name).is_file():
                return folder / below / name
    raise ModelError(f"{folder} holds no graph of a decoder", f"one of {', '.join(GRAPHS)} belongs")


def read_config(folder: Path) -> dict[str, Any]:
    """config.json and generation_config.json of a model folder as one."""
    values: dict[str, Any] = {}
    for name in CONFIGS:
        path = folder / name
        if path.is_file():
            try:
                values |= json.loads(path.read_text(encoding="utf-8"))
            except (ValueError, TypeError) as error:
                raise ModelError(f"{path}: {error}") from None
    return values


def _large_pages(graph: Path) -> AbstractContextManager[None]:
    """Large pages for a graph's weights, which take half as much again at most once they are prepared."""
    data = graph.with_name(f"{graph.name}_data")
    size = sum(path.stat().st_size for path in (graph, data) if path.is_file())
    return huge_pages(size * 3 // 2)


def _decoder_of(session: Session, config: dict[str, Any], start: Open) -> Decoder:
    if "seqlens_k" in session.inputs and "logit_rows" in session.inputs:
        return SharedDecoder(session)
    first = None
    if session.path.name == "decoder_with_past_model.onnx":
        first = start(session.path.with_name("decoder_model.onnx"))
    return HubDecoder(session, _cache_sizes(config), first)


def _cache_sizes(config: dict[str, Any]) -> dict[str, int]:
    """Heads and head size of the cache, where config.json tells them."""
    heads = _first_number(config, "num_attention_heads", "n_head", "num_heads")
    width = _first_number(config, "hidden_size", "n_embd", "d_model")
    kv_heads = config.get("num_key_value_heads") or heads
    head = config.get("head_dim") or (width // heads if width and heads else 0)
    return {"heads": kv_heads or 0, "head": head}


def _first_number(config: dict[str, Any], *names: str) -> int | None:
    found = (config[name] for name in names if isinstance(config.get(name), int))
    return next(found, None)
