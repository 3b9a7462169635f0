"""What the dialogue says and understands, in English and Chinese."""

from __future__ import annotations

COMMANDS: dict[str, tuple[str, ...]] = {
    "yes": ("yes", "y", "yeah", "yep", "true", "right", "是", "是的", "对", "对的", "有", "会"),
    "no": ("no", "n", "nope", "false", "wrong", "否", "不", "不是", "没有", "没", "不会", "不对"),
    "unknown": (
        "unknown",
        "u",
        "?",
        "don't know",
        "i don't know",
        "dunno",
        "不知道",
        "不清楚",
        "不确定",
    ),
    "why": ("why", "why?", "为什么", "为什么？", "为何"),
    "how": ("how", "how?", "怎么得出", "如何", "依据", "怎么", "怎么？"),
    "why-not": ("why-not", "why not", "为什么不是", "为何不是"),
    "undo": ("undo", "back", "撤销", "上一步", "撤回"),
    "forget": ("forget", "忘记", "删除"),
    "facts": ("facts", "事实", "已知"),
    "more": ("more", "go on", "continue", "继续"),
    "restart": ("restart", "again", "reset", "重来", "重新开始"),
    "save": ("save", "保存"),
    "load": ("load", "读取", "载入"),
    "help": ("help", "h", "帮助"),
    "quit": ("quit", "exit", "q", "bye", "退出", "再见"),
}
WITH_OBJECT = ("how", "why-not", "forget", "save", "load")

_EN = {
    "welcome": "Tell me what you know in your own words, or answer my questions ({count} rules; help, quit).",
    "help": (
        "yes, no, unknown   answer the question\n"
        "why                what the question is for\n"
        "how [FACT]         how a conclusion came about\n"
        "why-not FACT       what is missing for it, and the cheapest ways to reach it\n"
        "facts              what is known so far\n"
        "undo               take back the last answer\n"
        "forget FACT        take back one answer, and what followed from it\n"
        "more               go on asking after a conclusion\n"
        "restart            begin again\n"
        "save, load FILE    keep this session, or go on with one\n"
        "quit               leave\n"
        "Anything else is read as a sentence: it has stripes and hooves"
    ),
    "ask": "Is this so: {fact}?",
    "ask-value": "What is the {attribute}?",
    "understood": "understood: {facts}",
    "converted": "converted: {facts}",
    "meant": "Do you mean: {fact}?",
    "person": "Is this consultation about the {who}: {facts}?",
    "not-taken": "not taken as a fact: {facts} ({reason})",
    "reason-question": "you ask, you do not tell",
    "reason-if": "you only suppose it",
    "reason-unsure": "it is not certain",
    "reason-past": "that is about another time",
    "reason-goal": "that is concluded by rules, never told",
    "reason-denied": "that says only what the value is not",
    "reason-unit": "in which unit? say °C or °F",
    "reason-conflict": "two things are said that do not fit together",
    "reason-value": "no value that I understand",
    "reason-number": "I do not know what this number is about",
    "reason-bare": "of what? name it: {attributes}",
    "so-far": "{text} (so far: {value})",
    "why-said": "You spoke of it.",
    "unclear": "I cannot find a fact of this base in that. Try other words, yes or no, or help.",
    "number": "Please give a number, or unknown.",
    "derived": "so: {facts}",
    "gone": "no longer: {facts}",
    "contradiction": "but you said no to: {facts}",
    "conclusion": "Conclusion: {goal}",
    "certainty": "{goal} ({certainty})",
    "after": "(how explains it; more goes on; restart begins again)",
    "exhausted": "No further question can change anything.",
    "nothing": "Nothing can be concluded from these answers (facts, undo, why-not FACT, restart).",
    "no-question": "There is no question at the moment.",
    "why": "It can decide between: {goals} ({gain:.2f} bits).",
    "why-one": "It can still decide: {goals}.",
    "and-more": "{count} more",
    "rule": "{name}: {text}",
    "nothing-to-undo": "There is nothing to take back.",
    "nothing-known": "Nothing is known yet.",
    "known-yes": "yes:     {facts}",
    "known-no": "no:      {facts}",
    "known-unknown": "unknown: {facts}",
    "known-derived": "derived: {facts}",
    "which": "Which one? {command} FACT",
    "none-concluded": "Nothing has been concluded yet.",
    "unheard": "You have said nothing of {fact!r}.",
    "attempt": "{rule} for {fact}: {conditions}",
    "repair": "would follow with {add}",
    "repair-remove": "would follow without {remove}",
    "repair-both": "would follow with {add} and without {remove}",
    "no-repair": "no answer that can be given would lead to it",
    "observed": "no rule concludes it: it is observed",
    "saved": "saved to {path}",
    "loaded": "loaded {path}",
    "restarted": "We begin again.",
    "bye": "Good-bye.",
    "given": "you said so",
    "absent": "nothing says otherwise",
    "seen": "see above",
    "not": "not {fact}",
    "holds": "yes",
    "missing": "missing",
    "blocked": "fails",
}
_ZH = {
    "welcome": "请用自己的话描述你知道的情况，或回答我的问题（共{count}条规则；帮助、退出）。",
    "help": (
        "是、否、不知道     回答问题\n"
        "为什么             这个问题有什么用\n"
        "依据 [事实]        结论是怎样得出的\n"
        "为什么不是 事实    还缺什么，怎样最容易得出它\n"
        "事实               目前已知的内容\n"
        "撤销               收回上一个回答\n"
        "忘记 事实          收回一个回答以及由它推出的内容\n"
        "继续               得出结论后继续提问\n"
        "重来               重新开始\n"
        "保存、读取 文件    保存或载入对话\n"
        "退出               结束对话\n"
        "其他内容按句子理解：它有条纹和蹄子"
    ),
    "ask": "是否：{fact}？",
    "ask-value": "{attribute}是多少？",
    "understood": "理解为：{facts}",
    "converted": "换算：{facts}",
    "meant": "你的意思是：{fact}？",
    "person": "这次要判断的是{who}吗：{facts}？",
    "not-taken": "没有当作事实：{facts}（{reason}）",
    "reason-question": "这是在问，不是在说",
    "reason-if": "这只是假设",
    "reason-unsure": "这还不确定",
    "reason-past": "说的是别的时候",
    "reason-goal": "这要由规则推出，不能直接告诉",
    "reason-denied": "这只说明了不是多少",
    "reason-unit": "单位是什么？请说明是摄氏度还是华氏度",
    "reason-conflict": "前后两种说法不一致",
    "reason-value": "没有看懂数值",
    "reason-number": "不知道这个数字说的是什么",
    "reason-bare": "说的是什么？请说明：{attributes}",
    "so-far": "{text}（目前：{value}）",
    "why-said": "你提到了它。",
    "unclear": "没有从这句话中找到规则库里的事实。请换个说法，或回答是、否，或输入帮助。",
    "number": "请给出一个数字，或回答不知道。",
    "derived": "所以：{facts}",
    "gone": "不再成立：{facts}",
    "contradiction": "但你否认过：{facts}",
    "conclusion": "结论：{goal}",
    "certainty": "{goal}（{certainty}）",
    "after": "（“依据”说明理由，“继续”接着提问，“重来”重新开始）",
    "exhausted": "再问也不会改变结果了。",
    "nothing": "根据这些回答得不出结论（事实、撤销、为什么不是 事实、重来）。",
    "no-question": "现在没有待回答的问题。",
    "why": "它可以区分：{goals}（{gain:.2f}比特）。",
    "why-one": "它仍能决定：{goals}。",
    "and-more": "另外{count}个",
    "rule": "{name}：{text}",
    "nothing-to-undo": "没有可以收回的回答。",
    "nothing-known": "目前一无所知。",
    "known-yes": "是：    {facts}",
    "known-no": "否：    {facts}",
    "known-unknown": "不知道：{facts}",
    "known-derived": "推出：  {facts}",
    "which": "哪一个？{command} 事实",
    "none-concluded": "还没有得出任何结论。",
    "unheard": "你没有说过“{fact}”。",
    "attempt": "{rule}（{fact}）：{conditions}",
    "repair": "如果有 {add}，就能得出",
    "repair-remove": "如果没有 {remove}，就能得出",
    "repair-both": "如果有 {add}，而没有 {remove}，就能得出",
    "no-repair": "无论怎样回答都得不出它",
    "observed": "没有规则推出它：它只能观察得到",
    "saved": "已保存到 {path}",
    "loaded": "已载入 {path}",
    "restarted": "重新开始。",
    "bye": "再见。",
    "given": "你说的",
    "absent": "没有相反的依据",
    "seen": "见上",
    "not": "非 {fact}",
    "holds": "有",
    "missing": "缺",
    "blocked": "不成立",
}
TEXTS = {"en": _EN, "zh": _ZH}


def command_of(line: str) -> tuple[str, str]:
    """The command that a line gives, and its object; ("", line) for anything else."""
    text = line.strip()
    folded = text.casefold().rstrip("。.!！")
    for command, words in COMMANDS.items():
        if folded in words:
            return command, ""
    for command in ("why-not", *WITH_OBJECT):
        for word in sorted(COMMANDS[command], key=len, reverse=True):
            if folded.startswith(word + " "):
                return command, text[len(word) + 1 :].strip()
    return "", text


def answer_of(line: str) -> tuple[str, str]:
    """A yes or no that begins a sentence, and the rest of it; ("", line) where there is none."""
    for command in ("yes", "no"):
        for word in COMMANDS[command]:
            for comma in (",", "，", ".", "。"):
                if line.casefold().startswith(word + comma) and line[len(word) + 1 :].strip():
                    return command, line[len(word) + 1 :].strip()
    return "", line
