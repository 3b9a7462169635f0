"""Numbers in Chinese sentences: 没有超过38度, 三十九度五, 38到39度之间, 不到, 左右, 以上."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

from lmcli.expert.language.chinese.frames import OTHERS
from lmcli.expert.language.chinese.numerals import HAN, NUMBER, value_of
from lmcli.expert.language.measures import BARE, CELSIUS, DEGREES, FAHRENHEIT, FOREIGN, Measure

_UNIT = r"(?:摄氏度?|华氏度?|°[CFcf]?|[CFcf](?![A-Za-z])|度)"
_DATE = (
    r"\d+(?:[:/.-]\d+){2,}|\d+[:/]\d+|\d{2,4}年(?:\d+月(?:\d+[日号])?)?"
    r"|\d+月\d+[日号]|\d+[日号]|\d+点(?:半|\d+分?)?(?!\d)"
)
_DIFFERENCE = re.compile(r"(?:升高?|上升|下降|降低?|涨|退|(?<!最)高|(?<!最)低|比.{1,6})$")
_CHANGED = re.compile(r"[升降涨退跌掉烧变][到至成为]")
_SINGLE = "天周日年月点时片次粒杯升米斤口分秒号楼人个块元只条"
_ONE = re.compile(
    rf"(?P<date>{_DATE})|(?P<scale>摄氏|华氏)?(?P<number>{NUMBER})(?P<more>[多几])?(?P<unit>{_UNIT}*)"
    rf"(?P<tail>(?<=度)[半多几]|(?<=度)[\d一二三四五六七八九](?![\d{HAN}天周日月年个次小]))?"
)
_JOIN = re.compile(r"到|至|-|~|—+|–|或者?|和(?=.{1,8}之间)|与(?=.{1,8}之间)")
_BETWEEN = re.compile(r"之间|之內|之内")
_NOT = r"(?:从来?就?没有?|一直没有?|从未|没有?|不曾|未曾|未|不会?|并未|并没有?|并不)(?:有|曾|能|再|会)?"
_BEFORE: list[tuple[re.Pattern[str], str, bool]] = [
    (re.compile(f"(?:{pattern})$"), op, denied)
    for pattern, op, denied in [
        (rf"{_NOT}(?:超过|高于|高过|大于|多于|超出|超|过)", ">", True),
        (rf"{_NOT}(?:低于|少于|小于|低过)", "<", True),
        (rf"{_NOT}(?:达到?|到过?|升到|烧到|升至|足|满|及)", ">=", True),
        (r"[降退回跌掉]到|[降跌]至|恢复到|变成", "=", False),
        (r"不止", ">", False),
        (r"至少|最少|起码|最低|达到|高?达|到过?|升到|烧到|升至|>=|≥|≧", ">=", False),
        (r"至多|最多|顶多|<=|≤|≦", "<=", False),
        (r"超过|高于|高过|大于|多于|超出|大过|>|(?<![量测到有发没不未])过", ">", False),
        (r"低于|小于|少于|低过|<", "<", False),
        (r"将近|快到?|几乎|差一?点", "nearly", False),
        (r"接近|近|大约|大概|约莫?|差不多|估计|可能|~|≈", "about", False),
    ]
]
_AFTER = [
    (re.compile(r"(?:及|或)?以上|往上|或更高|\+"), ">="),
    (re.compile(r"(?:及|或)?以下|往下|或更低"), "<="),
    (re.compile(r"左右|上下|前后|出头|的样子|吧"), "about"),
]
_DENIED = re.compile(
    r"(?:不在|不处于|不介于|不是|并非|没有?|并不是|从来?没有?|不|未|从未|不曾)(?:有|到|过)?$"
)
_GAP = re.compile(
    r"(?:现在|目前|波动|维持|保持|稳定|降|涨|退|跌|由|回|今天|今早|今晚|早上|晚上|上午|下午|中午|刚才|刚刚|刚|一直|已经|已|又|还|就|也|才|都|只|仅|在|是|为|有|量|测|出来|来|"
    r"出|得|大概|可能|好像|到|升|烧|高|最高|达|我|他|她|您|你|病人|患者|孩子|自己|结果|显示|读数|数值|值|一下|过|:|=|、|但|而且|且|并且|并|和|"
    r"从来?|从|起|以来|开始|不|没有?|未|曾|并非|以前|昨天|前天|昨晚|去年|是不是|如果|要是|假如|这|个|这个|那|今年|时|时候|了|的|应该|超|,|"
    r"因为|虽然|然后|后来|当时|会|吧|啊|介于|处于|平均|等于|等同于|经|约|近|快|最低|人|岁数|本人|差不多|左右|发|每天|夜里|夜间|持续)*"
)
_FOLLOWED = re.compile(
    r"$|[,、;:。\0\1~-]|大于|小于|低于|高于|超过|我|他|她|它|并|且|而|还|又|伴|和|与|及|但|也|都|之间|以|左右|上下|的(?!角)|今|现|昨|吧|呢|啊|时|在|然|头|身|没|不|从|一直"
    r"|有|男|女|老|成年|学生|病人|患者|加|另|同时|如果|是|已|比|怎|吗|要|算|属|嘛|多|半|就"
    rf"|[\d{HAN}几半]+(?:天|周|日|个|小时)"
)


@dataclass(frozen=True)
class Places:
    """What a clause names: attributes with their places; those that are units; whether a place belongs to a fact."""

    mentions: Sequence[tuple[str, int, int]]
    units: Callable[[int], tuple[str, int] | None]
    clause: str  # the facts' names are masked with NUL
    asked: str


def measures(places: Places, inherited: str = "") -> list[Measure]:
    """The numbers of a clause in order. inherited: the attribute that the clause before ended with."""
    found: list[Measure] = []
    text, place = places.clause, 0
    while (match := _ONE.search(text, place)) is not None:
        place = max(match.end(), match.start() + 1)
        if not match["date"] and value_of(match["number"]) is None:
            continue
        if text[: match.start()].endswith(("从", "由")) and _CHANGED.match(text, match.end()):
            start = match.start() - 1  # from 38 up to 39: it was 38, and is no more
            text = text[:start] + "、" * (match.end() - start) + text[match.end() :]
            places = replace(places, clause=text)
            continue
        measure = _measure(text, match, places)
        last = found[-1].subject if found else inherited
        start = found[-1].end if found else 0
        measure = _bound(text, measure, places, last, start)
        place = max(place, measure.end)
        if measure.subject or any(c.isdigit() for c in match[0]):
            found.append(measure)
    return found


def _measure(text: str, match: re.Match[str], places: Places) -> Measure:
    if match["date"]:
        return Measure(match.start(), match.end(), match[0], "=", 0, unit=FOREIGN)
    number, op, other, end = _amount(match)
    kind = _kind(match)
    own = places.units(match.end("number"))
    subject = own[0] if own else ""
    end = max(end, own[1]) if own else end
    start, denials = match.start(), 0
    for pattern, name, denied in _BEFORE:
        if op == "=" and (before := pattern.search(text[:start])):
            op, start, denials = name, before.start(), int(denied)
            break
    if op in ("=", "about", ">=", "range") and (second := _second(text, end)):
        op, (other, _, _, end) = "range", _amount(second)
        kind = _kind(second) or kind
        if own_two := places.units(second.end("number")):
            subject, end = own_two[0], max(end, own_two[1])
        tail = _BETWEEN.match(text, end)
        end = tail.end() if tail else end
    for pattern, name in _AFTER:
        if op in ("=", "about") and (after := pattern.match(text, end)):
            op, end = name, after.end()
            break
    if _DIFFERENCE.search(text[:start]):
        kind, subject = FOREIGN, ""  # it rose by 2 degrees: no value
    negated = _DENIED.search(text[:start])
    denials += bool(negated)
    followed = _FOLLOWED.match(text, end) or (
        op != "=" and text[end : end + 1] in tuple(f"0123456789{HAN}")
    )
    if kind == BARE and not subject and not followed:
        kind = FOREIGN
    elif (subject or kind == DEGREES) and not followed:
        kind, subject = FOREIGN, ""
    digits = 1 if number % 1 else 0
    behind = (
        re.match(r"[^\d\s,、;\0\1]{0,2}", text[end:])
        if kind == FOREIGN and not match["date"]
        else None
    )
    unit = behind[0] if behind else ""
    unit = unit[:1] if unit[:1] in _SINGLE else unit
    shown = (text[start:end] + unit).replace("\0", "")
    return Measure(start, end, shown, op, number, other, kind, denials, digits, subject)


def _second(text: str, place: int) -> re.Match[str] | None:
    """The second number of a range that goes on at a place."""
    join = _JOIN.match(text, place)
    second = _ONE.match(text, join.end()) if join else None
    if second is None or not second["number"] or value_of(second["number"]) is None:
        return None
    return second if _amount(second)[1] == "=" else None


def _amount(match: re.Match[str]) -> tuple[float, str, float, int]:
    """The number with what follows it (39度5, 39度半, 38度多, 三十八九度): number, relation, second number, end."""
    text = match["number"]
    number = value_of(text) or 0.0
    tail, more = match["tail"] or "", match["more"] or ""
    if re.fullmatch(r".*十[一二三四五六七八九]{2}", text):  # 三十八九
        low = value_of(text[:-1]) or 0.0
        return low, "range", value_of(text[:-2] + text[-1]) or 0.0, match.end()
    if more or tail in ("多", "几"):
        width = 10.0 if more and number % 10 == 0 else 1.0
        return number, "range", number + width, match.end()
    if tail == "半":
        return number + 0.5, "=", 0.0, match.end()
    if tail:
        tenth = value_of(tail) or 0.0
        return round(number + tenth / 10, 1), "=", 0.0, match.end()
    return number, "=", 0.0, match.end()


def _kind(match: re.Match[str]) -> str:
    text = (match["scale"] or "") + match["unit"]
    if "华氏" in text or "F" in text.upper():
        return FAHRENHEIT
    if "摄氏" in text or "C" in text.upper():
        return CELSIUS
    return DEGREES if text else BARE


def _bound(text: str, measure: Measure, places: Places, last: str, after: int) -> Measure:
    """The measure with its attribute: by a name near it, its unit, the measure before, or the question."""
    left = text[after : measure.start]
    if measure.unit == FOREIGN:
        subject = ""
    elif near := _mentioned(text, measure, places, after):
        subject = near
    elif measure.subject or (measure.unit and last):
        subject = (measure.subject or last) if small(left.replace("\0", "")) else ""
    elif last and (measure.op != "=" or after == 0) and small(left):
        subject = last
    else:
        alone = "\0" not in text and small(text[: measure.start])
        subject = places.asked if alone else ""
    return replace(measure, subject=subject)


def _mentioned(text: str, measure: Measure, places: Places, after: int) -> str:
    """The attribute that is named next to a measure, with nothing but small words between."""
    for name, start, end in sorted(places.mentions, key=lambda one: -one[1]):
        before = start >= after and end <= measure.start and small(text[end : measure.start])
        behind = measure.end <= start and small(text[measure.end : start])
        inside = measure.start < end and start < measure.end and small(text[after : measure.start])
        if before or behind or inside:
            return name
    return ""


def small(text: str) -> bool:
    """Whether nothing but small words stands in a text."""
    return _GAP.fullmatch(OTHERS.sub("", text)) is not None
