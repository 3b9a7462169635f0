"""Training on pairs: what is learned, what the graphs hold of it, and what comes of lines that cannot be used."""

import hashlib
import json
import os
import signal
import subprocess
import time

import numpy as np
import pytest
from PIL import Image, ImageDraw

from lmcli.clip.model import Clip
from lmcli.clip.train.pairs import Seen, look, read_pairs
from lmcli.clip.train.training import Options, recalls, split, train, vectors
from lmcli.frame.errors import BadInput
from lmcli.frame.models import Registry, read_spec, verify
from tests.clip.checkpoints import hub_folder
from tests.conftest import command, peer

WORDS = ["blicket", "dax", "wug", "fep", "toma", "zibble", "gazzer", "modi", "koba", "nurp"]
COLOURS = ["red", "green", "blue", "orange", "purple"]


def picture(kind, variant):
    """Of a kind, a colour and a form that go together; place and size differ by variant."""
    chance = np.random.default_rng(100 * kind + variant)
    image = Image.new("RGB", (96, 96), tuple(chance.integers(180, 255, 3).tolist()))
    draw = ImageDraw.Draw(image)
    left, top, size = (int(chance.integers(*ends)) for ends in ((5, 25), (5, 25), (45, 65)))
    box = (left, top, left + size, top + size)
    (draw.ellipse if kind % 2 else draw.rectangle)(box, fill=COLOURS[kind // 2])
    return image


@pytest.fixture(scope="module")
def table(tmp_path_factory):
    """Pairs of generated pictures and made-up words; nine pictures of each word, three of them in test.csv."""
    folder = tmp_path_factory.mktemp("pairs")
    lines = {"train.csv": ["image,text"], "test.csv": ["image,text"]}
    for kind, word in enumerate(WORDS):
        for variant in range(9):
            name = f"{word}-{variant}.png"
            picture(kind, variant).save(folder / name)
            lines["test.csv" if variant > 5 else "train.csv"].append(f"{name},{word}")
    for name, rows in lines.items():
        (folder / name).write_text("\n".join(rows) + "\n")
    return folder


def digests(folder):
    """The sha256 of each file of a folder."""
    return {path.name: hashlib.sha256(path.read_bytes()).hexdigest() for path in folder.iterdir()}


def learn(lmcli, table, *words):
    """The rows of `clip train`, by stage and direction."""
    peer("torch")
    given = ("clip", "train", table / "train.csv", "--test", table / "test.csv", *words)
    result = lmcli(*given, "-f", "json")
    assert result.code == 0, result.err
    return {(row["stage"], row["direction"]): row for row in json.loads(result.out)}


@pytest.mark.peer
def test_what_was_learned_is_found_in_pictures_never_seen(lmcli, table, tmp_path):
    rows = learn(lmcli, table, "--out", tmp_path / "first")
    before, after = (rows[stage, "image->text"] for stage in ("before", "after"))
    assert before["pairs"] == after["pairs"] == 30
    assert before["recall_at_1"] < 0.4 and after["recall_at_1"] > 0.8
    assert rows["after", "text->image"]["recall_at_1"] > 0.8
    assert list(verify(read_spec(tmp_path / "first"))) == []
    words = [word for label in WORDS for word in ("-l", label)]
    result = lmcli("clip", "classify", table / "wug-8.png", *words, "--model", tmp_path / "first")
    assert (result.code, result.table[0][1]) == (0, "wug")
    found = lmcli("clip", "search", "zibble", table, "-k", 1, "--model", tmp_path / "first")
    assert "zibble" in found.table[0][0]
    learn(lmcli, table, "--out", tmp_path / "again")
    first, again = digests(tmp_path / "first"), digests(tmp_path / "again")
    assert {name for name in first if first[name] != again[name]} <= {"model.toml"}  # its name
    learn(lmcli, table, "--out", tmp_path / "again", "--force", "--name", "same", "--seed", 1)
    assert digests(tmp_path / "again")["vision_model.onnx"] != first["vision_model.onnx"]


@pytest.mark.peer
@pytest.mark.parametrize("kind", ["siglip", "openclip", "joint", "again"])
def test_other_models_learn_too_and_their_graphs_give_what_was_learned(
    lmcli, exported, checkpoint, table, tmp_path, kind
):
    """Vectors of the new graphs are those of the heads; before training they are the model's own."""
    peer("torch")
    base = exported("openclip" if kind in ("joint", "again") else kind)
    if kind == "joint":
        from tests.clip.checkpoints import FAMILIES

        folder = hub_folder(base, tmp_path / "hub")
        FAMILIES["openclip"].export_joint(checkpoint("openclip"), folder / "model.onnx")
        assert lmcli("models", "pull", f"{folder}/", "--name", "joint").code == 0
        base = Registry(os.environ).find("joint").folder
    if kind == "again":
        learn(lmcli, table, "--out", tmp_path / "once", "--model", base)
        base = tmp_path / "once"
    rows = learn(lmcli, table, "--out", tmp_path / "made", "--model", base)
    before, after = (rows[stage, "image->text"] for stage in ("before", "after"))
    assert after["recall_at_1"] > (0 if kind == "again" else before["recall_at_1"] + 0.1)
    made = Clip(read_spec(tmp_path / "made"))
    pairs = list(read_pairs(table / "test.csv"))
    seen = look(made, pairs, pytest.fail, lambda _: None)
    assert recalls("after", seen, None)[0].recall_at_1 == after["recall_at_1"]
    assert made.loss == "softmax" and made.templates == ("{}",) and made.logit_bias == 0


def seen_of(count, size=8):
    """Pairs whose pictures differ from their texts by a turn, which can be learned."""
    chance = np.random.default_rng(0)
    texts = chance.standard_normal((count, size)).astype(np.float32)
    texts /= np.linalg.norm(texts, axis=1, keepdims=True)
    images = texts @ np.linalg.qr(chance.standard_normal((size, size)))[0].astype(np.float32)
    return Seen(images, images, texts, list(range(count)), list(range(count)))


@pytest.mark.peer
def test_a_turn_of_the_space_is_learned():
    peer("torch")
    seen = seen_of(300)
    told = []
    heads = train(
        seen.part(list(range(200))), Options(seed=3), lambda share, said: told.append((share, said))
    )
    held = seen.part(list(range(200, 300)))
    before, after = (recalls("", held, which)[0].recall_at_1 for which in (None, heads))
    assert before < 0.1 and after > 0.7
    assert sum(share for share, _ in told) <= 40 and told[0][1].startswith("loss ")
    assert 1 < heads.scale <= 100
    images, texts = vectors(held, heads)
    np.testing.assert_allclose(np.linalg.norm(images, axis=1), 1, rtol=1e-5)
    assert images.shape == texts.shape == (100, 8)


def test_recall_counts_any_of_several():
    """Two pictures of one text, and a picture with two texts."""
    axes = np.eye(3, dtype=np.float32)
    images = axes[[0, 0, 1]]
    texts = axes[[0, 1, 2]]
    seen = Seen(images, images, texts, [0, 1, 2, 2], [0, 0, 1, 2])
    to_text, to_image = recalls("before", seen, None)
    assert (to_text.pairs, to_text.recall_at_1, to_text.recall_at_5) == (4, 1, 1)
    assert (to_image.recall_at_1, to_image.recall_at_5) == (pytest.approx(2 / 3), 1)
    reversed_ = Seen(images, images, texts, [0, 1, 2], [2, 2, 0])
    assert recalls("", reversed_, None)[0].recall_at_1 == 0  # equal scores are no answer


def test_a_split_keeps_groups_together():
    groups = [number // 2 for number in range(100)]
    learned, held = split(100, 0.2, groups, 0)
    assert len(held) == 20 and sorted(learned + held) == list(range(100))
    assert {groups[pair] for pair in learned}.isdisjoint(groups[pair] for pair in held)
    assert split(100, 0.2, groups, 0) == (learned, held) != split(100, 0.2, groups, 1)


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("image,text\na.png,a cat\n", [("a.png", "a cat")]),
        ("a.png\ta  cat, sitting\n\nb.png\tb\n", [("a.png", "a cat, sitting"), ("b.png", "b")]),
        ("\ufeffText,id,Image\r\nein,1,a.png\r\n", [("a.png", "ein")]),
        ('"a, b.png","say ""hi"""\n', [("a, b.png", 'say "hi"')]),
        ("a.png,一只猫\n", [("a.png", "一只猫")]),
    ],
)
def test_forms_of_a_table(tmp_path, text, wanted):
    (tmp_path / "t.csv").write_bytes(text.encode())
    pairs = list(read_pairs(tmp_path / "t.csv"))
    assert [(pair.image, pair.text) for pair in pairs] == wanted
    assert all(pair.path == tmp_path / pair.image and pair.error is None for pair in pairs)


def test_faults_of_lines(tmp_path):
    table = tmp_path / "t.csv"
    table.write_bytes(b"a.png,fine\nb.png\n,no picture\nc.png, \nd.png,\xff\n")
    faults = [(pair.line, str(pair.error)) for pair in read_pairs(table) if pair.error]
    assert [line for line, _ in faults] == [2, 3, 4, 5]
    assert "found 1 column" in faults[0][1] and "no picture" in faults[1][1]
    assert "no text" in faults[2][1] and "UTF-8" in faults[3][1]


def test_a_quotation_mark_that_does_not_close_swallows_no_line(tmp_path):
    table = tmp_path / "t.csv"
    table.write_text('a.png,fine\nb.png,"open\nc.png,lost\nd.png,closed"\ne.png,fine\n')
    found = list(read_pairs(table))
    assert [(pair.line, pair.error is None) for pair in found] == [(1, True), (2, False), (5, True)]
    assert "does not close before line 4" in str(found[1].error)
    table.write_text('a.png,fine\nb.png,"a" cat\n')
    with pytest.raises(BadInput, match="line 2"):
        list(read_pairs(table))


@pytest.mark.peer
def test_lines_that_cannot_be_used_are_named_and_left_out(lmcli, table, tmp_path, own_settings):
    peer("torch")
    lines = (table / "train.csv").read_text().splitlines()
    (tmp_path / "broken.png").write_bytes(b"\x89PNG\r\n\x1a\nbroken")
    good = [f"{table}/{line}" for line in lines[1:]]
    bad = ["missing.png,a", "broken.png,b", "alone", f"{table}/wug-1.png,魑魅魍魉之鬼"]
    (tmp_path / "mixed.csv").write_text("\n".join([*bad, *good]) + "\n")
    result = lmcli("clip", "train", tmp_path / "mixed.csv", "--epochs", 2, "--name", "mixed")
    assert result.code == 5 and len(result.table) == 4
    for line, fault in ((1, "missing.png"), (2, "broken.png"), (3, "1 column"), (4, "translation")):
        assert f"mixed.csv, line {line}: " in result.err and fault in result.err
    assert Registry(os.environ).find("mixed").present


@pytest.mark.peer
@pytest.mark.parametrize(
    ("text", "words", "code", "message"),
    [
        ("", (), 1, "too few to learn from"),
        ("image,text\n{0}/wug-1.png,wug\n", (), 1, "1 pairs of 1 pictures"),
        ("{all}", ("--held-out", "0.01"), 1, "too few to test on"),
        ("{all}", ("--held-out", "0.99"), 2, "--held-out"),
        ("{all}", ("--out", "{0}"), 2, "--force"),
        ("{all}", ("--name", "a/b"), 2, "no name for a model"),
        ("{all}", ("--lr", "nan"), 2, "--lr"),
        ("{all}", ("--model", "nothing"), 4, "nothing"),
    ],
)
def test_what_cannot_be_trained(lmcli, table, tmp_path, own_settings, text, words, code, message):
    peer("torch")
    lines = (table / "train.csv").read_text().splitlines()[1:41]
    whole = "\n".join(f"{table}/{line}" for line in lines)
    (tmp_path / "few.csv").write_text(text.replace("{0}", str(table)).replace("{all}", whole))
    given = [word.replace("{0}", str(table)) for word in words]
    result = lmcli("clip", "train", tmp_path / "few.csv", *given)
    assert result.code == code and message in result.err, result.err
    assert "Traceback" not in result.err
    models = own_settings / "data" / "models"
    assert not models.exists() or not list(models.iterdir())


@pytest.mark.peer
def test_ctrl_c_leaves_nothing(table, own_settings):
    peer("torch")
    words = ("clip", "train", table / "train.csv", "--epochs", 1_000_000, "--batch", 8)
    process = subprocess.Popen(
        command(*words), stderr=subprocess.PIPE, stdout=subprocess.PIPE, env=os.environ
    )
    models = own_settings / "data" / "models"
    deadline = time.monotonic() + 60
    while not (models.exists() and list(models.iterdir())) and time.monotonic() < deadline:
        time.sleep(0.1)
    time.sleep(3)
    process.send_signal(signal.SIGINT)
    out, err = process.communicate(timeout=60)
    assert (process.returncode, out) == (130, b""), err
    assert b"Traceback" not in err and list(models.iterdir()) == []


def test_without_torch_it_says_what_to_install(process):
    import importlib.util

    if importlib.util.find_spec("torch"):
        pytest.skip("torch is here")
    result = process("clip", "train", __file__)
    assert result.code == 1 and "lmcli[train]" in result.err
