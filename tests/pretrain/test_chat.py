"""Fine-tuning on answers, adapters: what is learnt, what is left alone, and the files that are refused."""

import json
import random

import pytest

from lmcli.frame.errors import BadInput
from lmcli.pretrain.chat import messages_of, read_chats
from tests.conftest import peer

FAST = ("--layers", 2, "--width", 64, "--heads", 4, "--context", 32, "--threads", 1, "--lr", 3e-3)
SOUNDS = {"cat": "meow", "dog": "woof", "bird": "tweet", "horse": "neigh"}


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    """A folder with a text, conversations, and room for models."""
    place = tmp_path_factory.mktemp("chat")
    draw = random.Random(1)
    lines = []
    for number in range(1500):
        animal = draw.choice(list(SOUNDS))
        lines.append(f"what says the {animal}? the {animal} says {SOUNDS[animal]}, {number}.\n")
    (place / "text.txt").write_text("".join(lines), encoding="utf-8")
    chats = []
    for number in range(200):
        animal = draw.choice(list(SOUNDS))
        asked, said = f"what says the {animal}?", f"{SOUNDS[animal]}"
        record = {"prompt": asked, "answer": said}
        if number % 2:
            record = {
                "messages": [
                    {"role": "user", "content": asked},
                    {"role": "assistant", "content": said},
                ]
            }
        chats.append(json.dumps(record) + "\n")
    (place / "chats.jsonl").write_text("".join(chats), encoding="utf-8")
    return place


@pytest.fixture
def place(made, monkeypatch):
    monkeypatch.setenv("LMCLI_DATA", str(made / "data"))
    return made


@pytest.fixture
def base(lmcli, place):
    """The name of a model that was pre-trained on the text."""
    peer("torch")
    if not (place / "data" / "models" / "base").exists():
        done = lmcli("pretrain", place / "text.txt", "--name", "base", "--epochs", 3, *FAST)
        assert done.code == 0, done.err
    return "base"


def test_records_of_two_forms():
    pair = [{"role": "user", "content": "q"}, {"role": "assistant", "content": "a"}]
    assert messages_of({"prompt": "q", "answer": " a "}) == pair
    assert messages_of({"instruction": "q", "output": "a", "n": 1}) == pair
    assert messages_of({"messages": pair}) == pair


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ('{"prompt": "q"}', "no text of the assistant"),
        ('{"messages": [{"role": "user", "content": "q"}]}', "no answer"),
        ('{"messages": [{"role": "x", "content": "q"}]}', "the roles are"),
        ('{"messages": "q"}', "no list"),
        ('["q", "a"]', "not a JSON object"),
        ("{", "not JSON"),
        ("\udcff", "not JSON"),
    ],
)
def test_faults_are_told_with_their_line(tmp_path, line, said):
    path = tmp_path / "x.jsonl"
    good = '{"prompt": "q", "answer": "a"}\n'
    path.write_text(good + line + "\n", encoding="utf-8", errors="surrogateescape")
    with pytest.raises(BadInput, match=f"x.jsonl:2: .*{said}"):
        read_chats(path)
    path.write_text(good * 3)
    with pytest.raises(BadInput, match="3 conversations"):
        read_chats(path)


@pytest.mark.peer
def test_answers_alone_are_asked(lmcli, place, base):
    from lmcli.nn.tokenize import Tokenizer
    from lmcli.nn.tokens.learning import add_signs
    from lmcli.nn.tokens.template import render_template
    from lmcli.pretrain.chat import SIGNS, TEMPLATE, example

    folder = place / "signs"
    folder.mkdir(exist_ok=True)
    for name in ("tokenizer.json", "tokenizer_config.json"):
        (folder / name).write_bytes((place / "data" / "models" / base / name).read_bytes())
    add_signs(folder, SIGNS, TEMPLATE)
    tokenizer = Tokenizer(folder)
    messages = messages_of({"prompt": "what says the cat?", "answer": "meow"})
    messages += messages_of({"prompt": "what says the dog?", "answer": "woof"})
    text = render_template(TEMPLATE, tokenizer, messages, name="x", answer=False)
    ids = tokenizer.ids(text, special=False)
    ends = frozenset([tokenizer.special_id("eos")])
    found = example(messages, tokenizer, ends, 100)
    assert found.ids == ids[:-1]
    asked = [token for token in found.targets if token >= 0]
    assert tokenizer.decode(asked, skip_special=False) == "meow<|end|>woof<|end|>"
    assert all(
        target in (-100, token) for target, token in zip(found.targets, ids[1:], strict=True)
    )
    assert len(example(messages, tokenizer, ends, 5).ids) == 5


@pytest.mark.peer
def test_a_model_learns_to_answer(lmcli, place, base):
    words = ("pretrain", "--from", base, "--chat", place / "chats.jsonl", "--epochs", 30)
    done = lmcli(*words, "--lr", 3e-3, "--name", "said", "--threads", 1, "--force", "-f", "json")
    assert done.code == 0, done.err
    row = json.loads(done.out)[0]
    assert row["perplexity"] < 2 < row["before"] and row["difference"] < 1e-4
    assert row["general"] > 0 and row["bits"] is None
    question, _, answer = row["sample"].partition(" -> ")
    assert question.startswith("what says the ") and answer in SOUNDS.values()
    for animal, sound in SOUNDS.items():
        told = lmcli(
            "chat", "--model", "said", "--greedy", "-n", 8, stdin=f"what says the {animal}?\n"
        )
        assert told.code == 0 and sound in told.out, told


@pytest.mark.peer
def test_adapters_alone_are_learnt(lmcli, place, base):
    words = ("pretrain", place / "text.txt", "--from", base, "--lora", 2, "--epochs", 1)
    done = lmcli(*words, "--name", "thin", "--threads", 1, "--force", "-f", "json")
    assert done.code == 0, done.err
    row = json.loads(done.out)[0]
    assert row["trained"] == 2 * 2 * (64 + 192 + 64 + 64 + 64 + 256 + 256 + 64) < row["parameters"]
    assert row["perplexity"] < row["before"] and row["difference"] < 1e-4
    import torch

    states = []
    for name in (base, "thin"):
        path = place / "data" / "models" / name / "weights.pt"
        states.append(torch.load(path, weights_only=True))
    assert states[0].keys() == states[1].keys()
    changed = {name for name in states[0] if not torch.equal(states[0][name], states[1][name])}
    assert changed == {
        f"blocks.{n}.{part}.weight"
        for n in (0, 1)
        for part in ("attention.qkv", "attention.out", "up", "down")
    }


@pytest.mark.peer
def test_what_does_not_go_together(lmcli, place):
    chats = place / "chats.jsonl"
    assert lmcli("pretrain", "--from", "base").code == 2
    assert lmcli("pretrain", "--chat", chats).code == 2
    assert lmcli("pretrain", "kjv", "--chat", chats, "--from", "base").code == 2
    assert lmcli("pretrain", "kjv", "--lora", 4).code == 2
    assert lmcli("pretrain", "--chat", place / "none.jsonl", "--from", "base").code == 1
