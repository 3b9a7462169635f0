"""The patterns of rules.txt, read and filled: sentences in two languages with the links between their words."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import cache
from importlib.resources import files
from random import Random

from lmcli.translate.train.grammar import slots
from lmcli.translate.train.grammar.phrases import (
    PLURAL,
    Phrase,
    agreeing,
    articles,
    entry,
    joined,
    words,
)

SLOT = re.compile(r"([A-Z]\d?)((?::[^?=]+)?)(\??)")
CHOICE = re.compile(r"\{([^}]*)\}(\??)")
KINDS = {"say": 64, "ask": 19, "order": 7, "two": 10}
FRONTED = 0.25  # how often a time stands before the subject
MAYBE = 0.5
PARTED = "睡跑游唱跳吃看打买听上开做骑弹玩说走"  # after which 了 and 过 stand within a verb
STOP = 0.7  # how often a sentence ends with a sign


@dataclass(frozen=True, slots=True)
class Rule:
    """A pattern: its tokens in both languages."""

    weight: int
    chinese: tuple[str, ...]
    english: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Sentence:
    """A sentence: Chinese, English words, for each word the places of the characters that it comes from."""

    chinese: str
    english: tuple[str, ...]
    links: tuple[tuple[int, ...], ...]


@cache
def rules() -> dict[str, tuple[list[Rule], list[int]]]:
    """The rules and their weights by kind."""
    found: dict[str, list[Rule]] = {}
    for line in files(__package__).joinpath("rules.txt").read_text(encoding="utf-8").splitlines():
        if line and not line.startswith("#"):
            head, chinese, english = line.split(" | ")
            kind, weight = head.split()
            rule = Rule(int(weight), _tokens(chinese), _tokens(english))
            found.setdefault(kind, []).append(rule)
    return {kind: (own, [rule.weight for rule in own]) for kind, own in found.items()}


def _tokens(text: str) -> tuple[str, ...]:
    """The tokens of a side of a rule; blanks within braces do not part."""
    return tuple(re.findall(r"(?:\{[^}]*\}|[^\s{])+", text))


@dataclass
class Filling:
    """One use of a rule: what was chosen for its slots, and where in the Chinese that stands."""

    draw: Random
    made: dict[str, Phrase] = field(default_factory=dict)
    forms: dict[str, Callable[[str, str], Phrase]] = field(default_factory=dict)
    own: str = ""  # what belongs to the subject: my, his
    noun: tuple[str, ...] = ()
    chosen: int = 0

    def chinese(self, token: str) -> tuple[str, Phrase] | None:
        """The name and phrase of a token of the Chinese side; None where it is left out."""
        if choice := CHOICE.fullmatch(token):
            self.chosen += 1
            name = f"{{{self.chosen}}}"
            if choice[2] and self.draw.random() > MAYBE:
                return None
            chinese, _, english = self.draw.choice(choice[1].split("/")).partition("~")
            return name, self._keep(name, words(chinese.replace(" ", ""), english))
        if slot := SLOT.fullmatch(token):
            name, argument = slot[1], slot[2].removeprefix(":")
            if slot[3] and self.draw.random() > MAYBE:
                return None
            return name, self._keep(name, self._fill(name[0], argument))
        options = token.split("/")
        word = self.draw.choice(options)
        return options[0], words("" if word == "_" else word, "")

    def _keep(self, name: str, phrase: Phrase) -> Phrase:
        self.made[name] = phrase
        return phrase

    def _fill(self, name: str, argument: str) -> Phrase:
        """What a slot is filled with; `argument` stands after its colon."""
        fills: tuple[tuple[str, Callable[[], Phrase]], ...] = (
            ("XVIF", lambda: self._verb(name, argument)),
            ("SOU", lambda: self._somebody(name)),
            ("JB", lambda: self._formed(name, argument)),
            ("M", self._modal),
            ("A", lambda: self._adjective(argument)),
            ("C", lambda: phrase_of(self.draw, "say")),
            ("N", lambda: slots.noun(self.draw, *argument.split(":"))),
            ("YRE", lambda: self._made_of(name, argument)),
        )
        for names, fill in fills:
            if name in names:
                return fill()
        return self._listed(name, argument)

    def _somebody(self, name: str) -> Phrase:
        phrase, own = slots.person(self.draw, 2 if name == "O" else 1)
        self.own = own if name == "S" else self.own
        return phrase

    def _formed(self, name: str, argument: str) -> Phrase:
        """A pronoun (:obj, :poss), or a bare noun (:plural)."""
        found = slots.pick(self.draw, "pronouns" if name == "J" else argument)
        if name == "J":
            forms = {"obj": found[2], "poss": found[3]}
            phrase = words(found[0], found[1], int(found[4]))
        else:
            self.noun, forms = found, {"plural": slots.plural(found)}
            phrase = words(found[0], found[2])
        self.forms[name] = lambda form, _of: words(found[0], forms[form])
        return phrase

    def _made_of(self, name: str, argument: str) -> Phrase:
        """My teacher; what the subject is; a number."""
        if name == "Y":
            return slots.kin(self.draw)
        if name == "R":
            return slots.role(self.draw, self.made["S"].person)
        low, high = map(int, argument.split("-"))
        return slots.number(self.draw, low, high)

    def _listed(self, name: str, argument: str) -> Phrase:
        """A word of a list: K Z W D, a time, a place to be at or to go to, an hour."""
        draw = self.draw
        if name in "KZW":
            return entry(slots.pick(draw, {"K": "kin", "Z": "names", "W": "spots"}[name]))
        if name in "DT":
            times = [time for time in slots.lexicon()["times"] if time[2] == argument]
            return entry(draw.choice(times if name == "T" else slots.THIS))
        if name in "LG":
            place = slots.pick(draw, "places")
            return words("在" + place[0], place[1]) if name == "L" else words(place[0], place[2])
        hour = draw.randint(1, 12)
        chinese = "两" if hour == 2 else slots.in_characters(hour)
        return words(chinese + "点", f"{slots.ENGLISH[hour]} o'clock")

    def _verb(self, name: str, argument: str) -> Phrase:
        """A verb in its Chinese form, with 了 or 过 as `argument`; its English forms are kept."""
        draw = self.draw
        section = {"V": "verbs", "I": "acts", "F": "verbs"}.get(name)
        section = section or ("verbs" if draw.random() < 0.6 else "acts")
        found = slots.pick(draw, section)
        after = [slots.objects(draw, found[5])] if section == "verbs" and name != "F" else []
        chinese = found[0]
        parts = [chinese, argument]
        if argument and section == "acts" and len(chinese) > 1 and chinese[0] in PARTED:
            parts = [chinese[0], argument, chinese[1:]]  # 吃 了 饭
        rest = [words(part, "") for part in parts[1:] if part]

        def form(kind: str, of: str) -> Phrase:
            if kind == "s":
                english = agreeing(
                    found[1], self.made[of or "S"].person if of or "S" in self.made else 3
                )
            else:
                english = found[{"base": 1, "past": 2, "part": 3, "ing": 4}[kind]]
            return joined([words(parts[0], english), *rest, *after])

        self.forms[name] = form
        return joined([words(parts[0], ""), *rest, *after])

    def _modal(self) -> Phrase:
        found = slots.pick(self.draw, "modals")

        def form(kind: str, _of: str) -> Phrase:
            return words(
                found[0], found[(3 if kind == "not" else 1) + (self.made["S"].person == 3)]
            )

        self.forms["M"] = form
        return words(found[0], "")

    def _adjective(self, section: str) -> Phrase:
        found = slots.pick(self.draw, section)
        self.forms["A"] = lambda form, _of: words(
            found[0], _comparative(found) if form == "er" else found[1]
        )
        return entry(found)

    def english(self, token: str, starts: dict[str, int]) -> list[tuple[str, frozenset[int]]]:
        """The English words of a token, linked to the chunks that they come from."""
        token, _, named = token.partition("=")
        links = frozenset(
            at
            for name in named.split("+")
            if name in starts
            for at in range(starts[name], starts[name] + self._size(name))
        )
        if token.startswith("@"):
            verb, _, of = token[1:].partition(":")
            at = starts.get(verb)
            chosen = self.made.get(verb)
            if chosen:
                verb = " ".join(word for word, _ in chosen.english)
                links |= {at} if at is not None else set()
            person = self.made[of or ("S" if "S" in self.made else "J")].person
            return [(word, links) for word in agreeing(verb, person).split()]
        slot = SLOT.fullmatch(token)
        name = slot[1] if slot else token.removesuffix("?")
        if name not in self.made:
            missing = slot is not None or name.startswith("{")
            return [] if missing else [(token.replace("_", " "), links)]
        if name not in starts:
            return []
        form, _, of = (slot[2] if slot else "").removeprefix(":").partition(":")
        if name == "S" and form == "poss":
            return [(self.own, links)]
        made = self.forms[name](form, of) if form or name == "M" else self.made[name]
        return [(word, own | links) for word, own in made.moved(starts[name])]

    def _size(self, name: str) -> int:
        return len(self.made[name].chinese) if name in self.made else 1


def _comparative(found: tuple[str, ...]) -> str:
    word = found[1]
    if len(found) > 2:
        return found[2]
    if len(word) > 6 or word in ("famous", "useful", "afraid"):
        return f"more {word}"
    return word[:-1] + "ier" if word.endswith("y") else word.rstrip("e") + "er"


def phrase_of(draw: Random, kind: str) -> Phrase:
    """A filled rule of a kind, without a sign at its end."""
    own, weights = rules()[kind]
    return filled(draw, draw.choices(own, weights)[0])


def filled(draw: Random, rule: Rule) -> Phrase:
    """A rule with its slots filled."""
    filling = Filling(draw)
    order = sorted(range(len(rule.chinese)), key=lambda at: rule.chinese[at] == "Q")
    made: dict[int, tuple[str, Phrase]] = {}
    for at in order:
        if rule.chinese[at] == "Q":
            made[at] = ("Q", words(filling.noun[1], ""))
        elif found := filling.chinese(rule.chinese[at]):
            made[at] = found
    parts = [made[at] for at in sorted(made)]
    names = [name for name, _ in parts]
    if names[:2] == ["S", "T"] and draw.random() < FRONTED:
        parts[:2] = parts[1::-1]
    starts: dict[str, int] = {}
    chinese: list[str] = []
    for name, phrase in parts:
        starts.setdefault(name, len(chinese))
        chinese += phrase.chinese
    english = [word for token in rule.english for word in filling.english(token, starts)]
    subject = filling.made.get("S")
    return Phrase(tuple(chinese), tuple(english), subject.person if subject else PLURAL)


def sentence(draw: Random) -> Sentence:
    """A sentence drawn from all rules."""
    (kind,) = draw.choices(list(KINDS), list(KINDS.values()))
    phrase = phrase_of(draw, kind)
    chinese, english = list(phrase.chinese), list(phrase.english)
    if draw.random() < STOP:
        chinese.append("？" if kind == "ask" else "。")
        english.append(("?" if kind == "ask" else ".", frozenset((len(chinese) - 1,))))
    ends: list[int] = []
    for chunk in chinese:
        ends.append((ends[-1] if ends else 0) + len(chunk))
    starts = [0, *ends[:-1]]
    pairs = [(word, own) for many, own in english for word in many.split()]
    links = tuple(
        tuple(place for at in sorted(own) for place in range(starts[at], ends[at]))
        for _, own in pairs
    )
    return Sentence("".join(chinese), tuple(articles([word for word, _ in pairs])), links)
