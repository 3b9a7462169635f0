"""Which model reads Chinese where --model names none, and how Chinese is cut where words are needed."""

import shutil

import pytest

from lmcli.frame.models import bundled_folder, read_spec
from lmcli.frame.models.files import write_spec

NAME = "e5-small-multilingual"


@pytest.fixture
def multilingual(own_settings):
    """The bundled encoder under the multilingual one's name, pulled: it says that it reads Chinese."""
    source = bundled_folder() / "all-minilm-l6-v2"
    folder = own_settings / "data" / "models" / NAME
    shutil.copytree(source, folder)
    spec = read_spec(source)
    values = {"name": NAME, "task": spec.task, "languages": ["zh", "en"]}
    write_spec(folder, {**values, "settings": dict(spec.settings)}, [f.path for f in spec.files])
    return folder


def test_chinese_is_read_by_the_model_that_is_here(lmcli, multilingual):
    said = f"{NAME} reads the Chinese characters"
    assert said in lmcli("tokenize", "我", tty=True).err
    assert said not in lmcli("tokenize", "天", tty=True).err  # once in a session
    for words in (("compare", "天气", "cat"), ("embed", "天气"), ("attention", "天气")):
        assert NAME in lmcli(*words).err  # the stand-in does not know the characters, and is named
    assert NAME not in lmcli("compare", "dog", "cat").err
    named = lmcli("compare", "天气", "cat", "--model", "all-minilm-l6-v2")
    assert "all-minilm-l6-v2 understands nothing" in named.err


def test_without_it_the_next_step_is_said(lmcli):
    result = lmcli("compare", "我喜欢猫", "I like cats")
    assert result.code == 3 and f"lmcli models pull {NAME}" in result.err


def test_chinese_is_cut_into_the_longest_words_that_the_vectors_know(lmcli):
    rows = lmcli("compare", "我喜欢猫", "我喜爱猫咪", "今天下雨", "--method", "glove-mean").table
    assert float(rows[0][2]) > float(rows[1][2]) + 0.1
    spaced = lmcli("embed", "我 喜欢 猫", "--method", "glove-mean", "-f", "json")
    whole = lmcli("embed", "我喜欢猫", "--method", "glove-mean", "-f", "json")
    assert spaced.out.split("embedding")[1] == whole.out.split("embedding")[1]
