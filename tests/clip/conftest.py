"""Small CLIP models of several families: checkpoints of transformers, and what `lmcli models export` makes of them."""

import shutil

import pytest

from tests.clip.checkpoints import FAMILIES
from tests.conftest import ROOT, peer

PICS = ROOT / "tests" / "examples" / "pics"


@pytest.fixture
def place(tmp_path, monkeypatch):
    """A folder with the pictures, and a cache of its own."""
    shutil.copytree(PICS, tmp_path / "pics", ignore=shutil.ignore_patterns("*.md"))
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("LMCLI_CACHE", str(tmp_path / "cache"))
    return tmp_path


@pytest.fixture(scope="session")
def checkpoint(tmp_path_factory):
    """A function that gives the folder of a family's checkpoint."""
    peer("torch")
    peer("transformers")

    def make(name):
        folder = tmp_path_factory.getbasetemp() / "clip-checkpoints" / name
        return folder if folder.exists() else FAMILIES[name].save(folder)

    return make


@pytest.fixture(scope="session")
def exported(checkpoint, tmp_path_factory):
    """A function that gives the model folder that `lmcli models export` makes of a family's checkpoint."""
    from lmcli.store.export.checkpoint import export
    from lmcli.store.sources import parse

    def make(name):
        folder = tmp_path_factory.getbasetemp() / "clip-exports" / name
        if not folder.exists():
            folder.parent.mkdir(exist_ok=True)
            rows = list(export(parse(str(checkpoint(name))), folder))
            assert {row.output for row in rows} >= {"text_embeds", "image_embeds"}
            assert all(row.difference < 1e-4 for row in rows)
        return folder

    return make
