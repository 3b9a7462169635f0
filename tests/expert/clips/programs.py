"""Random CLIPS programs, from a seed: of the part that is read, and with parts that are not."""

from __future__ import annotations

import random
from collections.abc import Callable
from dataclasses import dataclass, field

RELATIONS = ("wet", "Wet", "cold", "level", "mark", "go-on", "c3", "sky")
SPELLINGS = (
    ("7", "+7", "07"), ("7.0", "7.", "0.7e1"), ("-0.5", "-.5", "-5e-1"), ("3500.0", "3.5e3"),
    ('"x"', '"x"'), ("x", "x"), ('"7"', '"7"'), ("blue", "blue"), ("-", "-"), ("0", "-0", "00"),
)  # fmt: skip


@dataclass
class Program:
    """The text, form by form; concluded: construct's name -> relations that it may assert."""

    forms: list[str] = field(default_factory=list)
    concluded: dict[str, set[str]] = field(default_factory=dict)

    @property
    def text(self) -> str:
        return "; a program\n" + "\n".join(self.forms) + "\n"


class Writer:
    """Writes one program."""

    def __init__(self, seed: int) -> None:
        self.rng = random.Random(seed)
        self.program = Program()
        self.names: list[tuple[str, int | None]] = []
        for _ in range(self.rng.randint(5, 10)):
            value = None if self.rng.random() < 0.5 else self.rng.randrange(len(SPELLINGS))
            self.names.append((self.rng.choice(RELATIONS), value))
        self.level = {name: self.rng.randint(0, 3) for name in self.names}
        self.orderly = self.rng.random() < 0.6  # saliences that follow the levels

    def fact(self, below: int = 9) -> str:
        """A fact of a level below, in one of its spellings."""
        fitting = [name for name in self.names if self.level[name] < below] or self.names[:1]
        relation, value = self.rng.choice(fitting)
        return self.spelt(relation, value)

    def spelt(self, relation: str, value: int | None) -> str:
        blank = self.rng.choice(("", "", " ", "\n  "))
        if value is None:
            return f"({blank}{relation}{blank})"
        return f"({blank}{relation} {self.rng.choice(SPELLINGS[value])}{blank})"

    def condition(self, level: int, depth: int = 0, inside: bool = False) -> str:
        """A conditional element whose nots, in an orderly program, deny facts of lower levels alone."""
        denied = level if self.orderly else 9
        kind = self.rng.random()
        if kind < 0.5 or depth > 2:
            return self.fact(level + 1 if self.orderly else 9)
        if kind < 0.55 and not inside:
            return f"?f{self.rng.randrange(10**6)} <- {self.fact(level + 1 if self.orderly else 9)}"
        if kind < 0.7:
            return f"(not {self.fact(denied)})"
        if kind < 0.75:
            return f"(forall {self.fact(denied)} {self.fact(denied)})"
        if kind < 0.8:
            return f"(exists {self.condition(level, depth + 1, True)})"
        if kind < 0.85:
            inner = [self.fact(denied) for _ in range(2)]
            return f"(not ({self.rng.choice(('and', 'or'))} {' '.join(inner)}))"
        parts = [self.condition(level, depth + 1, inside) for _ in range(self.rng.randint(1, 3))]
        return f"({self.rng.choice(('and', 'or'))} {' '.join(parts)})"

    def rule(self, number: int, extra: str = "", action: str = "") -> None:
        """A rule, now and then under a name that stands already."""
        rng = self.rng
        name = f"r{rng.randrange(number + 1) if rng.random() < 0.1 else number}"
        head = rng.choice(self.names)
        level = self.level[head]
        salience = -level if self.orderly else rng.randint(-2, 2)
        declared = f"(declare (salience {salience}))" if salience or rng.random() < 0.2 else ""
        parts = [self.condition(level) for _ in range(rng.randint(0, 3))]
        if rng.random() < 0.25 and parts:
            parts[0] = f"(logical {parts[0]})"
            if rng.random() < 0.6:
                parts = [f"(logical {' '.join([parts[0][9:-1], *parts[1:]])})"]
        said = rng.choice(("", "", '(printout t "so: " 7 crlf)', "1"))
        assertion = f"(assert {self.spelt(*head)})"
        prefix = rng.choice(("", "", "", "MAIN::"))
        comment = rng.choice(("", '"a \\"comment\\""', "; words ( here\n"))
        when = " ".join([*parts, extra])
        self.program.forms.append(
            f"(defrule {prefix}{name} {comment} {declared} {when} => {said} {action or assertion})"
        )
        self.program.concluded.setdefault(name, set()).update(RELATIONS if action else head[:1])

    def facts(self, number: int) -> None:
        """A deffacts, now and then under a name that stands already."""
        name = f"d{self.rng.randrange(number + 1) if self.rng.random() < 0.2 else number}"
        given = [self.fact() for _ in range(self.rng.randint(0, 4))]
        self.program.forms.append(f'(deffacts {name} "given" {" ".join(given)})')


def supported(seed: int) -> Program:
    """A program of the part that is read."""
    writer = Writer(seed)
    steps: list[Callable[[int], None]] = [writer.facts] * writer.rng.randint(1, 3)
    steps += [writer.rule] * writer.rng.randint(2, 12)
    writer.rng.shuffle(steps)
    for number, step in enumerate(steps):
        step(number)
    return writer.program


STRANGE: tuple[tuple[str, str], ...] = (
    ("(level ?x)", ""),
    ("(level $?rest)", ""),
    ("(cold) (test (> 2 1))", ""),
    ("(mark ~x)", ""),
    ("(mark x | y)", ""),
    ("(person (name ann))", ""),
    ("?gone <- (cold)", "(retract ?gone)"),
    ("?gone <- (level ?)", "(retract ?gone) (assert (sky))"),
    ("?p <- (person (name ?))", "(modify ?p (name bob))"),
    ("(mark ?x)", "(assert (level ?x))"),
    ("(mark ?x)", "(printout t ?x crlf)"),
    ("", '(assert-string "(cold)")'),
    ("(wet)", "(halt)"),
    ("(wet)", "(if (> 2 1) then (assert (cold)) else (assert (sky)))"),
    ("(wet)", "(bind ?x 7) (assert (level ?x))"),
    ("(wet)", "(shout)"),
    ("(wet)", "(undeclared 5)"),
    ("(wet)", "(assert (cold ?unbound))"),
    ("(initial-fact)", ""),
)
CONSTRUCTS = (
    "(deftemplate person (slot name) (slot age))",
    "(deffacts people (person (name ann)) (cold))",
    "(deffacts broken (cold ?x) (sky))",
    "(deffunction shout () (assert (Wet)))",
    "(defglobal ?*high* = 10)",
    "(defmodule OTHER (import MAIN ?ALL))\n(defrule OTHER::o => (assert (wet)))"
    "\n(defrule MAIN::back (go-on) => (assert (c3)))",
    "(reset)",
    "(assert (wet))",
)  # fmt: skip


def mixed(seed: int) -> Program:
    """A program with parts that propositions cannot say."""
    writer = Writer(seed)
    rng = writer.rng
    chosen = [rng.choice(CONSTRUCTS) for _ in range(rng.randint(0, 3))]
    writer.program.forms += sorted(set(chosen), key=CONSTRUCTS.index)
    steps: list[Callable[[int], None]] = [writer.facts] * rng.randint(1, 3)
    steps += [writer.rule] * rng.randint(2, 8)
    for extra, action in rng.choices(STRANGE, k=rng.randint(1, 3)):
        steps.append(lambda number, e=extra, a=action: writer.rule(number, e, a))
    rng.shuffle(steps)
    for number, step in enumerate(steps):
        step(number)
    return writer.program
