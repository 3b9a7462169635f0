"""Chinese sentences: names and synonyms found as they stand, longest first, the reach of 没有 and 不."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field, replace

from lmcli.expert.language.chinese import frames
from lmcli.expert.language.chinese.numbers import Places, measures, small
from lmcli.expert.language.hearing import Heard
from lmcli.expert.language.measures import Measure
from lmcli.expert.language.reading import IF, PAST, PERSON, QUESTION, UNSURE, Match, Phrase

_FILLERS = re.compile(r"非常|特别|十分|比较|有点儿?|有些|真的|稍微|[很太的了着也都呢啊呀\s]")
_SENTENCES = re.compile(r"(?<=[。;；！!？?\n])|(?<=[^\d]\.)(?=\s|$)")
_CLAUSE = re.compile(r"，|,(?!\d)|(?<!\d),|但是?|不过(?![气来])|可是|然而|现在|如今")
_PREFIXES = ("有", "会", "能", "善于", "生活在")
_BEFORE = "有是会又还也和与很太没不、或在发我他她你您"
_AFTER = "和与、或又也还已0123456789一两三四五六七八九十半好"
_FAR = ("没有", "没", "无", "并无", "未", "未见", "否认", "不存在")
_DIRECT = re.compile(r"(?:不(?:再)?|没|无|未|毫无)(?:会|能|爱|喜欢|怎么|曾|见|是|觉得|感到|感觉)?$")
_DOUBLE = re.compile(r"(?:不是|并不是|并非|不能说|不会)(?:就)?(?:没有?|不|无)$")
_TWICE = re.compile(r"(?:没有?|不|无|未)[^\0、和与]{0,3}(?:没有?|不|无|未)$")
_RESTART = "有是会能"
UNITS = ("度", "岁", "摄氏度", "°C", "周岁")
_REACH = re.compile(
    r"(?:\0+|[、和与或及以,:既]|什么|任何|出现|明显|过|再|感到|感觉|觉得|其他|持续|严重|一点儿?|点|大|多|发生|发现|伴|发|得|到|等|半点|丝毫|一丝"
    r"|那种|这种|身上|现在|经常|老|总|常|还|又|怎么|真|别|他|她|我|不|没|未|见|曾|长|起|被|对|身体|上|下|里|色|受|[打流患犯闹]过)*"
)  # between a negation and the name that it reaches
_NO_DENIAL = re.compile(r"(?:受|免|少|止|忍|离|躲|逃|挡|顶)不$|不得不?$|没想到|没事|没办法")
_ENDED = re.compile(
    r"[:：]?(?:已经|已|全|完全|基本|终于|早就|早|现在|就)*(?:好|没有?|无|否|停|消失|退|止住?|不见|痊愈|缓解)(?=$|[、和])"
)


class Chinese:
    """Reads Chinese; see `match.Language`."""

    def __init__(self, phrases: Sequence[Phrase]) -> None:
        texts: dict[str, Phrase] = {}
        for phrase in phrases:
            texts.setdefault(_plain(phrase.text), phrase)
        for phrase in phrases:
            for prefix in _PREFIXES:
                short = _plain(phrase.text.removeprefix(prefix))
                if phrase.text.startswith(prefix) and len(short) > 1:
                    texts.setdefault(short, phrase)
        self.texts = dict(sorted(texts.items(), key=lambda item: -len(item[0])))

    def read(self, text: str, asked: str = "") -> Heard:
        """See `match.Language`."""
        heard = Heard()
        state = _State(asked=asked)
        for sentence in filter(None, _SENTENCES.split(text)):
            state.supposed = state.past = False
            state.asking = frames.asks(self._masked(sentence))
            for clause in _clauses(sentence.strip("。;；！!？?\n. ")):
                _Clause(self, clause, state).hear(heard)
                state.offset += len(clause)
        return heard

    def leftover(self, sentence: str) -> str:
        """Nothing: the sentence encoder knows no Chinese."""
        return ""

    def _masked(self, sentence: str) -> str:
        """The sentence without names that hold words of questions (什么都不想做)."""
        for text in self.texts:
            if len(text) > 2:
                sentence = sentence.replace(text, "")
        return sentence


@dataclass
class _State:
    """What a clause hands on to the next."""

    asked: str = ""
    offset: int = 0
    asking: bool = False
    supposed: bool = False
    past: bool = False
    person: str = ""
    attribute: str = ""


@dataclass
class _Clause:
    """One clause, with the names in it masked one by one (NUL; SOH for what only looks like a name)."""

    language: Chinese
    raw: str
    state: _State
    found: list[tuple[Phrase, int, int]] = field(default_factory=list)
    mentions: list[tuple[str, int, int]] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.text = self.free = _plain(self.raw)
        for text, phrase in self.language.texts.items():
            start = self.free.find(text)
            while start >= 0:
                end = start + len(text)
                if len(text) > 1 or self._stands_alone(start, phrase):
                    if phrase.kind == "attribute":
                        free = not any(s < end and start < e for _, s, e in self.mentions)
                        if free and self._own_name(phrase, text, start):
                            self.mentions.append((phrase.subject, start, end))
                    else:
                        self.found.append((phrase, start, end))
                        mask = ("\1" if phrase.kind == "other" else "\0") * len(text)
                        self.free = self.free[:start] + mask + self.free[end:]
                start = self.free.find(text, end)
        self.found.sort(key=lambda item: item[1])

    def hear(self, heard: Heard) -> None:
        """Add what the clause says."""
        state, offset = self.state, self.state.offset
        now = frames.present(self.raw)
        old = frames.past(self.raw)
        state.supposed = frames.supposes(self._unnamed()) or (state.supposed and not now)
        state.past = old or (state.past and not now and not self._speaks_of_now())
        for phrase, start, end in self.found:
            if phrase.kind == "other":
                continue
            match, doubt = self._match(phrase, start, end)
            frame = self._frame(start) or doubt
            if phrase.kind == "goal":
                heard.mentions.append((offset + start, phrase.subject, match.words, "goal"))
                continue
            heard.facts.append((offset + start, match, frame))
        self._measures(heard, now)
        state.person = frames.person_before(self.free, state.person)

    def _speaks_of_now(self) -> bool:
        return bool(re.match(r"我?(?:没有?|不)", self.text))

    def _unnamed(self) -> str:
        """The clause without the names in it, which may hold words of fear or chance (怕光)."""
        text = self.raw
        for _, start, end in self.found:
            text = text.replace(self.text[start:end], "")
        return text

    def _frame(self, place: int) -> str:
        state = self.state
        if state.asking:
            return QUESTION
        if state.supposed:
            return IF
        if frames.uncertain(self._unnamed()):
            return UNSURE
        if state.past:
            return PAST
        person = frames.person_before(self.free[:place], state.person)
        return f"{PERSON} {person}" if person else ""

    def _measures(self, heard: Heard, now: bool) -> None:
        state, offset = self.state, self.state.offset
        places = Places(
            [one for one in self.mentions if not self._is_unit(one)],
            self._own_unit, self.free, state.asked,
        )  # fmt: skip
        told = measures(places, state.attribute)
        for measure in told:
            frame = self._frame(measure.start)
            if frame == UNSURE and measure.op in ("about", "nearly"):
                frame = ""
            if not frame and frames.person_before(self.free, "") and measure.subject == "":
                frame = ""
            heard.measures.append((_moved(measure, offset), frame, now))
            state.attribute = measure.subject or state.attribute
        for name, start, end in self.mentions:
            if self._is_unit((name, start, end)) or any(m.subject == name for m in told):
                continue
            state.attribute = name
            if any(m.start < end and start < m.end for m in told):
                continue
            frame = self._frame(start) or "value"
            heard.mentions.append((offset + start, name, self.text[start:end], frame))

    def _own_name(self, phrase: Phrase, text: str, start: int) -> bool:
        """Whether another name of an attribute stands for it: 温度, and not 水的温度."""
        if text == phrase.subject or text in UNITS:
            return True
        return small(self.free[:start].replace("\0", ""))

    def _is_unit(self, mention: tuple[str, int, int]) -> bool:
        return self.text[mention[1] : mention[2]] in UNITS

    def _own_unit(self, place: int) -> tuple[str, int] | None:
        """The attribute whose unit begins at a place (岁), and where the unit ends."""
        own = [m for m in self.mentions if self._is_unit(m) and m[1] <= place < m[2]]
        if own:
            return own[0][0], own[0][2]
        if re.match(r"°[CF]|华氏|摄氏", self.text[place:]):
            scaled = {
                p.subject
                for text, p in self.language.texts.items()
                if text in ("度", "摄氏度", "°C")
            }
            return (scaled.pop(), place) if len(scaled) == 1 else None
        return None

    def _match(self, phrase: Phrase, start: int, end: int) -> tuple[Match, str]:
        denied, doubt = self._denied(self.free[:start])
        if not denied and _ENDED.match(self.text, end):
            denied = True
        if phrase.kind == "denial":
            denied = not denied
        return Match(phrase.subject, -1.0 if denied else 1.0, self.text[start:end]), doubt

    def _stands_alone(self, start: int, phrase: Phrase) -> bool:
        """A name of one character counts only where it is a word of its own."""
        before, after = self.text[:start], self.text[start + 1 :]
        if before[-1:].isdigit() or (
            phrase.kind == "attribute" and before[-1:] in tuple("零一二三四五六七八九十百氏")
        ):
            return True
        if phrase.kind == "attribute":
            return False
        return (not before or before[-1] in _BEFORE) and (not after or after[0] in _AFTER)

    def _denied(self, before: str) -> tuple[bool, str]:
        """Whether a negation before a name reaches it: 不 stands next to it, 没有 reaches along a list.

        The reason of a doubt where it is not clear.
        """
        if _DOUBLE.search(before) or _NO_DENIAL.search(before):
            return False, ""
        if _DIRECT.search(before):
            return True, UNSURE if _TWICE.search(before) else ""
        places = [(before.rfind(word), word) for word in _FAR]
        start, word = max(places, key=lambda place: (place[0], len(place[1])))
        if start < 0:
            return False, ""
        word = "没有" if before.startswith("没有", start) else word
        if _DOUBLE.search(before[: start + len(word)]):
            return False, ""
        between = before[start + len(word) :]
        if any(sign in between for sign in _RESTART):
            return False, ""
        twice = re.search(r"(?:不|没有?|无)$", before[:start])
        unclear = twice or not _REACH.fullmatch(between)
        return True, UNSURE if unclear else ""


def _moved(measure: Measure, offset: int) -> Measure:
    return replace(measure, start=measure.start + offset, end=measure.end + offset)


def _clauses(sentence: str) -> list[str]:
    """The clauses, each with the word that begins it."""
    cuts = [0]
    for match in _CLAUSE.finditer(sentence):
        cuts.append(match.start() if match[0] in ("现在", "如今") else match.end())
    pieces = [
        sentence[start:end].strip(" ，,")
        for start, end in zip(cuts, [*cuts[1:], None], strict=True)
    ]
    return [re.sub(r"(?:但是?|不过|可是|然而)$", "", piece) for piece in pieces if piece]


def _plain(text: str) -> str:
    return _FILLERS.sub("", text)
