"""How texts are cut before byte-level BPE: the expressions behind the names that GGUF files give.

The names and expressions are llama.cpp's (src/llama-vocab.cpp). Expressions are applied one after the other,
each to the pieces of the one before; what an expression does not match is a piece, too.
"""

from __future__ import annotations

from lmcli.frame.errors import ModelError

_ENDINGS = r"(?:'[sS]|'[tT]|'[rR][eE]|'[vV][eE]|'[mM]|'[lL][lL]|'[dD])"
_BLANKS = r"\s*[\r\n]+|\s+(?!\S)|\s+"
_GPT2 = r"'s|'t|'re|'ve|'m|'ll|'d| ?\p{L}+| ?\p{N}+| ?[^\s\p{L}\p{N}]+|\s+(?!\S)"
_LETTERS = r"[^\r\n\p{L}\p{N}]?\p{L}+"
_SIGNS = r" ?[^\s\p{L}\p{N}]+[\r\n]*"


def _modern(digits: str) -> str:
    return f"{_ENDINGS}|{_LETTERS}|{digits}|{_SIGNS}|{_BLANKS}"


def _cased(endings: str, digits: str) -> str:
    """Words end where a capital follows small letters."""
    start = r"[^\r\n\p{L}\p{N}]?"
    capitals, small = r"((?=[\p{L}])([^a-z]))", r"((?=[\p{L}])([^A-Z]))"
    words = f"{start}{capitals}*{small}+{endings}|{start}{capitals}+{small}*{endings}"
    return rf"{words}|{digits}| ?[^\s\p{{L}}\p{{N}}]+[\r\n/]*|{_BLANKS}"


_SETS: tuple[tuple[str, tuple[str, ...]], ...] = (  # names, expressions
    (
        "smollm starcoder refact command-r codeshell exaone minerva-7b",
        (r"\p{N}", _GPT2),
    ),
    (
        "gpt-2 phi-2 mpt olmo jais trillion granite-docling exaone4 gigachat a.x-4.0 mellum modern-bert",
        (_GPT2,),
    ),
    (
        "qwen2 deepseek-r1-qwen megrez stablelm2 hunyuan kormo f2llmv2 grok-2",
        (_modern(r"\p{N}"),),
    ),
    (
        "llama-bpe llama3 llama-v3 falcon3 falcon-h1 pixtral midm-2.0 lfm2 dbrx smaug-bpe",
        (_modern(r"\p{N}{1,3}"),),
    ),
    (
        "qwen35",
        (
            rf"{_ENDINGS}|[^\r\n\p{{L}}\p{{N}}]?[\p{{L}}\p{{M}}]+|\p{{N}}"
            rf"| ?[^\s\p{{L}}\p{{M}}\p{{N}}]+[\r\n]*|{_BLANKS}",
        ),
    ),
    ("tekken", (_cased("", r"\p{N}"),)),
    ("gpt-4o llama4 kanana2", (_cased(f"{_ENDINGS}?", r"\p{N}{1,3}"),)),
    (
        "deepseek-coder",
        (r"[\r\n]", r"\s?\p{L}+", r"\s?\p{P}+", "[一-龥ࠀ-一가-퟿]+", r"\p{N}"),
    ),
    (
        "deepseek-v3 hunyuan-dense joyai-llm",
        (
            r"\p{N}{1,3}",
            "[一-龥぀-ゟ゠-ヿ]+",
            r"""[!"#$%&'()*+,\-./:;<=>?@\[\\\]^_`{|}~][A-Za-z]+|[^\r\n\p{L}\p{P}\p{S}]?[\p{L}\p{M}]+"""
            rf"| ?[\p{{P}}\p{{S}}]+[\r\n]*|{_BLANKS}",
        ),
    ),
    ("falcon", (r"[\p{P}\$\+<=>\^~\|`]+", _GPT2, r"[0-9][0-9][0-9]")),
    ("default", (r"[\p{P}\$\+<=>\^~\|]+", _GPT2, r"\p{N}+", r"[0-9][0-9][0-9]")),
)
_BY_NAME = {name: expressions for names, expressions in _SETS for name in names.split()}
# a piece that is a token is taken as it is, whatever the merges say
_WHOLE = "llama-bpe llama3 llama-v3 falcon3 falcon-h1 pixtral midm-2.0 lfm2 tekken"
WHOLE = frozenset(_WHOLE.split())


def cuts_of(name: str) -> tuple[str, ...]:
    """The expressions behind a name. Raises ModelError for one that is not known."""
    if name not in _BY_NAME:
        known = ", ".join(names.split()[0] for names, _ in _SETS)
        raise ModelError(
            f"a tokenizer that cuts texts as {name!r} cannot be converted",
            f"those that cut as {known} or their kin can",
        )
    return _BY_NAME[name]
