"""Tokenizers of SentencePiece's model (Kudo and Richardson 2018): Llama's, T5's, XLM-RoBERTa's, ALBERT's."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from lmcli.frame.errors import ModelError
from lmcli.nn.tokens.specials import text_of
from lmcli.nn.tokens.spm import (
    BPE,
    CONTROL,
    NORMAL,
    UNIGRAM,
    UNKNOWN,
    USER,
    Piece,
    Pieces,
    read_pieces,
)

SPACE = "▁"


@dataclass(frozen=True)
class _Family:
    """What sets a family apart: the tokens before and after a text, and between two; where its ids begin.

    fairseq: <s>, <pad>, </s>, <unk> come first, and the file's own first three are left out.
    """

    before: str = ""
    after: str = ""
    between: str = ""
    fairseq: bool = False
    extra: int = 0
    cleans: bool = False


_DECODER = _Family()
_BERT = _Family("cls", "sep", "sep")
_FAMILIES = {
    **dict.fromkeys(
        ("", "llama", "codellama", "mistral", "gemma", "gemma2", "gemma3text", "phi3"), _DECODER
    ),
    **dict.fromkeys(("yi", "internlm2", "baichuan", "mixtral", "minicpm"), _DECODER),
    **dict.fromkeys(("t5", "mt5", "umt5", "pegasus"), _Family("", "eos", "eos", extra=100)),
    **dict.fromkeys(
        ("xlmroberta", "camembert", "xlmrobertaxl"), _Family("cls", "sep", "sep sep", fairseq=True)
    ),
    "albert": _Family("cls", "sep", "sep", cleans=True),
    **dict.fromkeys(("bigbird", "debertav2", "rembert"), _BERT),
}
_DEFAULTS = {"cls": "[CLS]", "sep": "[SEP]"}
_FAIRSEQ = {"cls": "<s>", "sep": "</s>"}


def of_pieces(name: str, folder: Path, kind: str, config: dict[str, Any]) -> Any:
    """The tokenizer of a model file; None for a kind that adds what is not known here."""
    family = _FAMILIES.get(kind)
    if family is None:
        return None
    from tokenizers import Tokenizer

    model = read_pieces(folder / name)
    pieces = _laid_out(model, family, config)
    raw = Tokenizer(_model(model, pieces))
    raw.normalizer = _normalizer(model, family, config)
    raw.pre_tokenizer = _pre_tokenizer(model, config)
    raw.decoder = _decoder(model)
    controls = [piece.text for piece in pieces if piece.kind in (CONTROL, UNKNOWN)]
    raw.add_special_tokens(controls)
    raw.post_processor = _around(raw, family, config)
    return raw


def _laid_out(model: Pieces, family: _Family, config: dict[str, Any]) -> list[Piece]:
    """The pieces in the order of their ids."""
    own = list(model.pieces)
    if family.fairseq:
        first = [Piece(text, 0.0, CONTROL) for text in ("<s>", "<pad>", "</s>")]
        own = [*first, Piece("<unk>", 0.0, UNKNOWN), *own[3:], Piece("<mask>", 0.0, CONTROL)]
    if family.extra:
        count = config.get("extra_ids", family.extra)
        own += [Piece(f"<extra_id_{n}>", 0.0, CONTROL) for n in reversed(range(int(count)))]
    return own


def _model(model: Pieces, pieces: Sequence[Piece]) -> Any:
    from tokenizers import models

    unknown = next((n for n, piece in enumerate(pieces) if piece.kind == UNKNOWN), model.unknown)
    if model.kind == UNIGRAM:
        scored = [(piece.text, piece.score) for piece in pieces]
        return models.Unigram(scored, unk_id=unknown, byte_fallback=model.byte_fallback)
    if model.kind != BPE:
        raise ModelError("SentencePiece's models of words and of characters are not read")
    vocabulary = {piece.text: number for number, piece in enumerate(pieces)}
    return models.BPE(
        vocab=vocabulary,
        merges=_merges(pieces),
        unk_token=pieces[unknown].text,
        fuse_unk=True,
        byte_fallback=model.byte_fallback,
        ignore_merges=any(piece.kind == USER for piece in pieces),
    )


def _merges(pieces: Sequence[Piece]) -> list[tuple[str, str]]:
    """The pairs that make longer pieces, the best first: their order is the scores'."""
    normal = {
        piece.text: (piece.score, number)
        for number, piece in enumerate(pieces)
        if piece.kind == NORMAL
    }
    ranked = [
        (-score, number, text[:cut], text[cut:])
        for text, (score, number) in normal.items()
        for cut in range(1, len(text))
        if text[:cut] in normal and text[cut:] in normal
    ]
    return [(left, right) for _, _, left, right in sorted(ranked)]


def _legacy(config: dict[str, Any]) -> bool:
    """Whether a blank is put before the text after each special token, as before transformers mended it."""
    return config.get("legacy") is not False


def _normalizer(model: Pieces, family: _Family, config: dict[str, Any]) -> Any:
    from tokenizers import Regex, normalizers

    steps: list[Any] = []
    if family.cleans:
        steps += [normalizers.Replace("``", '"'), normalizers.Replace("''", '"')]
        if not config.get("keep_accents"):
            steps += [normalizers.NFKD(), normalizers.StripAccents()]
        if config.get("do_lower_case") is not False:
            steps.append(normalizers.Lowercase())
    elif config.get("do_lower_case") is True:
        steps.append(normalizers.Lowercase())
    if model.charsmap:
        steps.append(normalizers.Precompiled(model.charsmap))
    if model.trims:
        steps += [
            normalizers.Replace(Regex(r"\A +| +\z"), ""),
            normalizers.Replace(Regex(" {2,}"), " "),
        ]
    if model.escapes:
        steps.append(normalizers.Replace(" ", SPACE))
    if model.dummy_prefix and _legacy(config):
        steps.append(normalizers.Replace(Regex(rf"\A{SPACE}"), SPACE * 2))
    return normalizers.Sequence(steps)


def _pre_tokenizer(model: Pieces, config: dict[str, Any]) -> Any:
    from tokenizers import Regex, pre_tokenizers

    steps: list[Any] = []
    if model.dummy_prefix and config.get("add_prefix_space") is not False:
        scheme = "always" if _legacy(config) else "first"
        steps.append(pre_tokenizers.Metaspace(SPACE, prepend_scheme=scheme, split=False))
    own = sorted(
        (piece.text for piece in model.pieces if piece.kind == USER), key=len, reverse=True
    )
    if own:
        steps.append(pre_tokenizers.Split(Regex("|".join(map(re.escape, own))), "isolated"))
    return pre_tokenizers.Sequence(steps) if steps else None


def _decoder(model: Pieces) -> Any:
    from tokenizers import decoders

    steps: list[Any] = [decoders.Replace(SPACE, " ")]
    if model.byte_fallback:
        steps.append(decoders.ByteFallback())
    steps.append(decoders.Fuse())
    if model.dummy_prefix:
        steps.append(decoders.Strip(" ", 1, 0))
    return decoders.Sequence(steps)


def _around(raw: Any, family: _Family, config: dict[str, Any]) -> Any:
    """The tokens that are put around a text, or two."""
    from tokenizers import processors

    if family is _DECODER:
        before = ["bos"] if config.get("add_bos_token", True) else []
        after = ["eos"] if config.get("add_eos_token") else []
        between: list[str] = [*after, *before]
    else:
        before, after, between = family.before.split(), family.after.split(), family.between.split()
    defaults = _FAIRSEQ if family.fairseq else {**_DEFAULTS, "bos": "<s>", "eos": "</s>"}
    roles = dict.fromkeys([*before, *after, *between])
    tokens = {role: str(text_of(config, role, defaults[role])) for role in roles}
    if missing := [token for token in tokens.values() if raw.token_to_id(token) is None]:
        raise ModelError(f"the vocabulary has no token {missing[0]}")
    second = 1 if family in (_BERT, _FAMILIES["albert"]) else 0

    def pieces(names: Sequence[str], kind: int = 0) -> list[str]:
        return [f"{tokens[name]}:{kind}" for name in names]

    return processors.TemplateProcessing(
        single=[*pieces(before), "$A:0", *pieces(after)],
        pair=[*pieces(before), "$A:0", *pieces(between), f"$B:{second}", *pieces(after, second)],
        special_tokens=[
            (token, raw.token_to_id(token)) for token in dict.fromkeys(tokens.values())
        ],
    )
