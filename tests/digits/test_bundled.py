"""The bundled networks: what their cards say, their size."""

import pytest

from lmcli.frame.models import read_spec
from tests.conftest import ROOT


@pytest.mark.parametrize(("name", "least"), [("digits-cnn", 0.993), ("digits-mlp", 0.98)])
def test_the_card_states_the_accuracy(name, least):
    folder = ROOT / "models" / name
    metric = read_spec(folder).metrics[0]
    value = metric["value"]
    assert value >= least
    assert f"| {value:.4g} |" in (folder / "CARD.md").read_text(encoding="utf-8")
    assert (folder / "model.onnx").stat().st_size <= 1_000_000


@pytest.mark.slow
@pytest.mark.parametrize(("name", "least"), [("digits-cnn", 0.993), ("digits-mlp", 0.98)])
def test_the_accuracy_is_what_the_card_states(name, least):
    from lmcli.digits.api import Digits
    from lmcli.digits.evaluating import evaluate
    from lmcli.digits.files.sources import open_data
    from tests.conftest import _cache

    with _cache():
        part = open_data("mnist").test
    accuracy = evaluate(Digits.load(name).network, part).scores.accuracy
    assert accuracy >= least
    assert accuracy == pytest.approx(
        read_spec(ROOT / "models" / name).metrics[0]["value"], abs=5e-4
    )
