"""Byte-level BPE of vocab.json and merges.txt (Radford et al. 2019): GPT-2's, RoBERTa's, Qwen's, CLIP's."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from lmcli.frame.errors import ModelError
from lmcli.frame.models.files import read_json
from lmcli.nn.tokens.specials import text_of

_LIKE_GPT2 = {
    "",
    "gpt2", "gptneo", "gptneox", "gptj", "codegen", "opt", "phi", "phi1", "bloom", "starcoder2",
    "gptbigcode", "whisper", "llama", "smollm", "cohere",
}  # fmt: skip
_LIKE_ROBERTA = {
    "roberta", "bart", "longformer", "led", "blenderbot", "mvp", "xlmroberta", "codebert", "bigbirdroberta",
    "ibert", "data2vectext", "robertaprelayernorm",
}  # fmt: skip
_LIKE_QWEN = {"qwen", "qwen2", "qwen3", "qwen2moe", "qwen3moe"}
_WORDS = r"(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+"
_QWEN = _WORDS + r"|\p{N}| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+"
_CLIP = r"'s|'t|'re|'ve|'m|'ll|'d|[\p{L}]+|[\p{N}]|[^\s\p{L}\p{N}]+"


def bytelevel(folder: Path, kind: str, config: dict[str, Any]) -> Any:
    """The tokenizer of a folder; None where the kind has another way of cutting words."""
    vocabulary = read_json(folder / "vocab.json")
    merges = _merges(folder / "merges.txt")
    from tokenizers import Tokenizer, decoders, models, pre_tokenizers, processors

    if kind.startswith("clip"):
        return _clip(vocabulary, merges, config)
    unknown = text_of(config, "unk")
    known = unknown if unknown in vocabulary else None
    raw = Tokenizer(
        models.BPE(
            vocab=vocabulary, merges=merges, unk_token=known if kind in _LIKE_ROBERTA else None
        )
    )
    blank = config.get("add_prefix_space") is True
    raw.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=blank)
    raw.decoder = decoders.ByteLevel()
    if kind in _LIKE_QWEN:
        _like_qwen(raw)
    elif kind == "deberta":
        cls, sep = _pair(raw, text_of(config, "cls", "[CLS]"), text_of(config, "sep", "[SEP]"))
        raw.post_processor = processors.TemplateProcessing(
            single=f"{cls[0]}:0 $A:0 {sep[0]}:0",
            pair=f"{cls[0]}:0 $A:0 {sep[0]}:0 $B:1 {sep[0]}:1",
            special_tokens=[cls, sep],
        )
    elif kind in _LIKE_ROBERTA:
        cls, sep = _pair(raw, text_of(config, "cls", "<s>"), text_of(config, "sep", "</s>"))
        raw.post_processor = processors.RobertaProcessing(
            sep=sep, cls_token=cls, add_prefix_space=blank, trim_offsets=True
        )
    elif kind in _LIKE_GPT2 or any(token.startswith("Ġ") for token in vocabulary):
        _like_gpt2(raw, config)
    else:
        return None
    return raw


def _merges(path: Path) -> list[tuple[str, str]]:
    pairs = []
    for number, line in enumerate(path.read_text(encoding="utf-8").split("\n"), 1):
        if line.strip() and not (number == 1 and line.startswith("#version")):
            left, _, right = line.partition(" ")
            if not left or not right or " " in right.strip():
                raise ModelError(f"{path}, line {number}: {line!r:.40} is no pair of tokens")
            pairs.append((left, right.strip()))
    return pairs


def _pair(raw: Any, *tokens: str | None) -> list[tuple[str, int]]:
    """Two special tokens with their ids. Raises ModelError where the vocabulary lacks one."""
    found = [(str(token), raw.token_to_id(str(token))) for token in tokens]
    if missing := [token for token, number in found if number is None]:
        raise ModelError(f"the vocabulary has no token {missing[0]}")
    return found


def _like_gpt2(raw: Any, config: dict[str, Any]) -> None:
    from tokenizers import processors

    bos = text_of(config, "bos")
    if config.get("add_bos_token") and bos and raw.token_to_id(bos) is not None:
        raw.post_processor = processors.TemplateProcessing(
            single=f"{bos}:0 $A:0",
            pair=f"{bos}:0 $A:0 {bos}:1 $B:1",
            special_tokens=[(bos, raw.token_to_id(bos))],
        )
    else:
        raw.post_processor = processors.ByteLevel(trim_offsets=False)


def _like_qwen(raw: Any) -> None:
    from tokenizers import Regex, normalizers, pre_tokenizers, processors

    raw.normalizer = normalizers.NFC()
    raw.pre_tokenizer = pre_tokenizers.Sequence(
        [
            pre_tokenizers.Split(Regex(_QWEN), "isolated"),
            pre_tokenizers.ByteLevel(add_prefix_space=False, use_regex=False),
        ]
    )
    raw.post_processor = processors.ByteLevel(trim_offsets=False)


def _clip(vocabulary: dict[str, int], merges: list[tuple[str, str]], config: dict[str, Any]) -> Any:
    """CLIP's: lower case, no blanks, the end of a word in its last token."""
    from tokenizers import (
        Regex,
        Tokenizer,
        decoders,
        models,
        normalizers,
        pre_tokenizers,
        processors,
    )

    unknown = text_of(config, "unk", "<|endoftext|>")
    raw = Tokenizer(
        models.BPE(
            vocab=vocabulary,
            merges=merges,
            continuing_subword_prefix="",
            end_of_word_suffix="</w>",
            fuse_unk=False,
            unk_token=unknown,
        )
    )
    raw.normalizer = normalizers.Sequence(
        [normalizers.NFC(), normalizers.Replace(Regex(r"\s+"), " "), normalizers.Lowercase()]
    )
    raw.pre_tokenizer = pre_tokenizers.Sequence(
        [
            pre_tokenizers.Split(Regex(_CLIP), "removed", invert=True),
            pre_tokenizers.ByteLevel(add_prefix_space=False),
        ]
    )
    raw.decoder = decoders.ByteLevel()
    start, end = _pair(
        raw, text_of(config, "bos", "<|startoftext|>"), text_of(config, "eos", "<|endoftext|>")
    )
    raw.post_processor = processors.RobertaProcessing(
        sep=end, cls_token=start, add_prefix_space=False, trim_offsets=False
    )
    return raw
