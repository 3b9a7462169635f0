"""A model.toml with fields of another kind."""

import pytest

from lmcli.frame.errors import ModelError
from lmcli.frame.models import bundled_folder, read_spec

SOUND = 'name = "x"\ntask = "feature-extraction"\n'


def read(folder, text):
    (folder / "model.toml").write_text(text, encoding="utf-8")
    return read_spec(folder)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ('name = 3\ntask = "x"', "name is 3"),
        ('name = "../x"\ntask = "x"', "name is '../x'"),
        (SOUND + "summary = []", "summary is"),
        (SOUND + "files = [3]", "files is"),
        (SOUND + '[[files]]\npath = "a"\nsize = -1\nsha256 = "b"', "file 1: size is -1"),
        (SOUND + '[[files]]\npath = "a"', "file 1: sha256, size"),
        (SOUND + '[[files]]\npath = "../a"\nsize = 1\nsha256 = "b"', "outside the folder"),
        (SOUND + "[settings]\nmax_tokens = nan", "settings.max_tokens is nan"),
        (SOUND + '[settings]\ncontext = "9"', "settings.context is '9'"),
        (SOUND + "[settings]\ngraphs = [1]", "settings.graphs is"),
        (SOUND + "[settings]\nlogit_scale = inf", "settings.logit_scale is inf"),
        (SOUND + "[origin]\nsource = {}", "origin.source is"),
        (SOUND + "x = " + "[" * 5000 + "]" * 5000, "nested too deeply"),
        ("task = 'x'", "'name' is missing"),
    ],
)
def test_the_field_is_named(tmp_path, text, said):
    with pytest.raises(ModelError) as caught:
        read(tmp_path, text)
    assert said in caught.value.message and "model.toml" in caught.value.message


def test_the_bundled_ones_are_sound():
    assert [read_spec(path.parent).name for path in bundled_folder().glob("*/model.toml")]


def test_a_damaged_one_does_not_hide_the_others(lmcli, tmp_path):
    for name, text in (("a", "name = 3"), ("b", SOUND)):
        (tmp_path / name).mkdir()
        (tmp_path / name / "model.toml").write_text(text, encoding="utf-8")
    listed = lmcli("models", "list", env={"LMCLI_MODELS": str(tmp_path)})
    assert listed.code == 0 and "x\tfeature-extraction" in listed.out
