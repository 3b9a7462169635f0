"""Prompting strategies side by side on a small task with known answers."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import ClassVar

from lmcli.frame.errors import BadInput
from lmcli.gpt.forms.choices import choose
from lmcli.gpt.generation import batch
from lmcli.gpt.prompting.prompts import (
    TEMPLATES,
    Example,
    Template,
    examples_of,
    read_yaml,
    template_of,
    text_of,
)
from lmcli.gpt.request import Request, Sampling
from lmcli.gpt.text import Text
from lmcli.nn.decoding.context import Context

_FIELDS = ("instruction", "labels", "examples", "test", "strategies", "length")
_BATCH = 16
_LATEX = re.compile(r"\\[a-z]+")  # a command, as \boxed


@dataclass(frozen=True, slots=True)
class Task:
    """Questions with known answers; with `labels` the answer is the likeliest of them."""

    instruction: str
    labels: tuple[str, ...]
    examples: tuple[Example, ...]
    test: tuple[Example, ...]
    strategies: tuple[Template, ...]
    length: int


@dataclass(frozen=True, slots=True)
class Accuracy:
    """How a strategy did: `correct` of `total`; `prompt_tokens` is the mean length of its prompts."""

    strategy: str
    correct: int
    total: int
    accuracy: float
    prompt_tokens: float

    PLAIN: ClassVar[tuple[str, ...]] = ("strategy", "correct", "total", "accuracy", "prompt_tokens")


def read_task(path: Path) -> Task:
    """Read a task from YAML; see the help of `lmcli prompt compare`. Raises BadInput where it is none."""
    values = read_yaml(path, _FIELDS)
    labels = values.get("labels", [])
    if not isinstance(labels, list) or len(labels) == 1:
        raise BadInput(f"{path}: labels is a list of two or more")
    test = examples_of(path, values.get("test", []), "test")
    if not test:
        raise BadInput(f"{path}: there is nothing under test", "add {input: ..., output: ...}")
    names = values.get("strategies", list(TEMPLATES))
    if not isinstance(names, list):
        raise BadInput(f"{path}: strategies is a list of templates")
    length = values.get("length", 64)
    if not isinstance(length, int) or length < 1:
        raise BadInput(f"{path}: length is a number of tokens")
    return Task(
        instruction=text_of(path, values, "instruction"),
        labels=tuple(str(label) for label in labels),
        examples=tuple(examples_of(path, values.get("examples", []), "examples")),
        test=tuple(test),
        strategies=tuple(template_of(str(name))[0] for name in names),
        length=length,
    )


def compare(
    context: Context, task: Task, advance: Callable[[float], None] = lambda _step: None
) -> Iterator[Accuracy]:
    """Answer all questions with each strategy; greedy. Raises BadUsage where examples are missing."""
    for strategy in task.strategies:
        template = replace(strategy, instruction=strategy.instruction or task.instruction)
        prompts = [template.prompt(one.input, task.examples) for one in task.test]
        answers = _answers(context, task, template, prompts, advance)
        correct = sum(
            same_answer(answer, one.output) for answer, one in zip(answers, task.test, strict=True)
        )
        lengths = [len(context.model.encode(prompt)) for prompt in prompts]
        total = len(prompts)
        mean = sum(lengths) / total
        yield Accuracy(template.name, correct, total, correct / total, mean)


def _answers(
    context: Context,
    task: Task,
    template: Template,
    prompts: list[str],
    advance: Callable[[float], None],
) -> list[str]:
    """The answers to all prompts."""
    if template.conclusion:
        thoughts = _generate(context, prompts, task.length, template.stop)
        prompts = [
            prompt + thought.rstrip() + template.conclusion
            for prompt, thought in zip(prompts, thoughts, strict=True)
        ]
    if task.labels:
        answers = []
        for prompt in prompts:
            answers.append(choose(context, prompt, task.labels).text)
            advance(1)
        return answers
    answers = _generate(context, prompts, min(task.length, 32), ("\n",))
    advance(len(answers))
    return answers


def _generate(
    context: Context, prompts: list[str], length: int, stop: tuple[str, ...]
) -> list[str]:
    request = Request(length=length, sampling=Sampling(temperature=0), stop=stop)
    texts = [Text(context.model, context.model.encode(prompt), request) for prompt in prompts]
    for start in range(0, len(texts), _BATCH):
        batch(context, texts[start : start + _BATCH])
    return [text.text for text in texts]


def same_answer(answer: str, wanted: str) -> bool:
    """Whether an answer says what is wanted: the same words, whatever their case and punctuation.

    A longer answer counts where it starts with what is wanted ("4." or "4, because ..." for "4"), also in
    LaTeX, which models that were taught sums write: \\boxed{4}.
    """
    words, wanted_words = _words(answer), _words(wanted)
    return bool(wanted_words) and words[: len(wanted_words)] == wanted_words


def _words(text: str) -> list[str]:
    return re.findall(r"\w+", _LATEX.sub(" ", text.casefold()))
