"""Which model fills masks: the one that is named, else the language model of `complete`, chosen by the text."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import TYPE_CHECKING

from lmcli.fill.filling import Filler
from lmcli.fill.gaps import is_chinese
from lmcli.fill.masked import TASK, MaskedModel
from lmcli.fill.sides import BothSides
from lmcli.frame.errors import ModelError
from lmcli.frame.text.languages import CHINESE
from lmcli.nn import onnx
from lmcli.nn.decoding.context import context_of
from lmcli.nn.decoding.opening import TASK as DECODING
from lmcli.nn.tokenize import Tokenizer

if TYPE_CHECKING:
    from lmcli.frame.environment import Environment

CHINESE_MODEL = "qwen"
VOCABULARY = (
    "all-minilm-l6-v2"  # BERT's 30,522 pieces: those that are whole words tell words from pieces
)


def chooser(env: Environment, name: str | None) -> Callable[[str], Filler]:
    """What gives the model for a text. Raises ModelError where it cannot be had."""
    if name is None:
        return lambda text: _decoder(env, _default(env, text), is_chinese(text))
    model = env.models.find(name)
    if model.task == TASK:
        masked = masked_model(env, name)
        return lambda _: masked
    if model.task != DECODING:
        raise _cannot(env, model.name, model.task)
    return lambda text: _decoder(env, name, is_chinese(text))


def masked_model(env: Environment, name: str) -> MaskedModel:
    """A fill-mask model, loaded once in a process."""
    settings = env.settings

    def load() -> MaskedModel:
        model = env.model(name, TASK)
        session = onnx.open_session(
            model.graph(), provider=settings.provider, threads=settings.threads,
            note=env.output.warn,
        )  # fmt: skip
        return MaskedModel(model, session, Tokenizer(model.folder))

    return env.cached((TASK, name, settings.provider, str(settings.threads)), load)


def _default(env: Environment, text: str) -> str | None:
    """The name of the decoder for a text where none is named: None is the default of `complete`.

    Raises ModelError for Chinese text where no model here reads it.
    """
    if not is_chinese(text):
        return None
    languages = env.models.find(None, DECODING).languages
    if not languages or CHINESE in languages:
        return None
    if not env.models.find(CHINESE_MODEL, DECODING).present:
        raise ModelError(
            f"no model here reads Chinese from both sides: {CHINESE_MODEL} does",
            f"lmcli models pull {CHINESE_MODEL}, or name a fill-mask model with --model",
        )
    return CHINESE_MODEL


def _decoder(env: Environment, name: str | None, chinese: bool) -> BothSides:
    settings = env.settings

    def load() -> BothSides:
        return BothSides(context_of(env, name).model, whole_words(env), chinese)

    key = ("both sides", name or "", settings.provider, str(settings.threads), str(chinese))
    return env.cached(key, load)


def whole_words(env: Environment) -> list[str]:
    """The whole words of BERT's vocabulary, in lower case."""
    path = env.models.find(VOCABULARY).folder / "tokenizer.json"
    try:
        pieces = json.loads(path.read_text(encoding="utf-8"))["model"]["vocab"]
    except (OSError, ValueError, KeyError):
        return []
    return [piece for piece in pieces if piece.isascii() and piece.isalpha()]


def _cannot(env: Environment, name: str, task: str) -> ModelError:
    able = sorted(model.name for model in env.models if model.task in (TASK, DECODING))
    return ModelError(
        f"{name} is a model for {task}, and fills no masks", f"these do: {', '.join(able)}"
    )
