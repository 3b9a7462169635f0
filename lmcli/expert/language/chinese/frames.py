"""How Chinese sentences frame what they name: asked, supposed, uncertain, past, or about somebody else."""

from __future__ import annotations

import re

_ASKS = re.compile(
    r"吗|么[?？]?$|什么(?!都|也)|谁|哪|怎么(?!也)|为何|几点|多少|是否|对吧|是吧|对不对|有没有|是不是|会不会|能不能|要不要|算不算|[?？]\s*$|呢$"
    r"|(?P<verb>[\u4e00-\u9fff])不(?P=verb)|何时|如何"
)
_NO_QUESTION = re.compile(
    r"没有?什么|不怎么|没怎么|不知道?怎么|不知为何|没多少|无论|不管|不知什么|怎么.{0,4}都"
)
_IF = re.compile(
    r"如果|假如|要是|假设|假使|倘若|若是|若(?!干)|万一|的话|一旦|即使|哪怕|除非|的时候就会"
)
_UNSURE = re.compile(
    r"可能(?!性)|也许|或许|大概(?!\d)|好像|似乎|恐怕|担心|怕是|以为|应该是|说不定|不确定|不清楚|不知道|没把握|疑似|怀疑|不一定|很少|几乎[没不]"
    r"|偶尔才|预防|避免|防止|害怕会|希望|但愿|差点|说不准|不敢说|不记得|难道|听说|据说|除了|除.{1,12}外|容易|会不|谁都"
)
_PAST = re.compile(
    r"明天|后天|下[个]?(?:周|月|星期|礼拜)|将会?(?![近军])|快要|就要|昨[天晚日]|前[天年晚]|去年|以前|曾经?(?!不)|之前|上个?(?:周|月|星期|礼拜|次|学期)|小时候|过去(?!几|[一二两三四五六七八九十\d])|前几天|前一?阵|前些[天日年]"
    r"|[年天周月日期时]前|当时|那时|那[天年]|早年|年轻时|岁时|岁的时候|原来|从前|(?:19|20)\d\d年|小学时|大学时|几年前|上回|[时]候(?:曾|也|就)?(?=.*过)"
)
_ONGOING = re.compile(
    r"从.{1,10}(?:开始|起)|自.{1,10}(?:开始|起|以来)|以来|开始|到现在|至今|一直|持续|还在|仍然?|起病|还没好|了[一两三四五六七八九十几\d]+"
)
_NOW = re.compile(r"现在|目前|今天|今早|今晚|此刻|眼下|这会儿|刚才|刚刚|今晨")
OTHERS = re.compile(
    r"儿子|女儿|孩子|小孩|宝宝|妈妈|爸爸|母亲|父亲|妈(?!的)|爸|老婆|妻子|老公|丈夫|哥哥?|弟弟?|姐姐?|妹妹?|爷爷|奶奶|外婆|外公|姥姥|姥爷|朋友|同事|邻居|同学|"
    r"室友|舍友|全家|家里人|一家人|老师|叔叔?|阿姨|舅舅?|姑姑?|亲戚|男友|女友|男朋友|女朋友|家人|别人|有人|某人|他们|她们|大家|人家|老板|同桌|表[哥弟姐妹]|堂[哥弟姐妹]|孙子|孙女|侄子|侄女|岳父|岳母|婆婆|公公|对象|同屋|闺蜜|父母|所有人|医生|护士"
)
_REPORTS = re.compile(r"(?:们)?(?:说|量|测|告诉|觉得|发现|认为|给|帮|检查|诊断|问)")
_SELF = re.compile(r"我(?!们?的?(?:" + OTHERS.pattern + r"))|本人|自己|病人|患者|咱")


def asks(text: str) -> bool:
    """Whether a sentence or clause asks. Facts' own names (什么都不想做) must be masked before."""
    return bool(_ASKS.search(_NO_QUESTION.sub("", text)))


def supposes(text: str) -> bool:
    """Whether a clause begins a supposition; what follows it in the sentence is one too."""
    return bool(_IF.search(text))


def uncertain(text: str) -> bool:
    """Whether a clause says that it is not sure."""
    return bool(_UNSURE.search(text))


def past(text: str) -> bool:
    """Whether a clause tells of a time that is over."""
    return bool(_PAST.search(text)) and not _ONGOING.search(text)


def present(text: str) -> bool:
    """Whether a clause says that it is of now."""
    return bool(_NOW.search(text))


def person_before(text: str, person: str) -> str:
    """Whom a place is about: the last person named before it, "" for the patient. person: of the clause before."""
    found = person
    marks = [
        (m.start(), m.end(), m[0])
        for m in OTHERS.finditer(text)
        if not _REPORTS.match(text, m.end())
    ]
    marks += [(m.start(), m.end(), "") for m in _SELF.finditer(text)]
    for _, _, name in sorted(marks):
        found = name
    return found
