"""WordPiece of vocab.txt (Schuster and Nakajima 2012; Devlin et al. 2019): BERT's, and its kin's."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from lmcli.frame.errors import ModelError
from lmcli.nn.tokens.specials import text_of

_KIN = {
    "", "bert", "distilbert", "electra", "mobilebert", "convbert", "squeezebert", "layoutlm", "lxmert", "splinter",
    "retribert", "dprquestionencoder", "dprcontextencoder", "dprreader", "nomicbert", "tinybert", "ernie",
    "chineseclip", "megatronbert", "nezha", "mpnet", "blip", "blip2", "align",
}  # fmt: skip


def wordpiece(folder: Path, kind: str, config: dict[str, Any]) -> Any:
    """The tokenizer of a folder; None for a kind that cuts words another way first."""
    if kind not in _KIN:
        return None
    from tokenizers import Tokenizer, decoders, models, normalizers, pre_tokenizers, processors

    lines = (folder / "vocab.txt").read_text(encoding="utf-8").split("\n")
    vocabulary = {
        line.rstrip("\r"): number
        for number, line in enumerate(lines)
        if line or number + 1 < len(lines)
    }
    mpnet = kind == "mpnet"
    unknown = text_of(config, "unk", "[UNK]") or "[UNK]"
    cls = text_of(config, "cls", "<s>" if mpnet else "[CLS]")
    sep = text_of(config, "sep", "</s>" if mpnet else "[SEP]")
    if missing := [token for token in (cls, sep, unknown) if token not in vocabulary]:
        raise ModelError(f"{folder / 'vocab.txt'} has no token {missing[0]}")
    raw = Tokenizer(models.WordPiece(vocabulary, unk_token=unknown, max_input_chars_per_word=100))
    accents = config.get("strip_accents")
    raw.normalizer = normalizers.BertNormalizer(
        clean_text=True,
        handle_chinese_chars=config.get("tokenize_chinese_chars") is not False,
        strip_accents=accents if isinstance(accents, bool) else None,
        lowercase=config.get("do_lower_case") is not False,
    )
    raw.pre_tokenizer = pre_tokenizers.BertPreTokenizer()
    raw.decoder = decoders.WordPiece(prefix="##")
    raw.post_processor = processors.TemplateProcessing(
        single=f"{cls}:0 $A:0 {sep}:0",
        pair=f"{cls}:0 $A:0 {sep}:0 {f'{sep}:0 ' if mpnet else ''}$B:1 {sep}:1",
        special_tokens=[(token, vocabulary[str(token)]) for token in (cls, sep)],
    )
    return raw
