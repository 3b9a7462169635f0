"""From YAML values to a rule base, with every fault's line; `schema.json` says the same for editors."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from lmcli.expert import terms
from lmcli.expert.files.nodes import NodeReader
from lmcli.expert.files.reading import Fields, Items, Node, Text, read_file, read_text
from lmcli.expert.language.normal import composed, plain
from lmcli.expert.model import All, Any, Comparison, Condition, Not, Problem, Rule, RuleBase
from lmcli.frame.errors import BadInput

KEYS = (
    "name", "language", "title", "notice", "certainty", "goals", "rules", "questions", "synonyms",
    "exclusive", "priors", "ignore",
)  # fmt: skip
RULE_KEYS = ("name", "if", "then", "certainty", "explanation")
LANGUAGES = ("en", "zh")


def load(path: Path) -> RuleBase:
    """Read a base. Raises BadInput that names the first fault (and how many more there are)."""
    return base_of(read_file(path), str(path))


def loads(text: str, name: str = "base") -> RuleBase:
    """Read a base from text; see `load`."""
    return base_of(read_text(text, name), name)


def base_of(root: Node, path: str) -> RuleBase:
    """The base that a node describes; see `load`."""
    base, problems = read(root, path)
    problems = [problem for problem in problems if problem.severity == "error"]
    if problems:
        first = problems[0]
        more = f" (and {len(problems) - 1} more: lmcli expert check)" if len(problems) > 1 else ""
        raise BadInput(f"{path}:{first.line}: {first.message}{more}", first.hint)
    return base


def read(root: Node, path: str) -> tuple[RuleBase, list[Problem]]:
    """The base as far as it can be understood, and all faults of its form."""
    reader = _Reader(path)
    base = reader.base(root)
    return base, sorted(reader.problems, key=lambda problem: problem.line)


class _Reader(NodeReader):
    """Reads the keys of a base."""

    def base(self, root: Node) -> RuleBase:
        if not isinstance(root, Fields):
            self.fault(
                root.line, "a base is a mapping with the key `rules`", "see: lmcli expert new"
            )
            return RuleBase(Path(self.path).stem, [], path=self.path)
        self.known_keys(root, KEYS, "a base")
        kind = self.word(root, "certainty", "none", ("none", "mycin"))
        self.uncertain = kind == "mycin"
        base = RuleBase(
            name=self.text(root, "name") or Path(self.path).stem,
            rules=self.rules(root),
            language=self.word(root, "language", "en", LANGUAGES),
            title=self.text(root, "title"),
            notice=self.text(root, "notice"),
            uncertain=self.uncertain,
            path=self.path,
        )
        facts, attributes = self.names(base)
        both = {**facts, **attributes}
        base.goals = tuple(self.facts(root.get(Text("goals")), "goals", facts))
        base.questions = self.mapping(root, "questions", both, self.question)
        base.synonyms = self.mapping(root, "synonyms", both, self.words)
        base.priors = self.mapping(root, "priors", facts, self.prior)
        base.ignore = self.texts(root, "ignore")
        base.exclusive = tuple(
            tuple(self.facts(group, "exclusive", facts)) for group in self.items(root, "exclusive")
        )
        return base

    def names(self, base: RuleBase) -> tuple[dict[str, None], dict[str, None]]:
        """The facts and the attributes that the rules speak of."""
        facts: dict[str, None] = {}
        attributes: dict[str, None] = {}
        for leaf in self.leaves.values():
            if isinstance(leaf, Comparison):
                attributes[leaf.attribute] = None
            elif leaf:
                facts[leaf] = None
        for rule in base.rules:
            facts.update(dict.fromkeys(rule.then))
        return facts, attributes

    # -- rules -------------------------------------------------------------------------------

    def rules(self, root: Fields) -> list[Rule]:
        node = root.get(Text("rules"))
        if not isinstance(node, Items) or not node:
            line = root.line if node is None else node.line
            self.fault(line, "`rules` must be a list of rules", "- {if: [a, b], then: c}")
            return []
        rules: list[Rule] = []
        names: dict[str, int] = {}
        for item in node:
            rule = self.rule(item)
            if rule is None:
                continue
            if rule.name and names.setdefault(rule.name, rule.line) != rule.line:
                self.fault(rule.line, f"the rule name {rule.name!r} stands here again, first on line "
                           f"{names[rule.name]}")  # fmt: skip
            rules.append(rule)
        return rules

    def rule(self, node: Node) -> Rule | None:
        if not isinstance(node, Fields):
            self.fault(
                node.line, "a rule is a mapping with `if` and `then`", "- {if: [a, b], then: c}"
            )
            return None
        if len(node) != 2 or "if" not in node or "then" not in node:
            self.known_keys(node, RULE_KEYS, "a rule")
            for key in ("if", "then"):
                if key not in node:
                    self.fault(node.line, f"the rule lacks `{key}`", "- {if: [a, b], then: c}")
                    return None
        when = self.conditions(node[Text("if")])
        then = self.facts(node[Text("then")], "then", None)
        if not then:
            self.fault(node.line, "the rule concludes nothing", "name a fact in `then`")
            return None
        if len(node) == 2:
            return Rule(when, then, line=node.line)
        return Rule(
            when, then, self.text(node, "name"), self.certainty(node),
            self.text(node, "explanation"), node.line,
        )  # fmt: skip

    def certainty(self, rule: Fields) -> float:
        node = rule.get(Text("certainty"))
        if node is None:
            return 1.0
        number = terms.value_of(plain(node)) if isinstance(node, Text) else ""
        if isinstance(number, str) or not -1 <= number <= 1 or number == 0:
            self.fault(node.line, "a certainty is a number from -1 to 1, and not 0")
            return 1.0
        if not self.uncertain:
            self.fault(
                node.line, "this base has no certainties", "add `certainty: mycin` at its top"
            )
        return number

    def conditions(self, node: Node) -> tuple[Condition, ...]:
        """The conjunction that `if` gives: text, a list, or all/any/not."""
        if isinstance(node, Text):
            leaf = self.leaf(node)
            return () if leaf is None else (leaf,)
        if isinstance(node, Items):
            found = [self.condition(item) for item in node]
            return tuple([condition for condition in found if condition is not None])
        condition = self.condition(node)
        if isinstance(condition, All):
            return condition.items
        return () if condition is None else (condition,)

    def condition(self, node: Node) -> Condition | None:
        if isinstance(node, Text):
            return self.leaf(node)
        if isinstance(node, Items):
            return self.several(All, node, node.line)
        if len(node) != 1 or (key := next(iter(node))) not in ("all", "any", "not"):
            self.fault(node.line, "a condition is a fact, a comparison, or one of all, any, not",
                       "quote a fact that holds a colon")  # fmt: skip
            return None
        content = node[key]
        if key == "not":
            items = content if isinstance(content, Items) else Items([content])
            if len(items) > 1:
                self.fault(key.line, "`not` takes one condition", "write {not: {any: [...]}}")
                return None
            inner = self.condition(items[0]) if items else None
            return None if inner is None else Not(inner)
        return self.several(Any if key == "any" else All, content, key.line)

    def several(
        self, kind: Callable[[tuple[Condition, ...]], Condition], node: Node, line: int
    ) -> Condition | None:
        if not isinstance(node, Items) or not node:
            self.fault(line, "`all` and `any` take a list of conditions")
            return None
        found = tuple(c for item in node if (c := self.condition(item)) is not None)
        return found[0] if len(found) == 1 else kind(found) if found else None

    # -- the other keys ----------------------------------------------------------------------

    def question(self, node: Node, key: str) -> str | None:
        if isinstance(node, Text) and node.strip():
            return composed(node).strip()
        self.fault(node.line, "a question is text")
        return None

    def words(self, node: Node, key: str) -> tuple[str, ...] | None:
        items = node if isinstance(node, Items) else [node]
        texts = [self.spelt(item) for item in items if isinstance(item, Text)]
        if len(texts) == len(items) and all(texts):
            return tuple(texts)
        self.fault(node.line, f"{key} are texts")
        return None

    def texts(self, root: Fields, key: str) -> tuple[str, ...]:
        """A list of wordings."""
        found = [(item, self.words(item, key)) for item in self.items(root, key)]
        return tuple(text for _, texts in found if texts for text in texts)

    def prior(self, node: Node, key: str) -> float | None:
        number = terms.value_of(plain(node)) if isinstance(node, Text) else ""
        if isinstance(number, float) and number > 0:
            return number
        self.fault(node.line, "a prior is a number above 0")
        return None
