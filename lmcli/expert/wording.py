"""Rules and conditions as text, in the base's language."""

from __future__ import annotations

from lmcli.expert.model import All, Any, Comparison, Condition, Not, Rule, plain_value

_WORDS = {
    "en": (" and ", " or ", "not ", "if {when} then {then}"),
    "zh": ("且", "或", "非", "如果{when}，则{then}"),
}
LISTS = {"en": ", ", "zh": "、"}
"""What stands between the items of a list."""


def condition_text(condition: Condition, language: str = "en") -> str:
    """A condition in words; nested all and any stand in brackets."""
    conjunction, alternative, negation, _ = _WORDS[language]
    if isinstance(condition, Not):
        return negation + condition_text(condition.item, language)
    if isinstance(condition, (All, Any)):
        joint = conjunction if isinstance(condition, All) else alternative
        return "(" + joint.join(condition_text(item, language) for item in condition.items) + ")"
    if isinstance(condition, Comparison):
        return f"{condition.attribute} {condition.op} {plain_value(condition.value)}"
    return condition


def rule_text(rule: Rule, language: str = "en") -> str:
    """A rule as a sentence."""
    conjunction, _, _, sentence = _WORDS[language]
    then = conjunction.join(rule.then)
    if not rule.when:
        return then
    when = conjunction.join(condition_text(condition, language) for condition in rule.when)
    return sentence.format(when=when, then=then)
