"""Classes of transformers, small and random: exported and run as torch runs them, or refused in one line."""

from __future__ import annotations

import tarfile
import warnings
from pathlib import Path

import numpy as np
import pytest

from lmcli.frame.errors import LmcliError
from lmcli.frame.models import read_spec
from lmcli.gpt.scoring import score
from lmcli.nn.decoding.context import Context
from lmcli.nn.decoding.model import open_model
from lmcli.nn.encoder import open_encoder
from lmcli.nn.tokenize import Tokenizer
from lmcli.store.export.checkpoint import export
from lmcli.store.sources import parse
from tests.conftest import peer
from tests.store.export.classes import DECODERS, ENCODERS, NO_DECODERS, rename_tokens, save

pytestmark = [pytest.mark.peer, pytest.mark.slow]
CASES = Path(__file__).parents[2] / "cases" / "neural"
TEXT = "The cat sat on the mat, and the models were bundled or pulled once, said the user."
TEXTS = [TEXT, "a cat", "words of models " * 40]


@pytest.fixture(scope="module")
def tokenizer(tmp_path_factory) -> Path:
    """The files of a tokenizer of 608 tokens."""
    peer("torch"), peer("transformers")
    folder = tmp_path_factory.mktemp("tokenizer")
    with tarfile.open(CASES / "11-chat-templates.tar.gz") as file:
        file.extractall(folder, filter="data")
    return rename_tokens(folder / "tpl" / "unk", folder / "own")


def exported(kind: str, sizes: dict, tmp_path: Path, tokenizer: Path, loader: str):
    """transformers' model, and the folder of its export."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        own = save(kind, sizes, tmp_path / "own", tokenizer, loader)
        list(export(parse(f"{tmp_path / 'own'}/"), tmp_path / "made"))
    return own, read_spec(tmp_path / "made")


@pytest.mark.parametrize("kind", DECODERS)
def test_decoders_give_what_torch_gives(tmp_path, tokenizer, kind):
    import torch

    own, spec = exported(kind, DECODERS[kind], tmp_path, tokenizer, "AutoModelForCausalLM")
    model = open_model(spec, threads=1)
    found = score(Context(model), TEXT)
    ids = torch.tensor([[token.id for token in found.tokens]])
    with torch.no_grad():
        wanted = own(ids).logits.log_softmax(-1)[0]
    told = [wanted[at, token].item() for at, token in enumerate(ids[0, 1:].tolist())]
    assert [token.logprob for token in found.tokens[1:]] == pytest.approx(told, abs=1e-4)
    context, text = Context(model), ids[0, :12].tolist()  # then on, token by token, past any window
    logits = context.read(text)
    for _ in range(12):
        with torch.no_grad():
            want = own(torch.tensor([text])).logits[0, -1].numpy()
        np.testing.assert_allclose(logits, want, atol=1e-3)
        text.append(int(want.argmax()))
        logits = context.step(text[-1])


@pytest.mark.parametrize("kind", ENCODERS)
def test_encoders_give_what_torch_gives(tmp_path, tokenizer, kind):
    import torch

    loader = "T5EncoderModel" if kind == "t5" else "AutoModel"
    own, spec = exported(kind, ENCODERS[kind], tmp_path, tokenizer, loader)
    encoder = open_encoder(spec, threads=1)
    for text, vector in zip(TEXTS, encoder.encode(TEXTS), strict=True):
        ids = Tokenizer(tokenizer).encode(text, max_length=encoder.max_tokens).ids
        with torch.no_grad():
            mask = torch.ones(1, len(ids), dtype=torch.long)
            masked = {} if kind == "fnet" else {"attention_mask": mask}
            hidden = own(input_ids=torch.tensor([ids]), **masked)[0][0]
        wanted = torch.nn.functional.normalize(hidden.mean(0), dim=0).numpy()
        np.testing.assert_allclose(vector, wanted, atol=1e-4)


@pytest.mark.parametrize("kind", NO_DECODERS)
def test_what_is_refused(tmp_path, tokenizer, kind):
    sizes, why = NO_DECODERS[kind]
    with pytest.raises(LmcliError, match=why) as caught:
        exported(kind, sizes, tmp_path, tokenizer, "AutoModelForCausalLM")
    assert "\n" not in caught.value.message
