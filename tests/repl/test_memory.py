"""What is loaded is called by the names of models."""

import re

import pytest

from lmcli.frame.loaded import Loaded
from lmcli.frame.models import DEFAULTS
from lmcli.repl.memory import TASKS, name_of
from tests.conftest import ROOT
from tests.repl.conftest import Lines

ASKED = re.compile(r'(?:cached\(|key = )\(\(?(?:"([\w -]+)"|(kind|TASK|\w+)), ?\w+ or ""')


def test_kinds_without_a_name_are_called_as_the_default_of_their_task():
    kinds = {
        found[1]
        for path in (ROOT / "lmcli").rglob("*.py")
        for found in ASKED.finditer(path.read_text(encoding="utf-8"))
        if found[1]
    }
    assert {"clip", "digits", "encoder", "word-vectors"} <= kinds
    assert kinds <= TASKS.keys() | DEFAULTS.keys()


@pytest.mark.parametrize(
    ("key", "name"),
    [
        (("digits", "", "auto", "None"), "digits-cnn"),
        (("fill", "", "auto", "None"), "smollm2-135m-instruct"),
        (("fill zh", "qwen", "auto", "None"), "qwen"),
        (("word-vectors", "/tmp/own.npy"), "own"),
    ],
)
def test_a_loaded_thing_has_its_models_name(key, name):
    assert name_of(key, DEFAULTS) == name


def test_what_was_noted_is_no_model():
    lines = Lines()
    lines.session.env.cache = Loaded()
    assert "好" in lines("fill 今天天气很[MASK]。")
    cache = lines.session.env.cache
    assert cache.told and [key[0] for key in cache.entries] == ["character-ngrams"]
