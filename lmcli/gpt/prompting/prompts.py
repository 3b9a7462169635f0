"""Prompts made of an instruction, worked examples and a question: zero-, one- and few-shot, and chains
of thought (Brown et al. 2020, arXiv:2005.14165; Kojima et al. 2022, arXiv:2205.11916).
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from lmcli.frame.errors import BadInput, BadUsage, did_you_mean, named
from lmcli.frame.text.lines import numbered


@dataclass(frozen=True, slots=True)
class Example:
    """A worked example: what is given and what should come out."""

    input: str
    output: str


@dataclass(frozen=True, slots=True)
class Template:
    """How a prompt is put together.

    `example` is filled in once for each example with {input} and {output}, `query` once with {input}.
    `examples` says how many examples the template takes at least and at most; what follows a string
    of `stop` in the answer does not belong to it. `conclusion` asks for the answer after a chain of
    thought.
    """

    name: str
    example: str = "Input: {input}\nOutput: {output}\n\n"
    query: str = "Input: {input}\nOutput:"
    instruction: str = ""
    examples: tuple[int, int] = (0, 1000)
    stop: tuple[str, ...] = ("\n",)
    conclusion: str = ""

    def prompt(self, text: str, examples: Sequence[Example] = ()) -> str:
        """The prompt for one input. Raises BadUsage where there are too few examples."""
        least, most = self.examples
        if len(examples) < least:
            raise BadUsage(
                f"the template {self.name} wants {least} examples, and there are {len(examples)}",
                'give more with --example "in => out"',
            )
        head = f"{self.instruction}\n\n" if self.instruction else ""
        shown = "".join(
            _fill(self.example, {"input": one.input, "output": one.output})
            for one in examples[:most]
        )
        return head + shown + _fill(self.query, {"input": text})


@dataclass(frozen=True, slots=True)
class Prompting:
    """A template, and the examples that are put into it."""

    template: Template
    examples: Sequence[Example]

    def prompt(self, text: str) -> str:
        """The prompt for one input; see `Template.prompt`."""
        return self.template.prompt(text, self.examples)


def _fill(pattern: str, values: Mapping[str, str]) -> str:
    """Put values in place of {name}; other braces stay as they are."""
    parts = []
    rest = pattern
    while rest:
        places = [(at, name) for name in values if (at := rest.find("{" + name + "}")) >= 0]
        if not places:
            break
        at, name = min(places)
        parts += [rest[:at], values[name]]
        rest = rest[at + len(name) + 2 :]
    return "".join(parts) + rest


TEMPLATES = {
    "zero": Template("zero", query="{input}\nAnswer:", examples=(0, 0)),
    "one": Template("one", examples=(1, 1)),
    "few": Template("few", examples=(2, 1000)),
    "cot": Template(
        "cot",
        example="Q: {input}\nA: {output}\n\n",
        query="Q: {input}\nA: Let's think step by step.",
        stop=("\nQ:", "\n\n"),
        conclusion="\nTherefore, the answer is",
    ),
}

_FIELDS = ("instruction", "example", "query", "stop", "conclusion")


def template_of(name: str) -> tuple[Template, list[Example]]:
    """A template by name, or of a YAML file that may bring examples along.

    Raises BadUsage for an unknown name, BadInput for a file that is none.
    """
    if name in TEMPLATES:
        return TEMPLATES[name], []
    path = Path(name)
    if path.suffix.lower() not in (".yaml", ".yml"):
        from difflib import get_close_matches

        near = did_you_mean(get_close_matches(name, TEMPLATES))
        known = f"known: {', '.join(TEMPLATES)}, or a .yaml file"
        raise BadUsage(f"no template is called {name!r}", near or known)
    values = read_yaml(path, (*_FIELDS, "examples"))
    texts: dict[str, Any] = {
        field: text
        for field in _FIELDS
        if field != "stop" and (text := text_of(path, values, field))
    }
    template = Template(path.stem, **texts)
    if "{input}" not in template.query:
        raise BadInput(f"{path}: the query has no {{input}}", "put {input} where the text belongs")
    if "stop" in values:
        stop = values["stop"]
        listed = [stop] if isinstance(stop, str) else stop
        if not isinstance(listed, list) or not all(isinstance(one, str) for one in listed):
            raise BadInput(f"{path}: stop is a text or a list of texts")
        template = replace(template, stop=tuple(listed))
    return template, examples_of(path, values.get("examples", []), "examples")


def prompting(
    template: str | None, instruction: str | None, shown: Sequence[str], examples_file: Path | None
) -> Prompting:
    """A template by name or file, with an instruction of its own, filled with examples "in => out" and those of a file.

    Without a name it takes as many shots as there are examples. Raises BadUsage and BadInput as
    `template_of`, `parse_example` and `read_examples` do.
    """
    examples = [parse_example(text) for text in shown]
    if examples_file:
        examples += read_examples(examples_file)
    usual = ("zero", "one")[len(examples)] if len(examples) < 2 else "few"
    built, own_examples = template_of(template or usual)
    if instruction:
        built = replace(built, instruction=instruction)
    return Prompting(built, examples or own_examples)


def read_yaml(path: Path, fields: Sequence[str]) -> dict[str, Any]:
    """A YAML file that holds a mapping of these fields. Raises BadInput where it is none."""
    import yaml

    try:
        values = yaml.safe_load(path.read_text(encoding="utf-8-sig"))
    except (OSError, UnicodeDecodeError, yaml.YAMLError) as error:
        reason = getattr(error, "strerror", None) or str(error).replace("\n", " ")
        raise BadInput(f"{path}: {reason}") from None
    if not isinstance(values, dict):
        raise BadInput(f"{path}: a mapping of fields belongs there")
    if unknown := set(values) - set(fields):
        raise BadInput(
            f"{path}: unknown field {min(map(str, unknown))!r}", f"known: {', '.join(fields)}"
        )
    return values


def text_of(path: Path, values: Mapping[str, Any], field: str) -> str:
    """A text of a YAML file; "" where it is missing."""
    text = values.get(field, "")
    if not isinstance(text, str):
        raise BadInput(f"{path}: {field} is not a text", "put it in quotes")
    return text


def examples_of(path: Path, entries: Any, field: str) -> list[Example]:
    """Examples of a YAML file: a list of {input, output}, or of "in => out"."""
    if not isinstance(entries, list):
        raise BadInput(f"{path}: {field} is not a list")
    examples = []
    for number, entry in enumerate(entries, 1):
        if isinstance(entry, str):
            examples.append(parse_example(entry, f"{path}: {field} {number}"))
        elif isinstance(entry, dict) and set(entry) == {"input", "output"}:
            examples.append(Example(str(entry["input"]), str(entry["output"])))
        else:
            raise BadInput(f"{path}: {field} {number} is not {{input, output}}")
    return examples


def parse_example(text: str, where: str = "--example") -> Example:
    """An example written as "in => out". Raises BadInput where it is not."""
    given, arrow, wanted = text.partition("=>")
    if not arrow or not given.strip() or not wanted.strip():
        raise BadInput(f"{where}: {text!r} is not an example", 'write it as "in => out"')
    return Example(given.strip(), wanted.strip())


def read_examples(path: Path) -> list[Example]:
    """Examples of a file: JSON lines {"input", "output"}, or lines "in => out"; blank lines are skipped.

    Raises BadInput with the line that is neither.
    """
    found = []
    for number, line in numbered(path):
        where = f"{named(path)}, line {number}"
        if isinstance(line, BadInput):
            raise BadInput(f"{where}: {line.message}", line.hint)
        if not line.strip():
            continue
        if not line.lstrip().startswith("{"):
            found.append(parse_example(line, where))
            continue
        try:
            entry = json.loads(line)
            found.append(Example(str(entry["input"]), str(entry["output"])))
        except (ValueError, KeyError, RecursionError):
            raise BadInput(f'{where}: not {{"input": ..., "output": ...}}') from None
    return found
