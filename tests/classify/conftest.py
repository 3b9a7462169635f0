"""A folder of small classifiers that commands find, of known weights."""

from __future__ import annotations

from pathlib import Path

import pytest

from lmcli.frame.loaded import Loaded
from lmcli.store import library
from tests.classify.models import CHINESE, bag, lstm


@pytest.fixture(scope="session")
def classifiers(tmp_path_factory) -> Path:
    """Models of every kind: one for each language under the names of the bundled ones, several labels, an LSTM."""
    folder = tmp_path_factory.mktemp("classifiers")
    bag(folder, "sentiment-en")
    bag(folder, "sentiment-zh", CHINESE, languages=("zh",))
    bag(folder, "topics", labels=("art", "fun", "war"), problem_type="multi_label_classification")
    lstm(folder)
    return folder


@pytest.fixture
def small(classifiers, own_settings, monkeypatch) -> Path:
    """Let commands find the small classifiers before the bundled ones."""
    monkeypatch.setenv("LMCLI_MODELS", str(classifiers))
    monkeypatch.setattr(library, "_loaded", Loaded())  # what Python programs share in a process
    return classifiers


@pytest.fixture
def opened(classifiers):
    """A function that opens one of them by name."""
    from lmcli.classify.model import open_classifier
    from lmcli.frame.models import read_spec

    return lambda name="sentiment-en": open_classifier(
        read_spec(classifiers / name), provider="cpu", threads=1
    )
