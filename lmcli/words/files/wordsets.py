"""Word sets that measure associations: the published ones and a user's own, read from YAML.

tests:                                    # Word Embedding Association Tests
  - name: career
    targets:                              # two sets, each with its name
      male names: [John, Paul, Mike]
      female names: [Amy, Joan, Lisa]
    attributes:
      career: [office, salary, business]
      family: [home, parents, children]
    published: {d: 1.81, p: 1.0e-3}       # optional: a figure to compare with
projections:                              # words along the direction of one or more pairs
  - name: jobs
    pairs: [[she, he]]
    words: [nurse, engineer, teacher]
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from lmcli.frame.errors import BadInput, BadUsage, did_you_mean
from lmcli.frame.text.textfile import read_text

PUBLISHED = Path(__file__).parents[1] / "data" / "weat.yaml"


@dataclass(frozen=True, slots=True)
class WordSet:
    """Words with a name for what they have in common."""

    name: str
    words: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class AssociationTest:
    """Target sets X and Y, attribute sets A and B. `published`: an effect size and p-value, or None."""

    name: str
    targets: tuple[WordSet, WordSet]
    attributes: tuple[WordSet, WordSet]
    published: tuple[float, float | None] | None = None

    @property
    def all_words(self) -> tuple[str, ...]:
        """The words of all four sets."""
        return tuple(word for one in (*self.targets, *self.attributes) for word in one.words)


@dataclass(frozen=True, slots=True)
class ProjectionSet:
    """Words to project on the direction that `pairs` span, from the second of a pair to the first."""

    name: str
    pairs: tuple[tuple[str, str], ...]
    words: tuple[str, ...]

    @property
    def all_words(self) -> tuple[str, ...]:
        """The words that are projected and those of the pairs."""
        return (*self.words, *(word for pair in self.pairs for word in pair))


def read_sets(path: Path = PUBLISHED) -> dict[str, AssociationTest | ProjectionSet]:
    """The tests and projections of a YAML file, by name.

    Raises BadInput that says what is wrong and where; LmcliError where the file cannot be read.
    """
    import yaml

    try:
        content = yaml.safe_load(read_text(path))
    except yaml.YAMLError as error:
        raise BadInput(f"{path}: {' '.join(str(error).split())}") from None
    if not isinstance(content, dict) or not {"tests", "projections"}.intersection(content):
        raise BadInput(f"{path}: neither 'tests' nor 'projections'", "lmcli words bias --help")
    found: dict[str, AssociationTest | ProjectionSet] = {}
    for key, read in (("tests", _test), ("projections", _projection)):
        entries = content.get(key) or []
        if not isinstance(entries, list):
            raise BadInput(f"{path}: {key} is not a list")
        for number, entry in enumerate(entries, 1):
            place = f"{path}: {key}, entry {number}"
            if not isinstance(entry, dict) or not isinstance(entry.get("name"), str):
                raise BadInput(f"{place}: no name")
            made = read(entry, f"{path}: {entry['name']}")
            if made.name in found:
                raise BadInput(f"{place}: the name {made.name!r} is taken")
            found[made.name] = made
    return found


def choose(
    sets: dict[str, AssociationTest | ProjectionSet], names: tuple[str, ...]
) -> tuple[list[AssociationTest], list[ProjectionSet]]:
    """(tests, projections) of those names, one of the two empty.

    Without names all tests, or all projections where there is no test. Raises BadUsage for an unknown
    name, or for tests and projections together: their rows differ.
    """
    for name in names:
        if name not in sets:
            from difflib import get_close_matches

            near = did_you_mean(get_close_matches(name, sets))
            raise BadUsage(f"no word sets named {name!r}", near or f"there are {', '.join(sets)}")
    chosen = [sets[name] for name in names] or list(sets.values())
    tests = [one for one in chosen if isinstance(one, AssociationTest)]
    projections = [one for one in chosen if isinstance(one, ProjectionSet)]
    if names and tests and projections:
        raise BadUsage("tests and projections give different rows", "ask for one kind at a time")
    return tests, [] if tests else projections


def _test(entry: dict[str, Any], place: str) -> AssociationTest:
    published = entry.get("published")
    figures = None
    if published is not None:
        numbers = isinstance(published, dict) and all(
            isinstance(value, (int, float)) for value in published.values()
        )
        if not numbers or "d" not in published:
            raise BadInput(f"{place}: published must hold numbers d and p")
        figures = published["d"], published.get("p")
    return AssociationTest(
        entry["name"],
        _two_sets(entry, "targets", place),
        _two_sets(entry, "attributes", place),
        figures,
    )


def _two_sets(entry: dict[str, Any], key: str, place: str) -> tuple[WordSet, WordSet]:
    sets = entry.get(key)
    if not isinstance(sets, dict) or len(sets) != 2:
        raise BadInput(f"{place}: {key} must hold two named sets of words")
    first, second = (
        WordSet(str(name), _words(words, f"{place}: {key}: {name}")) for name, words in sets.items()
    )
    return first, second


def _projection(entry: dict[str, Any], place: str) -> ProjectionSet:
    pairs = entry.get("pairs")
    if not isinstance(pairs, list) or not pairs:
        raise BadInput(f"{place}: no pairs", "as in: pairs: [[she, he]]")
    read = [_words(pair, f"{place}: pairs") for pair in pairs]
    if any(len(pair) != 2 for pair in read):
        raise BadInput(f"{place}: a pair holds two words")
    words = _words(entry.get("words"), f"{place}: words")
    return ProjectionSet(entry["name"], tuple((a, b) for a, b in read), words)


def _words(value: Any, place: str) -> tuple[str, ...]:
    if not isinstance(value, list) or not value:
        raise BadInput(f"{place}: not a list of words")
    for word in value:
        if not isinstance(word, str):
            raise BadInput(f"{place}: {word!r} is not a word", "put it in quotes")
    return tuple(dict.fromkeys(value))
