"""What the course itself says, in the languages of its lessons."""

from __future__ import annotations

from collections.abc import Mapping

ENGLISH: Mapping[str, str] = {
    "lesson": "Lesson",
    "step": "step {number} of {count}",
    "exercise": "exercise {number} of {count}",
    "minutes": "{minutes} minutes",
    "guess": "Guess first: {question}",
    "guess_prompt": "your guess> ",
    "guess_right": "You guessed it.",
    "guess_wrong": "You guessed {given}; it is {answer}.",
    "answer_is": "The answer: {answer}.",
    "try": "Try it: {command}",
    "go_on": "Enter, → or space: next   ←: back   q: leave   or type a command",
    "run": "Enter runs it; change it as you like",
    "answer_prompt": "answer> ",
    "answer_keys": "your answer   ?: a hint   Enter alone: next   ←: back   q: leave",
    "command_keys": "a command that shows it   ?: a hint   Enter alone: next   q: leave",
    "right": "Right.",
    "wrong": "Not yet. ? gives a hint.",
    "no_hint": "There is no hint.",
    "solution": "One way: {command}",
    "otherwise": "The lesson expected something else here: {faults}",
    "end": "The end of the lesson: {right} of {count} exercises right.",
    "next": "The next one: lmcli course {name}",
    "left": "Left at step {number}; lmcli course {name} goes on there.",
    "readings": "To read on",
    "wrong_steps": "{wrong} of {count} steps gave something else than the lesson says",
    "answers": "Answers",
}
CHINESE: Mapping[str, str] = {
    "lesson": "第",
    "step": "第 {number} 步，共 {count} 步",
    "exercise": "练习 {number}，共 {count} 个",
    "minutes": "{minutes} 分钟",
    "guess": "先猜一猜：{question}",
    "guess_prompt": "你猜> ",
    "guess_right": "猜对了。",
    "guess_wrong": "你猜的是 {given}，答案是 {answer}。",
    "answer_is": "答案：{answer}。",
    "try": "试一试：{command}",
    "go_on": "回车、→ 或空格：下一步   ←：上一步   q：离开   也可以输入命令",
    "run": "回车运行，也可以先改一改",
    "answer_prompt": "答案> ",
    "answer_keys": "输入答案   ?：提示   直接回车：下一步   ←：上一步   q：离开",
    "command_keys": "输入能得出答案的命令   ?：提示   直接回车：下一步   q：离开",
    "right": "答对了。",
    "wrong": "还不对。输入 ? 看提示。",
    "no_hint": "这题没有提示。",
    "solution": "一种做法：{command}",
    "otherwise": "这里与课文所说的不同：{faults}",
    "end": "这一课到此结束：{count} 个练习答对了 {right} 个。",
    "next": "下一课：lmcli course {name}",
    "left": "停在第 {number} 步；lmcli course {name} 从这里继续。",
    "readings": "延伸阅读",
    "wrong_steps": "{count} 步中有 {wrong} 步与课文所说的不同",
    "answers": "答案",
}
_ALL = {"en": ENGLISH, "zh": CHINESE}


def words(language: str) -> Mapping[str, str]:
    """What the course says in a language."""
    return _ALL[language]
