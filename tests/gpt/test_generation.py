"""Generation with the default model: the same text however it is run."""

from __future__ import annotations

from itertools import product

import numpy as np
import pytest

from lmcli.frame.errors import BadInput
from lmcli.gpt.generation import batch, stream
from lmcli.gpt.lookup import Lookup
from lmcli.gpt.request import Request, Sampling
from lmcli.gpt.text import Text
from lmcli.nn.decoding.context import Context, common_prefix

GREEDY = Sampling(temperature=0)
WARM = Sampling(temperature=0.8, top_p=0.95)
PREFIX = "Here is a list of short and true facts about countries, their cities and rivers.\n"
PROMPTS = (
    "The capital of France is",
    "A",
    "def add(a, b):\n",
    "今天天气真不错，",
    "Once upon a time there",
)


def alone(model, prompt: str, request: Request, context: Context | None = None) -> Text:
    text = Text(model, model.encode(prompt), request)
    pieces = "".join(stream(context or Context(model), text))
    assert pieces == text.text
    return text


@pytest.mark.slow
@pytest.mark.parametrize("prefix", ["", PREFIX])
@pytest.mark.parametrize("sampling", [GREEDY, WARM])
def test_a_batch_gives_what_each_prompt_gives_alone(language_model, prefix, sampling):
    request = Request(length=12, sampling=sampling, seed=11)
    texts = [Text(language_model, language_model.encode(prefix + one), request) for one in PROMPTS]
    batch(Context(language_model), texts)
    for text, prompt in zip(texts, PROMPTS, strict=True):
        single = alone(language_model, prefix + prompt, request)
        assert (text.text, text.reason) == (single.text, single.reason)


def test_a_context_that_has_read_something_gives_the_same(language_model):
    request = Request(length=16, sampling=GREEDY)
    context = Context(language_model)
    for prompt in (PREFIX + "Paris", PREFIX + "Rome", PREFIX, PREFIX + "Rome", "The"):
        fresh = alone(language_model, prompt, request)
        assert alone(language_model, prompt, request, context).ids == fresh.ids


def test_only_new_tokens_are_run(language_model, monkeypatch):
    ran = []
    run = language_model.decoder.run
    monkeypatch.setattr(
        language_model.decoder,
        "run",
        lambda cache, ids, wanted=None: ran.append(ids.shape[1]) or run(cache, ids, wanted),
    )
    context = Context(language_model)
    ids = language_model.encode(PREFIX * 3)
    context.read(ids)
    context.read([*ids, *language_model.encode("More")])
    assert ran[0] == len(ids)
    assert ran[1] <= 2


def test_a_long_prompt_is_read_in_chunks(language_model, monkeypatch):
    from lmcli.nn.decoding import context as module

    ids = language_model.encode(PREFIX * 4)
    whole = Context(language_model).read(ids).copy()
    for chunk in (7, len(ids) - 1):
        monkeypatch.setattr(module, "CHUNK", chunk)
        np.testing.assert_array_equal(Context(language_model).read(ids), whole)


REPEATING = "one two three four five six seven. " * 4


@pytest.mark.slow
@pytest.mark.parametrize("sampling", [GREEDY, Sampling(temperature=0.5)])
def test_lookup_changes_nothing_but_the_runs(language_model, monkeypatch, sampling):
    from lmcli.gpt import generation, lookup

    monkeypatch.setattr(generation, "WORTH_OPENING", 2)
    monkeypatch.setattr(lookup, "ENOUGH", 1)
    drafted = []
    draft = Context.draft
    monkeypatch.setattr(
        Context, "draft", lambda self, tokens: drafted.append(len(tokens)) or draft(self, tokens)
    )
    prompts = (REPEATING, "Once upon a time, once upon a time,")
    for prompt, seed in product(prompts, (4, 5, 6)):
        with_, without = (
            alone(
                language_model,
                prompt,
                Request(length=32, sampling=sampling, seed=seed, lookup=flag),
            )
            for flag in (True, False)
        )
        assert (with_.ids, with_.text, with_.reason) == (without.ids, without.text, without.reason)
    assert drafted


def test_lookup_finds_what_followed():
    lookup = Lookup([1, 2, 3, 4, 5, 1, 2, 3])
    assert lookup.draft(4) == [4, 5, 1, 2]
    assert lookup.draft(7) == [4, 5, 1, 2, 3, 4, 5]
    lookup.saw(9)
    assert lookup.draft(4) == []


def test_lookup_pays_only_where_it_is_right():
    lookup = Lookup([1, 2, 3] * 3)
    assert not lookup.pays
    for token in [1, 2, 3] * 8:
        lookup.saw(token)
    assert lookup.pays


@pytest.mark.parametrize("stop", ["Paris", " is", "The answer is", "\n\n", "ris.", "zzz"])
def test_the_text_ends_before_a_stop_string(language_model, stop):
    free = alone(language_model, "The capital of France is", Request(length=20, sampling=GREEDY))
    request = Request(length=20, sampling=GREEDY, stop=(stop,))
    text = alone(language_model, "The capital of France is", request)
    assert text.text == free.text.partition(stop)[0]
    assert (text.reason == "stop") == (stop in free.text or free.reason == "stop")


def test_reasons(language_model):
    assert alone(language_model, "Once", Request(length=3, sampling=GREEDY)).reason == "length"
    assert alone(language_model, "Once", Request(length=0, sampling=GREEDY)).reason == "length"


def test_the_context_ends_a_text(language_model, monkeypatch):
    monkeypatch.setattr(language_model, "context", 12)
    text = alone(language_model, "Once upon a time", Request(length=50, sampling=GREEDY))
    assert text.reason == "context"
    assert len(text.ids) == 12
    with pytest.raises(BadInput, match="at most 11"):
        alone(language_model, "word " * 20, Request(length=5))


def test_bytes_that_are_no_character_yet_are_held_back(language_model):
    """Emoji are several tokens; no piece ends within one."""
    request = Request(length=30, sampling=Sampling(temperature=1.2), seed=5)
    text = Text(language_model, language_model.encode("😀😂🥲👍🔥✨😀"), request)
    pieces = list(stream(Context(language_model), text))
    assert "".join(pieces) == text.text
    assert all("\ufffd" not in piece for piece in pieces[:-1])


def test_common_prefix():
    assert common_prefix([[1, 2, 3], [1, 2, 4], [1, 2]]) == 2
    assert common_prefix([[1], [2]]) == 0
    assert common_prefix([[], [2]]) == 0


def test_seeds_differ(language_model):
    texts = {
        alone(language_model, "Once upon", Request(length=12, seed=seed)).text for seed in range(4)
    }
    assert len(texts) == 4
