"""What fills the slots of a pattern: somebody, nouns in all their shapes, objects of verbs, numbers."""

from __future__ import annotations

from functools import cache
from importlib.resources import files
from random import Random

from lmcli.translate.train.grammar.phrases import PLURAL, Phrase, entry, joined, words

THIS = (("这", "this"), ("那", "that"))
OBJECTS = {  # the letters in the lexicon that say what a verb can be done to
    "F": "food", "D": "drinks", "T": "things", "B": "books", "A": "animals", "P": "people", "L": "subjects",
    "S": "sports", "M": "",
}  # fmt: skip
CUPS = {"杯": "glass", "瓶": "bottle", "碗": "bowl", "块": "piece", "份": "plate"}
BEFORE = ("大", "小", "新", "旧", "漂亮", "好", "奇怪")  # adjectives that stand before any thing
DIGITS = "零一二三四五六七八九"
ENGLISH = (
    "zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven", "twelve",
)  # fmt: skip


@cache
def lexicon() -> dict[str, list[tuple[str, ...]]]:
    """The words of lexicon.txt by section; an entry is Chinese, then what the section's kind needs."""
    found: dict[str, list[tuple[str, ...]]] = {}
    section: list[tuple[str, ...]] = []
    for line in files(__package__).joinpath("lexicon.txt").read_text(encoding="utf-8").splitlines():
        if line.startswith("["):
            section = found.setdefault(line.strip("[]"), [])
        elif line:
            section.append(tuple(line.split("\t")))
    return found


def pick(draw: Random, sections: str) -> tuple[str, ...]:
    """A word of one of the sections, "food+drinks", each section as likely as the others."""
    return draw.choice(lexicon()[draw.choice(sections.split("+"))])


def plural(noun: tuple[str, ...]) -> str:
    """cat: cats; child: children; water, which has none: water."""
    return noun[2] + "s" if len(noun) < 4 else noun[2] if noun[3] == "-" else noun[3]


def mass(noun: tuple[str, ...]) -> bool:
    """Whether a noun is counted in glasses and pieces only."""
    return len(noun) > 3 and noun[3] == "-"


def measured(noun: tuple[str, ...], many: bool = False) -> str:
    """The English of a measure word: "glass of", "cups of"; "" for what is counted itself."""
    if not mass(noun):
        return ""
    cup = "cup" if noun[2].endswith(("tea", "coffee")) else "glass"
    name = cup if noun[1] == "杯" else CUPS.get(noun[1], "piece")
    return f"{name}{'s' if many else ''} of "


def owner(draw: Random) -> Phrase:
    """my, Tom's: with 的."""
    if draw.random() < 0.8:
        one = pick(draw, "pronouns")
        return joined([words(one[0], one[3]), words("的", "")])
    one = pick(draw, "names")
    return joined([words(one[0], f"{one[1]} 's"), words("的", "")])


def noun(draw: Random, sections: str, shapes: str) -> Phrase:
    """A noun phrase in one of the shapes q (a cat), bare, this, num, poss, adj, col."""
    found = pick(draw, sections)
    shape = draw.choice(shapes.split("+"))
    one = words(found[0], found[2])
    if shape == "bare":
        return words(found[0], plural(found), 3 if mass(found) else PLURAL)
    if shape == "num":
        return _counted(draw, found)
    if shape == "poss":
        return joined([owner(draw), one])
    if shape == "this":
        return joined([entry(draw.choice(THIS)), words(found[1], ""), one])
    first = words("一" + found[1], ("a " + measured(found)).strip())
    return joined([first, *_described(draw, found, sections, shape), one])


def _described(
    draw: Random, found: tuple[str, ...], sections: str, shape: str
) -> tuple[Phrase, ...]:
    """What stands between a and cat: white, small; nothing before people and what is counted in glasses."""
    if shape not in ("adj", "col") or mass(found) or sections == "people":
        return ()
    if shape == "col":
        return entry(pick(draw, "colours")), words("的", "")
    size = draw.choice([one for one in lexicon()["of_things"] if one[0] in BEFORE])
    return (entry(size),) if len(size[0]) == 1 else (entry(size), words("的", ""))


def _counted(draw: Random, found: tuple[str, ...]) -> Phrase:
    """two cats, many cats, three glasses of water, a lot of water."""
    number = draw.choice(lexicon()["numbers"][1:])
    several = found[2] if mass(found) else plural(found)
    if number[0] == "很多":
        much = words("很多", "a lot of" if mass(found) else "many")
        return joined([much, words(found[0], several)], 3 if mass(found) else PLURAL)
    of = words(found[0], measured(found, many=True) + several)
    return joined([entry(number), words(found[1], ""), of], PLURAL)


def person(draw: Random, form: int = 1) -> tuple[Phrase, str]:
    """Somebody, as subject (form 1) or object (2), and the word for what is his or hers."""
    chance = draw.random()
    if chance < 0.56:
        one = pick(draw, "pronouns")
        return words(one[0], one[form], int(one[4])), one[3]
    if chance < 0.68:
        one = pick(draw, "names")
        return entry(one), "his"
    if chance < 0.86:
        of, kin = pick(draw, "pronouns"), pick(draw, "kin")
        own = words(of[0], of[3])
        female = kin[0] in "妈妈母亲姐姐妹妹奶奶女儿妻子阿姨"
        short = not of[0].endswith("们") and draw.random() < 0.7
        parts = [own, *([] if short else [words("的", "")]), entry(kin)]
        return joined(parts), "her" if female else "his"
    return noun(draw, "people", "this"), "his"


def kin(draw: Random) -> Phrase:
    """my teacher, his mother, Tom's friend."""
    return joined([owner(draw), entry(pick(draw, "kin"))])


def objects(draw: Random, kinds: str) -> Phrase:
    """What a verb is done to, of one of the kinds in OBJECTS."""
    kind = draw.choice(kinds)
    if kind == "M":
        return person(draw, 2)[0]
    if kind in "LS":
        found = pick(draw, OBJECTS[kind])
        return words(found[0], found[2])
    shapes = "q+q+q+bare+bare+this+num+poss+adj+col"
    return noun(draw, OBJECTS[kind], shapes)


def role(draw: Random, subject: int) -> Phrase:
    """What somebody is: a student; for several people students."""
    found = pick(draw, "people")
    if subject == PLURAL:
        return words(found[0], plural(found), PLURAL)
    if draw.random() < 0.5:
        return joined([words("一" + found[1], "a"), words(found[0], found[2])])
    return words(found[0], f"a {found[2]}")


def number(draw: Random, low: int, high: int) -> Phrase:
    """A whole number: as digits in both languages, or in Chinese characters and English words or digits."""
    value = draw.randint(low, high)
    if draw.random() < 0.4:
        return words(str(value), str(value), 3 if value == 1 else PLURAL)
    english = ENGLISH[value] if value < len(ENGLISH) else str(value)
    return words(in_characters(value), english, 3 if value == 1 else PLURAL)


def in_characters(value: int) -> str:
    """A number below 10,000 as it is written in Chinese."""
    if value < 10:
        return DIGITS[value]
    text = ""
    for unit, name in ((1000, "千"), (100, "百"), (10, "十")):
        digit, value = divmod(value, unit)
        if digit:
            text += DIGITS[digit] + name
        elif text and not text.endswith("零") and value:
            text += "零"
    text += DIGITS[value] if value else ""
    return text.removeprefix("一") if text.startswith("一十") else text
