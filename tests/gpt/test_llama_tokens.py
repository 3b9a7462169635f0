"""Tokens equal llama.cpp's, on texts of all kinds."""

import pytest

from lmcli.nn.tokens.template import ids_of_words
from tests.gpt.llama_tokens import read

TOKENS = read()


def test_there_are_500_texts():
    assert len(TOKENS) == 500 and sum(len(entry.ids) for entry in TOKENS) > 20_000


@pytest.mark.parametrize("start", range(0, 500, 50))
def test_tokens_equal_llama_cpp(language_model, start):
    tokenizer = language_model.tokenizer
    for entry in TOKENS[start : start + 50]:
        own = list(tokenizer.encode(entry.text).ids)
        assert own == entry.ids, entry.text
        assert tokenizer.decode(own, skip_special=False) == entry.text


def test_control_tokens_in_a_users_words_are_text(language_model):
    for entry in TOKENS:
        own = ids_of_words(language_model.tokenizer, entry.text)
        assert own == entry.plain, entry.text
        assert not set(own) & set(range(17))
