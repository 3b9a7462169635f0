"""A language model on disk: its graph, its tokenizer, and what its configuration says."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

from lmcli.frame.errors import BadInput
from lmcli.frame.models import Model, genai
from lmcli.frame.text.understanding import SAID, partly, read, scripts_of
from lmcli.nn.decoding.config import cache_sizes, context_of, ends_of, read_config
from lmcli.nn.decoding.decoder import Decoder, SharedDecoder, Verifier
from lmcli.nn.decoding.hub import HubDecoder
from lmcli.nn.decoding.opening import TASK, converted, large_pages, open_graph, opening
from lmcli.nn.session import Session
from lmcli.nn.tokenize import Tokenizer

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
        ids = self.tokenizer.ids(text)
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
    session = opening(model, provider, threads, note)
    config = read_config(model.folder)
    tokenizer = Tokenizer(model.folder / "tokenizer.json")

    def start(path: Path) -> Session:
        return open_graph(model, path, provider, threads, note)

    def start_verifier(path: Path) -> Verifier:
        with large_pages(session.result().path):
            return Verifier(start(path))

    decoder = _decoder_of(session.result(), model, config, start)
    verify = model.graph("verify") if converted(model) else None
    return LanguageModel(
        name=model.name,
        decoder=decoder,
        tokenizer=tokenizer,
        context=int(model.settings.get("context") or context_of(config, tokenizer)),
        ends=ends_of(config, tokenizer),
        open_verifier=(lambda: start_verifier(verify)) if verify else None,
        languages=model.languages,
    )


def _decoder_of(session: Session, model: Model, config: dict[str, Any], start: Open) -> Decoder:
    if "seqlens_k" in session.inputs and "logit_rows" in session.inputs:
        return SharedDecoder(session)
    first = None
    if "first" in model.settings.get("graphs", {}):
        first = start(model.graph("first"))
    elif session.path.name == "decoder_with_past_model.onnx":
        first = start(session.path.with_name("decoder_model.onnx"))
    names = genai.names_of(model.folder, layers=len(session.inputs))
    sizes = {**cache_sizes(config), "window": genai.window_of(model.folder)}
    return HubDecoder(session, sizes, first, names)
