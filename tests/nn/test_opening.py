"""A decoder's graph is opened ahead once, and what is opened ahead is handed over."""

import pytest

from lmcli.frame.environment import Environment
from lmcli.nn.decoding import opening
from lmcli.nn.decoding.context import context_of


@pytest.fixture
def env(smollm2, monkeypatch):
    monkeypatch.setenv("LMCLI_MODELS", str(smollm2.parent))
    environment = Environment.of_process()
    yield environment
    environment.cache.drop()


def test_what_was_begun_is_taken_and_not_begun_again(env):
    opening.begin(env, None)
    assert len(opening._begun) == 1
    begun = next(iter(opening._begun.values()))
    opening.begin(env, None)
    assert list(opening._begun.values()) == [begun]  # the same, still under way
    session = context_of(env).model.decoder.session
    assert session is begun.result() and not opening._begun
    opening.begin(env, None)  # it is loaded
    assert not opening._begun


def test_what_is_not_here_is_left_to_who_needs_it(env):
    opening.begin(env, "no-such-model")
    assert not opening._begun
