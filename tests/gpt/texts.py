"""Texts for comparisons: English, Chinese, emoji, code, white space, control tokens written out."""

from __future__ import annotations

import random
from pathlib import Path

ROOT = Path(__file__).parent.parent.parent
CHINESE = (
    "今天天气真不错，我们一起去公园散步吧。",
    "我有一只猫，它喜欢睡在窗边。",
    "自然语言处理是人工智能的一个分支。",
    "他说：“明天再来！”然后就走了……",
    "１２３ＡＢＣ，全角字符与半角字符abc123混排。",
)
EMOJI = "😀😂🥲👍🏽👩‍👩‍👧‍👦🇨🇳🇫🇷❤️🔥🏳️‍🌈🤷🏻‍♂️☕️✨"
SPECIAL = (
    "<|endoftext|>",
    "<|im_start|>",
    "<|im_end|>",
    "<repo_name>",
    "<file_sep>",
    "<|im_",
    "|>",
)


def english() -> list[str]:
    """Paragraphs of news, of those that gensim tests with."""
    import gensim

    path = Path(gensim.__file__).parent / "test" / "test_data" / "lee_background.cor"
    return path.read_text(encoding="utf-8").splitlines()


def news(characters: int = 15000) -> str:
    """The fixed text that perplexity is measured on."""
    return "\n".join(english())[:characters]


def assorted(count: int = 500) -> list[str]:
    """That many texts of all kinds, made of this project's own words and code as they stand today."""
    rng = random.Random(0)
    paragraphs = [text for text in (ROOT / "README.md").read_text("utf-8").split("\n\n") if text]
    code = (ROOT / "lmcli" / "gpt" / "generation.py").read_text("utf-8").splitlines()
    return [_text(index % 7, rng, paragraphs, code) for index in range(count)]


def _text(kind: int, rng: random.Random, paragraphs: list[str], code: list[str]) -> str:
    if kind == 0:
        return rng.choice(paragraphs)[: rng.randrange(5, 400)]
    if kind == 1:
        return "".join(rng.choices(CHINESE, k=rng.randrange(1, 4)))[rng.randrange(3) :]
    if kind == 2:
        return "".join(rng.choices(EMOJI + " ab", k=rng.randrange(1, 30)))
    if kind == 3:
        start = rng.randrange(len(code) - 20)
        return "\n".join(code[start : start + rng.randrange(1, 15)])
    if kind == 4:
        return "".join(rng.choices(" \t\n\r  a1.\u00a0\u3000", k=rng.randrange(1, 40)))
    if kind == 5:
        words = [*rng.choices(SPECIAL, k=3), *rng.choices(paragraphs[0].split(), k=5)]
        rng.shuffle(words)
        return rng.choice(("", " ")).join(words)
    return "".join(
        chr(rng.choice((rng.randrange(32, 0x250), rng.randrange(0x400, 0x3000)))) for _ in range(30)
    )
