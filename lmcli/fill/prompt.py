"""How a language model is asked for a missing word: the question, and sentences whose answers are shown before it."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Prompt:
    """A question that shows a sentence with its gap, and the sentences whose answers are shown before it.

    between: what stands before an answer; repeated: nats for a word that stands in the text, which a model that has
    just read it likes to say; free: the words that any text repeats.
    """

    ask: str
    between: str
    end: str
    repeated: float
    free: str
    inside: tuple[tuple[str, str], ...]
    at_start: tuple[tuple[str, str], ...]


ENGLISH = Prompt(
    'Fill in the blank: "{}"\nAnswer:',
    " ",
    "\n\n",
    -1.25,
    "a an the of to in on at by for from with and or but is are was were be he she it his her its they",
    (
        ("The ___ crossed the finish line first.", "runner"),
        ("He filled the bucket with ___.", "sand"),
        ("You ___ not touch the paint.", "must"),
        ("The ___ pulled the cart up the hill.", "donkey"),
        ("They ___ the boat blue and gave it a name.", "painted"),
        ("She hid the letter ___ the stone.", "under"),
        ("___ fell from the apple tree.", "Leaves"),
    ),
    (
        ("___ fell from the apple tree.", "Leaves"),
        ("___ painted the Mona Lisa.", "Leonardo"),
        ("___ is the coldest season.", "Winter"),
        ("___ did you put my keys?", "Where"),
        ("___ lay eggs in the sand.", "Turtles"),
        ("___ the onions and fry them.", "Chop"),
        ("___ mother works in a factory.", "Her"),
        ("___ is a city in Spain.", "Madrid"),
        ("___ the bell rings, go inside.", "When"),
    ),
)
OF_CHINESE = Prompt(
    "填空：“{}”\n答案：“",
    "",
    "”\n\n",
    -2.5,
    "的 了 是 在 和 有 不",
    (
        ("他把水___进杯子里。", "倒"),
        ("小狗在___里跑来跑去。", "院子"),
        ("她___了一封信给妈妈。", "写"),
        ("这条河的水很___。", "深"),
    ),
    (
        ("___从树上掉下来了。", "苹果"),
        ("___是一年中最冷的季节。", "冬天"),
        ("___把我的钥匙放在哪里了？", "你"),
        ("___在沙子里下蛋。", "海龟"),
        ("___是西班牙的城市。", "马德里"),
    ),
)
