"""Rules against their peers, in one run: python -m tests.bench.expert (needs clipspy).

Random propositional rules, loaded and run: this engine, CLIPS through clipspy, and a naive re-scan, in turn. The
comparison is not one of equals: CLIPS matches patterns with variables, incrementally, by the Rete algorithm; the rules
here are propositional, which is what this engine is made for. Then 100,000 rules in three orders, and the same from a
YAML file.
Figures are seconds of processor time, medians.
"""

from __future__ import annotations

import gc
import random
import statistics
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

from lmcli.expert.chaining import Model, infer
from lmcli.expert.files.schema import load
from lmcli.expert.model import Evidence, RuleBase

Pairs = list[tuple[tuple[str, ...], str]]
RUNS = 7


def rules(count: int, seed: int = 1) -> tuple[Pairs, list[str]]:
    """`count` rules of one to four conditions over half as many facts, and the facts that are given."""
    rng = random.Random(seed)
    names = [f"f{number}" for number in range(count // 2)]
    pairs = [(tuple(rng.sample(names, rng.randint(1, 4))), rng.choice(names)) for _ in range(count)]
    return pairs, names[: count * 3 // 20]


def by_lmcli(pairs: Pairs, given: list[str]) -> set[str]:
    """Load and run; all that holds."""
    model = load_and_run(pairs, given)
    return {*given, *(str(model.program.atoms[atom]) for atom in model.order)}


def load_and_run(pairs: Pairs, given: list[str]) -> Model:
    """Make a base of rules that lie in memory, compile it, and conclude all that follows."""
    return infer(RuleBase.of_pairs(pairs), Evidence.of(*given))


def by_clips(pairs: Pairs, given: list[str]) -> set[str]:
    """Load and run in CLIPS: the rules as one text, the facts as one deffacts."""
    import clips

    environment = clips.Environment()
    text = [f"(deffacts given {' '.join(f'({fact})' for fact in given)})"]
    for number, (when, then) in enumerate(pairs):
        conditions = " ".join(f"({fact})" for fact in when)
        text.append(f"(defrule r{number} {conditions} => (assert ({then})))")
    with tempfile.NamedTemporaryFile("w", suffix=".clp") as file:
        file.write("\n".join(text))
        file.flush()
        environment.load(file.name)
    environment.reset()
    environment.run()
    return {str(fact)[1:-1] for fact in environment.facts()} - {"initial-fact"}


def by_rescan(pairs: Pairs, given: list[str]) -> set[str]:
    """Go over all rules until nothing is new, as the course's script does."""
    known = set(given)
    grown = True
    while grown:
        grown = False
        for when, then in pairs:
            if then not in known and known.issuperset(when):
                known.add(then)
                grown = True
    return known


def seconds(job: Callable[[], object]) -> float:
    """Processor time of one call, without that of throwing its result, or an earlier one, away."""
    gc.collect()
    began = time.process_time()
    kept = job()
    took = time.process_time() - began
    del kept
    return took


def against_the_order(count: int) -> tuple[Pairs, list[str]]:
    """A chain of rules, each of which waits for the one below it: a re-scan finds one fact a round."""
    return [((f"f{n + 1}",), f"f{n}") for n in range(count)], [f"f{count}"]


def compare(
    title: str,
    made: tuple[Pairs, list[str]],
    engines: dict[str, Callable[[Pairs, list[str]], set[str]]],
) -> None:
    """Time the engines in turn on the same rules, and check that they conclude the same."""
    pairs, given = made
    expected = by_lmcli(pairs, given)
    times: dict[str, list[float]] = {name: [] for name in engines}
    for turn in range(RUNS):
        for name, engine in engines.items():
            if turn == 0:
                assert engine(pairs, given) == expected, name
            times[name].append(seconds(lambda engine=engine: engine(pairs, given)))  # type: ignore[misc]
    ours = statistics.median(times["lmcli"])
    print(f"{len(pairs):,} {title}, {len(expected):,} facts hold")
    for name, found in times.items():
        middle = statistics.median(found)
        print(f"  {name:16s} {middle:8.3f} s  {middle / ours:7.1f} x lmcli")


def orders(count: int) -> None:
    """The same rules as they come, backwards, shuffled; and a chain in the worst order."""
    pairs, given = rules(count)
    shuffled = list(pairs)
    random.Random(2).shuffle(shuffled)
    print(f"{count:,} rules in any order, load from memory + run")
    for name, order in {"as made": pairs, "backwards": pairs[::-1], "shuffled": shuffled}.items():
        found = [seconds(lambda order=order: load_and_run(order, given)) for _ in range(RUNS)]  # type: ignore[misc]
        print(f"  {name:16s} {statistics.median(found):8.3f} s")
    chain, first = against_the_order(count)
    found = [seconds(lambda: load_and_run(chain, first)) for _ in range(RUNS)]
    print(f"  {'one long chain':16s} {statistics.median(found):8.3f} s")


def from_file(count: int) -> None:
    """Minimal rules from YAML."""
    pairs, given = rules(count)
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "large.yaml"
        lines = [f"- {{if: [{', '.join(when)}], then: {then}}}" for when, then in pairs]
        path.write_text("rules:\n" + "\n".join(lines) + "\n", encoding="utf-8")
        reading = [seconds(lambda: load(path)) for _ in range(3)]
        base = load(path)
        running = [seconds(lambda: infer(base, Evidence.of(*given))) for _ in range(3)]
        print(f"{count:,} rules from a YAML file of {path.stat().st_size / 1e6:.1f} MB")
    print(f"  {'read and check':16s} {statistics.median(reading):8.3f} s")
    print(f"  {'compile and run':16s} {max(running):8.3f} s, run again {min(running):.3f} s")


def main() -> None:
    """All comparisons."""
    engines = {"lmcli": by_lmcli, "clipspy": by_clips, "naive re-scan": by_rescan}
    compare("random rules", rules(1000), engines)
    compare("random rules", rules(10_000), engines)
    compare("rules in the worst order", against_the_order(3000), engines)
    orders(100_000)
    from_file(100_000)


if __name__ == "__main__":
    main()
