"""A net's answer to a text does not depend on how long the others of its batch are."""

from __future__ import annotations

import pytest

from tests.conftest import peer


@pytest.mark.peer
@pytest.mark.parametrize("kind", ["mlp", "rnn", "lstm", "gru", "cnn"])
@pytest.mark.parametrize("words", [1, 2, 5])
def test_padding_changes_nothing(kind, words):
    peer("torch")
    import torch

    from lmcli.classify.train.nets import net

    torch.manual_seed(4)
    model = net(kind, 20, 3, size=6, hidden=5, dropout=0.3, grams=(64, 64)).eval()
    for weight in model.parameters():
        weight.data.normal_()
    for module in model.modules():
        if isinstance(module, torch.nn.Embedding):
            module.weight.data[0] = 0  # padding's own, which no training moves
    ids = torch.randint(2, 20, (4, words))
    padded = torch.cat([ids, torch.zeros(4, 7, dtype=ids.dtype)], 1)
    with torch.no_grad():
        alone = model(ids, torch.ones_like(ids))
        among = model(padded, (padded > 0).long())
    torch.testing.assert_close(among, alone, atol=1e-5, rtol=1e-5)
