"""Greedy, beam and samples on a decoder small enough to try every sentence."""

from __future__ import annotations

from itertools import pairwise, product

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lmcli.translate.model import END, PAD, START, UNKNOWN, Memory, Next
from lmcli.translate.search import beam, greedy, log_probabilities, sample

NEVER = [PAD, UNKNOWN, START]
WORDS = 7  # four signs, three words
MOST = 3


class Chain:
    """A decoder whose next word depends on the last one alone: a table of logits (sentence, last, next)."""

    start, end, never = START, END, NEVER

    def __init__(self, table: np.ndarray) -> None:
        self.table = table

    def memory(self) -> Memory:
        count = len(self.table)
        none = np.zeros((1, count, 1, 1, 1), np.float32)
        places = np.arange(count)[:, None]  # which sentence a row is of
        return Memory(places, none, none, none, none, none)

    def write(self, tokens, memory, past=None, *, seen=False):
        rows = memory.mask[:, 0]
        logits = self.table[rows, tokens[:, -1]][:, None].astype(np.float32)
        nothing = np.zeros((1, len(rows), 1, 0, 1), np.float32)
        return Next(logits, (nothing, nothing), nothing)


def every(table: np.ndarray) -> list[tuple[float, tuple[int, ...]]]:
    """Every sentence of at most MOST words, with its mean log probability, the best first."""
    logs = log_probabilities(table.astype(np.float32), NEVER)
    found = []
    for length in range(MOST + 1):
        for words in product(range(4, WORDS), repeat=length):
            path = [START, *words, *([END] if length < MOST else [])]
            values = [float(logs[one, other]) for one, other in pairwise(path)]
            found.append((sum(values) / len(values), words))
    return sorted(found, key=lambda one: (-one[0], one[1]))


tables = st.lists(
    st.floats(-4, 4, width=32), min_size=2 * WORDS * WORDS, max_size=2 * WORDS * WORDS
).map(lambda values: np.array(values).reshape(2, WORDS, WORDS))


@settings(max_examples=50, deadline=None)
@given(tables)
def test_a_wide_beam_finds_the_best_of_all_sentences(table):
    chain = Chain(table)
    found = beam(chain, chain.memory(), [MOST, MOST], width=40)
    for own, logits in zip(found, table, strict=True):
        best, _ = every(logits)[0]
        assert own[0].mean == pytest.approx(best, abs=1e-4)


@settings(max_examples=50, deadline=None)
@given(tables)
def test_greedy_takes_the_likeliest_word_each_time(table):
    chain = Chain(table)
    for own, logits in zip(greedy(chain, chain.memory(), [MOST, MOST]), table, strict=True):
        logs, last, words = log_probabilities(logits.astype(np.float32), NEVER), START, []
        while len(words) < MOST:
            last = int(logs[last].argmax())
            if last == END:
                break
            words.append(last)
        assert own.ids == tuple(words)


def test_samples_are_as_frequent_as_they_are_likely():
    table = np.full((1, WORDS, WORDS), -50.0)
    table[0, START, 4:7] = np.log([0.5, 0.3, 0.2])
    table[0, 4:7, END] = 0
    chain = Chain(np.repeat(table, 3000, axis=0))
    found = sample(chain, chain.memory(), [MOST] * 3000, seed=1)
    counts = np.bincount([one.ids[0] for one in found], minlength=WORDS)[4:] / 3000
    assert np.allclose(counts, [0.5, 0.3, 0.2], atol=0.03)
    assert found == sample(chain, chain.memory(), [MOST] * 3000, seed=1)


def test_a_batch_gives_what_each_sentence_gives_alone():
    table = np.random.default_rng(0).normal(0, 2, (5, WORDS, WORDS))
    together = Chain(table)
    found = beam(together, together.memory(), [MOST] * 5, width=3)
    for place in range(5):
        alone = Chain(table[place : place + 1])
        (own,) = beam(alone, alone.memory(), [MOST], width=3)
        assert [one.ids for one in own] == [one.ids for one in found[place]]
