"""The tokenizer of a GGUF file as the hub's files: tokenizer.json, and what tokenizer_config.json says."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from lmcli.frame.errors import ModelError, quoted
from lmcli.gpt.convert.cuts import WHOLE, cuts_of

Metadata = Mapping[str, Any]

_NORMAL, _UNKNOWN, _CONTROL, _USER_DEFINED, _BYTE = 1, 2, 3, 4, 6  # ggml's types of tokens
_BPE, _SENTENCEPIECE = "gpt2", "llama"  # as GGUF names the two kinds
_BLANK = "▁"  # SentencePiece's sign for a space
_ROLES = {"bos": "bos", "eos": "eos", "pad": "padding", "unk": "unknown"}  # the hub's name: GGUF's
_ENDS = (  # the tokens that end an answer, by their text, as llama.cpp knows them
    "<|eot_id|> <|im_end|> <|end|> <|return|> <end_of_turn> <|endoftext|> </s> <|eom_id|> <EOT> [EOT] "
    "[EOS] <|end_of_text|> <end_of_utterance> <eos> <｜end▁of▁sentence｜>"
)


def check_tokens(metadata: Metadata, vocabulary: int) -> None:
    """Raise ModelError where the tokenizer is of another kind, or not whole."""
    kind = metadata.get("tokenizer.ggml.model")
    if kind not in (None, _BPE, _SENTENCEPIECE):
        raise ModelError(
            f"a tokenizer of the kind {kind!r} cannot be converted",
            f"those of the kinds {_BPE} (BPE) and {_SENTENCEPIECE} (SentencePiece) can",
        )
    kinds: dict[str, type] = {"tokens": str, "token_type": int}
    kinds |= {"scores": float} if kind == _SENTENCEPIECE else {"merges": str}
    for name, wanted in kinds.items():
        values = metadata.get(f"tokenizer.ggml.{name}")
        if not isinstance(values, list) or not all(isinstance(value, wanted) for value in values):
            raise ModelError(f"tokenizer.ggml.{name} is missing, or no list of {wanted.__name__}")
        if name != "merges" and len(values) != vocabulary:
            raise ModelError(f"{len(values)} {name} where the embedding has {vocabulary} rows")
    if len(set(metadata["tokenizer.ggml.tokens"])) != vocabulary:
        raise ModelError("tokenizer.ggml.tokens names a token twice")
    if kind != _SENTENCEPIECE:
        _check_merges(metadata)
    for name in (*_ROLES.values(), "eot", "eom"):
        token = metadata.get(f"tokenizer.ggml.{name}_token_id", 0)
        if not isinstance(token, int) or not 0 <= token < vocabulary:
            raise ModelError(f"tokenizer.ggml.{name}_token_id is {token!r}, which is no token")
    if not ends(metadata):
        raise ModelError("tokenizer.ggml.eos_token_id is missing, so that no text would end")


def _check_merges(metadata: Metadata) -> None:
    """Raise ModelError for a pair of what are no tokens, or that makes none."""
    known = frozenset(metadata["tokenizer.ggml.tokens"])
    for merge in metadata["tokenizer.ggml.merges"]:
        parts = merge.split(" ")
        if len(parts) != 2 or not known.issuperset((*parts, "".join(parts))):
            raise ModelError(f"tokenizer.ggml.merges: {quoted(merge)} makes no token")


def tokenizer(metadata: Metadata) -> dict[str, Any]:
    """A tokenizer.json: byte-level BPE (Sennrich et al. 2016, GPT-2's bytes) or SentencePiece's BPE.

    Raises ModelError for a way of cutting texts that is not known.
    """
    spaced = metadata.get("tokenizer.ggml.model") == _SENTENCEPIECE
    return {
        "version": "1.0",
        "truncation": None,
        "padding": None,
        "added_tokens": _added(metadata),
        **(_sentencepiece(metadata) if spaced else _byte_level(metadata)),
        "post_processor": None,
    }


def _added(metadata: Metadata) -> list[dict[str, Any]]:
    """The tokens that are found in a text before anything else."""
    tokens: list[str] = metadata["tokenizer.ggml.tokens"]
    kinds: list[int] = metadata["tokenizer.ggml.token_type"]
    strips = _strips(metadata)
    return [
        {
            "id": number,
            "content": tokens[number],
            "single_word": False,
            "lstrip": False,
            "rstrip": strips and tokens[number] not in _UNSTRIPPED,
            "normalized": False,
            "special": kind != _USER_DEFINED,
        }
        for number, kind in enumerate(kinds)
        if kind in (_UNKNOWN, _CONTROL, _USER_DEFINED)
    ]


_UNSTRIPPED = ("<unk>", "<s>", "<|endoftext|>")


def _strips(metadata: Metadata) -> bool:
    """Whether blanks after such a token belong to it: so it is with Phi-3, and no file says it."""
    name = str(metadata.get("general.name", "")).lower()
    return any(each in name for each in ("phi-3", "phi3"))


def _byte_level(metadata: Metadata) -> dict[str, Any]:
    name = metadata.get("tokenizer.ggml.pre", "smollm")
    splits = [
        {"type": "Split", "pattern": {"Regex": cut}, "behavior": "Isolated", "invert": False}
        for cut in cuts_of(name)
    ]
    byte_level = {
        "type": "ByteLevel",
        "add_prefix_space": bool(metadata.get("tokenizer.ggml.add_space_prefix", False)),
        "trim_offsets": True,
        "use_regex": False,
    }
    if name == "smollm":  # the two that come with the tokenizers library are faster
        splits = [{"type": "Digits", "individual_digits": True}]
        byte_level["use_regex"] = True
    return {
        "normalizer": None,
        "pre_tokenizer": {"type": "Sequence", "pretokenizers": [*splits, byte_level]},
        "decoder": byte_level,
        "model": {
            **_bpe(metadata["tokenizer.ggml.tokens"], metadata["tokenizer.ggml.merges"]),
            **({"ignore_merges": True} if name in WHOLE else {}),
        },
    }


def _sentencepiece(metadata: Metadata) -> dict[str, Any]:
    """SentencePiece's BPE (Kudo and Richardson 2018): the pair whose token has the best score is joined first."""
    tokens: list[str] = metadata["tokenizer.ggml.tokens"]
    prefix = bool(metadata.get("tokenizer.ggml.add_space_prefix", True))
    replaced = {"type": "Replace", "pattern": {"String": " "}, "content": _BLANK}
    normalizers = [*([{"type": "Prepend", "prepend": _BLANK}] if prefix else []), replaced]
    unknown = metadata.get("tokenizer.ggml.unknown_token_id")
    model = _bpe(tokens, merges_of(tokens, metadata["tokenizer.ggml.scores"]))
    bytewise = _BYTE in metadata["tokenizer.ggml.token_type"]
    model |= {"byte_fallback": bytewise, "fuse_unk": True}
    model |= {"unk_token": None if unknown is None else tokens[unknown]}
    back = {"type": "Replace", "pattern": {"String": _BLANK}, "content": " "}
    return {
        "normalizer": {"type": "Sequence", "normalizers": normalizers},
        "pre_tokenizer": None,
        "decoder": {
            "type": "Sequence",
            "decoders": [back, {"type": "ByteFallback"}, {"type": "Fuse"}],
        },
        "model": model,
    }


def merges_of(tokens: Sequence[str], scores: Sequence[float]) -> list[list[str]]:
    """The pairs that make a token, in the order in which they are joined: by the token's score."""
    known = set(tokens)
    made: list[tuple[float, int, str, str]] = []
    for number, token in enumerate(tokens):
        for cut in range(1, len(token)):
            left, right = token[:cut], token[cut:]
            if left in known and right in known:
                made.append((-scores[number], number, left, right))
    made.sort(key=lambda one: one[:2])
    return [[left, right] for _, _, left, right in made]


def _bpe(tokens: Sequence[str], merges: Sequence[Any]) -> dict[str, Any]:
    return {
        "type": "BPE",
        "dropout": None,
        "unk_token": None,
        "continuing_subword_prefix": None,
        "end_of_word_suffix": None,
        "fuse_unk": False,
        "byte_fallback": False,
        "vocab": {token: number for number, token in enumerate(tokens)},
        "merges": merges,
    }


def tokenizer_config(metadata: Metadata) -> dict[str, Any]:
    """The hub's tokenizer_config.json: the chat template and the tokens it speaks of."""
    tokens = metadata["tokenizer.ggml.tokens"]
    ids = {name: metadata.get(f"tokenizer.ggml.{of}_token_id") for name, of in _ROLES.items()}
    begins = metadata.get("tokenizer.ggml.model") == _SENTENCEPIECE
    begins = begins or metadata.get("tokenizer.ggml.pre") in WHOLE
    return {
        "chat_template": metadata.get("tokenizer.chat_template"),
        **{f"{name}_token": None if one is None else tokens[one] for name, one in ids.items()},
        "add_bos_token": bool(metadata.get("tokenizer.ggml.add_bos_token", begins)),
    }


def ends(metadata: Metadata) -> list[int]:
    """The ids of the tokens that end a text: those that the file names, and those known by their words."""
    named = (metadata.get(f"tokenizer.ggml.{name}_token_id") for name in ("eos", "eot", "eom"))
    found = {number for number in named if number is not None}
    kinds, known = metadata["tokenizer.ggml.token_type"], frozenset(_ENDS.split())
    for number, token in enumerate(metadata["tokenizer.ggml.tokens"]):
        if token in known and kinds[number] in (_CONTROL, _USER_DEFINED):
            found.add(number)
    return sorted(found)
