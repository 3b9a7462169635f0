"""A rule base as YAML that `schema.load` reads back the same."""

from __future__ import annotations

import json
import re

from lmcli.expert.model import All, Any, Comparison, Condition, Not, Rule, RuleBase
from lmcli.expert.wording import condition_text

_PLAIN = re.compile(r"[^\W_][\w ./()+'-]*", re.UNICODE)

TEMPLATE = """\
# A rule base for lmcli expert. Check it with: lmcli expert check {file}
name: {name}
language: en            # or zh: the language of the dialogue
title: Which plant is it?

rules:
  # the least rule: if all of these hold, then that
  - {{if: [needles, cones], then: conifer}}
  # any, not, and comparisons on attributes; an explanation is shown by how
  - if: [conifer, {{any: [needles in pairs, "height > 30"]}}, {{not: sheds its needles}}]
    then: pine
    explanation: Pines keep their needles, and have them in bundles.
  - {{if: [conifer, sheds its needles], then: larch}}

goals: [pine, larch]

questions:
  needles: Does it have needles?
  cones: Does it have cones?
  needles in pairs: Do its needles stand in pairs?
  sheds its needles: Does it shed its needles in autumn?
  height: How tall is it, in metres?

# other words for a fact, for sentences in the dialogue
synonyms:
  needles: [needle-like leaves]
  sheds its needles: [loses its needles, bare in winter]

# wordings that only look like a fact:     ignore: [pins and needles]
# facts of which only one can hold:        exclusive: [[pine, larch]]
# how frequent goals are (1 if not given): priors: {{pine: 3}}
# certainty factors as in MYCIN:           certainty: mycin   (then a rule may have certainty: 0.7)
"""


def dump(base: RuleBase) -> str:
    """The base as YAML, one rule a line."""
    lines = [f"name: {scalar(base.name)}", f"language: {base.language}"]
    for key in ("title", "notice"):
        if text := getattr(base, key):
            lines.append(f"{key}: {scalar(text)}")
    if base.uncertain:
        lines.append("certainty: mycin")
    lines += ["rules:", *(f"  - {_rule(rule)}" for rule in base.rules)]
    if base.goals:
        lines.append(f"goals: {_list(base.goals)}")
    if base.exclusive:
        lines += ["exclusive:", *(f"  - {_list(group)}" for group in base.exclusive)]
    if base.priors:
        lines += [
            "priors:",
            *(f"  {scalar(fact)}: {value:.12g}" for fact, value in base.priors.items()),
        ]
    if base.questions:
        lines += ["questions:", *(f"  {scalar(f)}: {scalar(q)}" for f, q in base.questions.items())]
    if base.synonyms:
        lines += [
            "synonyms:",
            *(f"  {scalar(f)}: {_list(words)}" for f, words in base.synonyms.items()),
        ]
    if base.ignore:
        lines.append(f"ignore: {_list(base.ignore)}")
    return "\n".join(lines) + "\n"


def scalar(text: str) -> str:
    """Text as a YAML scalar, plain where that is safe."""
    return (
        text
        if _PLAIN.fullmatch(text) and text == text.strip()
        else json.dumps(text, ensure_ascii=False)
    )


def _list(names: tuple[str, ...]) -> str:
    return "[" + ", ".join(map(scalar, names)) + "]"


def _rule(rule: Rule) -> str:
    fields = [f"name: {scalar(rule.name)}"] if rule.name else []
    fields.append("if: [" + ", ".join(map(_condition, rule.when)) + "]")
    then = [scalar(fact) for fact in rule.then]
    fields.append("then: " + (then[0] if len(then) == 1 else "[" + ", ".join(then) + "]"))
    if rule.certainty != 1:
        fields.append(f"certainty: {rule.certainty:.12g}")
    if rule.explanation:
        fields.append(f"explanation: {scalar(rule.explanation)}")
    return "{" + ", ".join(fields) + "}"


def _condition(condition: Condition) -> str:
    if isinstance(condition, str):
        return scalar(condition)
    if isinstance(condition, Comparison):
        return json.dumps(condition_text(condition), ensure_ascii=False)
    if isinstance(condition, Not):
        return "{not: " + _condition(condition.item) + "}"
    key = "all" if isinstance(condition, All) else "any"
    assert isinstance(condition, (All, Any))
    return "{" + key + ": [" + ", ".join(map(_condition, condition.items)) + "]}"
