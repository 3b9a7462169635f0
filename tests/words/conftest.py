"""Word vectors small enough to check by hand, and the bundled ones."""

import os
from pathlib import Path

import numpy as np
import pytest

from lmcli.frame.models import Registry
from lmcli.vectors.wordvectors import WordVectors
from lmcli.vectors.writing import write_vectors
from tests.conftest import peer


@pytest.fixture(scope="session")
def glove() -> WordVectors:
    """The bundled vectors."""
    return WordVectors.open(Registry(os.environ).find("glove-50d"))


@pytest.fixture
def make(tmp_path):
    """Write vectors as a model and open it: make(words, matrix, int8=False)."""

    def call(words, matrix, **options) -> WordVectors:
        folder = tmp_path / "made"
        folder.mkdir()
        model = write_vectors(
            folder, words, np.asarray(matrix, np.float32), {"name": "made"}, **options
        )
        return WordVectors.open(model)

    return call


@pytest.fixture(scope="session")
def gensim_data() -> Path:
    """The folder of gensim's test data."""
    peer("gensim")
    from gensim.test.utils import datapath

    return Path(datapath(""))


@pytest.fixture(scope="session")
def questions_words(gensim_data) -> Path:
    """The analogy questions of Mikolov et al. 2013."""
    return gensim_data / "questions-words.txt"
